//! What was written comes back as it was.

use std::io::Read;

use apic_configsync::platform::snapshot::file::{
    Content, CreatorRecord, DetailsRecord, Encryption, Fields, FileRecord, Keys, MarkRecord, NameRecord, ObjectRecord,
    Record, SealNotesRecord, SealRecord, SecretRecord, frames::FrameReader,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Map, Value};

use crate::snapshot_file::made::{encryptions, gap, keys, origin, parts, read, records, small, written};

/// The lines of a stream that is not encrypted.
pub(crate) fn entries(file: &[u8]) -> Vec<String> {
    let mut text = String::new();
    FrameReader::new(parts(file).1).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn records_of_every_sort_come_back_whatever_the_encryption() {
    for encryption in encryptions() {
        let (header, read) = read(&small(&encryption), &keys()).unwrap();
        assert_eq!(read, records());
        assert_eq!(
            header.origin,
            apic_configsync::platform::snapshot::file::Origin { encryption: encryption.kind(), ..origin() }
        );
        assert_eq!((header.ending.gaps, header.ending.counts["credentials"]), (vec![gap()], 8));
    }
}

#[test]
fn nothing_need_be_set_to_read_what_is_not_encrypted() {
    assert!(read(&small(&Encryption::None), &Keys::default()).is_ok());
}

#[test]
fn an_empty_catalog_is_a_snapshot_too() {
    for encryption in encryptions() {
        let (header, records) = read(&written(origin(), Vec::new(), &encryption), &keys()).unwrap();
        assert!(records.is_empty() && header.ending.counts.is_empty());
    }
}

#[test]
fn a_large_catalog_comes_back() {
    let many: Vec<_> = (0..500).flat_map(|_| records()).collect();
    let (header, read) = read(&written(origin(), many.clone(), &encryptions()[1]), &keys()).unwrap();
    assert!(read == many && header.ending.counts["credentials"] == 4000);
}

#[test]
fn the_stream_stands_as_other_programs_would_read_it() {
    let entries = entries(&small(&Encryption::None));
    assert!(entries[0].starts_with(r#"{"header":{"snapshot":1,"platform":"api-connect","#), "{}", entries[0]);
    assert!(!entries[0].contains("digest") && !entries[0].contains("counts") && !entries[0].contains("gaps"));
    let object =
        r#"{"object":{"kind":"credentials","handle":"g1/a1/k0","name":{"of":{"kind":"users","handle":"r1/u1","#;
    assert!(entries[1].starts_with(object), "{}", entries[1]);
    assert!(entries[9].starts_with(r#"{"details":{"kind":"credentials","handle":"g1/a1/k0","document":{},"#));
    assert!(entries[17].starts_with(r#"{"end":{"counts":{"credentials":8},"gaps":[{"kind":"applications","#));
    assert_eq!(entries.len(), 18);
}

#[test]
fn what_is_left_out_is_what_says_nothing() {
    let text = r#"{"kind":"apps","handle":"a","name":{"plain":"a"},"created_at":0,"document":{}}"#;
    let object: ObjectRecord = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&object).unwrap(), text);
    let more = text.replace("\"created_at\"", "\"more\":1,\"created_at\"");
    assert!(serde_json::from_str::<ObjectRecord>(&more).is_err());
}

fn text() -> impl Strategy<Value = Box<str>> {
    any::<String>().prop_map(Into::into)
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let map = vec((any::<String>(), inner.clone()), 0..4);
        prop_oneof![vec(inner, 0..4).prop_map(Value::from), map.prop_map(|it| Value::Object(it.into_iter().collect()))]
    })
}

fn fields() -> impl Strategy<Value = Fields> {
    let map = vec((any::<String>(), json()), 0..5);
    map.prop_map(|it| Fields::new(&it.into_iter().collect::<Map<_, _>>()).unwrap())
}

fn secret() -> impl Strategy<Value = Option<SecretRecord>> {
    let secret = (any::<String>(), any::<bool>());
    option::of(secret.prop_map(|(value, of_clear)| SecretRecord { value: value.into(), of_clear }))
}

fn files() -> impl Strategy<Value = Vec<FileRecord>> {
    let file = (text(), text(), any::<bool>(), text(), vec(any::<u8>(), 0..200));
    let file = file.prop_map(|(role, name, has_fixed_name, media_type, bytes)| {
        let bytes = Content(bytes.into());
        FileRecord { role, name, has_fixed_name, media_type, bytes }
    });
    vec(file, 0..3)
}

fn name() -> impl Strategy<Value = NameRecord> {
    let of = (text(), text(), option::of(text()));
    prop_oneof![
        text().prop_map(NameRecord::Plain),
        of.prop_map(|(kind, handle, rest)| NameRecord::Of { kind, handle, rest }),
    ]
}

fn seal() -> impl Strategy<Value = SealRecord> {
    let notes = any::<(String, String, String)>();
    let notes = notes.prop_map(|(seal, missing_since, not_taken)| SealNotesRecord { seal, missing_since, not_taken });
    prop_oneof![
        Just(SealRecord::Absent),
        notes.prop_map(|notes| SealRecord::Unjudged(notes.into())),
        Just(SealRecord::Right),
        Just(SealRecord::Provisional),
        Just(SealRecord::Previous),
        Just(SealRecord::Wrong),
    ]
}

fn creator() -> impl Strategy<Value = CreatorRecord> {
    prop_oneof![
        Just(CreatorRecord::Unknown),
        text().prop_map(CreatorRecord::Somebody),
        Just(CreatorRecord::OwnLogin),
        Just(CreatorRecord::Consumer),
        Just(CreatorRecord::Other),
    ]
}

fn mark() -> impl Strategy<Value = Option<MarkRecord>> {
    option::of((text(), option::of(text())).prop_map(|(id, catalog)| MarkRecord { id, catalog }))
}

type Notes = (Option<MarkRecord>, Option<Box<str>>, Option<i64>, Option<Box<str>>, SealRecord, CreatorRecord);

fn notes() -> impl Strategy<Value = Notes> {
    (mark(), option::of(text()), any::<Option<i64>>(), option::of(text()), seal(), creator())
}

type Rest = (Option<Box<str>>, bool, bool, Option<Box<str>>, i64, Option<Box<[Box<str>]>>, Option<Box<str>>);

fn rest() -> impl Strategy<Value = Rest> {
    let claims = option::of(vec(text(), 0..3).prop_map(Vec::into_boxed_slice));
    let flags = (any::<bool>(), any::<bool>());
    let all = (option::of(text()), flags, option::of(text()), any::<i64>(), claims, option::of(text()));
    all.prop_map(|(state, (unread, pending), uncarried, at, claims, born)| {
        (state, unread, pending, uncarried, at, claims, born)
    })
}

fn object() -> impl Strategy<Value = Record> {
    let head = (text(), text(), name(), option::of(text()));
    let all = (head, notes(), rest(), (fields(), secret(), files()));
    all.prop_map(|((kind, handle, name, key), notes, rest, (document, secret, files))| {
        let (mark, hint, missing_since, not_taken, seal, creator) = notes;
        let (state, unread, pending, uncarried, created_at, claims, born_of) = rest;
        Record::Object(Box::new(ObjectRecord {
            kind,
            handle,
            name,
            key,
            mark,
            hint,
            missing_since,
            not_taken,
            seal,
            creator,
            state,
            unread,
            pending,
            uncarried,
            created_at,
            claims,
            born_of,
            document,
            secret,
            files,
        }))
    })
}

fn details() -> impl Strategy<Value = Record> {
    let head = (text(), text(), option::of(text()), any::<bool>(), option::of(text()));
    (head, fields(), secret(), files()).prop_map(|(head, document, secret, files)| {
        let (kind, handle, state, unread, uncarried) = head;
        Record::Details(Box::new(DetailsRecord { kind, handle, state, unread, uncarried, document, secret, files }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_a_record_holds_comes_back(records in vec(prop_oneof![object(), details()], 0..6), how in 0_usize..3) {
        let file = written(origin(), records.clone(), &encryptions()[how]);
        let (_, read) = read(&file, &keys()).unwrap();
        prop_assert_eq!(read, records);
    }
}
