//! The difference of documents that are carried whole, readable for people: what changed where, long values cut, and
//! nothing that might be a secret.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{FieldChange, diff::pointer};
use crate::model::{File, Files};

/// The longest value that is shown, in characters.
const LONGEST: usize = 160;
/// The most differences of one document that are shown one by one.
const MOST: usize = 40;
const SECRET: &str = "(secret)";
/// Words in names behind which authors keep what nobody else should read.
const SENSITIVE: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "credential",
    "authorization",
    "private",
];

/// What has to change in the documents of `before` so that they say what those of `after` say.
pub(super) fn differences(before: &Files, after: &Files) -> Vec<FieldChange> {
    let roles: BTreeSet<&str> = before
        .iter()
        .chain(after.iter())
        .map(|file| file.role)
        .collect();
    roles
        .into_iter()
        .flat_map(|role| of_role(role, before.of_role(role), after.of_role(role)))
        .collect()
}

fn of_role(role: &str, before: Option<&File>, after: Option<&File>) -> Vec<FieldChange> {
    if let (Some(before), Some(after)) = (before, after)
        && before.says_the_same(after)
    {
        return Vec::new();
    }
    let forms = before
        .and_then(File::normal_form)
        .zip(after.and_then(File::normal_form));
    let path = format!("/{role}");
    let Some((old, new)) = forms else {
        return vec![FieldChange {
            path,
            before: extent(before),
            after: extent(after),
        }];
    };
    let mut changes = Vec::new();
    compare(&path, false, Some(&old), Some(&new), &mut changes);
    shortened(path, changes)
}

/// What is shown of a document that cannot be taken apart.
fn extent(file: Option<&File>) -> Value {
    file.map_or(Value::Null, |file| {
        format!("({}, {} bytes)", file.media_type, file.bytes.len()).into()
    })
}

fn shortened(path: String, mut changes: Vec<FieldChange>) -> Vec<FieldChange> {
    if changes.len() > MOST {
        let more = changes.len() - MOST;
        changes.truncate(MOST);
        changes.push(FieldChange {
            path,
            before: Value::Null,
            after: format!("(and {more} more differences)").into(),
        });
    }
    changes
}

fn compare(
    path: &str,
    sensitive: bool,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    match (before, after) {
        _ if before == after => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                let sensitive = sensitive || hides(key) || is_value_of_secret(key, old, new);
                let path = format!("{path}/{}", pointer(key));
                compare(&path, sensitive, old.get(key), new.get(key), changes);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for place in 0..old.len().max(new.len()) {
                let path = format!("{path}/{place}");
                compare(&path, sensitive, old.get(place), new.get(place), changes);
            }
        }
        _ => changes.push(FieldChange {
            path: path.to_owned(),
            before: shown(sensitive, before),
            after: shown(sensitive, after),
        }),
    }
}

/// Whether a name announces a secret.
fn hides(name: &str) -> bool {
    let name = name.to_lowercase();
    SENSITIVE.iter().any(|word| name.contains(word))
}

/// Policies set headers and variables in the form `{"set": "message.headers.authorization", "value": …}`, and
/// properties are marked as `encoded`.
fn is_value_of_secret(key: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let speaks_of_secret = |map: &Map<String, Value>| {
        map.get("encoded") == Some(&Value::Bool(true))
            || map
                .iter()
                .any(|(other, text)| other != key && text.as_str().is_some_and(hides))
    };
    matches!(key, "value" | "default") && (speaks_of_secret(old) || speaks_of_secret(new))
}

/// A value as it may be shown.
fn shown(sensitive: bool, value: Option<&Value>) -> Value {
    match value {
        None | Some(Value::Null) => Value::Null,
        Some(_) if sensitive => SECRET.into(),
        Some(value) => cut(without_secrets(value)),
    }
}

fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| {
                let hidden = hides(key) || is_value_of_secret(key, map, map);
                let value = if hidden {
                    SECRET.into()
                } else {
                    without_secrets(value)
                };
                (key.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(without_secrets).collect(),
        Value::String(text) if is_login(text) => SECRET.into(),
        other => other.clone(),
    }
}

