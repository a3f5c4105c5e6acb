//! Nobody gets what is not his, whatever the metadata says that consumers write.

use apic_configsync::sandbox::{
    Id,
    world::{App, ConsumerOrg, User},
};
use serde_json::Value;

use super::{Scene, add_org, assert_content, assert_objects, mark, scene};
use crate::simulation::{ledger::Syncer, watch::Terms, watch::Watch};

impl Scene {
    /// A stranger's organization on the target, with the mark of the scene's original that a consumer has written.
    fn stranger(&mut self, name: &str) -> Id {
        let stranger = add_org(&mut self.target, name);
        mark::<ConsumerOrg>(&mut self.target, stranger, Some(self.original));
        self.note_forged(stranger);
        stranger
    }

    fn note_forged(&self, id: Id) {
        self.ledger.lock().unwrap().note_forged(&id.to_string());
    }

    fn make_app(&mut self, watch: &mut Watch, org: Id, origin: Option<Id>) {
        self.ask(watch, ("POST", "/api/apps"), &Value::Null, |target| {
            let app = target.add_app(org, "shop");
            mark::<App>(target, app, origin);
        });
    }

    fn retitle(&mut self, watch: &mut Watch, org: Id) {
        self.ask(watch, ("PATCH", "/api/x"), &Value::Null, |target| {
            target.retitle::<ConsumerOrg>(org, "New");
        });
    }
}

fn seal(scene: &mut Scene, org: Id) {
    scene.target.change::<ConsumerOrg>(org, |row| {
        let metadata = row.head.metadata.get_or_insert_default();
        metadata.insert("source_seal".to_owned(), "made up".into());
    });
}

#[test]
fn nothing_is_adopted_that_nobody_has_allowed() {
    for adopts in [true, false] {
        let mut scene = scene();
        let (own, original) = (add_org(&mut scene.target, "acme-too"), scene.original);
        let other = scene.source.add_app(original, "shop");
        let terms = Terms { adopts, ..Terms::default() };
        let mut filling = scene.watch_on(terms);
        scene.make_app(&mut filling, own, None);
        let mut writing = scene.watch_on(terms);
        scene.retitle(&mut writing, own);
        if adopts {
            assert_content(&writing);
            assert_content(&filling);
        } else {
            assert_objects(&writing, "was written, and it is somebody else's");
            assert_objects(&filling, "that is somebody else's");
        }
        // What the sync has made itself is its own.
        let copy = scene.copy;
        let mut rightly = scene.watch_on(terms);
        scene.make_app(&mut rightly, copy, Some(other));
        scene.retitle(&mut rightly, copy);
        assert_content(&rightly);
    }
}

#[test]
fn a_forged_mark_gives_a_stranger_nothing_unless_nobody_could_know() {
    let key = Terms { has_key: true, ..Terms::default() };
    let makers = Terms { makers_shown: [false, true], ..Terms::default() };
    let strict = Terms { requires_seal: true, ..key };
    for (name, sealed, terms, is_fine) in [
        ("other", false, Terms::default(), false),
        ("acme", false, Terms::default(), true),
        ("acme", true, Terms::default(), true),
        ("acme", false, key, true),
        ("acme", true, key, false),
        ("acme", false, strict, false),
        ("acme", false, makers, false),
    ] {
        let mut scene = scene();
        let copy = scene.copy;
        scene.target.remove_org(copy);
        let stranger = scene.stranger(name);
        if sealed {
            seal(&mut scene, stranger);
        }
        let mut watch = scene.watch_on(terms);
        scene.retitle(&mut watch, stranger);
        if is_fine {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "somebody else's");
        }
    }
}

#[test]
fn a_source_organization_that_points_at_a_stranger_takes_nothing() {
    for (name, shown, is_fine) in [("other", false, false), ("acme", false, true), ("acme", true, false)] {
        let mut scene = scene();
        let (copy, original) = (scene.copy, scene.original);
        scene.target.remove_org(copy);
        let stranger = add_org(&mut scene.target, name);
        mark::<ConsumerOrg>(&mut scene.source, original, Some(stranger));
        scene.note_forged(original);
        let mut watch = scene.watch_on(Terms { makers_shown: [shown, false], ..Terms::default() });
        scene.retitle(&mut watch, stranger);
        if is_fine {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "somebody else's");
        }
    }
}

#[test]
fn the_copy_of_one_does_not_become_that_of_another() {
    for (is_gone, name, is_fine) in
        [(false, "acme", false), (false, "other", false), (true, "other", false), (true, "acme", true)]
    {
        let mut scene = scene();
        let (copy, original) = (scene.copy, scene.original);
        if is_gone {
            scene.source.remove_org(original);
        } else {
            scene.source.rename::<ConsumerOrg>(original, "former");
        }
        let other = add_org(&mut scene.source, name);
        let app = scene.source.add_app(other, "shop");
        let mut filling = scene.watch();
        scene.make_app(&mut filling, copy, Some(app));
        scene.enter(copy, Some(original));
        let mut marking = scene.watch();
        scene.ask(&mut marking, ("PATCH", "/api/x"), &Value::Null, |target| {
            mark::<ConsumerOrg>(target, copy, Some(other));
        });
        for watch in [filling, marking] {
            if is_fine {
                assert_content(&watch);
            } else {
                assert_objects(&watch, "was taken for the copy of");
            }
        }
    }
}

#[test]
fn users_that_the_tool_has_not_made_are_not_written() {
    for is_own in [true, false] {
        let mut scene = scene();
        let user = scene.target.add_user("ldap", "somebody");
        if is_own {
            scene.enter(user, None);
        }
        let mut watch = scene.watch();
        scene.ask(&mut watch, ("PATCH", "/api/x"), &Value::Null, |target| {
            target.change::<User>(user, |row| row.email = None);
        });
        if is_own {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "was written, and it is somebody else's");
        }
    }
}

#[test]
fn what_another_sync_has_made_is_not_touched_even_if_it_may_adopt() {
    let mut scene = scene();
    let (copy, original) = (scene.copy, scene.original);
    {
        let mut ledger = scene.ledger.lock().unwrap();
        ledger.enter(&copy.to_string(), Syncer::Beside, Some(&original.to_string()));
    }
    // A mark without a catalog could be that of any sync, which the operator may take over.
    let beside = Value::from("5f5b1d6e-0000-4000-8000-000000000000");
    scene.target.change::<ConsumerOrg>(copy, |row| {
        let metadata = row.head.metadata.get_or_insert_default();
        metadata.insert("source_catalog".to_owned(), beside);
    });
    let mut watch = scene.watch_on(Terms { adopts: true, ..Terms::default() });
    scene.retitle(&mut watch, copy);
    assert_objects(&watch, "somebody else's");
}
