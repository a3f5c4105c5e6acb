//! The look at an object before a change of it is sent again: the change that failed may have been made, and others
//! may have changed the object meanwhile (behaviour.md, "Failing well").

use serde_json::{Map, Value};
use std::future::Future;

use crate::{
    engine::{
        catalog::CatalogError,
        change::{Change, MetadataWrite, Precondition},
        model::{
            KindId, Resource,
            document::METADATA,
            kind::Presence,
            mark::{RESERVED, SOURCE_SEAL},
        },
    },
    http::{Answer, HttpError, Retryable, Write, WriteClient},
    platform::{
        api_connect::{
            kinds::{KINDS, operations_of},
            wire::object::Object,
            writer::ApiConnectTarget,
            writes::{
                metadata::{self, MetadataBase},
                patch::Patch,
            },
        },
        write_once::{Look, Pause, WriteFailure, WriteOnce, Written, write_once},
    },
};

/// The state of an object after a write that failed, as a look shows it.
pub(crate) enum Rechecked {
    /// It is as the write was to make it.
    Done(Object),
    /// It is as the write was planned against, as far as it is not yet as it was wanted.
    Unchanged,
    /// Something else, in fields of these names.
    Changed(Vec<String>),
    /// Nothing any more.
    Gone,
}

/// A change of an object that is there, which is looked at before the change is sent again.
struct RecheckedWrite<'a, F> {
    client: &'a WriteClient,
    write: Write<'a>,
    recheck: F,
}

impl<F, L> WriteOnce for RecheckedWrite<'_, F>
where
    F: Fn() -> L + Send,
    L: Future<Output = Result<Rechecked, CatalogError>> + Send,
{
    type Answered = Answer;
    type Found = Object;

    // Others may change the object while one waits.
    const PAUSE: Pause = Pause::BeforeLook;

    async fn send(&mut self, earlier: Option<&HttpError>) -> Result<Answer, HttpError> {
        let once = Write { repeat: Retryable::Looked, earlier, ..self.write.clone() };
        self.client.write(once).await
    }

    fn needs_look(&self, failure: &HttpError) -> bool {
        failure.may_pass() || failure.answer_was_lost()
    }

    async fn look(&mut self, _failure: &HttpError) -> Result<Look<Object>, CatalogError> {
        match (self.recheck)().await {
            Ok(Rechecked::Done(object)) => {
                tracing::info!(path = self.write.path, "found done what was to be written");
                Ok(Look::Done(object))
            }
            Ok(Rechecked::Unchanged) => Ok(Look::NoEffect),
            Ok(Rechecked::Changed(fields)) => Err(CatalogError::changed(&fields)),
            Ok(Rechecked::Gone) => Err(CatalogError::vanished()),
            // Where the look fails too, the write says what is wrong.
            Err(CatalogError::Request(_)) => Ok(Look::Final),
            Err(other) => Err(other),
        }
    }

    fn before_repetition(&self, failure: &HttpError) {
        let tries = failure.attempts;
        tracing::info!(path = self.write.path, tries, "found untouched: writing again");
    }
}

