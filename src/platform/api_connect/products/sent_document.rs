//! The Product's document as it is sent: the author's, byte by byte, but for what names things of the source
//! (api-connect-rest.md section 14.2).

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use crate::{
    engine::{
        catalog::CatalogError,
        change::Bundle,
        model::{Address, Document, Files, address::decode},
    },
    platform::api_connect::{
        products::{documents::DOCUMENT, visibility},
        wire::splice::{SplicedDocument, TopLevelFields},
    },
};

/// Puts in the visibility that the Product shall have, and the APIs by name where the author's entries point elsewhere.
pub(crate) fn rewritten(bytes: &Bytes, product: &Document, package: &Bundle) -> Result<Bytes, CatalogError> {
    let TopLevelFields(fields) = serde_json::from_slice(bytes)
        .map_err(|_| CatalogError::Malformed("the Product's document is no JSON object".into()))?;
    let mut spliced = SplicedDocument::of(bytes);
    for (key, value) in &fields {
        let replacement = match key.as_str() {
            "visibility" => Some(visibility::in_document(&parsed(key, value)?, product)),
            "apis" => apis_by_name(parsed(key, value)?, package)?,
            _ => None,
        };
        if let Some(replacement) = replacement {
            spliced.replace(value, &replacement.to_string());
        }
    }
    if !fields.iter().any(|(key, _)| key == "visibility") {
        let visibility = visibility::in_document(&Value::Null, product);
        spliced.append_field("visibility", &visibility, fields.is_empty());
    }
    Ok(spliced.finish())
}

/// A field of which only a part is replaced. Whole JSON can still be no value, e.g. with half a surrogate pair in it,
/// and to replace it anyhow would lose the rest.
fn parsed(key: &str, raw: &RawValue) -> Result<Value, CatalogError> {
    serde_json::from_str(raw.get())
        .map_err(|_| CatalogError::Malformed(format!("the field {key} of the Product's document cannot be read")))
}

/// The `apis` with names in the place of files and ids; none where they are names already.
fn apis_by_name(apis: Value, package: &Bundle) -> Result<Option<Value>, CatalogError> {
    let Value::Object(apis) = apis else {
        return Ok(None);
    };
    let points_elsewhere = |api: &Value| ["$ref", "id", "url"].iter().any(|key| api.get(key).is_some());
    if !apis.values().any(points_elsewhere) {
        return Ok(None);
    }
    let carried: Vec<String> = package.carried.iter().map(|(address, files)| exact_name(address, files)).collect();
    let mut renamed = Map::new();
    for (key, api) in apis {
        let api = if points_elsewhere(&api) {
            let name = own_name(&api).or_else(|| matching_api(&key, &api, &carried)).ok_or_else(|| {
                CatalogError::Malformed(format!("the Product's document does not say which API its entry {key} is"))
            })?;
            json!({"name": name})
        } else {
            api
        };
        renamed.insert(key, api);
    }
    Ok(Some(renamed.into()))
}

/// The exact `name:version` of what is published, as its own document says it: that is what the server makes of it. An
/// address may have more, which tells namesakes apart.
pub(crate) fn exact_name(address: &Address, files: &Files) -> String {
    let document = files.of_role(DOCUMENT);
    let said = document.and_then(|document| name_in_document(&document.bytes));
    said.unwrap_or_else(|| decode(&address.path))
}

fn name_in_document(document: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct DocumentHead {
        info: Info,
    }
    #[derive(Deserialize)]
    struct Info {
        name: Option<Value>,
        #[serde(rename = "x-ibm-name")]
        ibm_name: Option<Value>,
        version: Option<Value>,
    }
    let Info { name, ibm_name, version } = serde_json::from_slice::<DocumentHead>(document).ok()?.info;
    let name = ibm_name.or(name)?;
    Some(format!("{}:{}", name.as_str()?, version?.as_str()?))
}

fn own_name(api: &Value) -> Option<String> {
    let name = api["name"].as_str()?;
    if name.contains(':') {
        return Some(name.to_owned());
    }
    Some(format!("{name}:{}", api["version"].as_str()?))
}

