//! APIs (section 15): what their documents say, and how they come into a catalog or space and change there.

use serde_json::Value;

use super::fields::HeadFields;
use super::{Api, Cluster, Id, Namespace, Refusal, Wsdl};
use crate::sandbox::switches::Metadata;

/// An API on its way into a namespace.
#[derive(Debug, Clone)]
pub(super) struct ApiDraft {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) document: Value,
    pub(super) wsdl: Option<Wsdl>,
}

impl ApiDraft {
    /// The API that a document describes; its name is `info.x-ibm-name` (section 14.2).
    pub(super) fn read(document: Value, wsdl: Option<Wsdl>) -> Result<Self, Refusal> {
        let info = |key: &str| {
            let text = document["info"][key].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
                .ok_or_else(|| Refusal::invalid(format!("The API document has no 'info.{key}' property.")))
        };
        Ok(Self { name: info("x-ibm-name")?, version: info("version")?, document, wsdl })
    }

    /// `name:version`.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.name, self.version)
    }

    /// Whether the API that is there would be another one afterwards.
    pub(super) fn changes(&self, there: &Api) -> bool {
        self.document != there.document || self.wsdl != there.wsdl
    }

    fn put_into(self, row: &mut Api) {
        row.api_type = api_type(&self.document);
        row.head.title = title(&self.document, &self.name);
        row.document = self.document;
        row.wsdl = self.wsdl;
    }
}

/// The file that a SOAP API's document names, which must be that of a `wsdl` part (section 14.2).
pub(super) fn wsdl_file(document: &Value) -> Option<&str> {
    document["x-ibm-configuration"]["wsdl-definition"]["wsdl"].as_str()
}

pub(super) fn api_type(document: &Value) -> String {
    let named = document["x-ibm-configuration"]["type"].as_str();
    named.unwrap_or("rest").to_owned()
}

pub(super) fn title(document: &Value, name: &str) -> String {
    document["info"]["title"].as_str().unwrap_or(name).to_owned()
}

impl Api {
    /// Whether a gateway enforces it, `x-ibm-configuration.enforced`; otherwise it is there for the portal only.
    #[must_use]
    pub fn enforced(&self) -> bool {
        self.document["x-ibm-configuration"]["enforced"].as_bool() != Some(false)
    }

    /// The document's `basePath`, or the paths of its `servers` where it is of version 3.
    #[must_use]
    pub fn base_paths(&self) -> Vec<String> {
        if let Some(path) = self.document["basePath"].as_str() {
            return vec![path.to_owned()];
        }
        let servers = self.document["servers"].as_array();
        let urls = servers.into_iter().flatten().filter_map(|server| server["url"].as_str());
        urls.map(path_of).collect()
    }
}

fn path_of(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    rest.find('/').map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned())
}

impl Cluster {
    /// Makes an API, or overwrites the one that has its address.
    pub(super) fn put_api(
        &mut self,
        namespace: Namespace,
        draft: ApiDraft,
        gateway_services: &[Id],
    ) -> Result<Id, Refusal> {
        let there = self.apis.named(namespace.home(), &draft.address());
        let mut row = match there.cloned() {
            Some(mut row) => {
                if !self.switches.republish_keeps_metadata {
                    row.head.metadata = None;
                }
                row
            }
            None => self.new_api(namespace, &draft)?,
        };
        draft.put_into(&mut row);
        row.gateway_services = if row.enforced() { gateway_services.to_vec() } else { Vec::new() };
        let id = row.head.id;
        if self.apis.get(id).is_some() {
            self.put(row);
        } else {
            self.stamp();
            self.apis.insert(row);
        }
        Ok(id)
    }

    fn new_api(&mut self, namespace: Namespace, draft: &ApiDraft) -> Result<Api, Refusal> {
        Ok(Api {
            head: self.head(&HeadFields::named(&draft.name), Metadata::Ignored)?,
            catalog: namespace.catalog,
            space: namespace.space,
            version: draft.version.clone(),
            state: "staged".to_owned(),
            api_type: String::new(),
            document: Value::Null,
            wsdl: None,
            gateway_services: Vec::new(),
        })
    }

    /// Changes an API's state or metadata.
    pub fn change_api(&mut self, api: Id, head: &HeadFields) -> Result<(), Refusal> {
        let mut row = self.apis[api].clone();
        let metadata = HeadFields { metadata: head.metadata.clone(), ..HeadFields::default() };
        self.change_head(&mut row.head, &metadata, self.switches.metadata.apis)?;
        match head.state.as_deref() {
            None => {}
            Some(state @ ("online" | "offline")) => state.clone_into(&mut row.state),
            Some(other) => {
                return Err(Refusal::invalid(format!("The state '{other}' is not allowed for an API.")));
            }
        }
        self.put(row);
        Ok(())
    }
}
