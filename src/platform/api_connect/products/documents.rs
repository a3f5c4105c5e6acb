//! Reading the documents of Products and APIs, as their authors published them (api-connect-rest.md sections 14.1 and
//! 15).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, value::RawValue};

use crate::{
    engine::{
        catalog::CatalogError,
        model::{File, Files, Resource, Side, address::decode},
    },
    http::{Cause, HttpError},
    platform::api_connect::{
        kinds::{api, product},
        products::{
            api_dependencies::ApiDependencies,
            normal_form,
            versioned::{self, PublishedKind},
            visibility,
        },
        reader::ApiConnect,
    },
};

/// The role of the document itself,
pub(crate) const DOCUMENT: &str = "document";
/// and that of the WSDL that belongs to a SOAP API.
pub(crate) const WSDL: &str = "wsdl";
/// The members of documents whose values are shown where they differ: what everybody may read who looks for an API or a Product.
pub(crate) const SHOWN: [&str; 14] = [
    "info",
    "plans",
    "visibility",
    "tags",
    "swagger",
    "openapi",
    "product",
    "basePath",
    "host",
    "schemes",
    "consumes",
    "produces",
    "gateways",
    "x-ibm-name",
];

const JSON: &str = "application/json";

/// Reads a Product's document, which lists do not show.
pub(crate) async fn complete_product(reader: &ApiConnect, listed: &Resource) -> Result<Resource, CatalogError> {
    let bytes = document(reader, &product::PUBLISHED, listed).await?;
    let mut read = listed.clone();
    read.unread = false;
    let said = content(listed, &bytes)?;
    if reader.side == Side::Source {
        read.document = read.document.with(visibility::visibility_in_document(&said, &listed.document));
    }
    let file = File::new(DOCUMENT, "product.json", JSON, bytes, normal_form::product);
    read.files = Files::new(vec![file]);
    Ok(read)
}

/// Reads an API's document and WSDL, which lists do not show, and what the document names.
pub(crate) async fn complete_api(reader: &ApiConnect, listed: &Resource) -> Result<Resource, CatalogError> {
    let bytes = document(reader, &api::PUBLISHED, listed).await?;
    let mut read = listed.clone();
    read.unread = false;
    let content = content(&read, &bytes)?;
    let wsdl = wsdl_name(&content);
    let named = ApiDependencies::of(&content);
    let json = format!("{}.json", file_name(&read));
    let mut files = vec![File::new(DOCUMENT, json, JSON, bytes, normal_form::api)];
    if let Some(name) = wsdl {
        files.extend(read_wsdl(reader, &read, name).await?);
    }
    read.files = Files::new(files);
    read.document = read.document.with([
        (api::OAUTH.to_owned(), named.oauth_providers),
        (api::TLS.to_owned(), named.tls_client_profiles),
        (api::REGISTRIES_OF.to_owned(), named.user_registries),
    ]);
    Ok(read)
}

/// Parses a document. Whole JSON can still be no value: half a surrogate pair, a number beyond all doubles, more levels
/// than anybody writes. To carry it all the same would lose what it refers to.
fn content(thing: &Resource, bytes: &Bytes) -> Result<Value, CatalogError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let name = decode(thing.name.text());
        let (line, column) = (error.line(), error.column());
        CatalogError::Malformed(format!(
            "the document of {name} cannot be read as JSON from line {line}, column {column}, on: half a surrogate pair, a \
             number too large, or nested too deeply"
        ))
    })
}

/// `calc_1.0.0`, which is also what the vendor's tools call such files. The address may tell namesakes apart by their
/// space; the key has that in front.
fn file_name(thing: &Resource) -> String {
    let name = decode(thing.key().rsplit('/').next().unwrap_or_default());
    name.replace(['/', '\\', ':'], "_")
}

async fn document(reader: &ApiConnect, kind: &PublishedKind, thing: &Resource) -> Result<Bytes, CatalogError> {
    let object = versioned::path(reader, kind, &thing.handle);
    let bytes = reader.client.get_json_bytes(&format!("{object}/document"), &[]).await;
    match bytes {
        Ok(bytes) => Ok(bytes),
        // Whoever says so: the object itself is asked for next.
        Err(error) if error.status == Some(404) => embedded(reader, kind, thing, &object).await,
        Err(error) => Err(unreadable(thing, error)),
    }
}

/// Releases without the path give the document inside the object, where it is asked for.
async fn embedded(
    reader: &ApiConnect,
    kind: &PublishedKind,
    thing: &Resource,
    path: &str,
) -> Result<Bytes, CatalogError> {
    let field = kind.embedded_document;
    let asked = format!("add({field})");
    let query = [("fields", asked.as_str())];
    let bytes = match reader.client.get_json_bytes(path, &query).await {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => {
            return Err(CatalogError::Changed("it has vanished since it was listed".into()));
        }
        Err(error) => return Err(unreadable(thing, error)),
    };
    let fields: std::collections::HashMap<String, &RawValue> = serde_json::from_slice(&bytes).unwrap_or_default();
    let document = fields.get(field).filter(|raw| raw.get().starts_with('{'));
    document.map(|raw| bytes.slice_ref(raw.get().as_bytes())).ok_or_else(|| {
        CatalogError::Malformed(format!("the server shows no document of {}", decode(thing.name.text())))
    })
}