/// Whether a text is the value of an `Authorization` header.
fn is_login(text: &str) -> bool {
    ["Basic ", "Bearer "]
        .iter()
        .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
}

fn cut(value: Value) -> Value {
    let text = match &value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => value.to_string(),
        _ => return value,
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()).into(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn files(document: &Value) -> Files {
        let text = document.to_string();
        let normal = |bytes: &[u8]| serde_json::from_slice(bytes).ok();
        Files::new(vec![File::new(
            "document",
            "a.json",
            "application/json",
            text,
            normal,
        )])
    }

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        differences(&files(before), &files(after))
            .iter()
            .map(|change| format!("{} {} -> {}", change.path, change.before, change.after))
            .collect()
    }

    #[test]
    fn differences_name_their_place() {
        let before =
            json!({"paths": {"/a/b": {"get": {}}}, "info": {"title": "A"}, "tags": ["x", "y"]});
        let after = json!({"paths": {"/a/b": {"get": {}, "put": {"x": 1}}}, "info": {"title": "B"}, "tags": ["x"]});
        assert_eq!(
            lines(&before, &after),
            [
                r#"/document/info/title "A" -> "B""#,
                r#"/document/paths/~1a~1b/put null -> {"x":1}"#,
                r#"/document/tags/1 "y" -> null"#,
            ]
        );
    }

    #[test]
    fn secrets_never_show() {
        let before = json!({"invoke": {"password": "hush-1"}, "set": [], "properties": {}});
        let after = json!({
            "invoke": {"password": "hush-2"},
            "set": [{"set": "message.headers.authorization", "value": "hush-3"}, {"value": "Basic hush-4"}],
            "properties": {"p": {"encoded": true, "value": "hush-5"}, "client_secret": {"a": "hush-6"}},
        });
        let lines = lines(&before, &after);
        assert!(lines.len() >= 4, "{lines:?}");
        assert!(!lines.join("\n").contains("hush"), "{lines:?}");
    }

    #[test]
    fn a_value_is_hidden_when_either_side_speaks_of_a_secret_beside_it() {
        let plain = json!([{"set": "message.headers.colour", "value": "hush-1"}]);
        let login = json!([{"set": "message.headers.authorization", "value": "hush-2"}]);
        for (before, after) in [(&plain, &login), (&login, &plain)] {
            let lines = lines(before, after);
            assert!(!lines.join("\n").contains("hush"), "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_secret_shows() {
        let set = |name: &str, value: &str, note: &str| {
            lines(
                &json!({"set": name, "value": "", "note": ""}),
                &json!({"set": name, "value": value, "note": note}),
            )
        };
        assert_eq!(
            set("message.body", "new", "Basic "),
            [
                r#"/document/note "" -> "Basic ""#,
                r#"/document/value "" -> "new""#
            ]
        );
        assert_eq!(
            set("message.headers.authorization", "hush", "new"),
            [
                r#"/document/note "" -> "new""#,
                r#"/document/value "(secret)" -> "(secret)""#
            ]
        );
    }

    #[test]
    fn long_values_and_long_lists_are_cut() {
        let long = lines(&json!({"a": "x"}), &json!({"a": "y".repeat(500)}));
        assert!(
            long[0].len() < 260 && long[0].contains("(500 characters)"),
            "{long:?}"
        );
        let long = lines(&json!({}), &json!({"a": vec![1; 500]}));
        assert!(
            long[0].len() < 260 && long[0].contains("characters)"),
            "{long:?}"
        );
        let most: Map<String, Value> = (0..MOST).map(|n| (n.to_string(), n.into())).collect();
        assert_eq!(lines(&json!({}), &Value::Object(most)).len(), MOST);
        let many: Map<String, Value> = (0..100).map(|n| (format!("k{n:03}"), n.into())).collect();
        let many = lines(&json!({}), &Value::Object(many));
        assert_eq!(many.len(), MOST + 1);
        assert!(many[MOST].contains("and 60 more"), "{many:?}");
    }

    #[test]
    fn equal_documents_have_none() {
        assert!(lines(&json!({"a": 1, "b": [1]}), &json!({"b": [1], "a": 1})).is_empty());
    }
}
