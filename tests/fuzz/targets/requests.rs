//! Paths and queries: what is sent is what was meant, or nothing.

use std::{collections::BTreeMap, sync::Arc};

use apic_configsync::http::{Cause, Client, Options, RetryPolicy};
use http::Uri;
use percent_encoding::percent_decode_str;

use super::{
    answers::NoLogin,
    detour::{Detour, answer, finish},
    tape::Tape,
};

/// A path, and on further lines the name and value of a query.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let path = format!("/{}", tape.text());
    let (name, value) = (tape.text(), tape.text());
    let server = Detour::to(apic_configsync::sandbox::seed::pair().0);
    server.answer_by(|_| Some(answer("{}")));
    let client = Client::new(options(), Arc::clone(&server) as _, Arc::new(NoLogin));
    let answered = finish(client.get(&path, &[(&name, &value)]));
    let sent: Vec<Uri> = server.seen().iter().map(|it| it.uri().clone()).collect();
    let asked: Vec<&Uri> = sent.iter().filter(|uri| uri.path() != "/api/token").collect();
    match answered {
        Ok(_) => {
            let [uri] = asked[..] else {
                panic!("{path:?} was asked for {} times", asked.len());
            };
            assert_eq!(uri.path(), format!("/api/{}", path.trim_start_matches('/')));
            assert!(!uri.path().split('/').any(is_dots), "a dot segment was sent: {uri}");
            assert_eq!(query(uri), BTreeMap::from([(name, value)]));
            assert_eq!(uri.host(), Some("source.test"));
        }
        Err(error) => {
            assert!(matches!(error.cause, Cause::Unsendable(_)), "{error}");
            assert!(asked.is_empty(), "{path:?} was sent and refused");
        }
    }
}

fn options() -> Options {
    Options {
        says_duplicate: |message| message.to_lowercase().contains("already exists"),
        side: "source",
        base: "https://source.test/api".parse().unwrap(),
        timeout: std::time::Duration::from_secs(1),
        reads: 1,
        writes: 1,
        retry: RetryPolicy::instant(),
    }
}

/// Servers decode before or after they split, so `%2e` counts as a dot.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

fn query(uri: &Uri) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().unwrap().into_owned()
    };
    let pairs = uri.query().unwrap_or_default().split('&');
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}
