//! Suspended by a person, and reactivated.

use dues::store::{Command, Missed};

use crate::sim::id;
use crate::story::open;

#[tokio::test]
async fn a_suspension_is_lifted_by_reactivating_and_by_nothing_else() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T12:00:00+09:00").await;
    let said = sim.tell(Command::Suspend(id("alice"))).await;
    assert_eq!(said, "suspended forgone []");
    for (command, request) in [
        (Command::Resume(id("alice"), Some(Missed::Skip)), "resume"),
        (Command::Pause(id("alice")), "pause"),
    ] {
        let refused = format!(
            "cannot {request} a subscription that is suspended: `dues reactivate` lets it go on"
        );
        assert_eq!(sim.tell(command).await, refused);
    }

    sim.until("2026-03-05T12:00:00+09:00").await;
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 1);
    let said = sim.tell(Command::Reactivate(id("alice"), None)).await;
    assert!(said.starts_with("cycle 1 of 9900 won came due"), "{said}");
    let reactivate = Command::Reactivate(id("alice"), Some(Missed::ChargeLatest));
    assert_eq!(sim.tell(reactivate).await, "active forgone []");
    sim.until("2026-03-05T13:00:00+09:00").await;
    assert_eq!(sim.count(paid).await, 2);
    sim.ends().await;
}
