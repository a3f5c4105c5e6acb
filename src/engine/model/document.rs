//! Documents: what of a thing is compared and written, in one canonical form.

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
        self.fields().remove(name).unwrap_or_default()
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
    fn a_secret_never_prints() {
        let secret = Document::new(Map::new(), Some(Secret::from("hunter2".to_owned())));
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
