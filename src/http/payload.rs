//! What is sent along with a request.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use super::chunks::Chunks;

/// A request body. Its `Debug` shows no content, which may be secret.
#[derive(Clone)]
pub struct Payload {
    content_type: String,
    chunks: Chunks,
}

impl Payload {
    /// `value` as JSON. Fails only for what JSON can't express, such as a map whose keys are no strings.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::new("application/json", serde_json::to_vec(value)?))
    }

    /// Anything else.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { content_type: content_type.into(), chunks: bytes.into().into() }
    }

    /// A body in pieces, such as `multipart/form-data; boundary=…`: large ones are not copied together.
    pub fn in_chunks(content_type: impl Into<String>, chunks: Vec<Bytes>) -> Self {
        Self { content_type: content_type.into(), chunks: chunks.into() }
    }

    /// The length of what is sent, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Whether nothing is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    pub(super) fn chunks(&self) -> Chunks {
        self.chunks.clone()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({}, {} bytes)", self.content_type, self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_shows_no_content() {
        let payload = Payload::json(&[("client_secret", "s3cret")]).unwrap();
        assert_eq!(format!("{payload:?}"), "Payload(application/json, 28 bytes)");
    }
}
