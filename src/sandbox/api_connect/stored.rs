//! What a server makes of the values that it is sent before it stores them: it may trim, cut, fold or ignore them.

use serde_json::{Map, Value};

use super::body::Body;
use crate::sandbox::switches::Switches;
use crate::sandbox::world::Refusal;

/// The fields that hold texts which people wrote.
const TEXTS: [&str; 8] = [
    "name",
    "title",
    "summary",
    "email",
    "first_name",
    "last_name",
    "image_endpoint",
    "application_public_certificate_entry",
];

/// What is taken of a request.
pub(super) fn taken(body: Body, method: &str, switches: &Switches) -> Result<Body, Refusal> {
    let ignored = match method {
        "PATCH" => switches.ignored_on_patch,
        "POST" => switches.ignored_on_post,
        _ => return Ok(body),
    };
    if method == "PATCH" && switches.renames_refused && body.get("name").is_some() {
        return Err(Refusal::invalid("The name property cannot be changed."));
    }
    Ok(body.with(|fields| {
        if let Some(ignored) = ignored {
            ignore(fields, ignored);
        }
        change_texts(fields, switches);
        if let Some(email) = fields.get_mut("email").filter(|_| switches.emails_lowered) {
            *email = email.as_str().map_or(Value::Null, |email| email.to_lowercase().into());
        }
        let endpoints = fields.get_mut("redirect_endpoints").and_then(Value::as_array_mut);
        if let Some(endpoints) = endpoints.filter(|_| switches.endpoints_sorted) {
            endpoints.sort_by_cached_key(Value::to_string);
        }
    }))
}

fn ignore(fields: &mut Map<String, Value>, path: &str) {
    match path.split_once('/') {
        None => drop(fields.remove(path)),
        Some((field, key)) => {
            if let Some(Value::Object(map)) = fields.get_mut(field) {
                map.remove(key);
            }
        }
    }
}

fn change_texts(fields: &mut Map<String, Value>, switches: &Switches) {
    for field in TEXTS {
        if let Some(Value::String(text)) = fields.get_mut(field) {
            change_text(text, switches);
        }
    }
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        for value in metadata.values_mut() {
            if let Value::String(text) = value {
                change_text(text, switches);
            }
        }
    }
}

fn change_text(text: &mut String, switches: &Switches) {
    if switches.texts_trimmed {
        *text = text.trim().to_owned();
    }
    let cut = switches.texts_cut;
    if let Some((at, _)) = cut.and_then(|most| text.char_indices().nth(most)) {
        text.truncate(at);
    }
}
