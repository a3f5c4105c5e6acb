//! Metadata on the wire, and what a server turns out to do with it: store, ignore or refuse it, kind by kind
//! (api-connect-rest.md section 1 leaves that open).

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    engine::{
        change::{MetadataWrite, Missing},
        model::{KindId, MarkKeys, kind::Identity, mark, seal::Sealed},
    },
    http::HttpError,
    platform::api_connect::kinds::{KINDS, PerKind},
};

/// The base that a metadata map is made from.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetadataBase {
    /// The map that the object has now, as far as that is known.
    pub(crate) stored: Map<String, Value>,
    /// The free keys that the write was planned against; none where it was not planned against anything.
    pub(crate) planned: Option<Map<String, Value>>,
    /// True where this very step may have lost what is not stored, so that it is put back.
    pub(crate) restores: bool,
}

impl MetadataBase {
    /// Tells keys that say something else than what they were planned against. All other keys are other
    /// people's, who may have changed them meanwhile.
    fn is_changed(&self, key: &str, value: &Value) -> bool {
        let is_lost = || self.restores && !self.stored.contains_key(key);
        self.planned.as_ref().is_none_or(|planned| planned.get(key) != Some(value) || is_lost())
    }

    /// The free keys that a write changes and that are something else by now than what they were planned against.
    pub(crate) fn is_changed_meanwhile(&self, write: &MetadataWrite) -> bool {
        let Some(planned) = &self.planned else {
            return false;
        };
        let mut own = write.own.iter();
        own.any(|(key, value)| {
            let (before, now) = (planned.get(key), self.stored.get(key));
            before != Some(value) && now != before && now != Some(value)
        })
    }
}

/// The map as it is written: the free keys that are stored, those that the run changes, the mark and the notes.
pub(crate) fn map(write: &MetadataWrite, base: &MetadataBase) -> Map<String, Value> {
    let mut map = without_changes(write, base);
    let changes = write.own.iter();
    let changes = changes.filter(|(key, value)| base.is_changed(key, value));
    map.extend(changes.map(|(key, value)| (key.clone(), value.clone())));
    map
}

/// The same without the free keys that the run changes.
pub(crate) fn without_changes(write: &MetadataWrite, base: &MetadataBase) -> Map<String, Value> {
    let mut map = base.stored.clone();
    map.retain(|_, value| !value.is_null());
    if write.leaves_notes {
        let mark = mark_keys(write).into_iter();
        for (key, value) in mark.filter(|_| !base.stored.contains_key(mark::SOURCE_ID)) {
            map.insert(key, value);
        }
        return map;
    }
    // A server that merges would keep what is only left out.
    let reserved = |key: &str| mark::RESERVED.contains(&key);
    let own = map.iter_mut().filter(|(key, _)| reserved(key));
    own.for_each(|(_, value)| *value = Value::Null);
    map.extend(mark_keys(write));
    map.extend(notes(write));
    map
}

fn mark_keys(write: &MetadataWrite) -> Vec<(String, Value)> {
    let Some(mark) = &write.mark else {
        return Vec::new();
    };
    let catalog = mark.catalog.iter();
    let catalog = catalog.map(|catalog| (mark::SOURCE_CATALOG.to_owned(), (&**catalog).into()));
    std::iter::once((mark::SOURCE_ID.to_owned(), (&*mark.id).into())).chain(catalog).collect()
}

fn notes(write: &MetadataWrite) -> Vec<(String, Value)> {
    let since = match &write.missing {
        Missing::Unsaid => None,
        Missing::Since { at, .. } => {
            let at = Timestamp::from_millisecond(*at).unwrap_or_default();
            Some(at.to_string().into())
        }
        Missing::Found => Some(Value::Null),
    };
    let since = since.map(|since| (mark::SOURCE_MISSING_SINCE.to_owned(), since));
    let hint = write.hint();
    let hint = hint.map(|hint| (mark::SOURCE_HINT.to_owned(), hint.into()));
    let not_taken = write.not_taken.as_deref().map(|noted| {
        let noted = Some(noted).filter(|noted| !noted.is_empty());
        let noted = noted.map_or(Value::Null, Value::from);
        (mark::SOURCE_NOT_TAKEN.to_owned(), noted)
    });
    since.into_iter().chain(hint).chain(not_taken).collect()
}

/// Seals the mark and the notes of a map, where it has any, for an object of a kind that is bound to this.
pub(crate) fn seal(map: &mut Map<String, Value>, keys: &MarkKeys, kind: KindId, bound: &str) {
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let sealed = Sealed {
        kind: KINDS.row(kind).name,
        bound,
        source_catalog: text(mark::SOURCE_CATALOG),
        source_id: text(mark::SOURCE_ID),
        source_hint: text(mark::SOURCE_HINT),
        source_missing_since: text(mark::SOURCE_MISSING_SINCE),
        source_not_taken: text(mark::SOURCE_NOT_TAKEN),
    };
    let said = [sealed.source_id, sealed.source_hint, sealed.source_missing_since, sealed.source_not_taken];
    if said.iter().any(|text| !text.is_empty()) {
        let seal = keys.seal(&sealed);
        map.insert(mark::SOURCE_SEAL.into(), seal.into());
    }
}

/// Tells kinds whose things are known by their marks: a server without metadata is of no use for them.
pub(crate) fn needs_marks(kind: KindId) -> bool {
    KINDS.row(kind).identity == Identity::Named
}

/// On which kinds a server was seen to keep metadata, and on which none.
#[derive(Debug, Default)]
pub(crate) struct MetadataSupport {
    with: PerKind<AtomicBool>,
    without: PerKind<AtomicBool>,
}

impl MetadataSupport {
    pub(crate) fn keeps_none(&self, kind: KindId) -> bool {
        self.without.of(kind).load(Ordering::Relaxed)
    }

    pub(crate) fn note_kept(&self, kind: KindId) {
        self.with.of(kind).store(true, Ordering::Relaxed);
    }

    /// Tells refusals that may be due to some key of the metadata, so that a try with fewer is worth it.
    pub(crate) fn may_refuse_keys(error: &HttpError) -> bool {
        error.status == Some(400) && !error.is_duplicate()
    }

    /// Tells refusals that may be due to the metadata, so that a try without is worth it: not where marks are
    /// indispensable, nor where the server has kept metadata on the kind before, or a passing refusal would leave a
    /// thing without its mark.
    pub(crate) fn may_refuse(&self, kind: KindId, error: &HttpError) -> bool {
        let keeps = self.with.of(kind).load(Ordering::Relaxed);
        error.status == Some(400) && !error.is_duplicate() && !needs_marks(kind) && !keeps
    }

    pub(crate) fn note_none(&self, kind: KindId) {
        if !self.without.of(kind).swap(true, Ordering::Relaxed) {
            let kind = KINDS.row(kind).name;
            tracing::info!(kind, "the target keeps no metadata on this kind: pairs are found by natural key");
        }
    }
}
