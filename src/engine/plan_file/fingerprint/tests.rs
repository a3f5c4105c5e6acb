//! What a fingerprint tells apart, and what it does not.

use std::collections::BTreeSet;

use crate::engine::{
    change::PlannedState,
    model::{
        Secret,
        invented::{KINDS, kind},
    },
};

use super::*;

fn document(title: &str, secret: Option<&str>) -> Document {
    let fields = json!({"title": title}).as_object().cloned().unwrap();
    Document::new(fields, secret.map(|secret| Secret::from(secret.to_owned())))
}

fn room(path: &str) -> Address {
    Address::new(kind("rooms"), path)
}

fn mark(id: &str) -> Mark {
    Mark { id: id.into(), catalog: None }
}

fn package(text: &'static str) -> Bundle {
    let file = crate::engine::model::File::new("document", "a", "text/plain", text, |_| None);
    Bundle { own: Files::new(vec![file]), carried: Vec::new(), replaces: None }
}

fn step(action: Action) -> Step {
    Step {
        address: room("acme/shop"),
        action,
        needs: Vec::new(),
        after: Vec::new(),
        displaces: None,
        auxiliary: false,
        approves: false,
        note: None,
    }
}

fn update() -> Change {
    Change {
        target: Some(Handle::new("club/room")),
        parent: None,
        before: document("A", Some("old secret")),
        seen: None,
        after: document("B", Some("new secret")),
        fields: vec![FieldChange::secret("title")],
        metadata: Some(MetadataWrite { mark: Some(mark("1")), ..MetadataWrite::default() }),
        beside_note: None,
        package: Some(package("one")),
    }
}

fn delete() -> Removal {
    Removal {
        target: Handle::new("club/room"),
        before: document("A", None),
        seen: PlannedState { mark: Some(mark("1")), ..PlannedState::default() },
        hanging: BTreeSet::new(),
        cascade: vec![room("acme/below")],
        original: Some(Handle::new("club/original")),
    }
}

fn create() -> NewObject {
    NewObject {
        parent: Some(room("acme")),
        document: document("A", None),
        metadata: MetadataWrite::default(),
        comes_along: false,
        brings: ChildMade::Nothing,
        package: Some(package("one")),
    }
}

fn print(step: &Step) -> Fingerprint {
    Fingerprint::of(&KINDS, step)
}

#[track_caller]
fn assert_all_differ(steps: &[Step]) {
    let prints: std::collections::HashSet<_> = steps.iter().map(print).collect();
    assert_eq!(prints.len(), steps.len());
}

#[test]
fn whatever_an_update_writes_or_was_planned_against_counts() {
    let edited = |edit: fn(&mut Change)| {
        let mut update = update();
        edit(&mut update);
        step(Action::Update(update))
    };
    assert_all_differ(&[
        edited(|_| {}),
        edited(|it| it.target = None),
        edited(|it| it.target = Some(Handle::new("club/other"))),
        edited(|it| it.parent = Some(room("acme"))),
        edited(|it| it.before = document("C", None)),
        edited(|it| it.after = document("C", None)),
        edited(|it| it.fields.clear()),
        edited(|it| it.fields[0].after = "C".into()),
        edited(|it| it.metadata = None),
        edited(|it| it.metadata = Some(MetadataWrite::default())),
        edited(|it| *it = noted("2026-11-21T10:00:00Z", Some(Handle::new("club/gone")))),
        edited(|it| *it = noted("2026-11-21T10:00:00Z", None)),
        edited(|it| it.metadata.as_mut().unwrap().missing = Missing::Found),
        edited(|it| it.package = None),
        edited(|it| it.package = Some(package("two"))),
    ]);
}

#[test]
fn whatever_a_deletion_removes_or_was_planned_against_counts() {
    let edited = |edit: fn(&mut Removal)| {
        let mut delete = delete();
        edit(&mut delete);
        step(Action::Delete(delete))
    };
    assert_all_differ(&[
        edited(|_| {}),
        edited(|it| it.target = Handle::new("club/other")),
        edited(|it| it.seen.mark = None),
        edited(|it| it.seen.mark = Some(mark("2"))),
        edited(|it| it.before = document("B", None)),
        edited(|it| it.cascade.clear()),
        edited(|it| it.original = None),
    ]);
}

#[test]
fn whatever_a_creation_writes_counts() {
    let edited = |edit: fn(&mut NewObject)| {
        let mut create = create();
        edit(&mut create);
        step(Action::Create(create))
    };
    let child = |path: &str| ChildMade::Child(Box::new((room(path), document("A", None))));
    let mut elsewhere = step(Action::Create(create()));
    elsewhere.address = room("acme/elsewhere");
    let bringing = |path: &str| {
        let brings = child(path);
        step(Action::Create(NewObject { brings, ..create() }))
    };
    assert_all_differ(&[
        elsewhere,
        bringing("acme/one"),
        bringing("acme/other"),
        edited(|_| {}),
        edited(|it| it.parent = None),
        edited(|it| it.document = document("B", None)),
        edited(|it| it.metadata.mark = Some(mark("1"))),
        edited(|it| it.comes_along = true),
        edited(|it| it.brings = ChildMade::Whatever),
        edited(|it| it.package = Some(package("two"))),
    ]);
}

#[test]
fn no_secret_and_no_hint_leaves_a_trace() {
    let plain = step(Action::Update(update()));
    let mut other = update();
    other.before = document("A", None);
    other.after = document("B", Some("another secret"));
    if let Some(metadata) = &mut other.metadata {
        metadata.state = Some("2026-11-21T10:00:00Z".into());
    }
    other.fields.push(FieldChange {
        path: "/metadata/source_hint".into(),
        before: Value::Null,
        after: "2026-11-21T10:00:00Z".into(),
    });
    assert_eq!(print(&plain), print(&step(Action::Update(other))));
}

fn noted(at: &str, original: Option<Handle>) -> Change {
    let mut update = update();
    update.fields.push(FieldChange {
        path: "/metadata/source_missing_since".into(),
        before: Value::Null,
        after: at.into(),
    });
    let at = at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    if let Some(metadata) = &mut update.metadata {
        metadata.missing = Missing::Since { at, original };
    }
    update
}

#[test]
fn the_time_of_noting_that_something_is_missing_leaves_no_trace() {
    let at = |time| print(&step(Action::Update(noted(time, None))));
    assert_eq!(at("2026-11-21T10:00:00Z"), at("2026-11-22T10:00:00Z"));
}

#[test]
fn a_place_in_the_plan_leaves_no_trace() {
    let mut moved = step(Action::Delete(delete()));
    moved.needs.push(crate::engine::plan::StepId(7));
    moved.auxiliary = true;
    assert_eq!(print(&moved), print(&step(Action::Delete(delete()))));
}
