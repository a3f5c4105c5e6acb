//! Publishing: each part of the form arrives as it was, and of the Product's document only what must be is replaced.

use std::collections::BTreeMap;

use apic_configsync::{
    engine::{
        catalog::TargetLookup,
        change::{Bundle, ChildMade, MetadataWrite, NewObject},
        model::{Address, Document, File, Files, Handle, KindId},
    },
    platform::api_connect::{APIS, PRODUCTS},
    sandbox::seed,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json, value::RawValue};

use super::{
    detour::{Road, finish},
    tape::Tape,
};

/// The file's name, the Product's document on one line, and the API's behind it.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let name = tape.text();
    let product = Bytes::copy_from_slice(tape.line());
    let api = Bytes::copy_from_slice(tape.rest());
    let Some(sent) = sent(&name, &product, &api) else {
        let readable = serde_json::from_slice::<BTreeMap<String, Value>>(&product);
        let names_files = readable.is_ok_and(|fields| !fields.contains_key("apis"));
        assert!(!names_files, "a document that can be read was not sent");
        return;
    };
    let parts = parts(&sent);
    assert_eq!(parts.len(), 2, "each document has a part");
    assert_eq!(parts[1], api, "the API's document is not sent as it is");
    assert_only_ours_differ(&product, parts[0]);
}

/// The body of the publish; none where the document was refused before it was sent.
fn sent(name: &str, product: &Bytes, api: &Bytes) -> Option<Request<Bytes>> {
    let road = Road::between(seed::pair());
    finish(async {
        let (_, target) = road.connect().await;
        road.target.answer_by(|request| {
            let publish = request.uri().path().ends_with("/publish");
            publish.then(|| {
                let mut refusal = Response::new(Bytes::from_static(b"{}"));
                *refusal.status_mut() = StatusCode::FORBIDDEN;
                refusal
            })
        });
        let create = create(name, product, api);
        let address = Address::new(PRODUCTS, "books:1.0.0");
        let outcome = target.create(&address, &create, &Nowhere).await;
        assert!(outcome.is_err(), "the server refused it");
        let mut seen = road.target.seen().into_iter();
        seen.find(|request| request.uri().path().ends_with("/publish"))
    })
}

struct Nowhere;

impl TargetLookup for Nowhere {
    fn handle(&self, _: KindId, _: &str) -> Option<Handle> {
        None
    }
}

fn create(name: &str, product: &Bytes, api: &Bytes) -> NewObject {
    let file = |name: &str, bytes: &Bytes| {
        let file = File::new("document", name, "application/json", bytes.clone(), |_| None);
        Files::new(vec![file])
    };
    let public = json!({"view": {"type": "public", "enabled": true}});
    NewObject {
        parent: None,
        document: Document::new(public.as_object().cloned().unwrap(), None),
        metadata: MetadataWrite::default(),
        comes_along: false,
        brings: ChildMade::Whatever,
        package: Some(Bundle {
            own: file("product.json", product),
            carried: vec![(Address::new(APIS, "books:1.0.0"), file(name, api))],
            replaces: None,
        }),
    }
}

/// What stands between the boundaries, read by the letter of RFC 2046.
fn parts(request: &Request<Bytes>) -> Vec<&[u8]> {
    let declared = request.headers()[CONTENT_TYPE].to_str().unwrap();
    let (_, boundary) = declared.split_once("boundary=").unwrap();
    let delimiter = format!("\r\n--{boundary}");
    let body = request.body();
    let mut parts = Vec::new();
    let mut start = delimiter.len() - 2;
    while !body[start..].starts_with(b"--") {
        let end = start + find(&body[start..], delimiter.as_bytes()).unwrap();
        let head = find(&body[start..end], b"\r\n\r\n").unwrap();
        let lines = body[start..start + head].split(|byte| *byte == b'\n');
        assert_eq!(lines.count(), 3, "a name broke out of its header");
        parts.push(&body[start + head + 4..end]);
        start = end + delimiter.len();
    }
    assert_eq!(&body[start..], b"--\r\n");
    parts
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn assert_only_ours_differ(before: &[u8], after: &[u8]) {
    let read = |bytes| serde_json::from_slice::<BTreeMap<String, &RawValue>>(bytes);
    let mut before = read(before).expect("what is no object is not sent");
    let mut after = read(after).expect("what is sent is an object");
    let visibility = after.remove("visibility").expect("it says who may see it");
    let visibility: Value = serde_json::from_str(visibility.get()).unwrap();
    assert_eq!(visibility["view"]["type"], "public");
    before.remove("visibility");
    let (was, is) = (before.remove("apis"), after.remove("apis"));
    assert_eq!(was.is_some(), is.is_some());
    if let (Some(was), Some(is)) = (was, is) {
        assert_names_only(was, is);
    }
    let text = |fields: BTreeMap<String, &RawValue>| -> Vec<(String, String)> {
        let fields = fields.into_iter();
        fields.map(|(key, raw)| (key, raw.get().to_owned())).collect()
    };
    assert_eq!(text(before), text(after));
}

/// Entries that point at files or ids become names; all else stays.
fn assert_names_only(was: &RawValue, is: &RawValue) {
    if was.get() == is.get() {
        return;
    }
    let (was, is): (Value, Value) = (parsed(was), parsed(is));
    let (was, is) = (was.as_object().unwrap(), is.as_object().unwrap());
    assert!(was.keys().eq(is.keys()));
    for (key, entry) in is {
        let named = entry.as_object().is_some_and(|it| it.len() == 1 && it["name"].is_string());
        assert!(named || entry == &was[key], "{entry}");
    }
}

fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}
