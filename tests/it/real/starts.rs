//! Starting beside another daemon, over an older copy, a clone, somebody else's file or damage: it
//! either goes on and charges nobody twice, or says what is wrong and touches nothing.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Signal;

use crate::real::gateway::Simulator;
use crate::real::stage::{DUES, Running, Stage, database};

fn stage() -> (Simulator, Stage) {
    let simulator = Simulator::start(&[]);
    let stage = Stage::set(&simulator.url());
    (simulator, stage)
}

/// In a few seconds: not yet due when a test says so, and soon enough to wait for.
fn soon() -> String {
    (Timestamp::now() + Duration::from_secs(4)).to_string()
}

fn add_soon(stage: &Stage, id: &str) {
    stage.say(&[
        "add",
        id,
        "--plan",
        "basic",
        "--id",
        id,
        "--anchor",
        &soon(),
    ]);
}

fn is_paid(stage: &Stage) -> bool {
    stage.count("paid") == 1
}

/// Exactly one payment, by the gateway's own books.
fn one_payment(simulator: &Simulator) {
    let ledger = simulator.ledger();
    assert_eq!(
        (&ledger["paid"], &ledger["double_charges"]),
        (&1.into(), &0.into())
    );
}

/// Puts the files of a database in the place of another one.
fn copy_database(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["dues.db", "dues.db-wal", "dues.db-shm"] {
        if to.join(name).exists() {
            fs::remove_file(to.join(name)).unwrap();
        }
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn journal_tells(stage: &Stage, kinds: &[&str]) {
    for kind in kinds {
        stage.until(kind, || {
            let events = stage.export("events");
            events.iter().any(|event| event["kind"] == *kind)
        });
    }
}

#[test]
fn one_daemon_a_database() {
    let (_simulator, stage) = stage();
    let _daemon = stage.serve();
    let (code, said) = stage.fails();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("another dues has the database"), "{said}");
    stage.say(&["list"]);
}

#[test]
fn a_wrong_configuration_is_78() {
    let (_simulator, mut stage) = stage();
    stage.configure("plans.basic", "amonut", "1");
    let (code, said) = stage.fails();
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("amount"), "{said}");
    assert!(!stage.path("state").exists(), "something was touched");
}

/// What `docs/install.md` says about a restored backup, for real.
#[test]
fn a_restored_backup_is_healed_by_the_gateways_books() {
    let (simulator, stage) = stage();
    let daemon = stage.serve();
    add_soon(&stage, "alice");
    daemon.stop();
    copy_database(&stage.path("state"), &stage.path("backup"));

    let daemon = stage.serve();
    stage.until("alice is paid", || is_paid(&stage));
    daemon.stop();
    copy_database(&stage.path("backup"), &stage.path("state"));

    let _daemon = stage.serve();
    stage.until("alice is paid again, on record", || is_paid(&stage));
    stage.until("nothing is wrong", || {
        stage.run(&["doctor"]).status.success()
    });
    journal_tells(&stage, &["suspected", "found_paid", "suspicion_cleared"]);
    one_payment(&simulator);
    assert_eq!(stage.say(&["release", "--fence"]), "nothing was held\n");
}

/// A daemon that was never backed up is so within a minute. What is named like a backup is whole, and nothing else is left.
#[test]
fn what_the_night_backs_up_is_a_database_to_start_with() {
    let (simulator, stage) = stage();
    let daemon = stage.serve();
    stage.until("the backup is made", || stage.backup().is_some());
    daemon.stop();
    assert_eq!(fs::read_dir(stage.state("backups")).unwrap().count(), 1);

    let restored = Stage::set(&simulator.url());
    fs::create_dir_all(restored.path("state")).unwrap();
    let database = restored.state("dues.db");
    fs::copy(stage.backup().unwrap(), database).unwrap();
    let _daemon = restored.serve();
    journal_tells(&restored, &["suspected", "suspicion_cleared"]);
    add_soon(&restored, "alice");
    restored.until("alice is paid", || is_paid(&restored));
    one_payment(&simulator);
}

#[test]
fn a_clone_beside_the_original_charges_nobody_twice() {
    let (simulator, stage) = stage();
    let daemon = stage.serve();
    add_soon(&stage, "alice");
    daemon.stop();
    // A whole copy, with the file that says how far the database has come.
    let clone = Stage::set(&simulator.url());
    copy_database(&stage.path("state"), &clone.path("state"));
    fs::copy(
        stage.state("dues.generation"),
        clone.state("dues.generation"),
    )
    .unwrap();

    let _both = (stage.serve(), clone.serve());
    for one in [&stage, &clone] {
        one.until("alice is paid", || is_paid(one));
    }
    journal_tells(&clone, &["suspected"]);
    one_payment(&simulator);
}

#[test]
fn a_deleted_wal_is_an_older_copy() {
    let (simulator, stage) = stage();
    let daemon = stage.serve();
    add_soon(&stage, "alice");
    daemon.stop();
    fold_the_wal(&stage);
    let daemon = stage.serve();
    stage.until("alice is paid", || is_paid(&stage));
    drop(daemon);
    fs::remove_file(stage.state("dues.db-wal")).unwrap();
    fs::remove_file(stage.state("dues.db-shm")).unwrap();

    let _daemon = stage.serve();
    stage.until("alice is paid", || is_paid(&stage));
    journal_tells(&stage, &["suspected", "found_paid", "suspicion_cleared"]);
    one_payment(&simulator);
}

