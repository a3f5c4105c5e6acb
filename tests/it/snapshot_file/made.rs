//! Snapshots to try things on.

use std::{fs, io::Cursor, io::Write, path::Path};

use apic_configsync::{
    outfile::OutFile,
    platform::snapshot::file::{
        Content, CreatorRecord, DetailsRecord, Encryption, EncryptionKind, Fields, FileRecord, Format, GapRecord,
        Header, Identities, Keys, MarkRecord, NameRecord, ObjectRecord, Origin, Passphrase, Recipients, Record,
        RowRecord, SealNotesRecord, SealRecord, SecretRecord, SnapshotError, SnapshotReader, SnapshotWriter,
        frames::FrameWriter,
    },
};
use bytes::Bytes;
use serde_json::json;
use sha2::{Digest, Sha256};

pub(crate) const PLATFORM: &str = "api-connect";
/// What must never show.
pub(crate) const SECRET: &str = "sha256:iUDQeM0nObKeRtHrYaT6";
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";
pub(crate) const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
pub(crate) const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

pub(crate) fn origin() -> Origin {
    Origin {
        snapshot: Format,
        platform: PLATFORM.to_owned(),
        version: "0.1.0".to_owned(),
        server: "https://mgmt.example.com/api".to_owned(),
        catalog: "acme/production".to_owned(),
        catalog_id: "5f1c7a2e".to_owned(),
        taken_at: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        scope: json!({"products_and_apis": true, "consumer_orgs": ["a*"]}).as_object().unwrap().clone(),
        secrets: true,
        encryption: EncryptionKind::None,
    }
}

/// One with everything that an object can have.
pub(crate) fn object(id: &str) -> ObjectRecord {
    ObjectRecord {
        kind: "credentials".into(),
        handle: format!("g1/a1/{id}").into(),
        name: NameRecord::Of { kind: "users".into(), handle: "r1/u1".into(), rest: Some("x%2Fy".into()) },
        key: Some("key".into()),
        mark: Some(MarkRecord { id: "m1".into(), catalog: Some("c0".into()) }),
        hint: Some("hint".into()),
        missing_since: Some(1_700_000_000_000),
        not_taken: Some("{}".into()),
        seal: SealRecord::Unjudged(Box::new(notes())),
        creator: CreatorRecord::Somebody("r1/u1".into()),
        state: Some("state".into()),
        unread: true,
        pending: true,
        uncarried: Some("it is special".into()),
        created_at: 1_600_000_000_000,
        claims: Some(Box::new(["c1".into(), "c2".into()])),
        born_of: Some("b1".into()),
        document: Fields::new(json!({"title": "A title", "note": SECRET}).as_object().unwrap()).unwrap(),
        secret: Some(SecretRecord { value: SECRET.to_owned().into(), of_clear: true }),
        files: vec![file()],
    }
}

pub(crate) fn details(id: &str) -> DetailsRecord {
    DetailsRecord {
        kind: "credentials".into(),
        handle: format!("g1/a1/{id}").into(),
        state: None,
        unread: false,
        uncarried: None,
        document: Fields::default(),
        secret: Some(SecretRecord { value: SECRET.to_owned().into(), of_clear: false }),
        files: vec![file(), file()],
    }
}

fn notes() -> SealNotesRecord {
    SealNotesRecord { seal: "seal".to_owned(), missing_since: "17".to_owned(), not_taken: "{}".to_owned() }
}

fn file() -> FileRecord {
    FileRecord {
        role: "document".into(),
        name: "api.yaml".into(),
        has_fixed_name: true,
        media_type: "application/yaml".into(),
        bytes: Content(Bytes::from(format!("password: {SECRET}\n\0\u{fffd}"))),
    }
}

pub(crate) fn gap() -> GapRecord {
    let mark = MarkRecord { id: "m2".into(), catalog: None };
    GapRecord {
        kind: "applications".into(),
        under: Some("g1".into()),
        at: "acme".into(),
        reason: "HTTP 500".into(),
        row: Some(RowRecord { handle: Some("g1/a9".into()), mark: Some(mark) }),
    }
}

/// A few records of each sort.
pub(crate) fn records() -> Vec<Record> {
    let objects = (0..8).map(|it| Record::Object(Box::new(object(&format!("k{it}")))));
    let details = (0..8).map(|it| Record::Details(Box::new(details(&format!("k{it}")))));
    objects.chain(details).collect()
}

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned().into()).unwrap().made_cheap()
}

pub(crate) fn encryptions() -> [Encryption; 3] {
    let recipients = Recipients::from_setting(RECIPIENT).unwrap();
    [Encryption::None, Encryption::Recipients(recipients), Encryption::Passphrase(passphrase(PASSPHRASE))]
}

/// Keys that open everything.
pub(crate) fn keys() -> Keys {
    let identities = Identities::from_text(&IDENTITY.to_owned().into()).unwrap();
    Keys { identities: Some(identities), passphrase: Some(passphrase(PASSPHRASE)) }
}

pub(crate) fn write_to(
    path: &Path,
    origin: Origin,
    records: Vec<Record>,
    encryption: &Encryption,
) -> Result<Header, SnapshotError> {
    let place = OutFile::prepare(path).map_err(SnapshotError::Unwritable)?;
    let mut writer = SnapshotWriter::create(place, origin, encryption)?;
    for record in records {
        writer.write(record)?;
    }
    writer.finish(vec![gap()])
}

/// The bytes of a snapshot.
pub(crate) fn written(origin: Origin, records: Vec<Record>, encryption: &Encryption) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.snapshot");
    write_to(&path, origin, records, encryption).unwrap();
    fs::read(path).unwrap()
}

pub(crate) fn small(encryption: &Encryption) -> Vec<u8> {
    written(origin(), records(), encryption)
}

/// What a file holds, where it is believed to the end.
pub(crate) fn read(bytes: &[u8], keys: &Keys) -> Result<(Header, Vec<Record>), SnapshotError> {
    let mut reader = SnapshotReader::new(Cursor::new(bytes.to_vec()), PLATFORM, keys)?;
    let records = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((reader.finish()?, records))
}

pub(crate) fn refused(bytes: &[u8], keys: &Keys) -> SnapshotError {
    read(bytes, keys).map(|(header, _)| header).unwrap_err()
}

/// The first line as text, and the stream.
pub(crate) fn parts(file: &[u8]) -> (String, &[u8]) {
    let end = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    (String::from_utf8(file[..end].to_vec()).unwrap(), &file[end..])
}

/// A line and a stream with a digest that fits them, as somebody would make it who knows how.
pub(crate) fn forged(line: &str, stream: &[u8]) -> Vec<u8> {
    let (before, _) = line.rsplit_once(r#","digest":""#).unwrap();
    let blank = format!("{before},\"digest\":\"\"}}\n");
    let hash = Sha256::new().chain_update(blank).chain_update(stream).finalize();
    let hex = hash.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    [format!("{before},\"digest\":\"sha256:{hex}\"}}\n").as_bytes(), stream].concat()
}

pub(crate) fn packed(text: &[u8]) -> Vec<u8> {
    let mut writer = FrameWriter::new(Vec::new());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}
