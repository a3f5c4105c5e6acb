//! Publishing and staging (section 14.2): a product arrives together with the APIs that it names.

use std::collections::HashMap;

use serde_json::Value;

use super::apis::{ApiDraft, title, wsdl_file};
use super::fields::{Field, HeadFields};
use super::{
    Cluster, GatewayService, Id, Namespace, Product, Record, Refusal, Subject, Visibility, Wsdl,
};
use crate::sandbox::switches::Metadata;

/// How far a product is to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Into the catalog, invisible to consumers.
    Stage,
    /// To the consumers.
    Publish,
}

/// What a client sends to publish or stage a product.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Where to.
    pub namespace: Namespace,
    /// How far.
    pub release: Release,
    /// The product's document.
    pub product: Value,
    /// The documents of its APIs.
    pub apis: Vec<Value>,
    /// WSDLs by file name.
    pub wsdls: HashMap<String, Wsdl>,
    /// The gateway services it goes to; all that fit where none are given.
    pub gateway_services: Option<Vec<Id>>,
}

/// A product that was found to be in order.
pub(super) struct ProductDraft {
    namespace: Namespace,
    release: Release,
    name: String,
    version: String,
    document: Value,
    apis: Vec<ApiDraft>,
    visibility: Visibility,
    gateway_services: Option<Vec<Id>>,
}

impl Cluster {
    /// Publishes or stages a product with its APIs, all of it or nothing.
    pub fn publish(&mut self, publication: Publication) -> Result<Id, Refusal> {
        self.takes_products(publication.namespace)?;
        let apis = with_wsdls(publication.apis, &publication.wsdls)?;
        let mut draft = self.draft(
            publication.namespace,
            publication.release,
            publication.product,
            apis,
        )?;
        draft.gateway_services = publication.gateway_services;
        self.may_overwrite(&draft)?;
        let approval = self.publication_needs_approval(publication.namespace.catalog);
        self.put_product(draft, approval)
    }

    /// With spaces, products go into spaces only (section 3.2).
    fn takes_products(&self, namespace: Namespace) -> Result<(), Refusal> {
        match (
            self.is_set(namespace.catalog, "spaces_enabled"),
            namespace.space,
        ) {
            (true, None) => Err(Refusal::invalid(
                "Products cannot be published to the catalog because spaces are enabled in it.",
            )),
            (false, Some(_)) => Err(Refusal::invalid(
                "Products cannot be published to the space because spaces are not enabled in the catalog.",
            )),
            _ => Ok(()),
        }
    }

    /// Holds the documents against the rules and against what the namespace has.
    pub(super) fn draft(
        &self,
        namespace: Namespace,
        release: Release,
        document: Value,
        apis: Vec<ApiDraft>,
    ) -> Result<ProductDraft, Refusal> {
        let info = |key: &str| {
            let text = document["info"][key]
                .as_str()
                .filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| {
                Refusal::invalid(format!("The product has no 'info.{key}' property."))
            })
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
        Ok(ProductDraft {
            namespace,
            release,
            name,
            version,
            document,
            apis,
            visibility,
            gateway_services: None,
        })
    }

