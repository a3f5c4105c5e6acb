//! `plan --out FILE` and `apply FILE`: the file, the statuses, and what breaks off in between.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use apic_configsync::sandbox::{Cluster, Effect, Fault, seed, world::ConsumerOrg};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    front::Front,
    pair::{Pair, size},
    program::{Ended, Program},
};
use crate::secrets::Secrets;

/// A folder for a plan, and the addresses of the servers that it is for.
struct Folder(TempDir, [Front; 2]);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap(), [Front::open(), Front::open()])
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("plan.json")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    /// Everything in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn plan(&self, pair: &Pair) -> Ended {
        self.run(pair, &["plan", "--out", shown(&self.file())])
    }

    fn apply(&self, pair: &Pair) -> Ended {
        self.run(pair, &["apply", shown(&self.file())])
    }

    fn apply_accepting_limits(&self, pair: &Pair) -> Ended {
        self.run(pair, &["apply", shown(&self.file()), "--accept-limits"])
    }

    fn run(&self, pair: &Pair, arguments: &[&str]) -> Ended {
        pair.run_edited(arguments, |variables| {
            let names = ["SOURCE_MGMT_SERVER", "TARGET_MGMT_SERVER"];
            for (name, front) in names.into_iter().zip(&self.1) {
                let url = front.stand_before(&variables[name]);
                variables.insert(name.into(), url);
            }
        })
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn requests(pair: &Pair) -> usize {
    pair.source().requests().len() + pair.target().requests().len()
}

fn on_write(effect: Effect) -> Fault {
    Fault::on("*", "", effect).when(|request| {
        let is_login = request.uri().path().ends_with("/token");
        request.method() != http::Method::GET && !is_login
    })
}

fn retitle(cluster: &mut Cluster, org: &str, title: &str) {
    let org = cluster.org(org).unwrap().head.id;
    cluster.retitle::<ConsumerOrg>(org, title);
}

#[test]
fn a_plan_is_kept_and_applied_and_then_has_nothing_left() {
    let (pair, folder) = (Pair::first_sync(), Folder::new());
    let plan = folder.plan(&pair).exits(0).with_outcome("changes_pending");
    let file = folder.file();
    assert_eq!(plan.report["plan_file"], shown(&file));
    let plan = plan.says(&[&format!("plan    {}\n", shown(&file))]);
    assert_eq!(pair.writes(), 0);
    assert_eq!(folder.names(), ["plan.json"]);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let applied = folder.apply(&pair).exits(0).with_outcome("applied");
    assert_eq!(applied.report["command"], "apply");
    assert_eq!(applied.changes("applied"), plan.changes("pending"));
    pair.assert_mirrored();
    let writes = pair.writes();
    let again = folder.apply(&pair).exits(3).with_outcome("incomplete");
    again.says(&["skipped: already done: source and target agree"]);
    assert_eq!(pair.writes(), writes);
    pair.run(&["sync"]).exits(0).with_outcome("in_sync");
}

#[test]
fn the_file_is_readable_and_holds_no_secret() {
    let (pair, folder) = (Pair::of(seed::small()), Folder::new());
    folder.plan(&pair);
    let secrets = Secrets::default();
    secrets.learn_world(&pair.source());
    secrets.learn_world(&pair.target());
    secrets.assert_absent("the kept plan", &folder.text());
    let kept: Value = serde_json::from_str(&folder.text()).unwrap();
    assert_eq!(kept["format"], "apic-configsync plan");
    assert_eq!(kept["version"], 1);
    kept["made_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for side in ["source", "target"] {
        for key in ["server", "org", "catalog", "id"] {
            assert!(kept[side][key].is_string(), "{side} {key}");
        }
    }
    let steps = kept["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["kind"] == "credentials"));
    let changed = steps
        .iter()
        .flat_map(|step| step["fields"].as_array().unwrap())
        .find(|field| field["path"] == "/client_secret_hashed");
    assert_eq!(changed.unwrap()["after"], "(secret)");
}

#[test]
fn what_changed_since_is_named_and_the_rest_applied() {
    let (pair, folder) = (Pair::of(seed::large_synced(size(4))), Folder::new());
    for org in ["org-0", "org-1", "org-2"] {
        retitle(&mut pair.source(), org, "planned");
    }
    folder.plan(&pair).exits(0);
    retitle(&mut pair.source(), "org-0", "changed on the source");
    retitle(&mut pair.target(), "org-1", "changed on the target");
    retitle(&mut pair.source(), "org-3", "unplanned");
    let applied = folder.apply(&pair).exits(3).with_outcome("incomplete");
    assert_eq!((applied.changes("applied"), applied.changes("skipped")), (1, 2));
    let applied = applied.says(&[
        "org-0  (skipped: changed since the plan was made: ",
        "org-1  (skipped: changed since the plan was made: ",
        "1 change that came up since the plan was made is left out",
    ]);
    assert!(applied.stderr.contains("left out"), "the log does not say so");
    pair.run(&["sync"]).exits(0);
    pair.assert_mirrored();
}

#[test]
fn a_refused_plan_is_kept_and_its_limits_can_be_accepted() {
    let (pair, folder) = (Pair::of(seed::large_synced(size(8))), Folder::new());
    for n in 0..4 {
        let mut source = pair.source();
        let org = source.org(&format!("org-{n}")).unwrap().head.id;
        source.remove_org(org);
    }
    folder.plan(&pair).exits(4).with_outcome("refused");
    folder.apply(&pair).exits(4).says(&["refused by MAX_DELETE_PERCENT"]);
    assert_eq!(pair.writes(), 0);
    let accepted = folder.apply_accepting_limits(&pair);
    accepted.exits(0).with_outcome("applied").says(&["set aside by --accept-limits"]);
    pair.assert_mirrored();
    let writes = pair.writes();
    folder.apply_accepting_limits(&pair).exits(3);
    assert_eq!(pair.writes(), writes);
}

#[test]
fn a_file_that_is_no_whole_plan_is_refused_before_anything_is_read() {
    let (pair, folder) = (Pair::first_sync(), Folder::new());
    folder.plan(&pair).exits(0);
    let text = folder.text();
    let asked = requests(&pair);
    for (content, words) in [
        (String::new(), "is no kept plan"),
        ("sync all of it".to_owned(), "is no kept plan"),
        (r#"{"schema": 1}"#.to_owned(), "is no kept plan"),
        (text[..text.len() / 2].to_owned(), "is no kept plan"),
        (text.replacen("create", "delete", 1), "was altered"),
        (text.replacen("org-0", "org-1", 1), "was altered"),
        (text.replacen("\"version\": 1", "\"version\": 7", 1), "is a kept plan of version 7"),
    ] {
        assert_ne!(content, text);
        fs::write(folder.file(), content).unwrap();
        let refused = folder.apply_accepting_limits(&pair).exits(2);
        refused.complains(&[shown(&folder.file()), words, "plan --out FILE"]);
    }
    fs::remove_file(folder.file()).unwrap();
    let refused = folder.apply(&pair).exits(2);
    refused.complains(&[shown(&folder.file()), "cannot be read"]);
    assert_eq!(requests(&pair), asked);
}

#[test]
fn a_plan_is_not_applied_to_other_catalogs() {
    let (pair, mut folder) = (Pair::first_sync(), Folder::new());
    folder.plan(&pair).exits(0);
    // What `run` starts are other servers.
    let refused = pair.run(&["apply", shown(&folder.file())]).exits(2).with_outcome("preflight_failed");
    refused.says(&["the plan was made for other catalogs", "mend: check the SOURCE_"]);
    let (source, target) = seed::large(size(2));
    let swapped = Pair::of((target, source));
    folder.1.swap(0, 1);
    let refused = folder.apply(&swapped).exits(2);
    refused.says(&["the plan was made for the other direction"]);
    assert_eq!(pair.writes() + swapped.writes(), 0);
}

#[test]
fn a_plan_that_cannot_be_kept_is_not_even_made() {
    let (pair, folder) = (Pair::first_sync(), Folder::new());
    let nowhere = folder.0.path().join("no-such-folder/plan.json");
    for file in [nowhere.as_path(), folder.0.path()] {
        let refused = pair.run(&["plan", "--out", shown(file)]).exits(2);
        refused.complains(&["--out", shown(file), "cannot be written"]);
    }
    assert_eq!(requests(&pair), 0);
    // One that is there is replaced, and only by a whole one.
    fs::write(folder.file(), "the last one").unwrap();
    let failed = pair.run_edited(&["plan", "--out", shown(&folder.file())], |variables| {
        variables.insert("SOURCE_ADMIN_PASSWORD".into(), "definitely-wrong".into());
    });
    assert_eq!(failed.exits(6).report["plan_file"], Value::Null);
    assert_eq!((folder.text(), folder.names().len()), ("the last one".into(), 1));
    folder.plan(&pair).exits(0);
    assert!(folder.text().starts_with('{'));
}

#[test]
fn a_relative_file_is_kept_in_the_working_directory() {
    // The program searches whatever it finds there for secrets.
    let plan = Pair::of(seed::small()).run(&["plan", "--out", "here.json"]);
    assert_eq!(plan.report["plan_file"], "here.json");
}

#[test]
fn an_application_that_is_killed_is_finished_by_the_next_one_and_a_sync() {
    for nth in [1, 5, 9, 14] {
        for reset in [true, false] {
            let (pair, folder) = (Pair::first_sync(), Folder::new());
            folder.plan(&pair).exits(0);
            let remote = pair.remote.clone();
            {
                let faults = &mut pair.target().faults;
                faults.add(on_write(Effect::call(move |_| remote.kill())).nth(nth));
                if reset {
                    faults.add(on_write(Effect::Reset).nth(nth));
                }
            }
            assert_eq!(folder.apply(&pair).code, None, "no death at write {nth}");
            let again = folder.apply(&pair);
            assert!(matches!(again.code, Some(0 | 3)), "{}", again.stdout);
            assert_eq!(again.changes("failed"), 0, "{}", again.stdout);
            pair.run(&["sync"]).exits(0);
            pair.assert_mirrored();
            pair.run(&["sync"]).exits(0).with_outcome("in_sync");
        }
    }
}

#[test]
fn a_signal_lets_running_writes_finish() {
    let (pair, folder) = (Pair::of(seed::large(size(8))), Folder::new());
    folder.plan(&pair).exits(0);
    let remote = pair.remote.clone();
    pair.target().faults.add(Fault::on("POST", "/users", Effect::call(move |_| remote.signal_and_wait("TERM"))).nth(4));
    let stopped = folder.apply(&pair).exits(143).with_outcome("interrupted");
    assert!(stopped.changes("applied") > 0 && stopped.changes("skipped") > 0);
    pair.run(&["sync"]).exits(0);
    pair.assert_mirrored();
}

#[test]
fn the_help_tells_of_kept_plans() {
    let run = |arguments: &[&str]| Program::new(arguments, &Secrets::default()).run();
    run(&["plan", "--help"]).exits(0).says(&["--out <FILE>"]);
    run(&["apply", "--help"]).exits(0).says(&["<FILE>", "--accept-limits"]);
    run(&["apply"]).exits(2).complains(&["<FILE>", "Usage:"]);
}