/// Which of the APIs an entry means by its key or by the name of its file.
fn matching_api(key: &str, api: &Value, carried: &[String]) -> Option<String> {
    let file = api["$ref"].as_str().unwrap_or_default();
    let stem = file.rsplit('/').next().unwrap_or_default();
    let stem = stem.trim_end_matches(".yaml").trim_end_matches(".yml").trim_end_matches(".json");
    let exact = |name: &&String| {
        let forms = [name.replace(':', "_"), name.replace(':', ""), (*name).clone()];
        forms.iter().any(|form| form == stem || form == key)
    };
    let by_name = |name: &&String| name.split(':').next() == Some(key);
    let only = (carried.len() == 1).then(|| carried.first());
    carried.iter().find(exact).or_else(|| carried.iter().find(by_name)).or(only.flatten()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{File, KindId};

    fn product(fields: &Value) -> Document {
        Document::new(fields.as_object().cloned().unwrap_or_default(), None)
    }

    fn carrying(apis: &[&str]) -> Bundle {
        let carried = apis.iter().map(|api| {
            let address = Address::new(KindId(0), &format!("{api} (dev)"));
            let (name, version) = api.split_once(':').unwrap();
            let text = json!({"info": {"x-ibm-name": name, "version": version}}).to_string();
            let document = File::new(DOCUMENT, "api.json", "application/json", text, |_| None);
            (address, Files::new(vec![document]))
        });
        Bundle { own: Files::default(), carried: carried.collect(), replaces: None }
    }

    fn sent(author: &'static str, fields: &Value, apis: &[&str]) -> String {
        let bytes = Bytes::from_static(author.as_bytes());
        let sent = rewritten(&bytes, &product(fields), &carrying(apis)).unwrap();
        String::from_utf8(sent.to_vec()).unwrap()
    }

    #[test]
    fn all_but_the_visibility_stays_byte_by_byte() {
        let author =
            "{ \"z\" : 1.50e3,\n \"visibility\": {\"view\": {\"type\":\"public\",\"tags\":[]}} , \"a\":\"\\u00e9\" }";
        let fields = json!({
            "view": {"type": "custom", "enabled": true},
            "view_orgs": ["acme", "a%2Fb"],
            "view_groups": ["gold"],
        });
        assert_eq!(
            sent(author, &fields, &[]),
            "{ \"z\" : 1.50e3,\n \"visibility\": {\"view\":{\"enabled\":true,\"orgs\":[\"acme\",\"a/b\"],\"tags\":[\"gold\"],\"type\":\"custom\"}} , \"a\":\"\\u00e9\" }"
        );
    }

    #[test]
    fn a_missing_visibility_is_added_and_names_of_the_source_do_not_stay() {
        let view = json!({"view": {"type": "public", "enabled": true}});
        assert_eq!(
            sent("{\"a\": 1 }", &view, &[]),
            "{\"a\": 1 ,\"visibility\":{\"view\":{\"enabled\":true,\"type\":\"public\"}}}"
        );
        let author = "{\"visibility\":{\"view\":{\"orgs\":[\"gone\"],\"type\":\"custom\"}}}";
        assert_eq!(
            sent(author, &view, &[]),
            "{\"visibility\":{\"view\":{\"enabled\":true,\"orgs\":[],\"type\":\"public\"}}}"
        );
    }

    #[test]
    fn apis_are_named() {
        let author = r#"{"visibility":{},"apis":{"calc":{"$ref":"calc_1.0.0.yaml"},"b":{"name":"b:2","id":"x"},"c":{"name":"c:1"}}}"#;
        assert_eq!(
            sent(author, &json!({}), &["b:2", "calc:1.0.0", "c:1"]),
            r#"{"visibility":{},"apis":{"b":{"name":"b:2"},"c":{"name":"c:1"},"calc":{"name":"calc:1.0.0"}}}"#
        );
        let names = r#"{"visibility":{},"apis":{ "c" : {"name":"c:1"} }}"#;
        assert_eq!(sent(names, &json!({}), &[]), names);
        let bytes = Bytes::from_static(br#"{"apis":{"x":{"$ref":"y.yaml"}}}"#);
        let error = rewritten(&bytes, &product(&json!({})), &carrying(&[])).unwrap_err();
        assert!(error.to_string().contains("its entry x"), "{error}");
    }
}
