//! Fingerprints of steps: by them a fresh plan's step is known to be the one that was kept.

use std::fmt::{self, Write};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::engine::{
    change::{Bundle, Change, ChildMade, FieldChange, MetadataWrite, Missing, NewObject, Removal},
    model::{
        Address, Document, Files, Handle, KindTable, Mark,
        document::METADATA,
        mark::{SOURCE_HINT, SOURCE_MISSING_SINCE},
    },
    plan::{Action, Step},
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
        let scribe = FingerprintInput { kinds };
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
struct FingerprintInput<'a> {
    kinds: &'a KindTable,
}

impl FingerprintInput<'_> {
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

    fn create(&self, create: &NewObject) -> Value {
        json!({
            "parent": create.parent.as_ref().map(|parent| self.address(parent)),
            "document": content(&create.document),
            "metadata": metadata(&create.metadata),
            "comes_along": create.comes_along,
            "brings": self.brings(&create.brings),
            "package": create.package.as_ref().map(|package| self.package(package)),
        })
    }

    fn update(&self, update: &Change) -> Value {
        json!({
            "target": update.target.as_ref().map(Handle::as_str),
            "parent": update.parent.as_ref().map(|parent| self.address(parent)),
            "before": content(&update.before),
            "after": content(&update.after),
            "fields": lasting(&update.fields),
            "metadata": update.metadata.as_ref().map(metadata),
            "package": update.package.as_ref().map(|package| self.package(package)),
        })
    }

    fn delete(&self, delete: &Removal) -> Value {
        let cascade = delete.cascade.iter();
        json!({
            "target": delete.target.as_str(),
            "mark": delete.seen.mark.as_ref().map(mark),
            "before": content(&delete.before),
            "cascade": cascade.map(|address| self.address(address)).collect::<Vec<_>>(),
            "original": delete.original.as_ref().map(Handle::as_str),
        })
    }

    fn brings(&self, brings: &ChildMade) -> Value {
        match brings {
            ChildMade::Whatever => "whatever".into(),
            ChildMade::Nothing => "nothing".into(),
            ChildMade::Child(child) => {
                let (address, document) = &**child;
                json!({"address": self.address(address), "document": content(document)})
            }
        }
    }

    fn package(&self, package: &Bundle) -> Value {
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

/// Changes, without what depends on the time at which they were planned.
pub(super) fn lasting(changes: &[FieldChange]) -> Vec<Value> {
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
    json!({"own": write.own, "mark": write.mark.as_ref().map(mark), "missing": missing, "not_taken": write.not_taken})
}

fn mark(mark: &Mark) -> Value {
    json!([mark.id, mark.catalog])
}

fn files(files: &Files) -> Vec<Value> {
    files.iter().map(|file| json!([file.role, file.name, file.media_type, hex(file.digest())])).collect()
}

#[cfg(test)]
mod tests;
