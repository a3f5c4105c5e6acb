//! The first line of a snapshot: plain JSON, so that everybody can tell what it is without a key.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, BufRead, Read, Write},
};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{GapRecord, LONGEST_LINE, SnapshotError};

/// The number of the format that this release writes and reads.
pub const FORMAT: u64 = 1;

/// How many objects there are of each kind, by the report's name.
pub type Counts = BTreeMap<Box<str>, u64>;

/// What the first line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Line", from = "Line")]
pub struct Header {
    /// Where it all comes from.
    pub origin: Origin,
    /// What it holds.
    pub ending: Ending,
    /// `sha256:HEX` over this line, with this text empty, and every byte after it.
    pub digest: String,
}

/// Where a snapshot comes from: what is known of it before the first object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The number of the format.
    pub snapshot: Format,
    /// The platform, e.g. `api-connect`.
    pub platform: String,
    /// The version of the program that captured.
    pub version: String,
    /// Where the server's API is.
    pub server: String,
    /// The provider organization and the catalog, as the settings name them, joined by `/`.
    pub catalog: String,
    /// The catalog's id.
    pub catalog_id: String,
    /// When the capture began.
    pub taken_at: Timestamp,
    /// The scope that was in force, as its platform writes it.
    pub scope: Map<String, Value>,
    /// Whether secrets are in it.
    pub secrets: bool,
    /// How the stream is encrypted.
    pub encryption: EncryptionKind,
}

/// What a snapshot holds: what is known of it after the last object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// How many objects there are of each kind. A kind without any may be missing.
    pub counts: Counts,
    /// What could not be read.
    pub gaps: Vec<GapRecord>,
}

/// How a stream is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncryptionKind {
    /// Not at all.
    None,
    /// For the holders of some keys.
    Recipients,
    /// For those who know a passphrase.
    Passphrase,
}

impl EncryptionKind {
    /// What people are told of it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "not encrypted",
            Self::Recipients => "encrypted for recipients",
            Self::Passphrase => "encrypted with a passphrase",
        }
    }
}

/// The number of the format of this release; there is no other value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u64::deserialize(from)? {
            FORMAT => Ok(Self),
            other => Err(D::Error::custom(format!("there is no format {other}"))),
        }
    }
}

/// The line itself. The digest is the last field, which is how it is found.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    snapshot: Format,
    platform: String,
    version: String,
    server: String,
    catalog: String,
    catalog_id: String,
    taken_at: Timestamp,
    scope: Map<String, Value>,
    counts: Counts,
    gaps: Vec<GapRecord>,
    secrets: bool,
    encryption: EncryptionKind,
    digest: String,
}

impl From<Header> for Line {
    fn from(Header { origin, ending, digest }: Header) -> Self {
        Self {
            snapshot: origin.snapshot,
            platform: origin.platform,
            version: origin.version,
            server: origin.server,
            catalog: origin.catalog,
            catalog_id: origin.catalog_id,
            taken_at: origin.taken_at,
            scope: origin.scope,
            counts: ending.counts,
            gaps: ending.gaps,
            secrets: origin.secrets,
            encryption: origin.encryption,
            digest,
        }
    }
}

impl From<Line> for Header {
    fn from(line: Line) -> Self {
        let origin = Origin {
            snapshot: line.snapshot,
            platform: line.platform,
            version: line.version,
            server: line.server,
            catalog: line.catalog,
            catalog_id: line.catalog_id,
            taken_at: line.taken_at,
            scope: line.scope,
            secrets: line.secrets,
            encryption: line.encryption,
        };
        Self { origin, ending: Ending { counts: line.counts, gaps: line.gaps }, digest: line.digest }
    }
}

const BEGINNING: &[u8] = br#"{"snapshot":"#;
const BEFORE_DIGEST: &[u8] = br#","digest":""#;
const AFTER_DIGEST: &[u8] = b"\"}\n";

/// The line, and where in it the digest goes.
pub(super) struct Blank {
    /// The line with an empty digest, and its newline.
    pub(super) line: Vec<u8>,
    /// How many bytes stand before the digest.
    pub(super) digest_at: usize,
}

impl Blank {
    /// The line of a snapshot whose digest is not known yet.
    pub(super) fn new(origin: &Origin, ending: &Ending) -> serde_json::Result<Self> {
        let header = Header { origin: origin.clone(), ending: ending.clone(), digest: String::new() };
        let mut line = serde_json::to_vec(&header)?;
        line.push(b'\n');
        let digest_at = line.len() - AFTER_DIGEST.len();
        Ok(Self { line, digest_at })
    }

    /// The line with a digest in it.
    pub(super) fn filled_in(&self, digest: &str) -> Vec<u8> {
        let (before, after) = self.line.split_at(self.digest_at);
        [before, digest.as_bytes(), after].concat()
    }
}

