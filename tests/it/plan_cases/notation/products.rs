//! What the notation knows of Products and APIs: lists of references, documents, and what comes without a line.
//!
//! ```text
//! product shop:1 apis=pets:1,toys:1 view=custom view_orgs=acme gateways=east superseded_by=shop:2 doc=A
//! api pets:1 doc={"x":1} wsdl=W state=offline oauth=provider
//! ```
//!
//! * A Product is `published` in the space `main`, an API is `online`, unless they say otherwise (`space=-`: in none).
//! * `apis`, `view_orgs`, `view_groups`, `subscribe_orgs`, `subscribe_groups`, `gateways`, `oauth`, `tls`, `registries`:
//!   lists of what lines name, separated by commas. All but the APIs and the organizations are there without a line.
//! * `doc=V`: the document `{"v": V}`; without it the thing is `unread`. `wsdl=W`: a document of its own that is compared
//!   byte by byte.

use apic_configsync::{
    engine::model::{
        File, Files, KindId,
        kind::{Reference, ReferenceKind},
    },
    platform::api_connect::{
        API_USER_REGISTRIES, APIS, GATEWAY_SERVICES, GROUPS, KINDS, OAUTH_PROVIDERS, PRODUCTS, SPACES,
        TLS_CLIENT_PROFILES,
    },
};
use serde_json::{Value, json};

use super::{Line, Places, field_value};

/// The words for the kinds around Products.
pub(super) fn kind(word: &str) -> Option<KindId> {
    Some(match word {
        "product" => PRODUCTS,
        "api" => APIS,
        "space" => SPACES,
        "group" => GROUPS,
        "gateway" => GATEWAY_SERVICES,
        "oauth" => OAUTH_PROVIDERS,
        "tls" => TLS_CLIENT_PROFILES,
        "api_registry" => API_USER_REGISTRIES,
        _ => return None,
    })
}

fn word(of: KindId) -> Option<&'static str> {
    let words = ["space", "group", "gateway", "oauth", "tls", "api_registry"];
    words.into_iter().find(|word| kind(word) == Some(of))
}

/// The field that an option stands for.
fn field(option: &str) -> &str {
    match option {
        "gateways" => "gateway_services",
        "oauth" => "oauth_providers",
        "tls" => "tls_client_profiles",
        "registries" => "api_user_registries",
        other => other,
    }
}

fn reference(of: KindId, option: &str) -> Option<&'static Reference> {
    let mut references = KINDS.row(of).references.iter();
    references.find(|reference| reference.field == field(option))
}

/// Whatever a line names and needs no line of its own.
pub(super) fn implied(line: &Line) -> Vec<Line> {
    let mut lines = Vec::new();
    if line.kind() == PRODUCTS {
        lines.push(Line::plain("space", line.option("space").unwrap_or("main")));
    }
    for (option, value) in &line.options {
        let named = matches!(line.kind(), PRODUCTS | APIS).then(|| reference(line.kind(), option)).flatten();
        let Some(word) = named.and_then(|reference| word(reference.kind)) else {
            continue;
        };
        let paths = value.split(',').filter(|path| !path.is_empty());
        lines.extend(paths.map(|path| Line::plain(word, path)));
    }
    lines.retain(|line| line.path != "-");
    lines
}

/// What stands in the document of a Product or an API unless its line says otherwise.
pub(super) fn defaults(places: &Places, line: &Line) -> Vec<(&'static str, Value)> {
    match line.kind() {
        PRODUCTS => vec![("state", "published".into()), ("space", places.at(SPACES, "main").as_str().into())],
        APIS => vec![("state", "online".into()), ("folded_name", line.path.to_lowercase().into())],
        _ => Vec::new(),
    }
}

/// The field that an option stands for, and its value: handles in the place of names, but names where only the document
/// tells.
pub(super) fn option(places: &Places, line: &Line, option: &str, value: &str) -> (String, Value) {
    let Some(reference) = reference(line.kind(), option) else {
        return (option.to_owned(), field_value(value));
    };
    let handle = |name: &str| Value::from(places.at(reference.kind, name).as_str());
    let names = value.split(',').filter(|name| !name.is_empty());
    let value = match reference.bond {
        _ if value == "-" => Value::Null,
        ReferenceKind::NeedsAll if line.kind() == APIS => names.map(Value::from).collect(),
        ReferenceKind::NeedsAll | ReferenceKind::NeedsAny { .. } | ReferenceKind::Carries => {
            names.map(handle).collect()
        }
        ReferenceKind::Needs | ReferenceKind::LivesBy | ReferenceKind::Link { .. } => handle(value),
    };
    (reference.field.to_owned(), value)
}

/// Whether a document has still to be read.
pub(super) fn is_unread(line: &Line) -> bool {
    matches!(line.kind(), PRODUCTS | APIS) && line.option("doc").is_none()
}

pub(super) fn files(line: &Line) -> Files {
    let mut files = Vec::new();
    if let Some(text) = line.option("doc") {
        files.push(document(&line.path, text));
    }
    if let Some(text) = line.option("wsdl") {
        files.push(File::new("wsdl", format!("{}.wsdl", line.path), "application/wsdl", text.to_owned(), |_| None));
    }
    Files::new(files)
}

fn document(path: &str, text: &str) -> File {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    File::new("document", format!("{path}.json"), "application/json", json!({ "v": value }).to_string(), |bytes| {
        serde_json::from_slice(bytes).ok()
    })
}
