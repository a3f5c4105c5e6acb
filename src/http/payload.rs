//! What is sent along with a request.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

/// A request body. Its `Debug` shows no content, which may be secret.
#[derive(Clone)]
pub struct Payload {
    content_type: String,
    bytes: Bytes,
}

impl Payload {
    /// `value` as JSON. Fails only for what JSON can't express, such as a map whose keys are no strings.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::new("application/json", serde_json::to_vec(value)?))
    }

    /// Anything else, such as `multipart/form-data; boundary=…`.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            content_type: content_type.into(),
            bytes: bytes.into(),
        }
    }

    pub(super) fn content_type(&self) -> &str {
        &self.content_type
    }

    pub(super) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Payload({}, {} bytes)",
            self.content_type,
            self.bytes.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_shows_no_content() {
        let payload = Payload::json(&[("client_secret", "s3cret")]).unwrap();
        assert_eq!(
            format!("{payload:?}"),
            "Payload(application/json, 28 bytes)"
        );
    }
}
