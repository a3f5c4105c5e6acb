//! Every way in which a file is not what was written.

use std::{fs, path::Path};

use apic_configsync::platform::snapshot::file::{
    Encryption, EncryptionKind, Identities, Keys, Origin, SnapshotError, SnapshotReader,
};

use crate::snapshot_file::made::{
    PLATFORM, encryptions, forged, keys, origin, packed, parts, passphrase, records, refused, small, written,
};

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_it_was_cut() {
    for encryption in encryptions() {
        let whole = small(&encryption);
        let header = parts(&whole).0.len();
        for length in (0..whole.len()).step_by(97).chain([1, header - 1, header, header + 1, whole.len() - 1]) {
            let error = refused(&whole[..length], &keys());
            let fits = match length {
                0 => matches!(error, SnapshotError::NotASnapshot(_)),
                _ if length <= header => matches!(error, SnapshotError::CutOff(_)),
                _ => matches!(error, SnapshotError::Altered(_)),
            };
            assert!(fits, "{length} of {}: {error}", whole.len());
        }
    }
}

#[test]
fn a_file_with_one_byte_altered_is_refused_wherever_it_was() {
    for encryption in encryptions() {
        let whole = small(&encryption);
        for (place, flip) in (0..whole.len()).flat_map(|place| [0x01, 0x20, 0x80].map(|flip| (place, flip))) {
            let mut altered = whole.clone();
            altered[place] ^= flip;
            refused(&altered, &keys());
        }
    }
}

#[test]
fn a_stream_that_was_altered_by_somebody_without_the_key_is_refused_though_the_digest_fits() {
    for encryption in &encryptions()[1..] {
        let whole = small(encryption);
        let (line, stream) = parts(&whole);
        for place in (0..stream.len()).step_by(5) {
            let mut altered = stream.to_vec();
            altered[place] ^= 0x04;
            refused(&forged(&line, &altered), &keys());
        }
        for length in (0..stream.len()).step_by(97) {
            refused(&forged(&line, &stream[..length]), &keys());
        }
        refused(&forged(&line, &[stream, b"\0"].concat()), &keys());
    }
}

#[test]
fn trailing_bytes_are_refused_also_where_the_digest_fits() {
    let whole = small(&Encryption::None);
    let (line, stream) = parts(&whole);
    assert!(matches!(refused(&[&whole[..], b"x"].concat(), &keys()), SnapshotError::Altered(_)));
    assert!(matches!(refused(&forged(&line, &[stream, b"xyz"].concat()), &keys()), SnapshotError::BrokenStream(_)));
    let more = forged(&line, &[stream, &packed(b"{\"end\":{\"counts\":{},\"gaps\":[]}}\n")].concat());
    assert!(matches!(refused(&more, &keys()), SnapshotError::Malformed { number: 19, .. }));
}

#[test]
fn a_newer_format_is_named_and_nothing_else_of_it_is_judged() {
    let future = "{\"snapshot\":2,\"of\":\"things to come\"}\nand their stream";
    let error = refused(future.as_bytes(), &keys());
    assert!(matches!(error, SnapshotError::NewerFormat { found: 2, known: 1 }), "{error}");
    let error = refused(future.replace('2', "0").as_bytes(), &keys());
    assert!(matches!(error, SnapshotError::NotASnapshot(_)), "{error}");
}

#[test]
fn what_is_something_else_is_no_snapshot() {
    for other in
        [&b""[..], b"\n", b"{}\n", b"{\"schema\":1}\n", b"\x28\xb5\x2f\xfd", b"age-encryption.org/v1\n", b"[1]"]
    {
        let error = refused(other, &keys());
        assert!(matches!(error, SnapshotError::NotASnapshot(_)), "{error}");
    }
}

#[test]
fn what_is_no_file_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path(), Path::new("/dev/null"), Path::new("/dev/zero"), &folder.path().join("missing")] {
        let error = SnapshotReader::open(path, PLATFORM, &keys()).unwrap_err();
        assert!(matches!(error, SnapshotError::Unreadable(_)), "{}: {error}", path.display());
    }
    let path = folder.path().join("empty");
    fs::write(&path, "").unwrap();
    let error = SnapshotReader::open(&path, PLATFORM, &keys()).unwrap_err();
    assert!(matches!(error, SnapshotError::NotASnapshot(_)), "{error}");
}

#[test]
fn without_its_key_it_does_not_open() {
    let [_, recipients, by_passphrase] = encryptions();
    let other = age::x25519::Identity::generate().to_string();
    let wrong =
        || Keys { identities: Some(Identities::from_text(&other).unwrap()), passphrase: Some(passphrase("wrong")) };
    for (encryption, kind) in [(recipients, EncryptionKind::Recipients), (by_passphrase, EncryptionKind::Passphrase)] {
        let file = small(&encryption);
        assert!(matches!(refused(&file, &Keys::default()), SnapshotError::KeyMissing(it) if it == kind));
        assert!(matches!(refused(&file, &wrong()), SnapshotError::WrongKey(it) if it == kind));
        let mut of_the_other_sort = keys();
        match kind {
            EncryptionKind::Passphrase => of_the_other_sort.passphrase = None,
            _ => of_the_other_sort.identities = None,
        }
        assert!(matches!(refused(&file, &of_the_other_sort), SnapshotError::KeyMissing(it) if it == kind));
    }
}

#[test]
fn one_of_another_platform_is_refused() {
    let file = written(Origin { platform: "wso2".to_owned(), ..origin() }, records(), &Encryption::None);
    let error = refused(&file, &keys());
    assert!(error.to_string().contains("wso2") && error.to_string().contains(PLATFORM), "{error}");
}

