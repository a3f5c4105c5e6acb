//! Documents that are carried whole, byte by byte as their authors wrote them, and compared in a normal form.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A document that is carried whole.
///
/// Its `Debug` shows no content: authors have been known to leave secrets in documents.
#[derive(Clone)]
pub struct File {
    /// What it is to the thing it belongs to, e.g. `document`; the first part of the paths of its differences.
    pub role: &'static str,
    /// What it is called where it is sent.
    pub name: String,
    /// Whether another document names it so; otherwise it may be called anything.
    pub has_fixed_name: bool,
    /// The media type it is sent as.
    pub media_type: String,
    /// Its content as it was read.
    pub bytes: Bytes,
    normal: NormalForm,
    digest: [u8; 32],
}

/// Turns content into what is compared; `None` where only equal bytes are equal.
pub type NormalForm = fn(&[u8]) -> Option<Value>;

impl File {
    /// A document with what it is compared by: key order, forms of numbers and what `normal` leaves out do not count.
    #[must_use]
    pub fn new(
        role: &'static str,
        name: impl Into<String>,
        media_type: impl Into<String>,
        bytes: impl Into<Bytes>,
        normal: NormalForm,
    ) -> Self {
        let bytes = bytes.into();
        let digest = match normal(&bytes) {
            Some(value) => Sha256::digest(value.to_string()),
            None => Sha256::digest(&bytes),
        };
        Self {
            role,
            name: name.into(),
            has_fixed_name: false,
            media_type: media_type.into(),
            bytes,
            normal,
            digest: digest.into(),
        }
    }

    /// The same, called as another document calls it.
    #[must_use]
    pub fn named_by_document(mut self) -> Self {
        self.has_fixed_name = true;
        self
    }

    /// The content as it is compared, where it has a normal form.
    #[must_use]
    pub fn normal_form(&self) -> Option<Value> {
        (self.normal)(&self.bytes)
    }

    /// What stands for the content as it is compared: SHA-256 of its normal form.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether both say the same.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl fmt::Debug for File {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "File({} {}, {} bytes)", self.role, self.name, self.bytes.len())
    }
}

/// The documents of a thing. Cheap to clone: what they hold is shared.
#[derive(Debug, Clone, Default)]
pub struct Files(Option<Arc<[File]>>);

impl Files {
    /// The documents, in the order given.
    #[must_use]
    pub fn new(files: Vec<File>) -> Self {
        Self((!files.is_empty()).then(|| files.into()))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &File> {
        self.0.iter().flat_map(|files| files.iter())
    }

    /// The document of that role.
    #[must_use]
    pub fn of_role(&self, role: &str) -> Option<&File> {
        self.iter().find(|file| file.role == role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> Option<Value> {
        serde_json::from_slice(bytes).ok()
    }

    fn file(text: &'static str) -> File {
        File::new("document", "a.json", "application/json", text, json)
    }

    #[test]
    fn key_order_and_blanks_do_not_count() {
        assert!(file(r#"{"a": 1, "b": 2}"#).says_the_same(&file(r#"{"b":2,"a":1}"#)));
        assert!(!file(r#"{"a": 1}"#).says_the_same(&file(r#"{"a": 2}"#)));
    }

    #[test]
    fn what_has_no_normal_form_is_compared_byte_by_byte() {
        assert!(file("<a/>").says_the_same(&file("<a/>")));
        assert!(!file("<a/>").says_the_same(&file("<a />")));
    }

    #[test]
    fn nothing_of_the_content_prints() {
        let shown = format!("{:?}", Files::new(vec![file(r#"{"password": "hush"}"#)]));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
