//! Changes and removals of objects that are there: each is sent once, and after a failure only when a look has shown
//! that the object is still what it was planned against.

use std::future::Future;

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Updated},
        change::{Change, FieldChange, MetadataWrite},
        model::{Document, Handle, KindId, document::METADATA},
    },
    http::{Method, Payload, Retryable, Write},
    platform::{
        api_connect::{
            kinds::{KINDS, operations_of},
            wire::object::Object,
            writer::ApiConnectTarget,
            writes::{
                metadata::MetadataBase,
                not_taken,
                recheck::{Baseline, Rechecked},
            },
        },
        write_once::WriteFailure,
    },
};

/// A change of an object.
#[derive(Clone)]
pub(crate) struct Patch<'a> {
    pub(crate) kind: KindId,
    pub(crate) object: &'a Handle,
    /// The fields as they shall be, null where they shall go.
    pub(crate) body: Map<String, Value>,
    pub(crate) metadata: Option<&'a MetadataWrite>,
    /// The state that it is made against: others may have changed the object by the time that it is sent again.
    pub(crate) baseline: Baseline<'a>,
    /// The object's document when the change was planned, where the object was there then.
    pub(crate) before: Option<&'a Document>,
}

impl<'a> Patch<'a> {
    /// The change of fields and metadata that an update writes.
    pub(crate) fn planned(kind: KindId, object: &'a Handle, body: Map<String, Value>, update: &'a Change) -> Self {
        Self {
            kind,
            object,
            body,
            metadata: update.metadata.as_ref(),
            baseline: Baseline::Planned(update),
            before: Some(&update.before),
        }
    }

    /// The base that its metadata is made from. A key that an answer of this step does not show, the step itself may
    /// have cleared.
    pub(crate) fn metadata_base(&self) -> MetadataBase {
        let (known, restores) = match self.baseline {
            Baseline::PlannedAndRead(_, object) | Baseline::Read(object) => (Some(object), false),
            Baseline::Answered(object) => (Some(object), true),
            Baseline::Planned(_) | Baseline::JustMade => (None, true),
        };
        let stored = known.and_then(|object| object.get(METADATA)?.as_object());
        MetadataBase {
            stored: stored.cloned().unwrap_or_default(),
            planned: self.before.map(Document::metadata),
            restores,
        }
    }
}

impl ApiConnectTarget {
    /// Changes fields, and the whole metadata where some is given. Without either nothing is sent. What replaces a
    /// list or the metadata is made from a read just before it: others may have changed that since the run looked.
    ///
    /// # Errors
    /// `Changed` where others have changed what it touches, or did so before it was sent again.
    pub(crate) async fn patch(&self, mut change: Patch<'_>) -> Result<Object, CatalogError> {
        if self.metadata_support.keeps_none(change.kind) {
            change.metadata = None;
        }
        if change.metadata.is_none() && change.body.is_empty() {
            return Ok(Object::default());
        }
        let Some((update, now)) = self.look_before(&change).await? else {
            return self.patch_as_seen(change).await;
        };
        let change = Patch { baseline: Baseline::PlannedAndRead(update, &now), ..change };
        self.patch_as_seen(change).await
    }

    async fn patch_as_seen(&self, change: Patch<'_>) -> Result<Object, CatalogError> {
        match change.metadata {
            Some(metadata) => self.patch_with_accepted_metadata(change, metadata).await,
            None => Ok(self.patch_once(&change, &change.body).await?),
        }
    }

