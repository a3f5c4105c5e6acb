//! That the watcher objects: each of its rules, broken on purpose beside the case that it lets pass.

use apic_configsync::sandbox::{
    Cluster, Id,
    api_connect::Outcome,
    seed,
    world::{App, ConsumerOrg, build::Stored},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::simulation::{
    ledger::{SharedLedger, Syncer},
    watch::{Terms, Watch},
};

mod claims;
mod patience;

/// Two clusters with an organization on the source, and its marked copy with an app on the target.
struct Scene {
    source: Cluster,
    target: Cluster,
    original: Id,
    copy: Id,
    ledger: SharedLedger,
}

fn scene() -> Scene {
    let (mut source, mut target) = seed::pair();
    let [original, copy] = [&mut source, &mut target].map(|cluster| add_org(cluster, "acme"));
    mark::<ConsumerOrg>(&mut target, copy, Some(original));
    let scene = Scene { source, target, original, copy, ledger: SharedLedger::default() };
    scene.enter(copy, Some(original));
    scene
}

fn add_org(cluster: &mut Cluster, name: &str) -> Id {
    let owner = format!("owner-of-{name}");
    let known = cluster.user("sandbox-catalog", &owner).map(|user| user.head.id);
    let owner = known.unwrap_or_else(|| cluster.add_user("sandbox-catalog", &owner));
    cluster.add_org(name, owner)
}

fn mark<T: Stored>(cluster: &mut Cluster, id: Id, origin: Option<Id>) {
    cluster.change::<T>(id, |row| {
        let origin = origin.map(|origin| Value::from(origin.to_string()));
        let metadata = origin.map(|origin| [("source_id".to_owned(), origin)].into_iter().collect());
        row.head_mut().metadata = metadata;
    });
}

fn request(method: &str, path: &str) -> ::http::Request<Bytes> {
    let request = ::http::Request::builder().method(method).uri(path);
    request.body(Bytes::new()).unwrap()
}

fn answer(body: &Value) -> Outcome {
    Outcome::Answer(::http::Response::new(Bytes::from(body.to_string())))
}

impl Scene {
    fn watch(&self) -> Watch {
        self.watch_on(Terms::default())
    }

    fn watch_on(&self, terms: Terms) -> Watch {
        let ledger = SharedLedger::clone(&self.ledger);
        Watch::of(Syncer::Ours, &self.source, &self.target, terms, ledger)
    }

    /// The sync has made a thing of the target for one of the source.
    fn enter(&self, copy: Id, original: Option<Id>) {
        let original = original.map(|original| original.to_string());
        let mut ledger = self.ledger.lock().unwrap();
        ledger.enter(&copy.to_string(), Syncer::Ours, original.as_deref());
    }

    /// A request arrives at the target and does what it does.
    fn ask(&mut self, watch: &mut Watch, (method, path): (&str, &str), body: &Value, deed: impl FnOnce(&mut Cluster)) {
        let request = request(method, path);
        let before = watch.look(&request, &self.target);
        deed(&mut self.target);
        let outcome = answer(body);
        watch.target_was_asked(&request, &outcome, before, &self.target, &self.source, false);
    }

    /// The run is shown the copy with that mark.
    fn show_copy(&mut self, watch: &mut Watch, mark: Option<Id>) {
        let id = self.copy.to_string();
        let origin = mark.map(|mark| mark.to_string());
        let body = json!({"id": id, "metadata": {"source_id": origin}});
        let path = format!("/api/consumer-orgs/o/c/{id}");
        self.ask(watch, ("GET", &path), &body, |_| {});
    }

    fn delete_copy(&mut self, watch: &mut Watch) {
        let copy = self.copy;
        let path = format!("/api/consumer-orgs/o/c/{copy}");
        self.ask(watch, ("DELETE", &path), &Value::Null, |target| {
            target.remove_org(copy);
        });
    }
}

#[track_caller]
fn assert_objects(watch: &Watch, what: &str) {
    let limits = watch.excesses.iter().chain(&watch.defiances);
    let mut found = watch.violations.iter().chain(limits);
    let is_there = found.any(|it| it.contains(what));
    assert!(is_there, "{what} is not among {watch:#?}");
}

#[track_caller]
fn assert_content(watch: &Watch) {
    assert_eq!(watch.violations, [""; 0]);
    assert_eq!(watch.doubles, [""; 0]);
    assert_eq!(watch.excesses, [""; 0]);
    assert_eq!(watch.defiances, [""; 0]);
}

#[test]
fn the_source_is_not_written() {
    let mut watch = scene().watch();
    for (method, path) in [("GET", "/api/orgs"), ("POST", "/api/token"), ("POST", "/api/catalogs/o/c/search")] {
        watch.source_was_asked(&request(method, path));
    }
    assert_content(&watch);
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        let mut watch = scene().watch();
        watch.source_was_asked(&request(method, "/api/consumer-orgs/o/c/g"));
        assert_objects(&watch, "the source was written");
    }
}

#[test]
fn what_the_source_has_lost_may_go() {
    let mut scene = scene();
    scene.source.remove_org(scene.original);
    let mut watch = scene.watch();
    scene.show_copy(&mut watch, Some(scene.original));
    scene.delete_copy(&mut watch);
    assert_content(&watch);
    assert!(watch.deletions > 0);
}

#[test]
fn nothing_goes_that_the_source_has() {
    let mut scene = scene();
    let mut watch = scene.watch();
    scene.show_copy(&mut watch, Some(scene.original));
    scene.delete_copy(&mut watch);
    assert_objects(&watch, "was deleted, but the source has");
}

