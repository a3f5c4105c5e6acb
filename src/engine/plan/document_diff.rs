//! The difference of documents that are carried whole, readable for people: what changed where. Authors leave secrets in
//! scripts, policies, properties, headers and addresses, so values are shown only of parts that are known to be harmless.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Map, Value};

use crate::engine::{
    change::{
        FieldChange,
        field::pointer,
        shown::{cleaned, hidden},
    },
    model::{File, Files, kind::FileRole},
};
use crate::visible::shortened as shortened_text;

/// The longest value that is shown, in characters.
const LONGEST: usize = 160;
/// The most differences of one document that are shown one by one.
const MOST: usize = 40;
/// Finds the changes that make the documents of `before` say what those of `after` say.
pub(super) fn document_differences(roles: &[FileRole], before: &Files, after: &Files) -> Vec<FieldChange> {
    let found: BTreeSet<&str> = before.iter().chain(after.iter()).map(|file| file.role).collect();
    let shown = |role: &str| roles.iter().find(|known| known.role == role).map_or(&[][..], |known| known.shown);
    let differences =
        found.into_iter().map(|role| of_role(role, shown(role), before.of_role(role), after.of_role(role)));
    differences.flatten().collect()
}

fn of_role(
    role: &str,
    shown: &'static [&'static str],
    before: Option<&File>,
    after: Option<&File>,
) -> Vec<FieldChange> {
    if let (Some(before), Some(after)) = (before, after)
        && before.says_the_same(after)
    {
        return Vec::new();
    }
    let forms = before.and_then(File::normal_form).zip(after.and_then(File::normal_form));
    let path = format!("/{role}");
    let Some((old, new)) = forms else {
        return vec![FieldChange { path, before: extent(before), after: extent(after) }];
    };
    let mut changes = Vec::new();
    compare(&path, DocumentPart::Whole(shown), Some(&old), Some(&new), &mut changes);
    shortened(path, changes)
}

/// A document that cannot be taken apart is shown by its type and size.
fn extent(file: Option<&File>) -> Value {
    file.map_or(Value::Null, |file| format!("({}, {} bytes)", file.media_type, file.bytes.len()).into())
}

fn shortened(path: String, mut changes: Vec<FieldChange>) -> Vec<FieldChange> {
    if changes.len() > MOST {
        let more = changes.len() - MOST;
        changes.truncate(MOST);
        changes.push(FieldChange { path, before: Value::Null, after: format!("(and {more} more differences)").into() });
    }
    changes
}

/// A part of a document, by whether its values are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DocumentPart {
    /// The whole, whose members decide.
    Whole(&'static [&'static str]),
    Harmless(&'static [&'static str]),
    Hidden,
}

impl DocumentPart {
    fn member(self, name: &str) -> Self {
        match self {
            Self::Whole(shown) if shown.contains(&name) => Self::Harmless(shown),
            Self::Harmless(shown) if !is_extension(name, shown) => self,
            _ => Self::Hidden,
        }
    }
}

fn compare(
    path: &str,
    part: DocumentPart,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    match (before, after) {
        _ if before == after => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                let path = format!("{path}/{}", pointer(key));
                let part = part.member(key);
                compare(&path, part, old.get(key), new.get(key), changes);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for place in 0..old.len().max(new.len()) {
                let path = format!("{path}/{place}");
                compare(&path, part, old.get(place), new.get(place), changes);
            }
        }
        _ => {
            changes.push(FieldChange { path: path.to_owned(), before: shown(part, before), after: shown(part, after) });
        }
    }
}

/// An extension is of no known form, so that anything may stand in it.
fn is_extension(name: &str, shown: &[&str]) -> bool {
    name.starts_with("x-") && !shown.contains(&name)
}

/// A value as it may be shown.
fn shown(part: DocumentPart, value: Option<&Value>) -> Value {
    let value = value.unwrap_or(&Value::Null);
    match part {
        DocumentPart::Harmless(harmless) => cut(cleaned(&without_extensions(value, harmless))),
        DocumentPart::Whole(_) | DocumentPart::Hidden => hidden(value),
    }
}

