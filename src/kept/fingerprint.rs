//! Fingerprints of steps: by them a fresh plan's step is known to be the one that was kept.

use std::fmt::{self, Write};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    model::{
        Address, Document, Files, Handle, KindTable, Mark,
        document::METADATA,
        mark::{SOURCE_HINT, SOURCE_MISSING_SINCE},
    },
    plan::{
        Action, Brings, Create, Delete, FieldChange, MetadataWrite, Missing, Package, Step, Update,
    },
};

/// What stands for everything that a step writes and was planned against, secrets aside.
///
/// Secrets are left out, known or not, because a fingerprint stands in a file: what a step needs of them is read when it
/// is applied. Hints are left out too: whether one can be noted depends on the time of reading, and it only saves the
/// next run a read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a step.
    #[must_use]
    pub fn of(kinds: &KindTable, step: &Step) -> Self {
        let scribe = Scribe { kinds };
        let whole = json!({
            "address": scribe.address(&step.address),
            "verb": step.verb().word(),
            "action": scribe.action(&step.action),
        });
        // Keys are sorted, so equal steps are written alike.
        Self(Sha256::digest(whole.to_string()).into())
    }

    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let pair = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = pair(at)?;
        }
        let print = Self(bytes);
        (print.to_string() == text).then_some(print)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes the parts of a step down. Kinds by name: their numbers may change from one release to the next.
struct Scribe<'a> {
    kinds: &'a KindTable,
}

impl Scribe<'_> {
    fn action(&self, action: &Action) -> Value {
        match action {
            Action::Create(create) => self.create(create),
            Action::Update(update) => self.update(update),
            Action::Approve(approve) => json!({
                "approves": approve.target.as_str(),
                "before": content(&approve.before),
                "after": content(&approve.after),
            }),
            Action::Delete(delete) => self.delete(delete),
        }
    }

    fn create(&self, create: &Create) -> Value {
        json!({
            "parent": create.parent.as_ref().map(|parent| self.address(parent)),
            "document": content(&create.document),
            "metadata": metadata(&create.metadata),
            "comes_along": create.comes_along,
            "brings": self.brings(&create.brings),
            "package": create.package.as_ref().map(|package| self.package(package)),
        })
    }

    fn update(&self, update: &Update) -> Value {
        json!({
            "target": update.target.as_ref().map(Handle::as_str),
            "parent": update.parent.as_ref().map(|parent| self.address(parent)),
            "before": content(&update.before),
            "after": content(&update.after),
            "fields": fields(&update.fields),
            "metadata": update.metadata.as_ref().map(metadata),
            "package": update.package.as_ref().map(|package| self.package(package)),
        })
    }

    fn delete(&self, delete: &Delete) -> Value {
        let cascade = delete.cascade.iter();
        json!({
            "target": delete.target.as_str(),
            "mark": delete.mark.as_ref().map(mark),
            "before": content(&delete.before),
            "cascade": cascade.map(|address| self.address(address)).collect::<Vec<_>>(),
            "original": delete.original.as_ref().map(Handle::as_str),
        })
    }

    fn brings(&self, brings: &Brings) -> Value {
        match brings {
            Brings::Whatever => "whatever".into(),
            Brings::Nothing => "nothing".into(),
            Brings::Child(child) => {
                let (address, document) = &**child;
                json!({"address": self.address(address), "document": content(document)})
            }
        }
    }

    fn package(&self, package: &Package) -> Value {
        let carried = package.carried.iter();
        json!({
            "own": files(&package.own),
            "carried": carried
                .map(|(address, own)| json!([self.address(address), files(own)]))
                .collect::<Vec<_>>(),
        })
    }

    fn address(&self, address: &Address) -> Value {
        json!([self.kinds.row(address.kind).name, *address.path])
    }
}

/// All of a document but its secret.
fn content(document: &Document) -> Map<String, Value> {
    document.fields()
}

fn fields(changes: &[FieldChange]) -> Vec<Value> {
    let hint = format!("/{METADATA}/{SOURCE_HINT}");
    changes
        .iter()
        .filter(|change| change.path != hint)
        .map(|change| json!([change.path, change.before, after(change)]))
        .collect()
}

/// What a field shall be. When something was missed for the first time is when the step is applied.
fn after(change: &FieldChange) -> Value {
    if change.path == format!("/{METADATA}/{SOURCE_MISSING_SINCE}") && !change.after.is_null() {
        "now".into()
    } else {
        change.after.clone()
    }
}

fn metadata(write: &MetadataWrite) -> Value {
    let missing = match &write.missing {
        Missing::Unsaid => Value::Null,
        Missing::Since { original, .. } => json!(["since", original.as_ref().map(Handle::as_str)]),
        Missing::Found => "found".into(),
    };
    json!({"own": write.own, "mark": write.mark.as_ref().map(mark), "missing": missing})
}

fn mark(mark: &Mark) -> Value {
    json!([mark.id, mark.catalog])
}

