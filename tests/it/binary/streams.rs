//! Where the result goes, and what becomes of it when it cannot go there: files, a full disk, a reader who has left, and
//! signals at bad moments.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::Duration,
};

use apic_configsync::sandbox::{Effect, Fault, seed};

use super::{pair::Pair, program::Program};
use crate::secrets::Secrets;

const NEVER: Effect = Effect::Delay(Duration::from_secs(86_400));

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_report_file_that_cannot_be_written_is_found_out_before_a_server_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let inside = file.join("report.json");
    for path in ["/nowhere/report.json", inside.to_str().unwrap()] {
        for command in ["sync", "plan", "check"] {
            let pair = Pair::first_sync().with("REPORT_FILE", path);
            let ended = pair.run(&[command]).exits(2);
            ended.complains(&["REPORT_FILE", path, "cannot be written"]);
            assert!(pair.source().requests().is_empty() && pair.target().requests().is_empty());
        }
    }
}

#[test]
fn files_are_for_their_owner_only_even_in_the_place_of_older_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (report, plan) = (folder.path().join("report.json"), folder.path().join("plan.json"));
    for path in [&report, &plan] {
        fs::write(path, "older").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let pair = Pair::first_sync().with("REPORT_FILE", report.to_str().unwrap());
    let ended = pair.run(&["plan", "--out", plan.to_str().unwrap()]).exits(0);
    assert!(ended.files.is_empty(), "{:?}", ended.files);
    assert_eq!((mode(&report), mode(&plan)), (0o600, 0o600));
    assert!(fs::read_to_string(&plan).unwrap().contains("\"steps\""));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "something is left beside");
}

#[test]
fn a_link_in_the_place_of_the_report_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (report, elsewhere) = (folder.path().join("report.json"), folder.path().join("other"));
    fs::write(&elsewhere, "somebody else's").unwrap();
    symlink(&elsewhere, &report).unwrap();
    let pair = Pair::first_sync().with("REPORT_FILE", report.to_str().unwrap());
    pair.run(&["plan"]).exits(0);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "somebody else's");
    assert!(fs::symlink_metadata(&report).unwrap().is_file());
}

#[test]
fn a_full_stdout_costs_neither_the_report_nor_another_status() {
    let full = |pair: &Pair, arguments: &[&str]| {
        pair.run_as(arguments, |program, variables| program.with(variables).within("exec \"$@\" >/dev/full"))
    };
    for format in ["text", "json"] {
        let ended = full(&Pair::first_sync().with("OUTPUT", format), &["sync"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains("stdout cannot be written"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        assert_eq!((&ended.report["outcome"], &ended.report["exit_status"]), (&"applied".into(), &0.into()));
    }
    full(&Pair::first_sync(), &["plan", "--detailed-exitcode"]).exits(5);
    let refused = Pair::first_sync().with("SOURCE_ADMIN_PASSWORD", "definitely-wrong");
    full(&refused, &["sync"]).exits(6);
    let help = Program::new(&["--help"], &Secrets::default()).within("exec \"$@\" >/dev/full");
    help.run().exits(1);
}

#[test]
fn a_reader_who_has_left_changes_nothing() {
    for format in ["text", "json"] {
        let pair = Pair::first_sync().with("OUTPUT", format);
        let ended = pair.run_as(&["sync"], |program, variables| program.with(variables).without_reader());
        ended.exits(0).with_outcome("applied");
        pair.assert_mirrored();
    }
    let help = Program::new(&["--help"], &Secrets::default()).without_reader();
    help.run().exits(0);
}

#[test]
fn a_log_that_nobody_takes_stops_nothing() {
    let pair = Pair::first_sync();
    let ended = pair.run_as(&["sync"], |program, variables| program.with(variables).within("exec \"$@\" 2>/dev/full"));
    ended.exits(0).with_outcome("applied");
    pair.assert_mirrored();
}

#[test]
fn nothing_is_left_of_a_run_that_a_signal_ends() {
    for (path, times) in [("/token", 1), ("/apps", 1), ("/apps", 2)] {
        let pair = Pair::of(seed::small());
        let remote = pair.remote.clone();
        let signals = Effect::call(move |_| {
            remote.signal_and_wait("TERM");
            if times == 2 {
                // The first may have ended it already.
                remote.signal_or_miss("TERM");
            }
        });
        pair.source().faults.add(Fault::on("*", path, signals).once());
        pair.source().faults.add(Fault::on("*", path, NEVER));
        let ended = pair.run(&["plan", "--out", "plan.json"]).exits(143);
        assert!(ended.files.iter().all(|name| name == "report.json"), "{:?}", ended.files);
    }
}

/// The first lets a write be finished that never ends; who sends a second does not want to wait for it.
#[test]
fn a_second_signal_ends_the_process_at_once() {
    for (first, second, code) in [("TERM", "TERM", 143), ("INT", "TERM", 130)] {
        let pair = Pair::first_sync();
        let remote = pair.remote.clone();
        let signals = Effect::call(move |_| {
            remote.signal_and_wait(first);
            remote.signal(second);
        });
        pair.target().faults.add(Fault::on("POST", "/users", signals).once());
        pair.target().faults.add(Fault::on("POST", "/users", NEVER));
        let ended = pair.run(&["sync"]);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.report.is_null() && ended.files.is_empty(), "{:?}", ended.files);
    }
}

#[test]
fn a_check_is_over_at_once_whatever_it_waits_for() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        for path in ["/token", "/settings", "limit=1&", "/role-defaults"] {
            let pair = Pair::first_sync();
            let remote = pair.remote.clone();
            let signals = Effect::call(move |_| remote.signal_and_wait(signal));
            pair.target().faults.add(Fault::on("*", path, signals).once());
            pair.target().faults.add(Fault::on("*", path, NEVER));
            let ended = pair.run(&["check"]).exits(code).with_outcome("interrupted");
            assert_eq!(ended.report["command"], "check", "{path}");
        }
    }
}

/// Nobody takes the connection up.
#[test]
fn a_connection_that_is_never_taken_up_holds_no_signal_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}/api", silent.local_addr().unwrap());
    let pair = Pair::first_sync().with("TARGET_MGMT_SERVER", &server);
    let remote = pair.remote.clone();
    let signals = Effect::call(move |_| remote.signal_and_wait("TERM"));
    pair.source().faults.add(Fault::on("*", "/token", signals).once());
    pair.run(&["check"]).exits(143);
}