fn without_extensions(value: &Value, shown: &[&str]) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| {
                let value = if is_extension(name, shown) { hidden(value) } else { without_extensions(value, shown) };
                (name.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(|value| without_extensions(value, shown)).collect(),
        other => other.clone(),
    }
}

fn cut(value: Value) -> Value {
    let text = match &value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => value.to_string(),
        _ => return value,
    };
    match shortened_text(&text, LONGEST) {
        Cow::Owned(start) => start.into(),
        Cow::Borrowed(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROLES: [FileRole; 1] = [FileRole { role: "document", normal, shown: &["info", "plans", "tags", "product"] }];

    fn normal(bytes: &[u8]) -> Option<Value> {
        serde_json::from_slice(bytes).ok()
    }

    fn files(document: &Value) -> Files {
        let text = document.to_string();
        Files::new(vec![File::new("document", "a.json", "application/json", text, normal)])
    }

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        document_differences(&ROLES, &files(before), &files(after))
            .iter()
            .map(|change| format!("{} {} -> {}", change.path, change.before, change.after))
            .collect()
    }

    #[test]
    fn differences_name_their_place() {
        let before = json!({"paths": {"/a/b": {"get": {}}}, "info": {"title": "A"}, "tags": ["x", "y"]});
        let after = json!({"paths": {"/a/b": {"get": {}, "put": {"x": 1}}}, "info": {"title": "B"}, "tags": ["x"]});
        assert_eq!(
            lines(&before, &after),
            [
                r#"/document/info/title "A" -> "B""#,
                r#"/document/paths/~1a~1b/put null -> "(not shown)""#,
                r#"/document/tags/1 "y" -> null"#,
            ]
        );
    }

    /// `secrets-in-policies.md`: each with a new value, and each where there was nothing before.
    #[test]
    fn secrets_never_show_wherever_authors_leave_them() {
        let policies = json!([
            {"invoke": {"target-url": "https://svc:OLD@backend.example.com/"}},
            {"invoke": {"target-url": "https://backend.example.com/?code=OLD"}},
            {"invoke": {"username": "svc", "pwd": "OLD"}},
            {"set-variable": {"actions": [{"set": "message.headers.X-Require-Auth", "value": "OLD"}]}},
            {"set-variable": {"actions": [{"set": "message.headers.x", "value": "basic OLD"}]}},
            {"gatewayscript": {"source": "var p = 'OLD';\ncontext.set('p', p);"}},
            {"jwt-generate": {"jws-jwk": "{\"kty\":\"oct\",\"k\":\"OLD\"}"}},
        ]);
        let document = json!({
            "x-ibm-configuration": {
                "assembly": {"execute": policies},
                "properties": {"backend-pass": {"value": "OLD", "encoded": false}},
            },
            "servers": [{"url": "https://svc:OLD@backend.example.com/"}],
            "info": {"contact": {"url": "https://svc:OLD@example.com/?a=OLD"}, "x-key": "OLD"},
            "plans": {"gold": {"x-key": ["OLD"]}},
            "paths": {"/a": {"get": {"x-secret": "OLD"}}},
        });
        let new = serde_json::from_str(&document.to_string().replace("OLD", "NEW")).unwrap();
        for (before, after) in [(&document, &new), (&json!({}), &new), (&document, &json!({}))] {
            let lines = lines(before, after);
            let text = lines.join("\n");
            assert!(lines.len() >= 4, "{lines:?}");
            assert!(!text.contains("OLD") && !text.contains("NEW"), "{text}");
        }
        let text = lines(&document, &new).join("\n");
        for place in [
            "/document/x-ibm-configuration/assembly/execute/2/invoke/pwd",
            "/document/x-ibm-configuration/properties/backend-pass/value",
            "/document/servers/0/url",
        ] {
            assert!(text.contains(&format!("{place} \"(not shown)\" -> \"(not shown)\"")), "{text}");
        }
    }

    #[test]
    fn long_values_and_long_lists_are_cut() {
        let long = lines(&json!({"info": "x"}), &json!({"info": "y".repeat(500)}));
        assert!(long[0].len() < 260 && long[0].contains("(500 characters)"), "{long:?}");
        let long = lines(&json!({}), &json!({"plans": vec![1; 500]}));
        assert!(long[0].len() < 260 && long[0].contains("characters)"), "{long:?}");
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