    /// API names are unique whatever their case.
    fn no_other_case(&self, namespace: Namespace, apis: &[ApiDraft]) -> Result<(), Refusal> {
        let mut seen: HashMap<String, String> = HashMap::new();
        for api in apis {
            let address = api.address();
            let folded = address.to_lowercase();
            let there = self.apis.keyed(namespace.home(), &folded);
            let there = there
                .map(Record::address)
                .or_else(|| seen.get(&folded).cloned());
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
    fn may_overwrite(&self, draft: &ProductDraft) -> Result<(), Refusal> {
        let catalog = draft.namespace.catalog;
        let lifted = self.switches.config_sync_lifts_production_mode
            && self.is_set(catalog, "config_sync_target_catalog");
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

    pub(super) fn publication_needs_approval(&self, catalog: Id) -> bool {
        let settings = &self.catalogs[catalog].settings;
        let approvals = settings
            .get("product_lifecycle_approvals")
            .and_then(Value::as_array);
        approvals.is_some_and(|list| list.iter().any(|step| step == "publish"))
    }

    /// Puts a product and its APIs where they belong, over those that have their addresses.
    pub(super) fn put_product(
        &mut self,
        draft: ProductDraft,
        approval: bool,
    ) -> Result<Id, Refusal> {
        let address = draft.address();
        let there = self
            .products
            .named(draft.namespace.home(), &address)
            .cloned();
        let mut row = match there {
            Some(there) => self.successor(there),
            None => self.new_product(&draft)?,
        };
        let services = self.services_for(&draft);
        let mut apis = Vec::new();
        for api in draft.apis {
            apis.push(self.put_api(draft.namespace, api, &services)?);
        }
        let enforced = apis.iter().any(|api| self.apis[*api].enforced());
        row.head.title = title(&draft.document, &draft.name);
        row.head.summary = draft.document["info"]["summary"]
            .as_str()
            .map(str::to_owned);
        row.gateway_services = if enforced { services } else { Vec::new() };
        row.document = draft.document;
        row.visibility = draft.visibility;
        row.apis = apis;
        self.release(&mut row, draft.release, approval);
        let id = row.head.id;
        self.stamp();
        row.head.updated_at = self.clock.now();
        self.products.remove(id);
        self.products.insert(row);
        Ok(id)
    }

    fn new_product(&mut self, draft: &ProductDraft) -> Result<Product, Refusal> {
        let fields = HeadFields {
            summary: Field::Absent,
            ..HeadFields::named(&draft.name)
        };
        Ok(Product {
            head: self.head(&fields, Metadata::Ignored)?,
            catalog: draft.namespace.catalog,
            space: draft.namespace.space,
            version: draft.version.clone(),
            state: "staged".to_owned(),
            document: Value::Null,
            visibility: Visibility::default(),
            apis: Vec::new(),
            gateway_services: Vec::new(),
            superseded_by: None,
            migration_target: None,
            tasks: Vec::new(),
        })
    }

    /// The product that is there, as the one that takes its place begins.
    fn successor(&mut self, mut row: Product) -> Product {
        if !self.switches.republish_keeps_metadata {
            row.head.metadata = None;
        }
        if !self.switches.republish_keeps_id {
            let old = row.head.id;
            self.products.remove(old);
            row.head.id = self.next_id();
            self.repoint(row.catalog, old, row.head.id);
        }
        row
    }

    /// Turns what referred to one product to another one.
    fn repoint(&mut self, catalog: Id, old: Id, new: Id) {
        for subscription in self.subscriptions.under(old).to_vec() {
            self.subscriptions
                .change(subscription, |row| row.product = new);
        }
        for other in self.products.under(catalog).to_vec() {
            self.products.change(other, |row| {
                let links = [&mut row.superseded_by, &mut row.migration_target];
                for link in links
                    .into_iter()
                    .flatten()
                    .filter(|link| link.product == old)
                {
                    link.product = new;
                }
            });
        }
        for task in self.tasks.under(catalog).to_vec() {
            self.tasks.change(task, |row| {
                if row.subject == Subject::Product(old) {
                    row.subject = Subject::Product(new);
                }
            });
        }
    }

    /// All gateway services of the namespace whose type the document names, unless some were asked for.
    fn services_for(&self, draft: &ProductDraft) -> Vec<Id> {
        if let Some(asked) = &draft.gateway_services {
            return asked.clone();
        }
        let types = draft.document["gateways"].as_array();
        let fits = |service: &&GatewayService| {
            types.is_none_or(|types| types.iter().any(|it| *it == service.gateway_type))
        };
        let services = self
            .gateway_services
            .rows_under(draft.namespace.home())
            .filter(fits);
        services.map(|service| service.head.id).collect()
    }

    /// The state after publishing or staging; nothing that consumers see is taken back from them.
    fn release(&mut self, row: &mut Product, release: Release, approval: bool) {
        let open = matches!(row.state.as_str(), "published" | "deprecated");
        let reopens = row.state != "deprecated" || self.switches.republish_reopens_deprecated;
        match release {
            Release::Publish if row.state == "pending" => {}
            Release::Publish if open && !reopens => self.bring_online(&row.apis),
            Release::Publish if approval && !open => self.ask_for_approval(row),
            Release::Publish => self.enter(row, "published"),
            Release::Stage if open => self.bring_online(&row.apis),
            Release::Stage if row.state == "pending" => {}
            Release::Stage => "staged".clone_into(&mut row.state),
        }
    }
}

impl ProductDraft {
    fn address(&self) -> String {
        format!("{}:{}", self.name, self.version)
    }
}

fn production_mode(kind: &str, address: &str) -> Refusal {
    Refusal::AlreadyThere(format!(
        "The {kind} '{address}' already exists and cannot be published again because the catalog is in production mode."
    ))
}

/// Joins WSDLs to the API documents that name their files.
fn with_wsdls(apis: Vec<Value>, wsdls: &HashMap<String, Wsdl>) -> Result<Vec<ApiDraft>, Refusal> {
    let join = |document: Value| {
        let wsdl = match wsdl_file(&document) {
            None => None,
            Some(file) => Some(wsdls.get(file).cloned().ok_or_else(|| {
                Refusal::invalid(format!(
                    "The WSDL file '{file}' that an API refers to was not sent."
                ))
            })?),
        };
        ApiDraft::read(document, wsdl)
    };
    apis.into_iter().map(join).collect()
}

/// The APIs that a product names, in its order; each must have been sent along.
fn named_apis(product: &Value, sent: Vec<ApiDraft>) -> Result<Vec<ApiDraft>, Refusal> {
    let mut sent: HashMap<String, ApiDraft> =
        sent.into_iter().map(|api| (api.address(), api)).collect();
    let (mut named, mut errors) = (Vec::new(), Vec::new());
    for (key, reference) in product["apis"].as_object().into_iter().flatten() {
        if reference.get("$ref").is_some() {
            errors.push(format!(
                "The API '{key}' must be given by name and not by '$ref'."
            ));
            continue;
        }
        let address = reference["name"].as_str().unwrap_or_default();
        match sent.remove(address) {
            Some(api) => named.push(api),
            None => errors.push(format!(
                "The API '{address}' that the product names was not sent."
            )),
        }
    }
    if errors.is_empty() {
        return Ok(named);
    }
    let message = "The product cannot be published.".to_owned();
    Err(Refusal::Details { message, errors })
}