#[test]
fn nothing_goes_that_bears_no_mark() {
    for unmarked_children_go in [false, true] {
        let mut scene = scene();
        mark::<ConsumerOrg>(&mut scene.target, scene.copy, None);
        let mut watch = scene.watch_on(Terms { unmarked_children_go, ..Terms::default() });
        scene.show_copy(&mut watch, None);
        scene.delete_copy(&mut watch);
        assert_objects(&watch, "bore no mark and was deleted");
    }
}

#[test]
fn nothing_goes_without_a_look() {
    let mut scene = scene();
    scene.source.remove_org(scene.original);
    let mut watch = scene.watch();
    scene.delete_copy(&mut watch);
    assert_objects(&watch, "without being looked at again");
}

#[test]
fn a_look_at_something_else_does_not_count() {
    let mut scene = scene();
    scene.source.remove_org(scene.original);
    let mut watch = scene.watch();
    let path = format!("/api/consumer-orgs/o/c/{}", scene.copy);
    let page = json!({"id": "something else"});
    scene.ask(&mut watch, ("GET", &path), &page, |_| {});
    scene.delete_copy(&mut watch);
    assert_objects(&watch, "without being looked at again");
}

#[test]
fn what_is_the_targets_own_does_not_go_along() {
    let mut scene = scene();
    scene.target.add_app(scene.copy, "own");
    scene.source.remove_org(scene.original);
    let mut watch = scene.watch();
    scene.show_copy(&mut watch, Some(scene.original));
    scene.delete_copy(&mut watch);
    assert_objects(&watch, "bears no mark and went along");
}

#[test]
fn what_the_source_has_in_the_same_place_does_not_go_along() {
    for is_moved in [false, true] {
        let mut scene = scene();
        let other = add_org(&mut scene.source, "other");
        let place = if is_moved { other } else { scene.original };
        let app = scene.source.add_app(place, "shop");
        let copied = scene.target.add_app(scene.copy, "shop");
        mark::<App>(&mut scene.target, copied, Some(app));
        scene.enter(copied, Some(app));
        if is_moved {
            scene.source.remove_org(scene.original);
        }
        let mut watch = scene.watch();
        scene.show_copy(&mut watch, Some(scene.original));
        scene.delete_copy(&mut watch);
        if is_moved {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "went along, but the source has");
        }
    }
}

#[test]
fn nothing_goes_but_by_a_deletion() {
    let mut scene = scene();
    scene.source.remove_org(scene.original);
    let mut watch = scene.watch();
    scene.show_copy(&mut watch, Some(scene.original));
    let (copy, path) = (scene.copy, format!("/api/consumer-orgs/o/c/{}", scene.copy));
    scene.ask(&mut watch, ("PATCH", &path), &Value::Null, |target| {
        target.remove_org(copy);
    });
    assert_objects(&watch, "is gone after PATCH");
}

#[test]
fn nothing_is_made_twice() {
    let mut scene = scene();
    let original = scene.original;
    let other = add_org(&mut scene.source, "other");
    let mut watch = scene.watch();
    let mut make = |watch: &mut Watch, name: &str, origin| {
        scene.ask(watch, ("POST", "/api/consumer-orgs"), &Value::Null, |target| {
            let made = add_org(target, name);
            mark::<ConsumerOrg>(target, made, origin);
        });
    };
    make(&mut watch, "own", None);
    make(&mut watch, "another", Some(other));
    assert_content(&watch);
    make(&mut watch, "second", Some(original));
    assert_eq!(watch.doubles.len(), 1, "{:?}", watch.doubles);
    assert!(watch.doubles[0].contains("2 objects bear one mark"));
}

#[test]
fn nothing_is_repeated_without_a_look() {
    for looks in [true, false] {
        let scene = scene();
        let mut watch = scene.watch();
        let mut ask = |method: &str, outcome: &Outcome| {
            let request = request(method, "/api/apps/o/c/g/a");
            let before = watch.look(&request, &scene.target);
            let (target, source) = (&scene.target, &scene.source);
            watch.target_was_asked(&request, outcome, before, target, source, false);
        };
        ask("PATCH", &Outcome::Reset);
        if looks {
            ask("GET", &answer(&Value::Null));
        }
        ask("PATCH", &answer(&Value::Null));
        ask("PATCH", &answer(&Value::Null));
        if looks {
            assert_content(&watch);
        } else {
            assert_eq!(watch.violations.len(), 1, "{:?}", watch.violations);
            assert_objects(&watch, "was repeated without a look");
        }
    }
}

#[test]
fn no_more_goes_than_is_allowed() {
    for (delete_percent, copies, goes) in [(9, 9, false), (10, 9, true), (0, 8, true)] {
        let mut scene = scene();
        for number in 0..copies {
            let copy = add_org(&mut scene.target, &format!("other-{number}"));
            mark::<ConsumerOrg>(&mut scene.target, copy, Some(scene.original));
        }
        scene.source.remove_org(scene.original);
        add_org(&mut scene.source, "something");
        let mut watch = scene.watch_on(Terms { delete_percent, ..Terms::default() });
        scene.show_copy(&mut watch, Some(scene.original));
        scene.delete_copy(&mut watch);
        if goes {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "1 of 10 org are gone, 9 % are allowed");
        }
    }
}

#[test]
fn nothing_goes_when_the_source_is_empty() {
    for source_may_be_empty in [true, false] {
        let mut scene = scene();
        scene.source.remove_org(scene.original);
        let mut watch = scene.watch_on(Terms { source_may_be_empty, ..Terms::default() });
        scene.show_copy(&mut watch, Some(scene.original));
        scene.delete_copy(&mut watch);
        if source_may_be_empty {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "the source has nothing of its kind");
        }
    }
}
