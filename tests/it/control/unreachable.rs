//! The four reasons why nobody answers, each with its own remedy.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use dues::control::client::{Client, NoResult, Unreachable};
use expect_test::expect;

use super::shop::{Shop, dues};

#[test]
fn no_socket_and_a_dead_one() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("dues.sock");
    let absent = dues(&socket, "status", "");
    assert_eq!(absent.code, 7);
    expect![[r#"
        dues: there is no socket at DIR/dues.sock: the daemon is not running (systemctl start dues), or it answers elsewhere (--socket PATH, --config FILE)
    "#]].assert_eq(&absent.stderr);

    drop(UnixListener::bind(&socket).unwrap());
    let refusing = dues(&socket, "status", "");
    assert_eq!(refusing.code, 7);
    expect![[r#"
        dues: nobody listens at DIR/dues.sock: the daemon died and left its socket; journalctl -u dues says why, systemctl restart dues starts it again
    "#]].assert_eq(&refusing.stderr);
}

#[test]
fn a_socket_for_others() {
    // Root may use every socket.
    if rustix::process::geteuid().is_root() {
        return;
    }
    let shop = Shop::open();
    let socket = shop.path("dues.sock");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o000)).unwrap();
    let forbidden = shop.dues("status");
    assert_eq!(forbidden.code, 7);
    assert!(
        forbidden.stderr.contains("use sudo, or join the group"),
        "{}",
        forbidden.stderr
    );
}

#[tokio::test]
async fn somebody_who_does_not_answer() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("dues.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let client = Client::with_patience(&socket, Duration::from_millis(50)).unwrap();
    let Err(NoResult::Unreachable(Unreachable::Silent { what, .. })) = client.status().await else {
        panic!("somebody answered");
    };
    assert_eq!(what, "there was no answer in time");
}

#[test]
fn somebody_else_who_answers() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("dues.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"220 mail.example ESMTP\r\n").unwrap();
        // Reads until the other side has had enough.
        std::io::copy(&mut stream, &mut std::io::sink()).ok();
    });
    let said = dues(&socket, "status", "");
    other.join().unwrap();
    assert_eq!(said.code, 7);
    assert!(
        said.stderr.contains("does not answer as dues does"),
        "{}",
        said.stderr
    );
}
