//! What never shows.

use std::io::Cursor;

use apic_configsync::{
    outfile::OutFile,
    platform::snapshot::file::{Encryption, Origin, Record, SnapshotReader, SnapshotWriter},
};

use crate::snapshot_file::made::{
    IDENTITY, PASSPHRASE, PLATFORM, SECRET, encryptions, keys, origin, read, records, small, written,
};

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn no_secret_shows_in_the_debug_of_anything() {
    let folder = tempfile::tempdir().unwrap();
    let place = OutFile::prepare(&folder.path().join("catalog.snapshot")).unwrap();
    let mut writer = SnapshotWriter::create(place, origin(), &encryptions()[2]).unwrap();
    for record in records() {
        writer.write(record).unwrap();
    }
    let reader = SnapshotReader::new(Cursor::new(small(&Encryption::None)), PLATFORM, &keys()).unwrap();
    let all = format!("{:#?}{:#?}{:#?}{:#?}{:#?}", records(), encryptions(), keys(), writer, reader);
    for secret in [SECRET, PASSPHRASE, IDENTITY, "A title"] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[test]
fn what_is_encrypted_shows_nothing_but_its_header() {
    for encryption in &encryptions()[1..] {
        let file = small(encryption);
        for text in [SECRET, "A title", "g1/a1", "\u{28}\u{b5}"] {
            assert!(!holds(&file, text), "{text}");
        }
    }
}

#[test]
fn without_secrets_none_is_written_however_it_came() {
    let no_secret_elsewhere = |record: Record| match record {
        Record::Object(mut object) => {
            object.document = apic_configsync::platform::snapshot::file::Fields::default();
            object.files.clear();
            Record::Object(object)
        }
        Record::Details(mut details) => {
            details.files.clear();
            Record::Details(details)
        }
    };
    let records: Vec<_> = records().into_iter().map(no_secret_elsewhere).collect();
    let with = written(origin(), records.clone(), &Encryption::None);
    let without = written(Origin { secrets: false, ..origin() }, records, &Encryption::None);
    let text = |file: &[u8]| crate::snapshot_file::round_trips::entries(file).join("\n");
    assert!(text(&with).contains(SECRET));
    assert!(!text(&without).contains(SECRET) && !text(&without).contains("\"secret\""));
    assert!(!holds(&without, SECRET));
    let (header, records) = read(&without, &keys()).unwrap();
    assert!(!header.origin.secrets && records.iter().all(|record| record.secret().is_none()));
}

#[test]
fn a_file_that_holds_a_secret_and_says_that_it_holds_none_is_refused() {
    let whole = written(Origin { secrets: false, ..origin() }, Vec::new(), &Encryption::None);
    let (line, _) = crate::snapshot_file::made::parts(&whole);
    let mut entries = crate::snapshot_file::round_trips::entries(&whole);
    let smuggled = small(&Encryption::None);
    entries.insert(1, crate::snapshot_file::round_trips::entries(&smuggled).swap_remove(1));
    let text = entries.join("\n") + "\n";
    let error = crate::snapshot_file::made::refused(
        &crate::snapshot_file::made::forged(&line, &crate::snapshot_file::made::packed(text.as_bytes())),
        &keys(),
    );
    assert!(error.to_string().contains("no secrets"), "{error}");
}
