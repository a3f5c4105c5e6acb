//! Who may see a Product and who may subscribe to it: `visibility` of the server, and the fields that are compared
//! (api-connect-rest.md section 14.1).

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        catalog::{CatalogError, Places},
        model::{
            Document, KindId,
            address::{decode, encode},
        },
    },
    platform::api_connect::{
        kinds::{CONSUMER_ORGS, GROUPS, product},
        wire::{object::Object, routes::handle_in},
        writer::ApiConnectTarget,
    },
};

/// One part of a visibility.
struct VisibilityPart {
    /// The server's key, which is the document's field too.
    name: &'static str,
    orgs: &'static str,
    groups: &'static str,
    /// Its type where the server does not say.
    usual: &'static str,
}

const PARTS: [VisibilityPart; 2] = [
    VisibilityPart { name: product::VIEW, orgs: product::VIEW_ORGS, groups: product::VIEW_GROUPS, usual: "public" },
    VisibilityPart {
        name: product::SUBSCRIBE,
        orgs: product::SUBSCRIBE_ORGS,
        groups: product::SUBSCRIBE_GROUPS,
        usual: "authenticated",
    },
];

/// The document's fields that make up the visibility.
pub(crate) const FIELDS: [&str; 6] = [
    product::VIEW,
    product::VIEW_ORGS,
    product::VIEW_GROUPS,
    product::SUBSCRIBE,
    product::SUBSCRIBE_ORGS,
    product::SUBSCRIBE_GROUPS,
];

const CUSTOM: &str = "custom";

/// The fields of a Product's visibility, with handles for those whom it names. Lists mean something to a custom one
/// only.
pub(crate) fn fields(product: &Object) -> Map<String, Value> {
    let mut fields = Map::new();
    let visibility = product.object("visibility").unwrap_or_default();
    for part in &PARTS {
        let Some(said) = visibility.object(part.name) else {
            continue;
        };
        let sort = said.text("type").unwrap_or(part.usual);
        let enabled = said.flag("enabled").unwrap_or(true);
        if sort == CUSTOM {
            fields.insert(part.orgs.into(), handles(&said, "org_urls").into());
            fields.insert(part.groups.into(), handles(&said, "group_urls").into());
        }
        fields.insert(part.name.into(), json!({"type": sort, "enabled": enabled}));
    }
    fields
}

/// Fills in what a server most likely means that does not say it.
pub(crate) fn fill_in(fields: &mut Map<String, Value>) {
    for part in &PARTS {
        let usual = || json!({"type": part.usual, "enabled": true});
        fields.entry(part.name).or_insert_with(usual);
    }
}

/// The fields that a list has left out, as the Product's own document says them, which names whom it means by name;
/// else what is usual.
pub(crate) fn visibility_in_document(document: &Value, listed: &Document) -> Vec<(String, Value)> {
    let known = listed.fields();
    let mut fields = Vec::new();
    for part in PARTS.iter().filter(|part| !known.contains_key(part.name)) {
        let said = &document["visibility"][part.name];
        let sort = said["type"].as_str().unwrap_or(part.usual);
        let enabled = said["enabled"].as_bool().unwrap_or(true);
        if sort == CUSTOM {
            let groups = ["groups", "tags"].map(|word| addresses(&said[word]));
            fields.push((part.orgs.to_owned(), addresses(&said["orgs"]).into()));
            fields.push((part.groups.to_owned(), groups.concat().into()));
        }
        let said = json!({"type": sort, "enabled": enabled});
        fields.push((part.name.to_owned(), said));
    }
    fields
}

fn addresses(names: &Value) -> Vec<Value> {
    let names = names.as_array().into_iter().flatten();
    let mut names: Vec<String> = names.filter_map(Value::as_str).map(encode).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(Value::from).collect()
}

fn handles(said: &Object, field: &str) -> Vec<Value> {
    let mut handles: Vec<String> = said
        .texts(field)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|url| handle_in(url, 1))
        .map(|handle| handle.as_str().to_owned())
        .collect();
    handles.sort_unstable();
    handles.dedup();
    handles.into_iter().map(Value::from).collect()
}

