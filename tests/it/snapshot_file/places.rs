//! Where the file comes to stand, and what is there before and in between.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use apic_configsync::{
    outfile::OutFile,
    platform::snapshot::file::{Record, SnapshotError, SnapshotReader, SnapshotWriter},
};

use crate::snapshot_file::made::{PLATFORM, encryptions, keys, object, origin, records, write_to};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn only_its_owner_reads_it_and_nothing_else_is_left() {
    for encryption in encryptions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.snapshot");
        fs::write(&path, "the last one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let header = write_to(&path, origin(), records(), &encryption).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["catalog.snapshot"]);
        assert_eq!(SnapshotReader::open(&path, PLATFORM, &keys()).unwrap().finish().unwrap(), header);
    }
}

#[test]
fn both_ends_may_move_to_a_thread_of_their_own() {
    fn moves<T: Send>() {}
    moves::<SnapshotReader>();
    moves::<SnapshotWriter>();
    moves::<SnapshotError>();
}

#[test]
fn one_that_is_given_up_leaves_nothing_and_a_former_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.snapshot");
    fs::write(&path, "the last one").unwrap();
    let place = OutFile::prepare(&path).unwrap();
    let mut writer = SnapshotWriter::create(place, origin(), &encryptions()[1]).unwrap();
    for record in records() {
        writer.write(record).unwrap();
    }
    assert_eq!(names(folder.path()), ["catalog.snapshot"], "what is being written shows");
    drop(writer);
    assert_eq!(fs::read_to_string(&path).unwrap(), "the last one");
    assert_eq!(names(folder.path()), ["catalog.snapshot"]);
}

#[test]
fn one_that_cannot_be_put_in_its_place_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.snapshot");
    let place = OutFile::prepare(&path).unwrap();
    let writer = SnapshotWriter::create(place, origin(), &encryptions()[0]).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(writer.finish(Vec::new()), Err(SnapshotError::Unwritable(_))));
    assert_eq!(names(folder.path()), ["catalog.snapshot"]);
}

#[test]
fn a_record_that_no_reader_would_take_is_left_out_and_the_rest_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.snapshot");
    let mut writer = SnapshotWriter::create(OutFile::prepare(&path).unwrap(), origin(), &encryptions()[0]).unwrap();
    let mut long = object("long");
    long.files[0].bytes.0 = vec![0; 110 << 20].into();
    let error = writer.write(Record::Object(Box::new(long))).unwrap_err();
    assert!(error.to_string().contains("credentials g1/a1/long"), "{error}");
    writer.write(Record::Object(Box::new(object("short")))).unwrap();
    let header = writer.finish(Vec::new()).unwrap();
    assert_eq!(header.ending.counts["credentials"], 1);
    assert_eq!(SnapshotReader::open(&path, PLATFORM, &keys()).unwrap().finish().unwrap(), header);
}
