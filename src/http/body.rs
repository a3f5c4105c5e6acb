//! What can be made of a body that came back, and what of it may be shown.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::cause::Cause;

/// The longest piece of somebody else's text in an error, in characters.
pub(super) const LONGEST_EXCERPT: usize = 200;

/// The body as `T`, or what it is instead. Half a document can have the wrong shape as well;
/// that it is half of one weighs more, since the whole may be right.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Cause> {
    serde_json::from_slice(body).map_err(|error| {
        let expected = type_name::<T>();
        let whole = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        if whole {
            Cause::WrongType {
                expected,
                problem: mismatch(&error),
            }
        } else {
            Cause::NotJson {
                expected,
                problem: what_it_is(body),
                excerpt: excerpt(body),
            }
        }
    })
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
    match text
        .rsplit_once(", expected ")
        .and_then(|(_, expected)| expected.rsplit_once(" at line "))
    {
        Some((expected, _)) => format!("expected {expected} {place}"),
        None => format!("unexpected content {place}"),
    }
}

fn what_it_is(body: &[u8]) -> String {
    let problem = match body.trim_ascii().first() {
        None => "nothing",
        Some(b'<') => "an HTML page",
        Some(b'{' | b'[') => "broken or incomplete JSON",
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
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(longest) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
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
        assert_eq!(
            problem(r#"{"results":["s3cret"]}"#),
            "Listing: expected u32 at line 1, column 20"
        );
        assert_eq!(
            problem(r#"{"results":[", expected s3cret"]}"#),
            "Listing: expected u32 at line 1, column 31"
        );
        assert_eq!(
            problem("{}"),
            "Listing: missing field `results` at line 1 column 2"
        );
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
    }

    #[test]
    fn type_names_lose_their_paths() {
        assert_eq!(
            type_name::<BTreeMap<String, Vec<Listing>>>(),
            "BTreeMap<String, Vec<Listing>>"
        );
    }
}