/// The fields as a Product of the target shall have them, with its handles for those whom they name.
///
/// # Errors
/// `MissingOnTarget` where a custom part would lose all whom it names: it would hide the Product from everybody.
pub(crate) fn wanted(document: &Document, places: &Places<'_>) -> Result<Map<String, Value>, CatalogError> {
    let all = document.fields();
    let mut fields = Map::new();
    for part in PARTS.iter().filter(|part| all.contains_key(part.name)) {
        fields.insert(part.name.into(), all[part.name].clone());
        if !is_custom(&all[part.name]) {
            continue;
        }
        let (orgs, groups) = (found(&all, part.orgs, CONSUMER_ORGS, places), found(&all, part.groups, GROUPS, places));
        let named = texts(&all, part.orgs).len() + texts(&all, part.groups).len();
        if named > 0 && orgs.is_empty() && groups.is_empty() {
            return Err(CatalogError::MissingOnTarget(format!(
                "its {} visibility names only organizations and groups that are not on the target",
                part.name
            )));
        }
        fields.insert(part.orgs.into(), orgs.into());
        fields.insert(part.groups.into(), groups.into());
    }
    Ok(fields)
}

fn found(fields: &Map<String, Value>, field: &str, kind: KindId, places: &Places<'_>) -> Vec<Value> {
    let mut handles: Vec<String> = texts(fields, field)
        .into_iter()
        .filter_map(|path| places.handle(kind, path))
        .map(|handle| handle.as_str().to_owned())
        .collect();
    handles.sort_unstable();
    handles.into_iter().map(Value::from).collect()
}

/// The body's `visibility`, from wanted fields.
pub(crate) fn body(target: &ApiConnectTarget, wanted: &Map<String, Value>) -> Value {
    let site = &target.reader.paths;
    let mut body = Map::new();
    for part in PARTS.iter().filter(|part| wanted.contains_key(part.name)) {
        let mut said = wanted[part.name].as_object().cloned().unwrap_or_default();
        if is_custom(&wanted[part.name]) {
            let orgs = texts(wanted, part.orgs).into_iter();
            let orgs = orgs.map(|org| Value::from(target.url(&site.consumer_org(org))));
            let groups = texts(wanted, part.groups).into_iter();
            let groups = groups.map(|group| Value::from(target.url(&site.consumer_group(group))));
            said.insert("org_urls".into(), orgs.collect());
            said.insert("group_urls".into(), groups.collect());
        }
        body.insert(part.name.into(), said.into());
    }
    body.into()
}

/// The `visibility` of a Product's own document, which names organizations and groups by their names: the author's,
/// with what the catalog's Product has made of it.
pub(crate) fn in_document(author: &Value, document: &Document) -> Value {
    let all = document.fields();
    let mut visibility = author.as_object().cloned().unwrap_or_default();
    for part in PARTS.iter().filter(|part| all.contains_key(part.name)) {
        let mut said = visibility.get(part.name).and_then(Value::as_object).cloned().unwrap_or_default();
        said.extend(all[part.name].as_object().cloned().unwrap_or_default());
        let custom = is_custom(&all[part.name]);
        // Releases differ in what they call groups; an author's own word is understood.
        let groups = ["groups", "tags"].into_iter().find(|word| said.contains_key(*word));
        for (word, field) in [("orgs", part.orgs), (groups.unwrap_or("groups"), part.groups)] {
            let names = texts(&all, field).into_iter().filter(|_| custom);
            let names: Vec<Value> = names.map(|path| last_part(path).into()).collect();
            if !names.is_empty() || said.contains_key(word) {
                said.insert(word.into(), names.into());
            }
        }
        visibility.insert(part.name.into(), said.into());
    }
    visibility.into()
}

fn is_custom(part: &Value) -> bool {
    part["type"] == CUSTOM
}

fn texts<'a>(fields: &'a Map<String, Value>, field: &str) -> Vec<&'a str> {
    let list = fields.get(field).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn last_part(path: &str) -> String {
    decode(path.rsplit('/').next().unwrap_or_default())
}
