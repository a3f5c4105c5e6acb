//! What a server repeats of a request when it refuses it: bodies and headers that hold secrets, which no message may pass on.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::cause::Cause;
use super::payload::Payload;

const SECRET: &str = "(secret)";
/// Words in names behind which secrets stand, in lower case.
const SENSITIVE: [&str; 9] =
    ["password", "passwd", "secret", "token", "api_key", "apikey", "api-key", "authorization", "credential"];
/// Anything shorter is a word of the language as well, and hiding it would spoil the message.
const SHORTEST: usize = 5;

/// What a request holds that a server may repeat.
#[derive(Clone)]
pub(super) struct RequestSecrets {
    pub(super) body: Option<Payload>,
    pub(super) bearer: Option<HeaderValue>,
    /// The headers of every request, of which the sensitive ones are secret as a whole.
    pub(super) headers: Arc<[(HeaderName, HeaderValue)]>,
}

impl RequestSecrets {
    /// Takes out of what is told of an answer whatever secrets of its request the server has repeated.
    pub(super) fn hide(&self, cause: &mut Cause, request_id: &mut Option<String>) {
        let texts: Vec<&mut String> = match cause {
            Cause::Status { messages, excerpt, .. } => messages.iter_mut().chain(excerpt).collect(),
            Cause::NotJson { excerpt, .. } => excerpt.iter_mut().collect(),
            Cause::Redirect { to } => vec![to],
            _ => Vec::new(),
        };
        let texts: Vec<&mut String> = texts.into_iter().chain(request_id).collect();
        if texts.iter().all(|text| text.is_empty()) {
            return;
        }
        let secrets = secrets(self.body.as_ref(), self.bearer.as_ref(), &self.headers);
        for text in texts {
            conceal(text, &secrets);
        }
    }
}

/// Hides secrets, and a first part of one at the very end of a text that was cut off there. Whole ones come before
/// parts: what looks like the beginning of one may be the end of another.
fn conceal(text: &mut String, secrets: &[String]) {
    for secret in secrets.iter().rev() {
        if text.contains(secret) {
            *text = text.replace(secret, SECRET);
        }
    }
    let cut = text.trim_end_matches('…').len();
    let part = secrets.iter().filter_map(|it| cut_off(&text[..cut], it)).max();
    if let Some(length) = part {
        text.replace_range(cut - length..cut, SECRET);
    }
}

/// How much of a secret stands at the end of a text.
fn cut_off(text: &str, secret: &str) -> Option<usize> {
    let lengths = secret.char_indices().map(|(at, _)| at).rev();
    lengths.take_while(|length| *length >= SHORTEST).find(|length| text.ends_with(&secret[..*length]))
}

/// The secrets of a request, shortest first, so that the longest is hidden before what is a part of it.
fn secrets(body: Option<&Payload>, bearer: Option<&HeaderValue>, headers: &[(HeaderName, HeaderValue)]) -> Vec<String> {
    let mut found = BTreeSet::new();
    if let Some(token) = bearer.and_then(|value| value.to_str().ok()) {
        found.extend(token.split_whitespace().nth(1).map(str::to_owned));
    }
    let secret = headers.iter().map(|(_, value)| value).filter(|it| it.is_sensitive());
    let texts = secret.filter_map(|value| value.to_str().ok());
    found.extend(texts.filter(|text| text.len() >= SHORTEST).map(str::to_owned));
    if let Some(body) = body {
        let body = body.chunks().joined();
        let text = String::from_utf8_lossy(&body);
        found.extend(named_values(&text).map(str::to_owned));
        found.extend(described_values(&text).map(str::to_owned));
        // Parsed too, since a secret may hold quotes.
        for document in documents(&text) {
            members(&document, false, &mut found);
        }
    }
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort_by_key(String::len);
    found
}

/// The body as JSON, or those of its parts that are JSON, where it has several.
fn documents(text: &str) -> Vec<Value> {
    if let Ok(whole) = serde_json::from_str(text) {
        return vec![whole];
    }
    if !text.starts_with("--") {
        return Vec::new();
    }
    let parts = text.split("\r\n\r\n").filter(|part| part.starts_with('{'));
    parts.filter_map(|part| serde_json::Deserializer::from_str(part).into_iter().next()?.ok()).collect()
}

fn members(value: &Value, sensitive: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            let sensitive = sensitive || hides(name) || is_anyones(name);
            members(value, sensitive, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| members(item, sensitive, found)),
        Value::String(text) if sensitive => {
            // A script is repeated line by line.
            let lines = std::iter::once(text.as_str()).chain(text.lines().map(str::trim));
            let told = lines.filter(|line| line.len() >= SHORTEST);
            found.extend(told.map(str::to_owned));
        }
        Value::String(text) => found.extend(parts_of_url(text).map(str::to_owned)),
        _ => {}
    }
}

fn hides(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SENSITIVE.iter().any(|word| name.contains(word))
}

/// Whether people put whatever they like under a name, secrets too: metadata, and what extends an `OpenAPI` document (`x-…`).
fn is_anyones(name: &str) -> bool {
    name == "metadata" || name.starts_with("x-")
}

/// Who is named in a URL, and what is asked there.
fn parts_of_url(text: &str) -> impl Iterator<Item = &str> {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let (place, query) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
    let user = place.rsplit_once('@').map_or("", |(user, _)| user);
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let values = query.split(['&', '#']).filter_map(|it| it.split_once('='));
    let values = values.map(|(_, value)| value);
    let parts = [user, password, query].into_iter().chain(values);
    parts.filter(|part| part.len() >= SHORTEST)
}

