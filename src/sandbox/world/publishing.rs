//! Publishing and staging (section 14.2): a product arrives together with the APIs that it names.

use std::collections::HashMap;

use serde_json::Value;

use super::apis::title;
use super::drafts::{ProductDraft, with_wsdls};
use super::fields::HeadFields;
use super::{Cluster, GatewayService, Id, Namespace, Product, Refusal, Subject, Visibility, Wsdl};
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

impl Cluster {
    /// Publishes or stages a product with its APIs, all of it or nothing.
    pub fn publish(&mut self, publication: Publication) -> Result<Id, Refusal> {
        self.takes_products(publication.namespace)?;
        let apis = with_wsdls(publication.apis, &publication.wsdls)?;
        let mut draft = self.draft(publication.namespace, publication.release, publication.product, apis)?;
        draft.gateway_services = publication.gateway_services;
        self.may_overwrite(&draft)?;
        let approval = self.publication_needs_approval(publication.namespace.catalog);
        self.put_product(draft, approval)
    }

    /// With spaces, products go into spaces only (section 3.2).
    fn takes_products(&self, namespace: Namespace) -> Result<(), Refusal> {
        match (self.is_set(namespace.catalog, "spaces_enabled"), namespace.space) {
            (true, None) => {
                Err(Refusal::invalid("Products cannot be published to the catalog because spaces are enabled in it."))
            }
            (false, Some(_)) => Err(Refusal::invalid(
                "Products cannot be published to the space because spaces are not enabled in the catalog.",
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn publication_needs_approval(&self, catalog: Id) -> bool {
        let settings = &self.catalogs[catalog].settings;
        let approvals = settings.get("product_lifecycle_approvals").and_then(Value::as_array);
        approvals.is_some_and(|list| list.iter().any(|step| step == "publish"))
    }

    /// Puts a product and its APIs where they belong, over those that have their addresses.
    pub(super) fn put_product(&mut self, draft: ProductDraft, approval: bool) -> Result<Id, Refusal> {
        let address = draft.address();
        let there = self.products.named(draft.namespace.home(), &address).cloned();
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
        row.head.summary = draft.document["info"]["summary"].as_str().map(str::to_owned);
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
        Ok(Product {
            head: self.head(&HeadFields::named(&draft.name), Metadata::Ignored)?,
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
            self.subscriptions.change(subscription, |row| row.product = new);
        }
        for other in self.products.under(catalog).to_vec() {
            self.products.change(other, |row| {
                let links = [&mut row.superseded_by, &mut row.migration_target];
                for link in links.into_iter().flatten().filter(|link| link.product == old) {
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
        let fits =
            |service: &&GatewayService| types.is_none_or(|types| types.iter().any(|it| *it == service.gateway_type));
        let services = self.gateway_services.rows_under(draft.namespace.home()).filter(fits);
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
