//! Notes of what a server did not take: what was sent, and what it stored instead, as digests (`source_not_taken`).

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a server did not take of a thing, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotTaken(BTreeMap<String, [String; 2]>);

impl NotTaken {
    /// Reads a note. What is no note says nothing.
    #[must_use]
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).map(Self).unwrap_or_default()
    }

    /// Whether a value was sent before, and this one was stored instead.
    #[must_use]
    pub fn holds(&self, path: &str, sent: &Value, stored: &Value) -> bool {
        let known = self.0.get(path);
        known.is_some_and(|[was_sent, was_stored]| *was_sent == digest(sent) && *was_stored == digest(stored))
    }

    /// Notes that a value was sent, and what was stored instead.
    pub fn note(&mut self, path: &str, sent: &Value, stored: &Value) {
        self.0.insert(path.to_owned(), [digest(sent), digest(stored)]);
    }

    /// The notes of these paths alone.
    #[must_use]
    pub fn of<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Self {
        let known = paths.into_iter().filter_map(|path| {
            let digests = self.0.get(path)?;
            Some((path.to_owned(), digests.clone()))
        });
        Self(known.collect())
    }

    /// The note as it is written; empty where there is nothing to note.
    #[must_use]
    pub fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        // Texts always have a JSON form.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// 72 bits: enough to tell values apart, and short enough for a metadata value.
fn digest(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(value.to_string())[..9])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_note_holds_for_what_was_sent_and_stored_alone() {
        let mut notes = NotTaken::default();
        notes.note("/email", &json!("A@x"), &json!("a@x"));
        let notes = NotTaken::read(&notes.text());
        assert!(notes.holds("/email", &json!("A@x"), &json!("a@x")));
        assert!(!notes.holds("/email", &json!("B@x"), &json!("a@x")));
        assert!(!notes.holds("/email", &json!("A@x"), &json!("b@x")));
        assert!(!notes.holds("/title", &json!("A@x"), &json!("a@x")));
    }

    #[test]
    fn what_is_no_note_says_nothing() {
        for text in ["", "{", "[]", r#"{"/email": "x"}"#, r#"{"/email": ["a"]}"#] {
            assert_eq!(NotTaken::read(text), NotTaken::default(), "{text}");
        }
        assert_eq!(NotTaken::default().text(), "");
    }
}
