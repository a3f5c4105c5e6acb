//! Objects as the server sends them, read leniently: releases differ in what they leave out and what they send as null
//! (api-connect-rest.md section 1, "Common object fields").

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::CatalogError,
        model::{
            Creator, Document, Handle, KindId, Mark, Name, Resource, Seal, Secret, document::METADATA, mark,
            seal::SealNotes,
        },
    },
    platform::api_connect::wire::routes::handle_in,
    visible,
};

/// One object of the server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// A field's value; null counts as absent.
    pub(crate) fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.get(field).and_then(Value::as_str)
    }

    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        self.get(field).and_then(Value::as_bool)
    }

    /// A field's texts, each once: the server was recorded with doubled entries.
    pub(crate) fn texts(&self, field: &str) -> Option<Vec<&str>> {
        let mut texts: Vec<&str> = self.get(field)?.as_array()?.iter().filter_map(Value::as_str).collect();
        texts.sort_unstable();
        texts.dedup();
        Some(texts)
    }

    /// A field's objects, where it is a list.
    pub(crate) fn objects(&self, field: &str) -> Option<Vec<Self>> {
        let list = self.get(field)?.as_array()?;
        let objects = list.iter().filter_map(Value::as_object);
        Some(objects.cloned().map(Self).collect())
    }

    pub(crate) fn object(&self, field: &str) -> Option<Self> {
        self.get(field).and_then(Value::as_object).cloned().map(Self)
    }

    /// The key that tells it from the other rows of its list.
    pub(crate) fn key(&self) -> &str {
        self.text("id").or_else(|| self.text("url")).unwrap_or_default()
    }

    /// The object's own id. One that would not stay a single part of a handle or a path is none: it would lead to
    /// another object.
    pub(crate) fn id(&self) -> Result<&str, CatalogError> {
        self.text("id").filter(|id| !id.is_empty() && !id.contains(['/', ':'])).ok_or_else(|| self.lacks("id"))
    }

    /// The object that a URL field points at, as a handle of that many ids.
    pub(crate) fn points_at(&self, field: &str, ids: usize) -> Option<Handle> {
        handle_in(self.text(field)?, ids)
    }

    /// The handle below the object that a URL field names.
    pub(crate) fn handle_below(&self, parent_field: &str, ids: usize) -> Result<Handle, CatalogError> {
        let id = self.id()?;
        let by_parent = self.points_at(parent_field, ids).map(|parent| parent.child(id));
        by_parent.or_else(|| self.points_at("url", ids + 1)).ok_or_else(|| self.lacks(parent_field))
    }

    pub(crate) fn lacks(&self, field: &str) -> CatalogError {
        // Of what makes no sense nobody knows how long it is.
        let beginning = |field| self.text(field).map(|text| visible::beginning(text, 80).to_owned());
        let kind: String = beginning("type").unwrap_or_else(|| "an object".into());
        let id: String = beginning("id").unwrap_or_else(|| "without id".into());
        CatalogError::Malformed(format!("the server listed {kind} {id} without a usable `{field}`"))
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.text("state") == Some("pending")
    }

    /// True where it, or a state that was asked for it, waits for an approval.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_pending() || self.text("lifecycle_state_pending").is_some()
    }

    /// The object as it is once a change is made: a field that is null goes, and of the metadata every key counts.
    pub(crate) fn with(&self, change: &Map<String, Value>) -> Self {
        let mut changed = self.0.clone();
        for (field, value) in change {
            match (changed.get_mut(field), value) {
                (Some(Value::Object(old)), Value::Object(new)) if field == METADATA => {
                    old.extend(new.clone());
                }
                _ => {
                    changed.insert(field.clone(), value.clone());
                }
            }
        }
        Self(changed)
    }

    pub(crate) fn mark(&self) -> Option<Mark> {
        let metadata = self.get(METADATA)?;
        let key = |key: &str| metadata.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        Some(Mark { id: key(mark::SOURCE_ID)?.into(), catalog: key(mark::SOURCE_CATALOG).map(Into::into) })
    }

    pub(crate) fn hint(&self) -> Option<Box<str>> {
        self.get(METADATA)?.get(mark::SOURCE_HINT)?.as_str().map(Into::into)
    }

    /// When a run noted that the original is missing.
    fn missing_since(&self) -> Option<i64> {
        let noted = self.note(mark::SOURCE_MISSING_SINCE)?;
        noted.parse().ok().map(Timestamp::as_millisecond)
    }

    /// A text of the metadata.
    fn note(&self, key: &str) -> Option<&str> {
        self.get(METADATA)?.get(key)?.as_str()
    }

    /// The seal that it bears, which nobody has judged yet.
    fn seal(&self) -> Seal {
        let text = |key: &str| self.note(key).unwrap_or_default().to_owned();
        match text(mark::SOURCE_SEAL) {
            seal if seal.is_empty() => Seal::Absent,
            seal => Seal::Unjudged(Box::new(SealNotes {
                seal,
                missing_since: text(mark::SOURCE_MISSING_SINCE),
                not_taken: text(mark::SOURCE_NOT_TAKEN),
            })),
        }
    }

    /// Who made it, where newer releases say so (sections 1 and 21.1).
    fn maker(&self) -> Creator {
        self.points_at("created_by", 3).map_or(Creator::Unknown, Creator::Somebody)
    }

    /// The metadata without the tool's own keys; absent where nothing is left.
    fn free_metadata(&self) -> Option<Value> {
        let mut metadata = self.get(METADATA)?.as_object()?.clone();
        metadata.retain(|key, value| !mark::RESERVED.contains(&key.as_str()) && !value.is_null());
        (!metadata.is_empty()).then_some(Value::Object(metadata))
    }

    /// Milliseconds since 1970 of a timestamp field; 0 where it cannot be read.
    pub(crate) fn millis(&self, field: &str) -> i64 {
        self.text(field).and_then(|text| text.parse::<Timestamp>().ok()).map_or(0, Timestamp::as_millisecond)
    }

    /// A document of these fields as they are, and the free metadata.
    pub(crate) fn document(&self, fields: &[&str]) -> Map<String, Value> {
        let mut document: Map<String, Value> = fields
            .iter()
            .filter_map(|field| self.get(field).map(|value| ((*field).to_owned(), value.clone())))
            .collect();
        document.extend(self.free_metadata().map(|metadata| (METADATA.to_owned(), metadata)));
        document
    }

    /// The object as a resource.
    pub(crate) fn resource(
        &self,
        kind: KindId,
        handle: Handle,
        name: Name,
        document: Map<String, Value>,
        secret: Option<Secret>,
    ) -> Resource {
        Resource {
            mark: self.mark(),
            hint: self.hint(),
            missing_since: self.missing_since(),
            not_taken: self.note(mark::SOURCE_NOT_TAKEN).map(Into::into),
            seal: self.seal(),
            maker: self.maker(),
            pending: self.is_pending(),
            created_at: self.millis("created_at"),
            ..Resource::new(kind, handle, name, Document::new(document, secret))
        }
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// The number of objects in all, or on this page: servers may mean either.
    #[serde(default)]
    pub(crate) total_results: Option<u64>,
    /// The objects.
    pub(crate) results: Vec<Object>,
}
