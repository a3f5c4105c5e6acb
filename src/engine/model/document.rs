//! Documents: what of a thing is compared and written, in one canonical form.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::Secret;

/// The field that holds the free metadata of an object, without the reserved keys.
pub const METADATA: &str = "metadata";

/// The comparable content of a thing: sorted keys, references as addresses, defaults filled in, one secret at most.
///
/// Kept as text, so that equal documents are recognised by comparing bytes and a large catalog stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    text: Box<str>,
    secret: Option<Box<Secret>>,
}

impl Document {
    /// Puts fields into the canonical form. A field that is null counts as absent.
    #[must_use]
    pub fn new(mut fields: Map<String, Value>, secret: Option<Secret>) -> Self {
        fields.retain(|_, value| !value.is_null());
        Self { text: Value::Object(fields).to_string().into(), secret: secret.map(Box::new) }
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// One field; null where it is absent.
    #[must_use]
    pub fn field(&self, name: &str) -> Value {
        Member(name).deserialize(&mut serde_json::Deserializer::from_str(&self.text)).unwrap_or_default()
    }

    /// The secret, where it is known.
    #[must_use]
    pub fn secret(&self) -> Option<&Secret> {
        self.secret.as_deref()
    }

    /// The free metadata.
    #[must_use]
    pub fn metadata(&self) -> Map<String, Value> {
        match self.field(METADATA) {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// The same document with some fields set.
    #[must_use]
    pub fn with(&self, changes: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut fields = self.fields();
        fields.extend(changes);
        Self::new(fields, self.secret().cloned())
    }

    /// The same document with another secret.
    #[must_use]
    pub fn with_secret(&self, secret: Option<Secret>) -> Self {
        Self { text: self.text.clone(), secret: secret.map(Box::new) }
    }
}

/// Reads one member of an object. Planning asks for single fields of every object, so the values of the other members are
/// stepped over and never built.
struct Member<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Value, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the member {}", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut found = Value::Null;
        while let Some(is_it) = members.next_key_seed(IsNamed(self.0))? {
            if is_it {
                found = members.next_value()?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Reads the name of a member, as whether it is this one.
struct IsNamed<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for IsNamed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<bool, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for IsNamed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(fields: &Value) -> Document {
        Document::new(fields.as_object().cloned().unwrap_or_default(), None)
    }

    #[test]
    fn key_order_and_nulls_do_not_count() {
        let text = r#"{"title":"A","summary":null,"metadata":{"b":"2","a":"1"}}"#;
        assert_eq!(
            document(&serde_json::from_str(text).unwrap()),
            document(&json!({"metadata": {"a": "1", "b": "2"}, "title": "A"}))
        );
    }

    #[test]
    fn maps_stay_sorted_whatever_a_dependency_enables() {
        let map: Map<String, Value> = [("b".into(), json!(1)), ("a".into(), json!(2))].into_iter().collect();
        assert_eq!(Value::Object(map).to_string(), r#"{"a":2,"b":1}"#);
    }

    #[test]
    fn one_field_is_what_all_the_fields_have_there() {
        let named = json!({"a": {"b": 1, "x": [2]}, "b": "\u{e9}\n", "n\"ame": [null, true], "z": 1.5});
        let document = document(&named);
        for name in ["a", "b", "n\"ame", "z", "x", ""] {
            assert_eq!(document.field(name), document.fields().remove(name).unwrap_or_default(), "{name}");
        }
        assert_eq!(document.field("a"), json!({"b": 1, "x": [2]}));
    }

    #[test]
    fn a_secret_never_prints() {
        let secret = Document::new(Map::new(), Some(Secret::from("hunter2".to_owned())));
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