fn files(files: &Files) -> Vec<Value> {
    files
        .iter()
        .map(|file| json!([file.role, file.name, file.media_type, hex(file.digest())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{model::Secret, platform::kinds};

    use super::*;

    fn document(title: &str, secret: Option<&str>) -> Document {
        let fields = json!({"title": title}).as_object().cloned().unwrap();
        Document::new(fields, secret.map(|secret| Secret::from(secret.to_owned())))
    }

    fn app(path: &str) -> Address {
        Address::new(kinds().named("applications").unwrap(), path)
    }

    fn mark(id: &str) -> Mark {
        Mark {
            id: id.into(),
            catalog: None,
        }
    }

    fn package(text: &'static str) -> Package {
        let file = crate::model::File::new("document", "a", "text/plain", text, |_| None);
        Package {
            own: Files::new(vec![file]),
            carried: Vec::new(),
        }
    }

    fn step(action: Action) -> Step {
        Step {
            address: app("acme/shop"),
            action,
            needs: Vec::new(),
            after: Vec::new(),
            displaces: None,
            auxiliary: false,
            approves: false,
            note: None,
        }
    }

    fn update() -> Update {
        Update {
            target: Some(Handle::new("org/app")),
            parent: None,
            before: document("A", Some("old secret")),
            after: document("B", Some("new secret")),
            fields: vec![FieldChange::secret("title")],
            metadata: Some(MetadataWrite {
                mark: Some(mark("1")),
                ..MetadataWrite::default()
            }),
            package: Some(package("one")),
        }
    }

    fn delete() -> Delete {
        Delete {
            target: Handle::new("org/app"),
            mark: Some(mark("1")),
            before: document("A", None),
            cascade: vec![app("acme/below")],
            original: Some(Handle::new("org/original")),
        }
    }

    fn create() -> Create {
        Create {
            parent: Some(app("acme")),
            document: document("A", None),
            metadata: MetadataWrite::default(),
            comes_along: false,
            brings: Brings::Nothing,
            package: Some(package("one")),
        }
    }

    fn print(step: &Step) -> Fingerprint {
        Fingerprint::of(kinds(), step)
    }

    #[track_caller]
    fn assert_all_differ(steps: &[Step]) {
        let prints: std::collections::HashSet<_> = steps.iter().map(print).collect();
        assert_eq!(prints.len(), steps.len());
    }

    #[test]
    fn whatever_an_update_writes_or_was_planned_against_counts() {
        let edited = |edit: fn(&mut Update)| {
            let mut update = update();
            edit(&mut update);
            step(Action::Update(update))
        };
        assert_all_differ(&[
            edited(|_| {}),
            edited(|it| it.target = None),
            edited(|it| it.target = Some(Handle::new("org/other"))),
            edited(|it| it.parent = Some(app("acme"))),
            edited(|it| it.before = document("C", None)),
            edited(|it| it.after = document("C", None)),
            edited(|it| it.fields.clear()),
            edited(|it| it.fields[0].after = "C".into()),
            edited(|it| it.metadata = None),
            edited(|it| it.metadata = Some(MetadataWrite::default())),
            edited(|it| *it = noted("2026-11-21T10:00:00Z", Some(Handle::new("org/gone")))),
            edited(|it| *it = noted("2026-11-21T10:00:00Z", None)),
            edited(|it| it.metadata.as_mut().unwrap().missing = Missing::Found),
            edited(|it| it.package = None),
            edited(|it| it.package = Some(package("two"))),
        ]);
    }

    #[test]
    fn whatever_a_deletion_removes_or_was_planned_against_counts() {
        let edited = |edit: fn(&mut Delete)| {
            let mut delete = delete();
            edit(&mut delete);
            step(Action::Delete(delete))
        };
        assert_all_differ(&[
            edited(|_| {}),
            edited(|it| it.target = Handle::new("org/other")),
            edited(|it| it.mark = None),
            edited(|it| it.mark = Some(mark("2"))),
            edited(|it| it.before = document("B", None)),
            edited(|it| it.cascade.clear()),
            edited(|it| it.original = None),
        ]);
    }

    #[test]
    fn whatever_a_creation_writes_counts() {
        let edited = |edit: fn(&mut Create)| {
            let mut create = create();
            edit(&mut create);
            step(Action::Create(create))
        };
        let child = |path: &str| Brings::Child(Box::new((app(path), document("A", None))));
        let mut elsewhere = step(Action::Create(create()));
        elsewhere.address = app("acme/elsewhere");
        let bringing = |path: &str| {
            let brings = child(path);
            step(Action::Create(Create { brings, ..create() }))
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
            edited(|it| it.brings = Brings::Whatever),
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

    fn noted(at: &str, original: Option<Handle>) -> Update {
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
        moved.needs.push(crate::plan::StepId(7));
        moved.auxiliary = true;
        assert_eq!(print(&moved), print(&step(Action::Delete(delete()))));
    }
}
