//! What can be made of a body that came back, and what of it may be shown.

use crate::visible::beginning;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::cause::Cause;

/// The longest piece of somebody else's text in an error, in characters.
pub(super) const LONGEST_EXCERPT: usize = 200;

/// The most memory that the values of a JSON body may take, in bytes: that can be hundreds of times its length. A list of
/// 80,000 users in one piece takes half of it.
const MOST_MEMORY: usize = 256 * 1024 * 1024;
/// What a value takes, and what an object takes, whose fields have room for more.
const OF_A_VALUE: usize = 40;
const OF_AN_OBJECT: usize = 700;

/// The body as `T`, or what it is instead. Half a document can have the wrong shape as well;
/// that it is half of one weighs more, since the whole may be right.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Cause> {
    decode_with(body, |body| serde_json::from_slice(body))
}

/// The same with a reader of one's own.
pub(super) fn decode_with<T>(body: &[u8], read: impl FnOnce(&[u8]) -> serde_json::Result<T>) -> Result<T, Cause> {
    if is_excessive(body) {
        return Err(Cause::Excessive(MOST_MEMORY));
    }
    read(body).map_err(|error| {
        let expected = type_name::<T>();
        let whole = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        if whole {
            Cause::WrongType { expected, problem: mismatch(&error) }
        } else {
            Cause::NotJson { expected, problem: what_it_is(body), excerpt: excerpt(body) }
        }
    })
}

/// Whether the values of a body would take more memory than those of any sane answer, counted by what begins them or
/// parts them.
pub(super) fn is_excessive(body: &[u8]) -> bool {
    if body.len() <= MOST_MEMORY / OF_AN_OBJECT {
        return false;
    }
    let (mut memory, mut within_text, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if within_text => escaped = true,
            b'"' => within_text = !within_text,
            b'{' if !within_text => memory += OF_AN_OBJECT,
            b',' | b'[' if !within_text => memory += OF_A_VALUE,
            _ => {}
        }
    }
    memory > MOST_MEMORY
}

/// What is wrong with a body that is a page for people, where an answer of the API is wanted.
pub(super) fn page(body: &[u8]) -> Option<Cause> {
    let is_page = body.trim_ascii_start().first() == Some(&b'<');
    is_page.then(|| Cause::NotJson {
        expected: "an answer of the API".to_owned(),
        problem: what_it_is(body),
        excerpt: excerpt(body),
    })
}

/// What serde says about a value of another shape quotes the value. Only the half that comes from our
/// own types is passed on: what was expected, and where.
fn mismatch(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!("at line {}, column {}", error.line(), error.column());
    if text.starts_with("missing field `") {
        return text;
    }
    match text.rsplit_once(", expected ").and_then(|(_, expected)| expected.rsplit_once(" at line ")) {
        Some((expected, _)) => format!("expected {expected} {place}"),
        None => format!("unexpected content {place}"),
    }
}

/// What a body is that is no JSON of the shape that was wanted.
pub(super) fn what_it_is(body: &[u8]) -> String {
    let problem = match body.trim_ascii().first() {
        None => "nothing",
        Some(b'<') => "an HTML page",
        Some(b'{' | b'[') => "broken or incomplete JSON",
        Some(_) if std::str::from_utf8(body).is_err() => {
            "no text, but perhaps something that a proxy has compressed and did not say so (`Content-Encoding`)"
        }
        Some(_) => "no JSON",
    };
    problem.to_owned()
}

/// The beginning of a body, unless it is or might be JSON: that could carry secrets.
pub(super) fn excerpt(body: &[u8]) -> Option<String> {
    let body = body.trim_ascii();
    let beginning = String::from_utf8_lossy(&body[..body.len().min(4 * LONGEST_EXCERPT)]);
    let may_be_json = beginning.starts_with(['{', '[', '"']) || beginning.contains("\":");
    (!may_be_json && !body.is_empty()).then(|| in_one_line(&beginning, LONGEST_EXCERPT))
}

/// `text` without control characters and runs of blanks, cut after `longest` characters.
pub(super) fn in_one_line(text: &str, longest: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match beginning(&line, longest) {
        whole if whole.len() == line.len() => line,
        start => format!("{start}…"),
    }
}

/// The name of `T` without the paths of modules.
fn type_name<T>() -> String {
    let full = std::any::type_name::<T>();
    full.split_inclusive(['<', '>', ',', ' ', '(', ')', '[', ']', '&'])
        .map(|piece| piece.rsplit("::").next().unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Listing {
        #[serde(rename = "results")]
        _results: Vec<u32>,
    }

    #[test]
    fn an_excerpt_is_short_clean_and_never_json() {
        let page = format!("<html>\u{1b}[31m\r\n{}", "x".repeat(500));
        let shown = excerpt(page.as_bytes()).unwrap();
        assert!(shown.starts_with("<html> [31m x"), "{shown}");
        assert_eq!(shown.chars().count(), LONGEST_EXCERPT + 1);
        for secret in [r#"{"client_secret":"s"#, r#" ["s""#, r#"secret":"s"}"#, ""] {
            assert_eq!(excerpt(secret.as_bytes()), None, "{secret}");
        }
    }

    #[test]
    fn a_mismatch_quotes_only_what_was_expected() {
        let problem = |body: &str| match decode::<Listing>(body.as_bytes()) {
            Err(Cause::WrongType { expected, problem }) => format!("{expected}: {problem}"),
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(r#"{"results":["s3cret"]}"#), "Listing: expected u32 at line 1, column 20");
        assert_eq!(problem(r#"{"results":[", expected s3cret"]}"#), "Listing: expected u32 at line 1, column 31");
        assert_eq!(problem("{}"), "Listing: missing field `results` at line 1 column 2");
    }

    #[test]
    fn what_is_no_json_is_named() {
        let problem = |body: &str| match decode::<Listing>(body.as_bytes()) {
            Err(Cause::NotJson { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(" \n"), "nothing");
        assert_eq!(problem("<html>"), "an HTML page");
        assert_eq!(problem(r#"{"results":[1"#), "broken or incomplete JSON");
        assert_eq!(problem(r#"{"results":{"a"#), "broken or incomplete JSON");
        assert_eq!(problem("upstream went away"), "no JSON");
        assert!(what_it_is(b"\x1f\x8b\x08").contains("Content-Encoding"));
    }

    #[test]
    fn a_body_whose_values_take_too_much_memory_is_refused_and_texts_do_not_count() {
        let rows = |row: &str, number: usize| format!("[{}]", vec![row; number].join(","));
        for (row, number) in [("{}", 400_000), ("[]", 4_000_000), ("0", 7_000_000)] {
            let refused = decode::<serde_json::Value>(rows(row, number).as_bytes());
            assert!(matches!(refused, Err(Cause::Excessive(_))), "{row}");
        }
        assert!(decode::<serde_json::Value>(rows("{}", 300_000).as_bytes()).is_ok());
        let text = format!(r#"["a\"{}"]"#, "{},".repeat(400_000));
        assert!(decode::<Vec<String>>(text.as_bytes()).is_ok());
    }

    #[test]
    fn type_names_lose_their_paths() {
        assert_eq!(type_name::<BTreeMap<String, Vec<Listing>>>(), "BTreeMap<String, Vec<Listing>>");
    }
}
