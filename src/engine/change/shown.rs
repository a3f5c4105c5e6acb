//! What may be shown of the values that a change carries. People leave secrets wherever there is room for a text, so what is
//! shown is chosen; a list of words that announce secrets would never be complete.

use serde_json::{Map, Value};

use crate::engine::model::{
    document::METADATA,
    mark::{SOURCE_CATALOG, SOURCE_HINT, SOURCE_ID, SOURCE_MISSING_SINCE},
};

/// What stands in the place of a value that is not shown.
pub const NOT_SHOWN: &str = "(not shown)";

/// What stands in the place of a part of a URL.
const LEFT_OUT: &str = "***";

/// The keys of metadata whose values are the tool's own, and no secrets.
const OWN_KEYS: [&str; 4] = [SOURCE_ID, SOURCE_CATALOG, SOURCE_MISSING_SINCE, SOURCE_HINT];

/// The values of a field before and after a change, as they may be shown.
///
/// Of metadata only the tool's own is. Of all else that is compared field by field (names, titles, states, whom a thing
/// names) texts are, but for what URLs hold beside the place itself, and for key material.
#[must_use]
pub fn values(path: &str, before: &Value, after: &Value) -> (Value, Value) {
    let show = if is_hidden(path) { hidden } else { cleaned };
    (show(before), show(after))
}

fn is_hidden(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    parts.next() == Some(METADATA) && parts.next().is_none_or(|key| !OWN_KEYS.contains(&key))
}

/// That there is a value, and nothing of it.
#[must_use]
pub fn hidden(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ => NOT_SHOWN.into(),
    }
}

/// A value whose texts show no credentials of URLs and no key material.
#[must_use]
pub fn cleaned(value: &Value) -> Value {
    match value {
        Value::String(text) => text_cleaned(text).into(),
        Value::Array(values) => values.iter().map(cleaned).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), cleaned(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn text_cleaned(text: &str) -> String {
    if text.contains("-----BEGIN") {
        return NOT_SHOWN.to_owned();
    }
    let begins_with_scheme = text.split_once("//").is_some_and(|(scheme, _)| !scheme.contains(char::is_whitespace));
    if begins_with_scheme {
        // A blank in it is a mistake, and what follows may be the rest of a password.
        return url_cleaned(text);
    }
    let words = text.split_inclusive(char::is_whitespace);
    words.map(url_cleaned).collect()
}

/// A word without what stands before the last `@` of its authority and behind the first `?` or `#`, if it holds a URL.
fn url_cleaned(word: &str) -> String {
    let Some(at) = word.find("//") else {
        return word.to_owned();
    };
    let (scheme, rest) = word.split_at(at + 2);
    let blank = rest.trim_end().len();
    let (rest, blank) = rest.split_at(blank);
    let (place, query) = rest.find(['?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    // A password may hold a slash: whatever stands before the last `@` is none of the place's.
    let place = place.rsplit_once('@').map_or_else(|| place.to_owned(), |(_, place)| format!("{LEFT_OUT}@{place}"));
    let query = query.chars().next().map_or_else(String::new, |mark| format!("{mark}{LEFT_OUT}"));
    format!("{scheme}{place}{query}{blank}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_metadata_only_what_is_the_tools_own_is_shown() {
        let shown = |path: &str| values(path, &json!("old"), &json!({"a": "new"}));
        for path in ["/metadata/crm", "/metadata/source_seal", "/metadata/source_id/x", "/metadata"] {
            assert_eq!(shown(path), (json!(NOT_SHOWN), json!(NOT_SHOWN)), "{path}");
        }
        assert_eq!(shown("/metadata/source_id").0, "old");
        assert_eq!(shown("/metadatum").0, "old");
        assert_eq!(values("/metadata/crm", &Value::Null, &json!("new")), (Value::Null, json!(NOT_SHOWN)));
    }

    #[test]
    fn urls_are_shown_without_credentials_and_queries() {
        for (text, shown) in [
            ("https://a.test/cb", "https://a.test/cb"),
            ("https://u:p@a.test/cb", "https://***@a.test/cb"),
            ("https://u:p/q@a.test/cb", "https://***@a.test/cb"),
            ("https://u:p q@a.test/cb", "https://***@a.test/cb"),
            ("https://a.test/cb?code=x y", "https://a.test/cb?***"),
            ("https://a.test/cb#x=y", "https://a.test/cb#***"),
            ("https://a.test/cb?to=//u:p@b", "https://a.test/cb?***"),
            ("//u:p@a.test", "//***@a.test"),
            (
                "see https://u:p@a.test?x and http://b.test/ there",
                "see https://***@a.test?*** and http://b.test/ there",
            ),
            ("bob@example.com? yes", "bob@example.com? yes"),
            ("-----BEGIN PRIVATE KEY-----\nx", NOT_SHOWN),
        ] {
            assert_eq!(text_cleaned(text), shown);
            // What is shown may be cleaned again, as what a kept plan holds is.
            assert_eq!(text_cleaned(shown), shown);
        }
        assert_eq!(cleaned(&json!({"a": ["https://u:p@x", 1]})), json!({"a": ["https://***@x", 1]}));
    }
}
