//! Writing with as much metadata as the server takes. One key of the source's that a target refuses must not cost an
//! object its mark, and where a server refuses the mark too, not the object (behaviour.md, "What is created, updated,
//! deleted").

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::CatalogError,
        change::{FieldChange, MetadataWrite, field::pointer},
        model::{Handle, document::METADATA, seal},
    },
    http::{Answer, HttpError, Method, Write},
    platform::{
        api_connect::{
            kinds::KINDS,
            wire::object::Object,
            writer::ApiConnectTarget,
            writes::{
                creation::Creation,
                metadata::{self, MetadataBase, MetadataSupport},
                patch::{Patch, json_write},
            },
        },
        write_once::WriteFailure,
    },
};

/// The share of its metadata with which a creation is sent that was refused with all of it.
#[derive(Clone, Copy)]
enum MetadataShare {
    /// The mark and the notes.
    Marks,
    /// Nothing.
    Nothing,
}

impl ApiConnectTarget {
    /// Changes an object, with its metadata as far as the server takes it.
    pub(crate) async fn patch_with_accepted_metadata(
        &self,
        change: Patch<'_>,
        metadata: &MetadataWrite,
    ) -> Result<Object, CatalogError> {
        let kind = change.kind;
        let base = change.metadata_base();
        let whole = metadata::map(metadata, &base);
        let refusal = match self.patch_with(&change, whole.clone()).await {
            Ok(answer) => {
                self.learn_metadata_support(kind, &answer, metadata)?;
                return Ok(answer);
            }
            Err(WriteFailure::Failed(error)) if MetadataSupport::may_refuse_keys(&error) => error,
            Err(error) => return Err(error.into()),
        };
        let fewer = metadata::without_changes(metadata, &base);
        if fewer != whole
            && let Some(answer) = self.patch_with_fewer(&change, fewer, &base).await?
        {
            self.note_refused(&change, metadata, &base);
            self.learn_metadata_support(kind, &answer, metadata)?;
            return Ok(answer);
        }
        if self.metadata_support.may_refuse(kind, &refusal) {
            self.patch_without_metadata(change, refusal).await
        } else {
            Err(refusal.into())
        }
    }

    /// Notes which keys of its metadata the target refused of an object of which it took all else.
    fn note_refused(&self, change: &Patch<'_>, metadata: &MetadataWrite, base: &MetadataBase) {
        for (key, value) in &metadata.own {
            let before = base.stored.get(key).cloned().unwrap_or_default();
            if before != *value {
                let refused =
                    FieldChange { path: format!("/{METADATA}/{}", pointer(key)), before, after: value.clone() };
                self.not_taken.add(change.kind, change.object, refused);
            }
        }
    }

    /// `None` where the server refuses the rest too, so that something else is the reason.
    async fn patch_with_fewer(
        &self,
        change: &Patch<'_>,
        map: Map<String, Value>,
        base: &MetadataBase,
    ) -> Result<Option<Object>, CatalogError> {
        if change.body.is_empty() && self.sealed(change, map.clone()) == base.stored {
            return Ok(Some(Object::default()));
        }
        match self.patch_with(change, map).await {
            Ok(answer) => Ok(Some(answer)),
            Err(WriteFailure::Failed(error)) if MetadataSupport::may_refuse_keys(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where a change was refused that carried metadata, the metadata may be why.
    async fn patch_without_metadata(&self, change: Patch<'_>, refusal: HttpError) -> Result<Object, CatalogError> {
        if change.body.is_empty() {
            let about_metadata = refusal.messages().iter().any(|message| message.contains(METADATA));
            if !about_metadata {
                return Err(refusal.into());
            }
            self.metadata_support.note_none(change.kind);
            return Ok(Object::default());
        }
        let answer = self.patch_once(&change, &change.body).await?;
        self.metadata_support.note_none(change.kind);
        Ok(answer)
    }

    async fn patch_with(&self, change: &Patch<'_>, map: Map<String, Value>) -> Result<Object, WriteFailure> {
        let mut body = change.body.clone();
        body.insert(METADATA.into(), self.sealed(change, map).into());
        self.patch_once(change, &body).await
    }

    /// A map with its seal, where marks are sealed and the map's are this run's.
    fn sealed(&self, change: &Patch<'_>, mut map: Map<String, Value>) -> Map<String, Value> {
        let written = change.metadata.filter(|write| !write.leaves_notes);
        if let (Some(keys), Some(write)) = (&self.reader.mark_keys, written) {
            let bound = self.reader.bound(change.kind, change.object, &write.key);
            metadata::seal(&mut map, keys, change.kind, &bound);
        }
        map
    }

    /// Makes an object, with its metadata as far as the server takes it.
    pub(crate) async fn create_with_accepted_metadata(
        &self,
        creation: &Creation<'_>,
        earlier: Option<&HttpError>,
    ) -> Result<Answer, HttpError> {
        let keeps_none = self.metadata_support.keeps_none(creation.kind);
        let Some(metadata) = creation.metadata.filter(|_| !keeps_none) else {
            return self.send_creation_with(creation, None, earlier).await;
        };
        let mut answer = self.send_creation_with(creation, Some(metadata), earlier).await;
        for fewer in [MetadataShare::Marks, MetadataShare::Nothing] {
            let may_be_why = |refusal: &HttpError| match fewer {
                MetadataShare::Marks => !metadata.own.is_empty() && MetadataSupport::may_refuse_keys(refusal),
                MetadataShare::Nothing => self.metadata_support.may_refuse(creation.kind, refusal),
            };
            if !answer.as_ref().is_err_and(may_be_why) {
                continue;
            }
            match self.send_creation_with(creation, fewer.of(metadata).as_ref(), None).await {
                Err(again) if MetadataSupport::may_refuse_keys(&again) => {}
                other => {
                    if other.is_ok() && matches!(fewer, MetadataShare::Nothing) {
                        self.metadata_support.note_none(creation.kind);
                    }
                    answer = other;
                }
            }
        }
        answer
    }

    async fn send_creation_with(
        &self,
        creation: &Creation<'_>,
        metadata: Option<&MetadataWrite>,
        earlier: Option<&HttpError>,
    ) -> Result<Answer, HttpError> {
        let body = self.body_with(creation, metadata);
        let write = json_write(Method::Post, creation.path, Some(&body));
        self.client.write(Write { earlier, ..write }).await
    }

    /// The body of a creation, with this in its metadata. What is bound by its id has none yet, and is sealed by its
    /// name.
    pub(crate) fn body_with(&self, creation: &Creation<'_>, metadata: Option<&MetadataWrite>) -> Map<String, Value> {
        let mut body = creation.body.clone();
        let Some(write) = metadata else {
            return body;
        };
        let mut map = metadata::map(write, &MetadataBase::default());
        if let Some(keys) = &self.reader.mark_keys {
            let bound = if seal::is_bound_by_id(KINDS.row(creation.kind)) {
                let name = creation.body.get("name").and_then(Value::as_str);
                seal::bound_to_name(name.unwrap_or_default())
            } else {
                let under = creation.under.map(Handle::as_str);
                self.reader.bound_under(creation.kind, under, &write.key)
            };
            metadata::seal(&mut map, keys, creation.kind, &bound);
        }
        body.insert(METADATA.into(), map.into());
        body
    }
}

impl MetadataShare {
    fn of(self, metadata: &MetadataWrite) -> Option<MetadataWrite> {
        match self {
            Self::Marks => Some(MetadataWrite { own: Map::new(), ..metadata.clone() }),
            Self::Nothing => None,
        }
    }
}