/// The digest of what has been hashed.
pub(super) fn digest(hash: Sha256) -> String {
    let mut text = "sha256:".to_owned();
    for byte in hash.finalize() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Reads the first line and every byte after it, and gives the header if the digest fits them all. Nothing of it is
/// believed before that but the number of its format, which says how to read the rest.
pub(super) fn read(mut source: impl BufRead) -> Result<(Header, u64), SnapshotError> {
    let mut line = Vec::new();
    let most = LONGEST_LINE as u64 + 1;
    source.by_ref().take(most).read_until(b'\n', &mut line).map_err(SnapshotError::Unreadable)?;
    check_format(&line)?;
    let header: Header = serde_json::from_slice(&line).map_err(|error| damaged(&line, &error))?;
    if source.fill_buf().map_err(SnapshotError::Unreadable)?.is_empty() {
        return Err(SnapshotError::CutOff("with its first line"));
    }
    let mut hash = hash_of_line(&line, &header.digest)?;
    io::copy(&mut source, &mut Hashing { hash: &mut hash, to: io::sink() }).map_err(SnapshotError::Unreadable)?;
    if digest(hash) != header.digest {
        return Err(SnapshotError::Altered("its digest does not match its content".to_owned()));
    }
    Ok((header, line.len() as u64))
}

/// Refuses what is no snapshot, and what is of another format.
fn check_format(line: &[u8]) -> Result<(), SnapshotError> {
    #[derive(Deserialize)]
    struct Numbered {
        snapshot: u64,
    }
    if line.is_empty() {
        return Err(SnapshotError::NotASnapshot("it is empty".to_owned()));
    }
    if !line.starts_with(BEGINNING) && !BEGINNING.starts_with(line) {
        return Err(SnapshotError::NotASnapshot("its first line is not the header of one".to_owned()));
    }
    if !line.ends_with(b"\n") {
        return Err(unended(line));
    }
    match serde_json::from_slice::<Numbered>(line) {
        Ok(Numbered { snapshot: FORMAT }) => Ok(()),
        Ok(Numbered { snapshot }) => Err(SnapshotError::of_format(snapshot)),
        Err(error) => Err(damaged(line, &error)),
    }
}

fn unended(line: &[u8]) -> SnapshotError {
    if line.len() > LONGEST_LINE {
        SnapshotError::NotASnapshot("its first line has no end".to_owned())
    } else {
        SnapshotError::CutOff("within its first line")
    }
}

/// A line that cannot be parsed. What stands in it is not repeated: it may be anything.
fn damaged(line: &[u8], error: &serde_json::Error) -> SnapshotError {
    let place = error.column().min(line.len());
    SnapshotError::Altered(format!("its first line makes no sense at byte {place}"))
}

/// The hash over a line that stands as this release writes it, the digest aside.
fn hash_of_line(line: &[u8], digest: &str) -> Result<Sha256, SnapshotError> {
    let before = line.strip_suffix(AFTER_DIGEST).and_then(|rest| rest.strip_suffix(digest.as_bytes()));
    let Some(before) = before.filter(|before| before.ends_with(BEFORE_DIGEST)) else {
        return Err(SnapshotError::Altered("its first line does not end with its digest".to_owned()));
    };
    Ok(Sha256::new().chain_update(before).chain_update(AFTER_DIGEST))
}

/// Hashes what it passes on.
pub(super) struct Hashing<'a, W> {
    /// What it is hashed into.
    pub(super) hash: &'a mut Sha256,
    /// Where it goes.
    pub(super) to: W,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(line: &str, rest: &str) -> Vec<u8> {
        let blank = format!("{line},\"digest\":\"\"}}\n");
        let hash = Sha256::new().chain_update(&blank).chain_update(rest);
        format!("{line},\"digest\":\"{}\"}}\n{rest}", digest(hash)).into_bytes()
    }

    const LINE: &str = r#"{"snapshot":1,"platform":"p","version":"1","server":"s","catalog":"o/c","catalog_id":"i","taken_at":"2026-01-02T03:04:05Z","scope":{},"counts":{"apps":2},"gaps":[],"secrets":true,"encryption":"none""#;

    #[test]
    fn a_header_stands_as_the_contract_says() {
        let (header, length) = read(&file(LINE, "stream")[..]).unwrap();
        assert_eq!((header.origin.catalog_id.as_str(), header.ending.counts["apps"]), ("i", 2));
        let blank = Blank::new(&header.origin, &header.ending).unwrap();
        assert_eq!(String::from_utf8(blank.line.clone()).unwrap(), format!("{LINE},\"digest\":\"\"}}\n"));
        assert_eq!([&blank.filled_in(&header.digest)[..], b"stream"].concat(), file(LINE, "stream"));
        assert_eq!(blank.filled_in(&header.digest).len() as u64, length);
    }

    #[test]
    fn fields_that_are_missing_unknown_or_double_are_refused() {
        let more = format!("{LINE},\"more\":1");
        let double = format!("{LINE},\"secrets\":true");
        for line in [&LINE.replace(r#""server":"s","#, ""), &more, &double] {
            assert!(matches!(read(&file(line, "stream")[..]), Err(SnapshotError::Altered(_))), "{line}");
        }
    }

    #[test]
    fn a_digest_that_is_spelt_otherwise_does_not_count() {
        let good = String::from_utf8(file(LINE, "stream")).unwrap();
        let digest = &good[good.find("sha256:").unwrap()..][..71];
        for other in [&digest.to_uppercase(), &digest[..70], "", "md5:00", &format!("{digest}0")] {
            let altered = good.replace(digest, other);
            assert!(matches!(read(altered.as_bytes()), Err(SnapshotError::Altered(_))), "{other}");
        }
        let blank = good.replacen(",\"digest\"", ", \"digest\"", 1);
        assert!(matches!(read(blank.as_bytes()), Err(SnapshotError::Altered(_))));
    }

    #[test]
    fn what_is_wrong_with_the_line_is_said_without_its_content() {
        let error = read(&file(&LINE.replace("true", "\"hush\""), "stream")[..]).unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
    }
}
