//! Documents of APIs and Products: carried byte by byte, and compared by a normal form that is one.

use apic_configsync::{
    engine::{
        catalog::Reader,
        model::{File, Resource},
    },
    platform::api_connect::{APIS, PRODUCTS},
    sandbox::seed,
};
use bytes::Bytes;
use serde_json::Value;

use super::{
    detour::{Road, answer, finish},
    tape::Tape,
};

/// Which kind, and its document.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let kind = [APIS, PRODUCTS][tape.roll(2)];
    let bytes = Bytes::copy_from_slice(tape.rest());
    let way = Road::between(seed::pair());
    finish(async {
        let (source, _) = way.connect().await;
        let listing = source.list(kind, None).await.unwrap();
        let listed = &listing.resources[0];
        let read = |bytes: Bytes| document(&way, &*source, listed, bytes);
        let Some(file) = read(bytes.clone()).await else {
            let readable = serde_json::from_slice::<Value>(&bytes).is_ok();
            assert!(!readable, "a document that can be read was refused");
            return;
        };
        assert_eq!(file.bytes, bytes, "the document is not carried as it is");
        let normal = file.normal_form().expect("what is no JSON is refused");
        let again = read(normal.to_string().into()).await.unwrap();
        assert_eq!(again.normal_form(), Some(normal), "not idempotent");
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        for other in [normal_text(&again), format!("{value:#}"), value.to_string()] {
            let other = read(other.into()).await.unwrap();
            assert!(file.says_the_same(&other), "told apart by their spelling");
        }
    });
}

fn normal_text(file: &File) -> String {
    format!("{:#}", file.normal_form().unwrap_or_default())
}

/// What is read where the server answers so.
async fn document(way: &Road, source: &dyn Reader, listed: &Resource, bytes: Bytes) -> Option<File> {
    way.source.answer_by(move |request| {
        let asked = request.uri().path().ends_with("/document");
        asked.then(|| answer(bytes.clone()))
    });
    let read = source.detail(listed).await.ok()?;
    let file = read.files.of_role("document").cloned();
    Some(file.expect("a document that was read is there"))
}
