//! Ids and URLs that a server sends: none of them leads a later request anywhere but to its own place.

use apic_configsync::{
    engine::model::{Handle, KindId},
    platform::api_connect::{APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, PRODUCTS, SUBSCRIPTIONS},
    sandbox::seed,
};
use serde_json::{Value, json};

use super::{
    detour::{Road, answer, finish},
    tape::Tape,
};

/// Kinds, and where their objects are: collection, and how many ids stand behind the catalog.
const PLACES: [(KindId, &str); 5] = [
    (CONSUMER_ORGS, "consumer-orgs/{catalog}/*"),
    (APPLICATIONS, "apps/{catalog}/*/*"),
    (CREDENTIALS, "apps/{catalog}/*/*/credentials/*"),
    (SUBSCRIPTIONS, "apps/{catalog}/*/*/subscriptions/*"),
    (PRODUCTS, "catalogs/{catalog}/products/*"),
];

/// Which kind, and on further lines its id, its URL, and that of its parent.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let (kind, place) = PLACES[tape.roll(5)];
    let object = object(&mut tape);
    let way = Road::between(seed::pair());
    finish(async {
        let (source, _) = way.connect().await;
        let page = json!({"total_results": 1, "results": [object]}).to_string();
        way.source.answer_by(move |_| Some(answer(page.clone())));
        let Ok(listing) = source.list(kind, None).await else {
            return;
        };
        for resource in listing.resources {
            let read = json!({"id": resource.handle.id()}).to_string();
            way.source.answer_by(move |_| Some(answer(read.clone())));
            // Whether it can be read is not the question.
            let _ = source.read(kind, &resource.handle).await;
            for request in way.source.seen() {
                assert_in_place(request.uri().path(), place, &resource.handle);
            }
        }
    });
}

fn object(tape: &mut Tape) -> Value {
    let (id, url, parent) = (tape.text(), tape.text(), tape.text());
    json!({
        "id": id,
        "url": url,
        "name": "shop",
        "title": "Shop",
        "version": "1.0.0",
        "state": "enabled",
        "client_id": "key",
        "plan": "gold",
        "consumer_org_url": parent,
        "app_url": parent,
        "product_url": "https://h/api/catalogs/o/c/products/p1",
        "metadata": null,
    })
}

/// One segment stands where one id belongs, and it is neither empty nor a dot segment.
fn assert_in_place(path: &str, place: &str, handle: &Handle) {
    let pattern = format!("/api/{}", place.replace("{catalog}", "*/*"));
    let parts: Vec<&str> = path.split('/').collect();
    let expected: Vec<&str> = pattern.split('/').collect();
    let fits = parts.len() == expected.len()
        && parts.iter().zip(&expected).all(|(part, expected)| {
            if *expected == "*" { !part.is_empty() && !matches!(*part, "." | "..") } else { part == expected }
        });
    assert!(fits, "{handle:?} is asked for at {path}, which is no {place}");
}