fn unreadable(thing: &Resource, error: HttpError) -> CatalogError {
    if matches!(error.cause, Cause::NotJson { .. }) {
        let name = decode(thing.name.text());
        return CatalogError::Malformed(format!("the document of {name} is no JSON: {error}"));
    }
    error.into()
}

/// The name that the WSDL's file must have, where the API has one (section 14.2).
enum WsdlName {
    /// As the API's document says.
    Fixed(String),
    /// It does not say.
    Free,
}

fn wsdl_name(api: &Value) -> Option<WsdlName> {
    let configuration = &api["x-ibm-configuration"];
    let definition = &configuration["wsdl-definition"];
    let name = definition["wsdl"].as_str().filter(|name| !name.is_empty());
    let is_soap = definition.is_object() || configuration["type"] == "wsdl";
    name.map(|name| WsdlName::Fixed(name.to_owned())).or_else(|| is_soap.then_some(WsdlName::Free))
}

async fn read_wsdl(reader: &ApiConnect, api: &Resource, name: WsdlName) -> Result<Option<File>, CatalogError> {
    let path = format!("{}/wsdl", versioned::path(reader, &api::PUBLISHED, &api.handle));
    let body = match reader.client.get(&path, &[]).await {
        Ok(answer) => answer.body,
        // Some have a definition and no file.
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (content, said) = unwrap_content(body)
        .ok_or_else(|| CatalogError::Malformed(format!("the server's answer at {path} holds no WSDL")))?;
    let media_type = media_type(&content, said.as_deref());
    let file = |name: String| File::new(WSDL, name, media_type, content, |_| None);
    Ok(Some(match name {
        WsdlName::Fixed(name) => file(name).named_by_document(),
        WsdlName::Free => file(format!("{}.wsdl", file_name(api))),
    }))
}

/// The file as it is, or in JSON with its media type (section 15).
fn unwrap_content(body: Bytes) -> Option<(Bytes, Option<String>)> {
    let Ok(Value::Object(wrapped)) = serde_json::from_slice(&body) else {
        return (!body.is_empty()).then_some((body, None));
    };
    let content = wrapped.get("content")?.as_str()?;
    let packed: String = content.split_ascii_whitespace().collect();
    let content = STANDARD.decode(packed).ok()?;
    let said = wrapped.get("content_type").and_then(Value::as_str);
    Some((content.into(), said.map(str::to_owned)))
}

fn media_type(content: &[u8], said: Option<&str>) -> String {
    const KNOWN: [&str; 3] = ["application/wsdl", "application/wsdl+xml", "text/xml"];
    if content.starts_with(b"PK") {
        return "application/zip".into();
    }
    let known = said.filter(|said| KNOWN.contains(said));
    known.unwrap_or(KNOWN[0]).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wsdl_comes_raw_or_wrapped() {
        let raw = unwrap_content(Bytes::from_static(b"<definitions/>")).unwrap();
        assert_eq!(raw, (Bytes::from_static(b"<definitions/>"), None));
        let wrapped = json!({"content": "PGRlZmlu\naXRpb25zLz4=", "content_type": "text/xml"});
        let wrapped = unwrap_content(wrapped.to_string().into()).unwrap();
        assert_eq!(wrapped, (raw.0, Some("text/xml".to_owned())));
        assert_eq!(unwrap_content(Bytes::from_static(b"{}")), None);
        assert_eq!(unwrap_content(Bytes::new()), None);
    }

    #[test]
    fn a_zip_is_known_by_its_beginning() {
        assert_eq!(media_type(b"PK\x03\x04", Some("application/wsdl")), "application/zip");
        assert_eq!(media_type(b"<a/>", Some("text/xml")), "text/xml");
        assert_eq!(media_type(b"<a/>", Some("text/html")), "application/wsdl");
    }

    #[test]
    fn the_definition_names_the_file() {
        let of = |configuration: Value| match wsdl_name(&json!({"x-ibm-configuration": configuration})) {
            Some(WsdlName::Fixed(name)) => Some(name),
            Some(WsdlName::Free) => Some(String::new()),
            None => None,
        };
        assert_eq!(of(json!({"wsdl-definition": {"wsdl": "calc.wsdl"}})).as_deref(), Some("calc.wsdl"));
        assert_eq!(of(json!({"type": "wsdl"})).as_deref(), Some(""));
        assert_eq!(of(json!({"type": "rest"})), None);
    }
}
