//! The disk is full, read-only or broken: what cannot be written down is not sent, the front page says
//! so, and with room it goes on by itself.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::real::books::everybody_pays;
use crate::real::gateway::Simulator;
use crate::real::stage::{DUES, Running, Stage};
use crate::real::tools;

/// A small file system for the state directory, in a name space of its own.
struct SmallDisk {
    holder: Running,
    at: String,
}

impl SmallDisk {
    /// Mounts one of this size, where that is permitted.
    fn mount(stage: &Stage, megabytes: u32) -> Option<Self> {
        if !tools::has("unshare with rights", &["unshare", "-rm", "true"]) {
            return None;
        }
        let at = stage.path("state").display().to_string();
        std::fs::create_dir_all(&at).unwrap();
        let script =
            format!("mount -t tmpfs -o size={megabytes}m none {at} && echo ready && exec cat");
        let mut holder: Child = Command::new("unshare")
            .args(["-rm", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0; 6];
        std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut ready).unwrap();
        Some(Self {
            holder: Running(holder),
            at,
        })
    }

    /// A program that sees it.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        let target = self.holder.0.id().to_string();
        command.args(["-t", &target, "-U", "-m", "--preserve-credentials", program]);
        command
    }

    fn shell(&self, script: &str) {
        let status = self.inside("sh").args(["-c", script]).status().unwrap();
        assert!(status.success(), "{script}");
    }

    /// Leaves so many MiB.
    fn fill_up_to(&self, megabytes: u32) {
        let at = &self.at;
        self.shell(&format!(
            "free=$(df -Pm {at} | awk 'NR==2 {{print $4}}'); \
             head -c $((free - {megabytes}))M /dev/zero > {at}/filler"
        ));
    }

    /// Leaves nothing at all.
    fn fill(&self) {
        let at = &self.at;
        self.shell(&format!(
            "head -c 1G /dev/zero > {at}/filler 2> /dev/null; true"
        ));
    }

    fn make_room(&self) {
        self.shell(&format!("rm {}/filler", self.at));
    }
}

#[test]
fn on_a_disk_that_is_nearly_full_nobody_is_charged() {
    let simulator = Simulator::start(&[]);
    let mut stage = Stage::set(&simulator.url());
    stage.configure("daemon", "disk_low_mib", "8");
    let Some(disk) = SmallDisk::mount(&stage, 64) else {
        return;
    };
    let daemon = stage.launch(disk.inside(DUES));
    stage.answers();
    stage.until("charging", || stage.is_charging());
    disk.fill_up_to(4);
    // It looks at the disk when it comes round, at the latest after half a minute. A reload has it
    // come round.
    let looks = || daemon.signal(Signal::HUP);
    stage.until("it is told", || {
        looks();
        stage.is_stopped_by("disk")
    });
    stage.add("alice", "alice");
    assert_eq!(stage.count("scheduled"), 1);
    let page = stage.run(&["status"]);
    assert_eq!(page.status.code(), Some(10));
    let said = String::from_utf8(page.stdout).unwrap();
    assert!(said.contains("make room"), "{said}");
    disk.make_room();
    stage.until("alice pays", || {
        looks();
        stage.count("paid") == 1
    });
    assert_eq!(simulator.count("paid"), 1);
    daemon.stop();
}

#[test]
fn on_a_full_disk_the_daemon_ends_and_goes_on_with_room() {
    let simulator = Simulator::start(&[]);
    let mut stage = Stage::set(&simulator.url());
    stage.configure("daemon", "disk_low_mib", "0");
    let Some(disk) = SmallDisk::mount(&stage, 24) else {
        return;
    };
    let mut daemon = stage.launch(disk.inside(DUES));
    stage.answers();
    stage.until("charging", || stage.is_charging());
    disk.fill();
    // One page may still fit; many do not.
    let mut added = 0;
    stage.until("the daemon ends", || {
        if stage
            .run(&["add", "c", "--plan", "basic", "--id", &format!("s{added}")])
            .status
            .success()
        {
            added += 1;
        }
        daemon.0.try_wait().unwrap().is_some()
    });
    assert_eq!(daemon.ends().code(), Some(1), "{}", stage.log());
    assert!(stage.log().contains("full"), "{}", stage.log());
    disk.make_room();

    let daemon = stage.launch(disk.inside(DUES));
    stage.answers();
    assert!(
        stage.export("subscriptions").len() >= added,
        "answered, and lost"
    );
    stage.run(&["add", "another", "--plan", "basic", "--id", "last"]);
    stage.until("they are charged", || stage.count("paid") >= 1);
    assert_eq!(simulator.ledger()["double_charges"], 0);
    daemon.stop();
}

#[test]
fn a_read_only_state_directory_is_refused() {
    let stage = Stage::set("http://127.0.0.1:1");
    let Some(disk) = SmallDisk::mount(&stage, 24) else {
        return;
    };
    disk.shell(&format!("mount -o remount,ro {}", disk.at));
    let (code, said) = stage.fails_by(disk.inside(DUES));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("dues.lock") && said.contains("Read-only"),
        "{said}"
    );
}

/// The disk says "input/output error" to an fsync: what is on it is unknown, so nothing of it is sent
/// and the process ends.
#[test]
fn a_disk_that_breaks_ends_the_daemon_before_it_sends() {
    let probe = "sleep 1 & exec strace -o /dev/null -p $!";
    if !tools::has("strace of a running process", &["sh", "-c", probe]) {
        return;
    }
    let simulator = Simulator::start(&[]);
    let stage = Stage::set(&simulator.url());
    let mut daemon = stage.serve();
    stage.until("charging", || stage.is_charging());
    let due_at = (jiff::Timestamp::now() + Duration::from_secs(4)).to_string();
    stage.say(&[
        "add", "alice", "--plan", "basic", "--id", "alice", "--anchor", &due_at,
    ]);
    let pid = daemon.0.id().to_string();
    let _strace = Running(
        Command::new("strace")
            .args(["-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"])
            .args(["-e", "inject=fsync,fdatasync:error=EIO", "-p", &pid])
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    assert_eq!(daemon.ends().code(), Some(1), "{}", stage.log());
    assert!(stage.log().contains("disk I/O error"), "{}", stage.log());
    assert_eq!(simulator.count("paid"), 0, "sent without an intent on disk");

    // Whether the intent is on disk is not known, so it is looked up before anything is sent.
    let daemon = stage.serve();
    everybody_pays(&stage, 1);
    assert_eq!(simulator.count("paid"), 1);
    daemon.stop();
}
