//! Nothing is deleted for want of sight, and nothing before its grace is over.

use std::collections::BTreeSet;

use apic_configsync::sandbox::{Id, world::App};
use serde_json::{Value, json};

use super::{Scene, assert_content, assert_objects, mark, scene};
use crate::simulation::{
    sight::Hidden,
    watch::{Terms, Watch},
};

const HOUR: i64 = 3600;

fn at(hours: i64) -> Terms {
    Terms { grace: 24 * HOUR, now: hours * HOUR, ..Terms::default() }
}

impl Scene {
    /// The run looks at the copy and deletes it.
    fn take_away_copy(&mut self, watch: &mut Watch) {
        self.show_copy(watch, Some(self.original));
        self.delete_copy(watch);
    }

    fn hide(&self, name: &str) {
        let names = BTreeSet::from([name.to_owned()]);
        let orgs = names;
        let products = BTreeSet::new();
        self.ledger.lock().unwrap().hide(Hidden { orgs, products });
    }

    fn take_away_app(&mut self, watch: &mut Watch, app: Id, original: Id) {
        let path = format!("/api/apps/o/c/g/{app}");
        let body = json!({"id": app.to_string(), "metadata": {"source_id": original.to_string()}});
        self.ask(watch, ("GET", &path), &body, |_| {});
        self.ask(watch, ("DELETE", &path), &Value::Null, |target| {
            target.remove_app(app);
        });
    }
}

#[test]
fn what_is_gone_stays_for_as_long_as_the_operator_wants() {
    for (hours, is_fine) in [(0, false), (23, false), (24, true)] {
        let mut scene = scene();
        scene.source.remove_org(scene.original);
        let _first = scene.watch_on(at(0));
        let mut watch = scene.watch_on(at(hours));
        scene.take_away_copy(&mut watch);
        if is_fine {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "before its grace was over");
        }
    }
}

#[test]
fn what_was_back_in_between_has_its_whole_time_again() {
    let mut scene = scene();
    scene.hide("acme");
    let _first = scene.watch_on(at(0));
    scene.ledger.lock().unwrap().hide(Hidden::default());
    let _second = scene.watch_on(at(20));
    scene.ledger.lock().unwrap().note_end(true);
    scene.source.remove_org(scene.original);
    let mut watch = scene.watch_on(at(30));
    scene.take_away_copy(&mut watch);
    assert_objects(&watch, "before its grace was over");
}

#[test]
fn a_note_that_a_consumer_wrote_counts_only_where_nobody_could_know() {
    for has_key in [true, false] {
        let mut scene = scene();
        let copy = scene.copy.to_string();
        scene.ledger.lock().unwrap().note_forged(&copy);
        scene.source.remove_org(scene.original);
        let mut watch = scene.watch_on(Terms { has_key, ..at(0) });
        scene.take_away_copy(&mut watch);
        if has_key {
            assert_objects(&watch, "before its grace was over");
        } else {
            assert_content(&watch);
        }
    }
}

#[test]
fn what_is_out_of_sight_goes_only_with_its_grace_or_without_any() {
    for (terms, is_fine) in [(Terms::default(), true), (at(23), false), (at(24), true)] {
        let mut scene = scene();
        scene.hide("acme");
        let _first = scene.watch_on(Terms { now: 0, ..terms });
        let mut watch = scene.watch_on(terms);
        scene.take_away_copy(&mut watch);
        if is_fine {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "was deleted");
        }
    }
}

#[test]
fn what_hangs_on_a_thing_waits_with_it() {
    for (since, is_fine) in [(2, false), (0, true)] {
        let mut scene = scene();
        let (copy, original) = (scene.copy, scene.original);
        let app = scene.source.add_app(original, "shop");
        let copied = scene.target.add_app(copy, "shop");
        mark::<App>(&mut scene.target, copied, Some(app));
        scene.enter(copied, Some(app));
        scene.source.remove_app(app);
        let _first = scene.watch_on(at(0));
        if since > 0 {
            scene.source.remove_org(original);
            let _second = scene.watch_on(at(since));
        }
        let mut watch = scene.watch_on(at(24));
        scene.take_away_app(&mut watch, copied, app);
        if is_fine {
            assert_content(&watch);
        } else {
            assert_objects(&watch, "that it hangs on is in its grace");
        }
    }
}

#[test]
fn what_is_from_before_the_source_was_built_anew_is_not_deleted() {
    for is_before in [true, false] {
        let mut scene = scene();
        let (copy, original) = (scene.copy, scene.original);
        let former = "00000000-0000-4000-8000-000000000000".to_owned();
        scene.target.change::<apic_configsync::sandbox::world::ConsumerOrg>(copy, |row| {
            let metadata = row.head.metadata.get_or_insert_default();
            metadata.insert("source_catalog".to_owned(), former.clone().into());
        });
        scene.source.remove_org(original);
        let mut watch = scene.watch();
        if is_before {
            watch.catalogs_before(&[former]);
        }
        scene.take_away_copy(&mut watch);
        if is_before {
            assert_objects(&watch, "from before the source was built anew");
        } else {
            assert_content(&watch);
        }
    }
}
