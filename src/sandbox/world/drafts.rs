//! Products on their way in: held against the rules and against what is there, before anything is written (section 14.2).

use std::collections::HashMap;

use serde_json::Value;

use super::apis::{ApiDraft, wsdl_file};
use super::publishing::Release;
use super::{Cluster, Id, Namespace, Record, Refusal, Visibility, Wsdl};

/// A product that was found to be in order.
pub(super) struct ProductDraft {
    pub(super) namespace: Namespace,
    pub(super) release: Release,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) document: Value,
    pub(super) apis: Vec<ApiDraft>,
    pub(super) visibility: Visibility,
    pub(super) gateway_services: Option<Vec<Id>>,
}

impl ProductDraft {
    /// `name:version`.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.name, self.version)
    }
}

impl Cluster {
    /// Holds the documents against the rules and against what the namespace has.
    pub(super) fn draft(
        &self,
        namespace: Namespace,
        release: Release,
        document: Value,
        apis: Vec<ApiDraft>,
    ) -> Result<ProductDraft, Refusal> {
        let info = |key: &str| {
            let text = document["info"][key].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
                .ok_or_else(|| Refusal::invalid(format!("The product has no 'info.{key}' property.")))
        };
        let (name, version) = (info("name")?, info("version")?);
        let apis = named_apis(&document, apis)?;
        self.no_other_case(namespace, &apis)?;
        let errors = self.missing(namespace, &document, &apis);
        if !errors.is_empty() {
            let message = format!("The product '{name}:{version}' cannot be published.");
            return Err(Refusal::Details { message, errors });
        }
        let visibility = self.visibility_in(namespace.catalog, &document)?;
        Ok(ProductDraft { namespace, release, name, version, document, apis, visibility, gateway_services: None })
    }

    /// API names are unique whatever their case.
    fn no_other_case(&self, namespace: Namespace, apis: &[ApiDraft]) -> Result<(), Refusal> {
        let mut seen: HashMap<String, String> = HashMap::new();
        for api in apis {
            let address = api.address();
            let folded = address.to_lowercase();
            let there = self.apis.keyed(namespace.home(), &folded);
            let there = there.map(Record::address).or_else(|| seen.get(&folded).cloned());
            if let Some(other) = there.filter(|other| *other != address) {
                return Err(Refusal::AlreadyThere(format!(
                    "The API '{address}' cannot be created because the API '{other}' already exists."
                )));
            }
            seen.insert(folded, address);
        }
        Ok(())
    }

    /// Production mode keeps what is there as it is.
    pub(super) fn may_overwrite(&self, draft: &ProductDraft) -> Result<(), Refusal> {
        let catalog = draft.namespace.catalog;
        let lifted =
            self.switches.config_sync_lifts_production_mode && self.is_set(catalog, "config_sync_target_catalog");
        if lifted || !self.is_set(catalog, "production_mode") {
            return Ok(());
        }
        let home = draft.namespace.home();
        let address = draft.address();
        if self.products.named(home, &address).is_some() {
            return Err(production_mode("product", &address));
        }
        for api in &draft.apis {
            let there = self.apis.named(home, &api.address());
            if there.is_some_and(|there| api.changes(there)) {
                return Err(production_mode("API", &api.address()));
            }
        }
        Ok(())
    }
}

fn production_mode(kind: &str, address: &str) -> Refusal {
    Refusal::AlreadyThere(format!(
        "The {kind} '{address}' already exists and cannot be published again because the catalog is in production mode."
    ))
}

/// Joins WSDLs to the API documents that name their files.
pub(super) fn with_wsdls(apis: Vec<Value>, wsdls: &HashMap<String, Wsdl>) -> Result<Vec<ApiDraft>, Refusal> {
    let join = |document: Value| {
        let wsdl = match wsdl_file(&document) {
            None => None,
            Some(file) => Some(wsdls.get(file).cloned().ok_or_else(|| {
                Refusal::invalid(format!("The WSDL file '{file}' that an API refers to was not sent."))
            })?),
        };
        ApiDraft::read(document, wsdl)
    };
    apis.into_iter().map(join).collect()
}

/// The APIs that a product names, in its order; each must have been sent along.
fn named_apis(product: &Value, sent: Vec<ApiDraft>) -> Result<Vec<ApiDraft>, Refusal> {
    let mut sent: HashMap<String, ApiDraft> = sent.into_iter().map(|api| (api.address(), api)).collect();
    let (mut named, mut errors) = (Vec::new(), Vec::new());
    for (key, reference) in product["apis"].as_object().into_iter().flatten() {
        if reference.get("$ref").is_some() {
            errors.push(format!("The API '{key}' must be given by name and not by '$ref'."));
            continue;
        }
        let address = reference["name"].as_str().unwrap_or_default();
        match sent.remove(address) {
            Some(api) => named.push(api),
            None => errors.push(format!("The API '{address}' that the product names was not sent.")),
        }
    }
    if errors.is_empty() {
        return Ok(named);
    }
    let message = "The product cannot be published.".to_owned();
    Err(Refusal::Details { message, errors })
}
