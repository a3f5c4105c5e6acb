//! Compressed answers: whatever comes, it is unpacked within the bound or refused in one line.

use apic_configsync::http::{TransportError, coding::unpack};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_ENCODING};

use super::tape::Tape;

const CODINGS: [&str; 8] = ["gzip", "deflate", "br", "zstd", "identity", "x-gzip", "gzip, br", "compress"];

/// A coding, or a line in the place of one, and the body.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let most = tape.roll(255) * 64;
    let value = match tape.roll(9) {
        8 => HeaderValue::from_bytes(tape.line()).ok(),
        which => Some(HeaderValue::from_static(CODINGS[which])),
    };
    let mut headers = HeaderMap::new();
    headers.extend(value.map(|value| (CONTENT_ENCODING, value)));
    let body = Bytes::copy_from_slice(tape.rest());
    match unpack(&headers, body.clone(), most) {
        Ok(unpacked) => assert!(unpacked.len() <= most || unpacked == body),
        Err(TransportError::TooLarge(bound)) => assert_eq!(bound, most),
        Err(error) => {
            let line = error.to_string();
            assert!(!line.contains(char::is_control), "{line:?}");
            assert!(line.len() < 1_000, "{line}");
        }
    }
}
