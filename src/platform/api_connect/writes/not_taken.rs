//! Values that the target does not take: every answer to a write is held against what was sent, and what it shows
//! otherwise is told, and noted on the object so that it is not sent again (behaviour.md, "Updated").

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::CatalogError,
        change::{FieldChange, MetadataWrite},
        model::{Handle, KindId, document::METADATA, not_taken::NotTaken},
        plan::{can_be_noted, diff::diff, is_chosen_by_server},
    },
    http::HttpError,
    platform::{
        api_connect::{
            kinds::KINDS,
            wire::object::Object,
            writer::ApiConnectTarget,
            writes::{
                metadata::needs_marks,
                patch::Patch,
                recheck::{Baseline, is_sent},
            },
        },
        write_once::WriteFailure,
    },
};

/// The fields that were not taken of the objects that are being written.
#[derive(Debug, Default)]
pub(crate) struct NotTakenFields(Mutex<HashMap<(KindId, Handle), BTreeMap<String, FieldChange>>>);

impl NotTakenFields {
    /// Notes one thing that an answer showed otherwise than it was sent.
    pub(crate) fn add(&self, kind: KindId, object: &Handle, change: FieldChange) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry((kind, object.clone())).or_default();
        known.insert(change.path.clone(), change);
    }

    /// Forgets the fields that a later write has sent again.
    fn forget(&self, kind: KindId, object: &Handle, sent: &Map<String, Value>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(&(kind, object.clone())) {
            known.retain(|_, change| !is_sent(kind, sent, change.field()));
        }
    }

    fn take(&self, kind: KindId, object: &Handle) -> Vec<FieldChange> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.remove(&(kind, object.clone()));
        known.unwrap_or_default().into_values().collect()
    }
}

impl ApiConnectTarget {
    /// Holds the answer to a write against what was sent. An answer that shows no object says nothing.
    pub(crate) fn compare(&self, kind: KindId, object: &Handle, sent: &Map<String, Value>, answer: &Object) {
        if answer.text("id").is_none() {
            return;
        }
        self.not_taken.forget(kind, object, sent);
        let resource = |shown: &Object| self.reader.resource(kind, object, shown).ok().flatten();
        let made = answer.with(sent);
        let Some((stored, wanted)) = resource(answer).zip(resource(&made)) else {
            return;
        };
        let row = KINDS.row(kind);
        for change in diff(row, &stored.document, &wanted.document) {
            if is_of_sent_field(kind, sent, answer, &change) {
                self.not_taken.add(kind, object, change);
            }
        }
    }

    /// Gives the fields of a written object that were not taken, and notes them on it, so that a further run does not
    /// send them again. What a creation ignores a change may still take, other metadata aside: what is refused with
    /// the mark beside it is refused again.
    pub(crate) async fn settle_not_taken(
        &self,
        kind: KindId,
        object: &Handle,
        beside: Option<&MetadataWrite>,
        is_new: bool,
    ) -> Vec<FieldChange> {
        let row = KINDS.row(kind);
        let mut not_taken = self.not_taken.take(kind, object);
        let is_notable = |change: &&FieldChange| {
            let field = change.field();
            can_be_noted(row, field) && (!is_new || field == METADATA)
        };
        let notable: Vec<&FieldChange> = not_taken.iter().filter(is_notable).collect();
        let beside = beside.filter(|_| !notable.is_empty() && !self.metadata_support.keeps_none(kind));
        if let Some(beside) = beside
            && let Err(error) = self.note_not_taken(kind, object, beside, &notable).await
        {
            tracing::warn!(%error, "what the target did not take could not be noted: it is sent again");
        }
        // The note itself is nothing that the source sent.
        self.not_taken.take(kind, object);
        not_taken.retain(|change| !is_chosen_by_server(row, change.field()));
        not_taken
    }

    async fn note_not_taken(
        &self,
        kind: KindId,
        object: &Handle,
        beside: &MetadataWrite,
        not_taken: &[&FieldChange],
    ) -> Result<(), CatalogError> {
        let Some(shown) = self.reader.object(kind, object).await? else {
            return Ok(());
        };
        let Some(now) = self.reader.resource(kind, object, &shown)? else {
            return Ok(());
        };
        // Where nothing shows that the server keeps metadata, a note would be one more thing that it does not take.
        let bears_some = now.mark.is_some() || !now.document.metadata().is_empty();
        if !bears_some && !needs_marks(kind) {
            return Ok(());
        }
        // Notes that the object bears by now may be anybody's: the planner knows which count.
        let mut notes = NotTaken::read(beside.not_taken.as_deref().unwrap_or_default());
        for change in not_taken {
            notes.note(&change.path, &change.after, &change.before);
        }
        let keeps_name = not_taken.iter().any(|change| change.field() == NAME);
        let metadata = MetadataWrite {
            own: Map::new(),
            not_taken: Some(notes.text().into()),
            key: if keeps_name { now.key().into() } else { beside.key.clone() },
            ..beside.clone()
        };
        let change = Patch {
            kind,
            object,
            body: Map::new(),
            metadata: Some(&metadata),
            baseline: Baseline::Read(&shown),
            before: None,
        };
        self.patch(change).await.map(drop)
    }
}

/// Tells refusals that may be due to the name which a change carries. A name that is taken may become free.
pub(crate) fn may_refuse_name(body: &Map<String, Value>, error: &HttpError) -> bool {
    body.contains_key(NAME) && matches!(error.status, Some(400 | 422)) && !error.is_duplicate()
}

const NAME: &str = "name";

impl ApiConnectTarget {
    /// Writes what a change has beside a name, so that a name that is refused is one thing that the target does not
    /// take.
    pub(crate) async fn patch_without_name(
        &self,
        change: &Patch<'_>,
        body: &Map<String, Value>,
        refusal: HttpError,
    ) -> Result<Object, WriteFailure> {
        let before = match change.baseline {
            Baseline::Planned(update) => update.before.field(NAME),
            Baseline::PlannedAndRead(_, object) | Baseline::Read(object) | Baseline::Answered(object) => {
                object.get(NAME).cloned().unwrap_or_default()
            }
            Baseline::JustMade => return Err(WriteFailure::Failed(refusal)),
        };
        let mut rest = body.clone();
        let after = rest.remove(NAME).unwrap_or_default();
        let mut answer = Object::default();
        if !rest.is_empty() {
            match Box::pin(self.patch_once(change, &rest)).await {
                Ok(made) => answer = made,
                // It was not the name.
                Err(_) => return Err(WriteFailure::Failed(refusal)),
            }
        }
        tracing::info!(error = %refusal, "the target does not take a name");
        let path = format!("/{NAME}");
        let not_taken = FieldChange { path, before, after };
        self.not_taken.add(change.kind, change.object, not_taken);
        Ok(answer)
    }
}

/// Tells differences in fields that were sent, as far as the answer can tell.
fn is_of_sent_field(kind: KindId, sent: &Map<String, Value>, answer: &Object, change: &FieldChange) -> bool {
    let (row, field) = (KINDS.row(kind), change.field());
    // Some answers show a part of the object only, and some servers leave out what everything has.
    let is_whole = answer.get("created_at").is_some();
    let is_hidden =
        sent.contains_key(field) && answer.get(field).is_none() && (!is_whole || row.required.contains(&field));
    let waits = answer.is_waiting() && row.approved.contains(&field);
    // A server that keeps none at all is known by its lack of marks.
    let keeps_metadata = field != METADATA || answer.mark().is_some();
    is_sent(kind, sent, field) && row.secret != Some(field) && !is_hidden && !waits && keeps_metadata
}