/// Writes what is in the log into the database, as a checkpoint does.
fn fold_the_wal(stage: &Stage) {
    run(async {
        let mut connection = database(&stage.state("dues.db")).await;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut connection)
            .await
            .unwrap();
    });
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work);
}

#[test]
fn without_its_lock_file_the_older_daemon_ends() {
    let (simulator, stage) = stage();
    let mut older = stage.serve();
    add_soon(&stage, "alice");
    fs::remove_file(stage.state("dues.lock")).unwrap();
    let _newer = stage.serve();
    let status = older.ends();
    assert_eq!(status.code(), Some(1), "{}", stage.log());
    assert!(
        stage.log().contains("taken this database over"),
        "{}",
        stage.log()
    );
    stage.until("alice is paid", || is_paid(&stage));
    one_payment(&simulator);
}

#[test]
fn a_newer_schema_is_refused() {
    let (_simulator, stage) = stage();
    stage.serve().stop();
    run(async {
        let mut connection = database(&stage.state("dues.db")).await;
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'from the future', TRUE, x'00', 0)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
    });
    let (code, said) = stage.fails();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("newer dues"), "{said}");
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let (_simulator, stage) = stage();
    fs::create_dir_all(stage.path("state")).unwrap();
    let garbage = "it was the best of times, ".repeat(1_000);
    fs::write(stage.state("dues.db"), &garbage).unwrap();
    let (code, said) = stage.fails();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("not a database"), "{said}");
    assert_eq!(fs::read_to_string(stage.state("dues.db")).unwrap(), garbage);
}

#[test]
fn a_damaged_database_charges_nobody() {
    let (simulator, stage) = stage();
    let daemon = stage.serve();
    add_soon(&stage, "alice");
    daemon.stop();
    fold_the_wal(&stage);
    // All but the first page, which has the schema, is overwritten.
    let file = fs::File::options()
        .write(true)
        .open(stage.state("dues.db"))
        .unwrap();
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    file.write_all_at(&vec![0x5a; length - 4096], 4096).unwrap();

    let (code, said) = stage.fails();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("malformed"), "{said}");
    assert_eq!(simulator.count("paid"), 0);
}

#[test]
fn a_generation_file_that_is_gone_asks_first() {
    let (simulator, stage) = stage();
    let daemon = stage.serve();
    add_soon(&stage, "alice");
    daemon.stop();
    fs::remove_file(stage.state("dues.generation")).unwrap();
    let _daemon = stage.serve();
    stage.until("alice is paid", || is_paid(&stage));
    journal_tells(&stage, &["suspected", "suspicion_cleared"]);
    one_payment(&simulator);
}

#[test]
fn a_socket_that_cannot_be_made_is_told() {
    let (_simulator, mut stage) = stage();
    for (name, wanted) in [
        ("secret/dues.sock", "cannot create"),
        ("there", "cannot replace"),
    ] {
        fs::create_dir_all(stage.path("there")).unwrap();
        let path = format!("{:?}", stage.path(name));
        stage.configure("daemon", "socket", &path);
        let (code, said) = stage.fails();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn a_state_directory_that_is_a_file_is_told() {
    let (_simulator, stage) = stage();
    fs::write(stage.path("state"), "").unwrap();
    let (code, said) = stage.fails();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("cannot create") && said.contains("state"),
        "{said}"
    );
}

/// A shell that sets a limit and becomes the daemon.
fn limited(limit: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit {limit} && exec \"$@\""), "sh", DUES]);
    command
}

#[test]
fn too_few_files_are_refused_at_the_start() {
    let (_simulator, stage) = stage();
    let mut daemon = stage.launch(limited("-n 40"));
    assert_eq!(daemon.ends().code(), Some(1), "{}", stage.log());
    assert!(
        stage.log().contains("raise LimitNOFILE="),
        "{}",
        stage.log()
    );
    // A soft limit is raised.
    let daemon = stage.launch(limited("-Sn 40"));
    stage.answers();
    daemon.stop();
}

/// Everybody who may connect can use up the descriptors. Charges wait, the daemon does not fall.
#[test]
fn descriptors_used_up_by_callers_delay_charges_and_lose_nothing() {
    let (simulator, stage) = stage();
    let daemon = stage.launch(limited("-n 64"));
    stage.until("it is charging", || stage.is_charging());
    let ids = ["alice", "bob", "carol", "dave"];
    for id in ids {
        add_soon(&stage, id);
    }
    let open = || std::os::unix::net::UnixStream::connect(stage.socket());
    let callers: Vec<_> = (0..200).filter_map(|_| open().ok()).collect();
    stage.until("there are no descriptors left", || {
        open_files(&daemon) >= 64
    });
    std::thread::sleep(Duration::from_secs(6));
    drop(callers);
    // Those who were waiting to be let in come first, and some who ask meanwhile are not answered.
    stage.until("it answers again", || stage.status().is_some());
    stage.until("everybody is paid", || simulator.count("paid") == ids.len());
    stage.until("it knows", || {
        let cycles = stage.ask("/v1/export/cycles");
        let rows = cycles.map(|page| page["rows"].as_array().unwrap().clone());
        let is_paid = |row: &&serde_json::Value| row["state"] == "paid";
        rows.is_some_and(|rows| rows.iter().filter(is_paid).count() == ids.len())
    });
    assert_eq!(simulator.ledger()["double_charges"], 0);
    daemon.signal(Signal::TERM);
}

fn open_files(daemon: &Running) -> usize {
    let path = format!("/proc/{}/fd", daemon.0.id());
    fs::read_dir(path).unwrap().count()
}