#[test]
fn a_header_that_was_edited_is_refused_though_the_digest_fits() {
    for encryption in encryptions() {
        let whole = small(&encryption);
        let (line, stream) = parts(&whole);
        let kind = serde_json::to_string(&encryption.kind()).unwrap();
        for (good, bad) in [
            ("\"version\":\"0.1.0\"", "\"version\":\"0.2.0\""),
            ("mgmt.example.com", "mgmt.example.org"),
            ("acme/production", "acme/test"),
            ("5f1c7a2e", "5f1c7a2f"),
            ("2026-01-02", "2026-11-02"),
            ("\"products_and_apis\":true", "\"products_and_apis\":false"),
            ("\"credentials\":8", "\"credentials\":7"),
            ("\"credentials\":8", "\"credentials\":8,\"plans\":0"),
            ("HTTP 500", "HTTP 404"),
            ("\"secrets\":true", "\"secrets\":false"),
            (&kind, "\"none\""),
            (&kind, "\"passphrase\""),
            (&kind, "\"recipients\""),
        ] {
            let edited = line.replace(good, bad);
            if edited != line {
                let error = refused(&forged(&edited, stream), &keys());
                assert!(matches!(error, SnapshotError::Contradiction(_)), "{bad}: {error}");
            }
        }
        let (before, rest) = line.split_once("\"gaps\":[").unwrap();
        let (_, after) = rest.split_once("],\"secrets\"").unwrap();
        let without_gaps = format!("{before}\"gaps\":[],\"secrets\"{after}");
        assert!(matches!(refused(&forged(&without_gaps, stream), &keys()), SnapshotError::Contradiction(_)));
    }
}

#[test]
fn streams_that_were_swapped_are_refused_though_the_digest_fits() {
    for encryption in encryptions() {
        let (one, other) = (
            small(&encryption),
            written(Origin { taken_at: "2026-02-02T00:00:00Z".parse().unwrap(), ..origin() }, records(), &encryption),
        );
        let error = refused(&forged(&parts(&one).0, parts(&other).1), &keys());
        assert!(matches!(error, SnapshotError::Contradiction(_)), "{error}");
        refused(&[parts(&one).0.as_bytes(), parts(&other).1].concat(), &keys());
    }
}

#[test]
fn a_stream_that_lacks_or_doubles_entries_is_refused() {
    let whole = small(&Encryption::None);
    let line = parts(&whole).0;
    let entries = crate::snapshot_file::round_trips::entries(&whole);
    let end = entries.len() - 1;
    let refused = |entries: &[&String]| {
        let text: Vec<_> = entries.iter().flat_map(|entry| [entry.as_str(), "\n"]).collect();
        refused(&forged(&line, &packed(text.concat().as_bytes())), &keys())
    };
    let all: Vec<_> = entries.iter().collect();
    assert!(matches!(refused(&all[1..]), SnapshotError::Contradiction(_)), "without its header");
    assert!(matches!(refused(&all[..end]), SnapshotError::Contradiction(_)), "without its end");
    assert!(matches!(refused(&[all[0], all[end]]), SnapshotError::Contradiction(_)), "without its objects");
    assert!(matches!(refused(&[&all[..2], &all[1..]].concat()), SnapshotError::Contradiction(_)), "one twice");
    assert!(matches!(refused(&[&all[..1], &all[..]].concat()), SnapshotError::Malformed { number: 2, .. }));
    let text = format!("{}\nno json\n", entries[0]);
    let error = crate::snapshot_file::made::refused(&forged(&line, &packed(text.as_bytes())), &keys());
    assert!(matches!(error, SnapshotError::Malformed { number: 2, .. }), "{error}");
    let error = crate::snapshot_file::made::refused(&forged(&line, &packed(entries[0].as_bytes())), &keys());
    assert!(matches!(error, SnapshotError::Malformed { number: 1, .. }), "{error}");
    assert!(matches!(
        crate::snapshot_file::made::refused(&forged(&line, b"plain text"), &keys()),
        SnapshotError::BrokenStream(_)
    ));
}

#[test]
fn a_passphrase_that_asks_for_absurd_work_is_not_tried() {
    let whole = small(&encryptions()[2]);
    let (line, stream) = parts(&whole);
    let lines: Vec<_> = stream.splitn(3, |byte| *byte == b'\n').collect();
    let stanza = std::str::from_utf8(lines[1]).unwrap();
    assert!(stanza.starts_with("-> scrypt "), "{stanza}");
    for work in ["20", "63"] {
        let (before, _) = stanza.rsplit_once(' ').unwrap();
        let heavy = [lines[0], format!("\n{before} {work}\n").as_bytes(), lines[2]].concat();
        let error = refused(&forged(&line, &heavy), &keys()).to_string();
        assert!(error.contains(&format!("2^{work}")), "{error}");
    }
}

#[test]
fn a_list_of_recipients_without_end_is_not_read_to_its_end() {
    let whole = small(&encryptions()[1]);
    let line = parts(&whole).0;
    for filler in ["-> X25519 abc\n", "x"] {
        let endless = format!("age-encryption.org/v1\n{}", filler.repeat(1_000_000));
        assert!(matches!(refused(&forged(&line, endless.as_bytes()), &keys()), SnapshotError::BrokenStream(_)));
    }
}

#[test]
fn an_error_ends_what_is_read_and_the_header_is_not_given() {
    let whole = small(&Encryption::None);
    let (line, stream) = parts(&whole);
    let cut = forged(&line, &stream[..stream.len() - 4]);
    let mut reader = SnapshotReader::new(std::io::Cursor::new(cut), PLATFORM, &keys());
    if let Ok(reader) = &mut reader {
        let number = reader.by_ref().filter(Result::is_err).count();
        assert_eq!((number, reader.next().is_none()), (1, true));
    }
    assert!(reader.and_then(SnapshotReader::finish).is_err());
}
