//! Splicing: some values of a JSON document are replaced, and all else of it stays as its author wrote it.

use std::fmt;

use bytes::{Bytes, BytesMut};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// The top-level fields of a JSON document in their order, with the bytes of their values.
pub(crate) struct TopLevelFields<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for TopLevelFields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = TopLevelFields<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(TopLevelFields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A copy of a JSON document in which some values are replaced. Everything else stays byte by byte.
pub(crate) struct SplicedDocument<'a> {
    original: &'a Bytes,
    done: usize,
    result: BytesMut,
}

impl<'a> SplicedDocument<'a> {
    pub(crate) fn of(original: &'a Bytes) -> Self {
        Self { original, done: 0, result: BytesMut::with_capacity(original.len() + 256) }
    }

    /// `value` is a piece of the original, behind those that were replaced before.
    pub(crate) fn replace(&mut self, value: &RawValue, by: &str) {
        let start = value.get().as_ptr().addr() - self.original.as_ptr().addr();
        self.result.extend_from_slice(&self.original[self.done..start]);
        self.result.extend_from_slice(by.as_bytes());
        self.done = start + value.get().len();
    }

    pub(crate) fn append_field(&mut self, key: &str, value: &Value, is_first: bool) {
        let end = self.original.iter().rposition(|byte| *byte == b'}');
        let end = end.unwrap_or(self.original.len());
        self.result.extend_from_slice(&self.original[self.done..end]);
        let comma = if is_first { "" } else { "," };
        let field = format!("{comma}{}:{value}", Value::from(key));
        self.result.extend_from_slice(field.as_bytes());
        self.done = end;
    }

    pub(crate) fn finish(mut self) -> Bytes {
        self.result.extend_from_slice(&self.original[self.done..]);
        self.result.freeze()
    }
}
