//! Answers with too much of everything: size, depth, values, codings, headers.

use std::io::Write;

use bytes::Bytes;
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use http::{HeaderName, HeaderValue, Response};

/// What becomes of an answer.
pub(crate) type Alteration = fn(Response<Bytes>) -> Response<Bytes>;

/// Each with what is too much in it.
pub(crate) const ALTERATIONS: &[(&str, Alteration)] = &[
    ("five million empty rows", |it| rows(it, "{}", 5_000_000)),
    ("as many rows as may be", |it| rows(it, "{}", 300_000)),
    ("rows of one id", |it| rows(it, r#"{"id":"1"}"#, 350_000)),
    ("rows of empty lists", |it| rows(it, r#"{"id":"1","metadata":[[],[],[],[],[],[],[],[]]}"#, 300_000)),
    ("one row with millions of values", |it| {
        let values = vec!["0"; 7_000_000].join(",");
        body(it, format!("{{\"results\": [{{\"id\": [{values}]}}]}}"))
    }),
    ("depth", |it| body(it, format!("{}{}", "[".repeat(500_000), "]".repeat(500_000)))),
    ("depth in a row", |it| {
        let deep = format!("{}{}", "[".repeat(9_000), "]".repeat(9_000));
        body(it, format!("{{\"results\": [{{\"id\": \"1\", \"a\": {deep}}}]}}"))
    }),
    ("a hundred megabytes", |it| body(it, vec![b' '; 100_000_000])),
    ("a text of sixty megabytes", |it| {
        body(it, format!("{{\"results\": [{{\"id\": \"{}\"}}]}}", "a".repeat(60_000_000)))
    }),
    ("a bomb in gzip", |it| bomb(it, "gzip")),
    ("a bomb in a bomb", |it| bomb(it, "gzip, gzip")),
    ("a bomb in deflate", |it| bomb(it, "deflate")),
    ("a coding that nobody knows", |it| with(it, "content-encoding", "compress")),
    ("codings without end", |it| with(it, "content-encoding", &["gzip"; 1_000].join(", "))),
    ("a coding that is none", |it| with(it, "content-encoding", "gzip")),
    ("a large header", |it| with(it, "x-request-id", &"a".repeat(2_000_000))),
    ("many headers", |mut it| {
        for _ in 0..2_000 {
            it = with(it, "x-one-more", "a");
        }
        it
    }),
    ("a refusal of seven million values", |it| {
        let mut refusal = rows(it, "[]", 7_000_000);
        *refusal.status_mut() = http::StatusCode::NOT_FOUND;
        refusal
    }),
    ("a wait of ages", |it| {
        let mut busy = with(it, "retry-after", "18446744073709551615");
        *busy.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
        busy
    }),
];

pub(crate) fn body(answer: Response<Bytes>, body: impl Into<Bytes>) -> Response<Bytes> {
    answer.map(|_| body.into())
}

pub(crate) fn with(mut answer: Response<Bytes>, name: &'static str, value: &str) -> Response<Bytes> {
    let value = HeaderValue::from_str(value).unwrap();
    answer.headers_mut().append(HeaderName::from_static(name), value);
    answer
}

/// A list of the same row again and again.
fn rows(answer: Response<Bytes>, row: &str, number: usize) -> Response<Bytes> {
    let rows = vec![row; number].join(",");
    body(answer, format!("{{\"total_results\": {number}, \"results\": [{rows}]}}"))
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

pub(crate) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

/// A bomb: a kilobyte for each megabyte.
fn bomb(answer: Response<Bytes>, coding: &str) -> Response<Bytes> {
    let zeros = vec![b' '; 200_000_000];
    let packed = match coding {
        "gzip" => gzip(&zeros),
        "gzip, gzip" => gzip(&gzip(&zeros)),
        _ => zlib(&zeros),
    };
    with(body(answer, packed), "content-encoding", coding)
}
