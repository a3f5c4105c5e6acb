//! What a fuzzer would try: bytes in the place of each layer of a file. It moves to `tests/fuzz/targets/snapshots.rs`.

use std::io::Cursor;

use apic_configsync::platform::snapshot::file::{Encryption, EncryptionKind, Record, SnapshotReader};
use proptest::prelude::*;

use crate::snapshot_file::made::{PLATFORM, encryptions, forged, keys, origin, packed, parts, small, written};

/// Bytes as a file; as the first line; as a stream, encrypted or not; as what a stream unpacks to, from its beginning or
/// behind the first entry. Panics only where the program would.
pub(crate) fn any_bytes(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let kinds = [EncryptionKind::None, EncryptionKind::Recipients, EncryptionKind::Passphrase];
    match how % 6 {
        0 => try_to_read(rest.to_vec()),
        1 => try_to_read([b"{\"snapshot\":1", rest, b"\n"].concat()),
        2 => {
            let kind = kinds[usize::from(how / 6) % 3];
            try_to_read(forged(&line(kind), rest));
        }
        3 => try_to_read(forged(
            &line(kinds[usize::from(how / 6) % 2 + 1]),
            &[b"age-encryption.org/v1\n", rest].concat(),
        )),
        4 => try_to_read(forged(&line(EncryptionKind::None), &packed(rest))),
        _ => {
            let first = format!("{{\"header\":{}}}\n", serde_json::to_string(&origin()).unwrap());
            try_to_read(forged(&line(EncryptionKind::None), &packed(&[first.as_bytes(), rest].concat())));
        }
    }
}

/// The first line of a snapshot of nothing.
fn line(kind: EncryptionKind) -> String {
    let origin =
        serde_json::to_string(&apic_configsync::platform::snapshot::file::Origin { encryption: kind, ..origin() })
            .unwrap();
    let before = origin.trim_end_matches('}');
    format!("{before},\"counts\":{{}},\"gaps\":[],\"digest\":\"\"}}\n")
}

/// What is read whole is written again, and read as it was.
fn try_to_read(file: Vec<u8>) {
    let Ok(mut reader) = SnapshotReader::new(Cursor::new(file), PLATFORM, &keys()) else {
        return;
    };
    let origin = reader.origin().clone();
    let records: Result<Vec<Record>, _> = reader.by_ref().collect();
    if let (Ok(records), Ok(_)) = (records, reader.finish()) {
        let again = written(origin, records.clone(), &Encryption::None);
        assert_eq!(crate::snapshot_file::made::read(&again, &keys()).unwrap().1, records);
    }
}

#[test]
fn the_layers_are_reached() {
    let whole = small(&Encryption::None);
    let entries = crate::snapshot_file::round_trips::entries(&whole).join("\n");
    for how in 0..=255 {
        any_bytes(&[&[how][..], &whole].concat());
        any_bytes(&[&[how][..], parts(&whole).1].concat());
        any_bytes(&[&[how][..], entries.as_bytes(), b"\n"].concat());
        any_bytes(&[how]);
    }
    any_bytes(&[]);
    let first = line(EncryptionKind::None);
    let end = "{\"end\":{\"counts\":{},\"gaps\":[]}}\n";
    let header = format!("{{\"header\":{}}}\n", serde_json::to_string(&origin()).unwrap());
    let good = forged(&first, &packed(format!("{header}{end}").as_bytes()));
    assert!(crate::snapshot_file::made::read(&good, &keys()).is_ok(), "nothing behind the first line would be tried");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_bytes_make_it_panic(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        any_bytes(&data);
    }

    #[test]
    fn no_edit_of_a_good_stream_makes_it_panic(which in 0_usize..3, edits in proptest::collection::vec(any::<(u16, u8)>(), 1..6)) {
        let whole = small(&encryptions()[which]);
        let (line, stream) = parts(&whole);
        let mut edited = stream.to_vec();
        for (place, byte) in edits {
            let place = usize::from(place) % edited.len();
            edited[place] = byte;
        }
        try_to_read(forged(&line, &edited));
    }
}
