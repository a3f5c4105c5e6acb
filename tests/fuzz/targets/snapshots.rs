//! Snapshots: whatever a file holds, it is read whole or refused with a reason, and never believed in part. The first byte says
//! which layer the rest takes the place of.

use std::{
    fmt::Write as _,
    io::{Cursor, Write},
};

use apic_configsync::platform::{
    self,
    snapshot::{
        Snapshot,
        file::{Keys, SnapshotError, SnapshotReader, frames::FrameWriter},
    },
};
use sha2::{Digest, Sha256};

const ORIGIN: &str = r#"{"snapshot":1,"platform":"api-connect","version":"1","server":"s","catalog":"o/c","catalog_id":"i","taken_at":"2026-01-02T03:04:05Z","scope":{},"secrets":true,"encryption":"none"}"#;

/// The file, its first line, its stream, or what its stream unpacks to, from the beginning or behind the first entry.
pub(super) fn check(input: &[u8]) {
    let Some((layer, rest)) = input.split_first() else {
        return;
    };
    let first = format!("{{\"header\":{ORIGIN}}}\n");
    match layer % 5 {
        0 => open(rest.to_vec()),
        1 => open([b"{\"snapshot\":1", rest, b"\n"].concat()),
        2 => open(with_digest(rest)),
        3 => open(with_digest(&packed(rest))),
        _ => open(with_digest(&packed(&[first.as_bytes(), rest].concat()))),
    }
}

fn open(file: Vec<u8>) {
    let platform = platform::DEFAULT;
    let opened = SnapshotReader::new(Cursor::new(file), platform.name(), &Keys::default());
    match opened.and_then(|reader| Snapshot::read(reader, platform.kinds())) {
        Ok(snapshot) => assert_eq!(snapshot.origin().platform, platform.name()),
        Err(error) => told(&error),
    }
}

/// A message goes on one line, and says something.
fn told(error: &SnapshotError) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 2_000, "{text}");
}

/// A file whose digest fits, so that what comes after it is looked at.
fn with_digest(stream: &[u8]) -> Vec<u8> {
    let before = ORIGIN.replacen(r#","secrets""#, r#","counts":{},"gaps":[],"secrets""#, 1);
    let before = format!("{},\"digest\":\"", before.trim_end_matches('}'));
    let hash = Sha256::new().chain_update(&before).chain_update(b"\"}\n").chain_update(stream).finalize();
    let mut digest = "sha256:".to_owned();
    for byte in hash {
        write!(digest, "{byte:02x}").unwrap();
    }
    [before.as_bytes(), digest.as_bytes(), b"\"}\n", stream].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut frames = FrameWriter::new(Vec::new());
    frames.write_all(bytes).unwrap();
    frames.finish().unwrap()
}
