//! Texts of which nothing is ever shown: secrets, fields of documents, and documents themselves.

use std::fmt;

use base64::{Engine, display::Base64Display, engine::general_purpose::STANDARD};
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Value, value::RawValue};

/// A secret. It is written into a snapshot and shown nowhere else.
#[derive(Clone)]
pub struct SecretText(SecretString);

impl SecretText {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SecretText {}

impl fmt::Debug for SecretText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // serde's own message would quote what it found instead of a text.
        let text = String::deserialize(from).map_err(|_| D::Error::custom("a secret is no text"))?;
        Ok(text.into())
    }
}

/// The fields of a document: a JSON object, kept as its text, so that no number changes its form.
///
/// `Debug` shows only how long it is: people have been known to leave secrets in fields.
#[derive(Clone)]
pub struct Fields(Box<RawValue>);

impl Fields {
    /// The fields as JSON without blanks.
    ///
    /// # Errors
    /// Never with maps that came from JSON; what serde says otherwise.
    pub fn new(fields: &Map<String, Value>) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(fields).map(Self)
    }

    /// The fields as a map.
    ///
    /// # Errors
    /// When they nest deeper than any answer of a server that was read.
    pub fn to_map(&self) -> serde_json::Result<Map<String, Value>> {
        serde_json::from_str(self.text())
    }

    /// The fields as JSON.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self(RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Fields({} bytes)", self.text().len())
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fields = Self(Box::deserialize(from)?);
        // Whether it is an object that is not too deep is found out here, and not where an object is made of it.
        fields
            .to_map()
            .map_err(|_| D::Error::custom("the fields of a document are no JSON object, or nest too deep"))?;
        Ok(fields)
    }
}

/// The bytes of a file, as they came. In JSON they are Base64.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content(pub Bytes);

impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Content({} bytes)", self.0.len())
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&Base64Display::new(&self.0, &STANDARD))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from).map_err(|_| D::Error::custom("the bytes of a file are no text"))?;
        let bytes = STANDARD.decode(text).map_err(|_| D::Error::custom("the bytes of a file are not in Base64"))?;
        Ok(Self(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_them_prints() {
        let map = serde_json::from_str(r#"{"password": "hush"}"#).unwrap();
        let all =
            (Fields::new(&map).unwrap(), SecretText::from("hush".to_owned()), Content(Bytes::from_static(b"hush")));
        assert_eq!(format!("{all:?}"), "(Fields(19 bytes), ***, Content(4 bytes))");
    }

    #[test]
    fn numbers_keep_their_form() {
        let text = r#"{"a":1e2,"b":0.10,"c":123456789012345678901234567890}"#;
        let fields: Fields = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&fields).unwrap(), text);
    }

    #[test]
    fn what_is_no_object_or_nests_too_deep_is_refused() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        for text in ["[]", "null", "1", "\"{}\"", &deep] {
            assert!(serde_json::from_str::<Fields>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_it() {
        let error = serde_json::from_str::<SecretText>("4711").unwrap_err().to_string();
        assert!(!error.contains("4711"), "{error}");
        let error = serde_json::from_str::<Content>("\"hush!\"").unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
    }
}