impl ApiConnectTarget {
    /// Sends a write, and gives the object of its answer, which may be empty. After a failure that may pass, or whose
    /// effect is not known, `recheck` says after a pause what the object is; only one that is unchanged is written
    /// again.
    pub(crate) async fn write_with_recheck<F, L>(&self, write: Write<'_>, recheck: F) -> Result<Object, WriteFailure>
    where
        F: Fn() -> L + Send,
        L: Future<Output = Result<Rechecked, CatalogError>> + Send,
    {
        let mut write = RecheckedWrite { client: &self.client, write, recheck };
        Ok(match write_once(&self.client, &mut write).await? {
            // The change is made, whatever the answer looks like.
            Written::Answered(answer) => answer.json().unwrap_or_default(),
            Written::Found(object) => object,
        })
    }
}

/// The state that a change was made against.
#[derive(Clone, Copy)]
pub(crate) enum Baseline<'a> {
    /// The plan's.
    Planned(&'a Change),
    /// The plan's, as a read has just shown it again.
    PlannedAndRead(&'a Change, &'a Object),
    /// As a read has just shown it.
    Read(&'a Object),
    /// As the answer to a write has just shown it, which may leave things out.
    Answered(&'a Object),
    /// Nothing that is known: this run has just made it.
    JustMade,
}

impl ApiConnectTarget {
    /// Reads an object that a change was sent for, and holds it against what the change was made from and to, field by
    /// field: a write in several requests leaves an object half-way.
    pub(crate) async fn recheck(
        &self,
        change: &Patch<'_>,
        sent: &Map<String, Value>,
    ) -> Result<Rechecked, CatalogError> {
        let Some(object) = self.reader.object(change.kind, change.object).await? else {
            return Ok(Rechecked::Gone);
        };
        let Some(now) = self.reader.resource(change.kind, change.object, &object)? else {
            return Ok(Rechecked::Unchanged);
        };
        let mut made = sent.clone();
        if let Some(drop_additions) = operations_of(change.kind).drop_additions {
            drop_additions(self, (change.object, &object), &mut made).await?;
        }
        let wanted = self.reader.resource(change.kind, change.object, &object.with(&made))?;
        let row = KINDS.row(change.kind);
        let mut missing = wanted.map_or_else(Vec::new, |wanted| Precondition::of(&wanted).differences(row, &now));
        let seal = |map: Option<&Value>| Some(map?.get(SOURCE_SEAL)?.as_str()?.to_owned());
        if let Some(sent) = seal(sent.get(METADATA))
            && seal(object.get(METADATA)) != Some(sent)
        {
            missing.push(SOURCE_SEAL.to_owned());
        }
        // A secret that is not shown cannot be told to be written; to send it twice is as good as once.
        let secret = row.secret.filter(|field| sent.contains_key(*field));
        let is_hidden = now.document.secret().is_none();
        missing.extend(secret.filter(|_| is_hidden).map(str::to_owned));
        // A field that an approval decides is asked for, and waits.
        if object.is_waiting() {
            missing.retain(|field| !row.approved.contains(&field.as_str()));
        }
        let mut changed = self.expected(change).map_or_else(Vec::new, |expected| expected.differences(row, &now));
        changed.retain(|field| match field.as_str() {
            // The map is sent as a whole, and what others have put into it would be lost.
            METADATA if sent.contains_key(METADATA) => free_keys(sent.get(METADATA)) != free_keys(object.get(METADATA)),
            _ => missing.contains(field) || !is_sent(change.kind, sent, field),
        });
        Ok(if !changed.is_empty() {
            Rechecked::Changed(changed)
        } else if missing.is_empty() {
            Rechecked::Done(object)
        } else {
            Rechecked::Unchanged
        })
    }

    /// The fields that a change touches and that others have changed since it was planned, otherwise than it does
    /// itself.
    pub(crate) fn changed_meanwhile(
        &self,
        change: &Patch<'_>,
        update: &Change,
        object: &Object,
    ) -> Result<Vec<String>, CatalogError> {
        let row = KINDS.row(change.kind);
        let (Some(expected), Some(now)) =
            (update.expected(row), self.reader.resource(change.kind, change.object, object)?)
        else {
            return Ok(Vec::new());
        };
        let mut body = change.body.clone();
        let metadata = change.metadata.filter(|write| !write.leaves_notes);
        if let Some(write) = metadata {
            let map = metadata::without_changes(write, &MetadataBase::default());
            body.insert(METADATA.into(), map.into());
        }
        let wanted = self.reader.resource(change.kind, change.object, &object.with(&body))?;
        let missing = wanted.map_or_else(Vec::new, |it| Precondition::of(&it).differences(row, &now));
        let mut changed_meanwhile = expected.differences(row, &now);
        changed_meanwhile
            .retain(|field| field != METADATA && is_sent(change.kind, &body, field) && missing.contains(field));
        // Somebody whose home is wider than the catalog may have been seen in part.
        let is_seen_whole = row.presence == Presence::Own;
        let since = Baseline::PlannedAndRead(update, object);
        let base = Patch { baseline: since, ..change.clone() }.metadata_base();
        let changes = |write: &&MetadataWrite| is_seen_whole && base.is_changed_meanwhile(write);
        if change.metadata.as_ref().is_some_and(changes) {
            changed_meanwhile.push(METADATA.to_owned());
        }
        Ok(changed_meanwhile)
    }

    fn expected(&self, change: &Patch<'_>) -> Option<Precondition> {
        match change.baseline {
            Baseline::Planned(update) => update.expected(KINDS.row(change.kind)),
            Baseline::PlannedAndRead(update, object) => {
                let read = self.as_resource(change, object)?;
                update.expected_since(KINDS.row(change.kind), &read)
            }
            Baseline::Read(object) => self.as_resource(change, object).map(|it| Precondition::of(&it)),
            Baseline::Answered(object) => {
                let shown = self.as_resource(change, object);
                shown.map(|it| Precondition::of_answer(&it))
            }
            Baseline::JustMade => None,
        }
    }

    /// An answer that cannot be read says nothing.
    fn as_resource(&self, change: &Patch<'_>, object: &Object) -> Option<Resource> {
        let shown = self.reader.resource(change.kind, change.object, object);
        shown.ok().flatten()
    }
}

/// The keys of a metadata map that are not the tool's own.
fn free_keys(metadata: Option<&Value>) -> Map<String, Value> {
    let mut free = metadata.and_then(Value::as_object).cloned().unwrap_or_default();
    free.retain(|key, value| !RESERVED.contains(&key.as_str()) && !value.is_null());
    free
}

/// Tells whether a request writes a field of the document.
pub(crate) fn is_sent(kind: KindId, sent: &Map<String, Value>, field: &str) -> bool {
    sent.keys().any(|key| is_for(kind, key, field))
}

/// Tells whether a member of a request is for a field of the document.
pub(crate) fn is_for(kind: KindId, key: &str, field: &str) -> bool {
    if key == METADATA {
        return field == METADATA || RESERVED.contains(&field);
    }
    let mut renamed = operations_of(kind).renamed.iter();
    renamed.find(|(member, _)| *member == key).map_or(key == field, |(_, fields)| fields.contains(&field))
}
