//! Request bodies: JSON objects, read leniently for what is read-only and strictly for what is forbidden.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::sandbox::world::Refusal;

/// The fields of a request.
pub(super) struct Body(Map<String, Value>);

impl Body {
    /// Reads a JSON object; no body at all is an empty one, as the actions without fields are sent.
    pub(super) fn parse(bytes: &Bytes) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::invalid("The request body must be an object.")),
            Err(error) => Err(Refusal::invalid(format!("The request body is not valid JSON: {error}"))),
        }
    }

    /// Refuses fields that an operation does not take (operations-v10.0.10.json, "Fields not allowed").
    pub(super) fn forbid(self, fields: &[&str]) -> Result<Self, Refusal> {
        match fields.iter().find(|field| self.0.contains_key(**field)) {
            Some(field) => Err(Refusal::invalid(format!("The {field} property is not allowed."))),
            None => Ok(self),
        }
    }

    /// The fields as a type; those it does not know are ignored.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_value(Value::Object(self.0.clone()))
            .map_err(|error| Refusal::invalid(format!("The request body is invalid: {error}")))
    }

    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }

    pub(super) fn required(&self, field: &str) -> Result<&str, Refusal> {
        self.text(field).ok_or_else(|| Refusal::invalid(format!("The {field} property is required.")))
    }

    /// A list of texts, where the field is there.
    pub(super) fn texts(&self, field: &str) -> Option<Vec<&str>> {
        self.0.get(field).and_then(Value::as_array).map(|list| list.iter().filter_map(Value::as_str).collect())
    }

    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// The same with its fields changed.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Map<String, Value>)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn into_fields(self) -> Map<String, Value> {
        self.0
    }
}