    /// Looks at an object of which a planned change replaces something as a whole. What this very step has made or
    /// read needs no look.
    async fn look_before<'a>(&self, change: &Patch<'a>) -> Result<Option<(&'a Change, Object)>, CatalogError> {
        let Baseline::Planned(update) = change.baseline else {
            return Ok(None);
        };
        let replaces = operations_of(change.kind).replaced_whole.iter().any(|field| change.body.contains_key(*field));
        if !replaces && change.metadata.is_none() {
            return Ok(None);
        }
        let object = self.reader.object(change.kind, change.object).await?;
        let object = object.ok_or_else(CatalogError::vanished)?;
        let changed_meanwhile = self.changed_meanwhile(change, update, &object)?;
        if changed_meanwhile.is_empty() {
            Ok(Some((update, object)))
        } else {
            Err(CatalogError::changed(&changed_meanwhile))
        }
    }

    pub(crate) async fn patch_once(
        &self,
        change: &Patch<'_>,
        body: &Map<String, Value>,
    ) -> Result<Object, WriteFailure> {
        let Some(path) = self.reader.path(change.kind, change.object) else {
            return Err(WriteFailure::Prevented(self.unsupported(change.kind, "change")));
        };
        let write = json_write(Method::Patch, &path, Some(body));
        let answer = match self.write_with_recheck(write, || self.recheck(change, body)).await {
            Err(WriteFailure::Failed(error)) if not_taken::may_refuse_name(body, &error) => {
                return self.patch_without_name(change, body, error).await;
            }
            answer => answer?,
        };
        self.compare(change.kind, change.object, body, &answer);
        Ok(answer)
    }

    /// Brings a new object into its state, where the server did not take it from the request. Tells whether it waits
    /// for an approval instead.
    pub(crate) async fn settle_state(
        &self,
        kind: KindId,
        object: &Handle,
        made: &Object,
        document: &Document,
    ) -> Result<bool, CatalogError> {
        if made.is_waiting() {
            return Ok(true);
        }
        let approved = KINDS.row(kind).approved;
        let mut body = Map::new();
        for field in approved {
            let wanted = document.field(field);
            if !wanted.is_null() && made.get(field).is_some_and(|state| *state != wanted) {
                body.insert((*field).to_owned(), wanted);
            }
        }
        let change = Patch { kind, object, body, metadata: None, baseline: Baseline::Answered(made), before: None };
        Ok(self.patch(change).await?.is_waiting())
    }

    /// Removes what is at a path. `differences` says before a repetition in which fields it has changed, or that it is
    /// gone.
    pub(crate) async fn remove<F, L>(&self, path: &str, differences: F) -> Result<(), CatalogError>
    where
        F: Fn() -> L + Send + Sync,
        L: Future<Output = Result<Option<Vec<String>>, CatalogError>> + Send,
    {
        let look = || async {
            Ok(match differences().await? {
                None => Rechecked::Done(Object::default()),
                Some(fields) if fields.is_empty() => Rechecked::Unchanged,
                Some(fields) => Rechecked::Changed(fields),
            })
        };
        match self.write_with_recheck(json_write(Method::Delete, path, None), look).await {
            Ok(_) => Ok(()),
            Err(WriteFailure::Failed(error)) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A request that is sent as often as its sender says.
pub(crate) fn json_write<'a>(method: Method, path: &'a str, body: Option<&Map<String, Value>>) -> Write<'a> {
    Write {
        method,
        path,
        query: &[],
        // A map of JSON values always has a JSON form.
        body: body.and_then(|body| Payload::json(body).ok()),
        repeat: Retryable::Never,
        timeout: None,
        earlier: None,
    }
}

/// The outcome of an update, by the answer to it. It waits for an approval where a field needs one and the server says
/// so.
pub(crate) fn updated(kind: KindId, update: &Change, answer: &Object) -> Updated {
    let approved = KINDS.row(kind).approved;
    let mut fields = update.fields.iter().map(FieldChange::field);
    let pending = answer.is_waiting() && fields.any(|field| approved.contains(&field));
    Updated { pending, ..Updated::default() }
}

/// The changed fields of an update as they shall be, null where they shall go. Metadata goes its own way.
pub(crate) fn changed_fields(update: &Change, except: &[&str]) -> Map<String, Value> {
    let after = update.after.fields();
    update
        .fields
        .iter()
        .map(FieldChange::field)
        .filter(|field| *field != METADATA && !except.contains(field))
        .map(|field| (field.to_owned(), after.get(field).cloned().unwrap_or_default()))
        .collect()
}
