//! Metadata on the wire, and what a server turns out to do with it: store, ignore or refuse it, kind by kind
//! (api-connect-rest.md section 1 leaves that open).

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::kinds::KINDS;
use crate::{
    http::HttpError,
    model::{KindId, kind::Identity, mark},
    plan::{MetadataWrite, Missing},
};

/// The map as it is written: the free keys, the mark and the hint.
pub(super) fn map(write: &MetadataWrite) -> Map<String, Value> {
    let mut map = write.own.clone();
    if let Some(mark) = &write.mark {
        map.insert(mark::SOURCE_ID.into(), (&*mark.id).into());
        if let Some(catalog) = &mark.catalog {
            map.insert(mark::SOURCE_CATALOG.into(), (&**catalog).into());
        }
    }
    match &write.missing {
        Missing::Unsaid => {}
        Missing::Since { at, .. } => {
            let at = Timestamp::from_millisecond(*at).unwrap_or_default();
            map.insert(mark::SOURCE_MISSING_SINCE.into(), at.to_string().into());
        }
        // A server that merges would keep what is only left out.
        Missing::Found => {
            map.insert(mark::SOURCE_MISSING_SINCE.into(), Value::Null);
        }
    }
    if let Some(noted) = write.not_taken.as_deref() {
        let noted = Some(noted).filter(|noted| !noted.is_empty());
        map.insert(
            mark::SOURCE_NOT_TAKEN.into(),
            noted.map_or(Value::Null, Value::from),
        );
    }
    if let Some(hint) = write.hint() {
        map.insert(mark::SOURCE_HINT.into(), hint.into());
    }
    map
}

/// Whether things of a kind are known by their marks, so that a server without metadata is of no use for them.
pub(super) fn needs_marks(kind: KindId) -> bool {
    KINDS.row(kind).identity == Identity::Named
}

/// On which kinds a server was seen to keep metadata, and on which none.
#[derive(Debug, Default)]
pub(super) struct Manners {
    with: [AtomicBool; 16],
    without: [AtomicBool; 16],
}

impl Manners {
    pub(super) fn keeps_none(&self, kind: KindId) -> bool {
        of(&self.without, kind).load(Ordering::Relaxed)
    }

    pub(super) fn note_kept(&self, kind: KindId) {
        of(&self.with, kind).store(true, Ordering::Relaxed);
    }

    /// Whether a refusal may be due to the metadata, so that it is worth a try without: not where marks are indispensable,
    /// nor where the server has kept metadata on the kind before, or a passing refusal would leave a thing without its mark.
    pub(super) fn may_refuse(&self, kind: KindId, error: &HttpError) -> bool {
        let keeps = of(&self.with, kind).load(Ordering::Relaxed);
        error.status == Some(400) && !error.is_duplicate() && !needs_marks(kind) && !keeps
    }

    pub(super) fn note_none(&self, kind: KindId) {
        if !of(&self.without, kind).swap(true, Ordering::Relaxed) {
            let kind = KINDS.row(kind).name;
            tracing::info!(
                kind,
                "the target keeps no metadata on this kind: pairs are found by natural key"
            );
        }
    }
}

fn of(seen: &[AtomicBool; 16], kind: KindId) -> &AtomicBool {
    &seen[usize::from(kind.0) % 16]
}