/// The values behind sensitive names, whatever the form: JSON, YAML, or the fields of a form.
fn named_values(text: &str) -> impl Iterator<Item = &str> {
    // ASCII alone changes, so places in the one are places in the other.
    let lower = text.to_ascii_lowercase();
    let places: BTreeSet<usize> =
        SENSITIVE.iter().flat_map(|word| lower.match_indices(word).map(|(at, word)| at + word.len())).collect();
    places
        .into_iter()
        .filter_map(move |at| value_at(&text[at..]))
        .filter(|value| value.len() >= SHORTEST && *value != "false")
}

/// The values of objects in JSON that speak of a secret beside them: `{"set": "message.headers.authorization", "value": "…"}`
/// as policies have it, and `{"encoded": true, "value": "…"}` as properties do.
fn described_values(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("\"value\"")
        .filter(|(at, _)| {
            let begin = text[..*at].rfind('{').unwrap_or_default();
            let end = text[*at..].find('}').map_or(text.len(), |end| at + end);
            let object = text[begin..end].to_ascii_lowercase();
            object.contains("\"encoded\"") || hides(&object)
        })
        .filter_map(|(at, name)| value_at(&text[at + name.len() - 1..]))
        .filter(|value| value.len() >= SHORTEST)
}

/// The value after the rest of a name: `_hashed": "value"`, `: value`, `=value`.
fn value_at(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-".contains(c));
    let value = text.trim_start_matches(['"', '\'', '\\', ' ', ':', '=']);
    let between = &text[..text.len() - value.len()];
    if !between.contains([':', '=']) {
        return None;
    }
    let value = match value.split_once(' ') {
        Some(("Bearer" | "Basic", rest)) => rest,
        _ => value,
    };
    // In quotes a value may hold blanks and commas.
    let quoted = between.ends_with(['"', '\'']);
    let ends: &[char] =
        if quoted { &['"', '\'', '\\', '\n', '\r'] } else { &['"', '\'', '\\', '\n', '\r', ',', '&', '}', ' '] };
    value.split(ends).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(said: &str, body: &str) -> String {
        let mut cause = Cause::Status { stated: true, messages: vec![said.to_owned()], html: false, excerpt: None };
        let bearer = HeaderValue::from_static("Bearer t0ken-s3cret");
        let mut client = HeaderValue::from_static("cl1ent-s3cret");
        client.set_sensitive(true);
        let secrets = RequestSecrets {
            body: Some(Payload::new("application/json", body.to_owned())),
            bearer: Some(bearer),
            headers: [(HeaderName::from_static("x-client"), client)].into(),
        };
        let mut request_id = Some("of t0ken-s3cret".to_owned());
        secrets.hide(&mut cause, &mut request_id);
        assert_eq!(request_id.as_deref(), Some("of (secret)"));
        match cause {
            Cause::Status { messages, .. } => messages.concat(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_server_repeats_of_a_request_is_hidden() {
        let body = r#"{"client_secret_hashed": "hash-s3cret", "name": "shop", "password":"s3cret, with blanks"}"#;
        assert_eq!(
            shown("no hash-s3cret for shop by Bearer t0ken-s3cret of cl1ent-s3cret: s3cret, with blanks", body),
            "no (secret) for shop by Bearer (secret) of (secret): (secret)"
        );
    }

    #[test]
    fn a_secret_that_is_cut_off_is_hidden_too() {
        let body = r#"{"client_secret": "hash-s3cret"}"#;
        assert_eq!(shown("refused: hash-s3c…", body), "refused: (secret)…");
        assert_eq!(shown("refused: hash", body), "refused: hash");
    }

    #[test]
    fn secrets_are_found_in_documents_of_any_form() {
        for body in [
            "client_secret=abcdefg&x=1",
            "x:\n  client-secret: abcdefg\n",
            "x:\n  'apiKey': 'abcdefg'\n",
            r#"{"body": "{\"password\":\"abcdefg\"}"}"#,
            "authorization: Basic abcdefg",
            r#"--x {"set": "message.headers.authorization", "value": "Bearer abcdefg"}"#,
            r#"--x {"a": {"encoded": true, "value": "abcdefg"}}"#,
        ] {
            assert_eq!(shown("it says abcdefg.", body), "it says (secret).", "{body}");
        }
    }

    #[test]
    fn a_secret_may_hold_quotes() {
        let body = r#"{"password": "ab\"cd\\ef"}"#;
        assert_eq!(shown(r#"wrong: ab"cd\ef"#, body), "wrong: (secret)");
    }

    #[test]
    fn what_people_leave_where_they_like_is_hidden() {
        for body in [
            r#"{"metadata": {"crm": "abcdefg"}}"#,
            r#"{"redirect_endpoints": ["https://u:abcdefg@a.test/"]}"#,
            r#"{"image_endpoint": "https://a.test/?x=1&code=abcdefg"}"#,
            "--x\r\nA: b\r\n\r\n{\"x-ibm-configuration\": {\"execute\": [\"one\\n  abcdefg\"]}}\r\n--x--",
        ] {
            assert_eq!(shown("it says abcdefg.", body), "it says (secret).", "{body}");
        }
    }

    #[test]
    fn other_words_are_passed_on() {
        let body = r#"{"title": "password", "secret": true, "token_url": null, "name": "a secret shop"}"#;
        let said = "the name of a secret shop is taken, true or not";
        assert_eq!(shown(said, body), said);
    }
}
