//! The verbs with which tests build and change products, APIs and what these refer to.

use serde_json::{Map, Value, json};

use super::apis::{ApiDraft, api_type, title};
use super::build::{found, sure};
use super::fields::HeadFields;
use super::publishing::Release;
use super::{
    Api, ApiUserRegistry, Audience, Cluster, GatewayService, Head, Id, Namespace, OauthProvider, Product,
    TlsClientProfile, Wsdl,
};
use crate::sandbox::switches::Metadata;

impl Cluster {
    /// Puts a product with the plans (name, approval) and one API of the same name into the home catalog, published.
    pub fn add_product(&mut self, name: &str, version: &str, plans: &[(&str, bool)]) -> Id {
        let product = product_document(name, version, plans, &[&format!("{name}:{version}")]);
        self.publish_in(None, product, vec![(api_document(name, version), None)])
    }

    /// Puts a product and its APIs into the home catalog, or into one of its spaces, published as its document says.
    ///
    /// What is there already under the same `name:version` is overwritten, so products share APIs. Neither approvals
    /// nor production mode nor `spaces_enabled` are asked.
    pub fn publish_in(&mut self, space: Option<Id>, product: Value, apis: Vec<(Value, Option<Wsdl>)>) -> Id {
        let namespace = self.namespace(space);
        let read = |(document, wsdl)| sure(ApiDraft::read(document, wsdl));
        let apis = apis.into_iter().map(read).collect();
        let draft = sure(self.draft(namespace, Release::Publish, product, apis));
        sure(self.put_product(draft, false))
    }

    /// Puts a product into the home catalog, published, as its document says, with APIs that are there.
    pub fn add_product_document(&mut self, document: Value, apis: Vec<Id>) -> Id {
        let rows = apis.into_iter().map(|api| self.apis[api].clone());
        let sent: Vec<_> = rows.map(|api| (api.document, api.wsdl)).collect();
        self.publish_in(None, document, sent)
    }

    /// Puts a small REST API into the home catalog, online, without a product.
    pub fn add_api(&mut self, name: &str, version: &str) -> Id {
        let namespace = self.namespace(None);
        let draft = sure(ApiDraft::read(api_document(name, version), None));
        let services = self.gateway_services.under(namespace.home()).to_vec();
        let api = sure(self.put_api(namespace, draft, &services));
        self.bring_online(&[api]);
        api
    }

    /// Edits a product's document as if it had been published again; who may see the product stays as it is.
    pub fn change_product_document(&mut self, product: Id, edit: impl FnOnce(&mut Value)) {
        self.change::<Product>(product, |row| {
            edit(&mut row.document);
            row.head.title = title(&row.document, &row.head.name);
        });
    }

    /// Edits an API's document as if it had been published again.
    pub fn change_api_document(&mut self, api: Id, edit: impl FnOnce(&mut Value)) {
        self.change::<Api>(api, |row| {
            edit(&mut row.document);
            row.head.title = title(&row.document, &row.head.name);
            row.api_type = api_type(&row.document);
        });
    }

    /// Gives a product any state, whatever the lifecycle says; retiring it drops its subscriptions.
    pub fn set_product_state(&mut self, product: Id, state: &str) {
        let mut row = found(self.products.get(product), "to change").clone();
        self.enter(&mut row, state);
        self.put(row);
    }

    /// Gives an API any state.
    pub fn set_api_state(&mut self, api: Id, state: &str) {
        self.change::<Api>(api, |row| state.clone_into(&mut row.state));
    }

    /// Says who may see a product and who may subscribe to it.
    pub fn set_visibility(&mut self, product: Id, view: Audience, subscribe: Audience) {
        self.change::<Product>(product, |row| {
            row.visibility.view = view;
            row.visibility.subscribe = subscribe;
        });
    }

    /// Adds a gateway service to the home catalog.
    pub fn add_gateway_service(&mut self, name: &str) -> Id {
        self.add_gateway_service_in(None, name)
    }

    /// Adds a gateway service to the home catalog or one of its spaces.
    pub fn add_gateway_service_in(&mut self, space: Option<Id>, name: &str) -> Id {
        let head = self.configured_head(name);
        let Namespace { catalog, space } = self.namespace(space);
        self.gateway_services.insert(GatewayService {
            head,
            catalog,
            space,
            gateway_type: "datapower-api-gateway".to_owned(),
        })
    }

    /// Removes a gateway service; what was published to it still names it.
    pub fn remove_gateway_service(&mut self, service: Id) {
        self.gateway_services.remove(service);
    }

    /// Adds an OAuth provider to the home catalog or one of its spaces.
    pub fn add_oauth_provider(&mut self, space: Option<Id>, name: &str) -> Id {
        let head = self.configured_head(name);
        let Namespace { catalog, space } = self.namespace(space);
        self.oauth_providers.insert(OauthProvider { head, catalog, space })
    }

    /// Adds a TLS client profile to the home catalog or one of its spaces.
    pub fn add_tls_client_profile(&mut self, space: Option<Id>, name: &str, version: &str) -> Id {
        let head = self.configured_head(name);
        let Namespace { catalog, space } = self.namespace(space);
        self.tls_client_profiles.insert(TlsClientProfile { head, catalog, space, version: version.to_owned() })
    }

    /// Adds a user registry for APIs to the home catalog or one of its spaces.
    pub fn add_api_user_registry(&mut self, space: Option<Id>, name: &str) -> Id {
        let head = self.configured_head(name);
        let Namespace { catalog, space } = self.namespace(space);
        self.api_user_registries.insert(ApiUserRegistry { head, catalog, space })
    }

    /// Adds a billing integration.
    pub fn add_billing(&mut self, name: &str) {
        self.stamp();
        self.billings.insert(name.to_owned());
    }

    fn namespace(&self, space: Option<Id>) -> Namespace {
        Namespace { catalog: self.home, space }
    }

    fn configured_head(&mut self, name: &str) -> Head {
        let head = sure(self.head(&HeadFields::named(name), Metadata::Ignored));
        self.stamp();
        head
    }
}

/// The document of a small REST API, enforced by the gateway.
#[must_use]
pub fn api_document(name: &str, version: &str) -> Value {
    json!({
        "swagger": "2.0",
        "info": {"x-ibm-name": name, "title": name, "version": version},
        "basePath": format!("/{name}"),
        "x-ibm-configuration": {"enforced": true, "gateway": "datapower-api-gateway", "type": "rest"},
        "paths": {"/": {"get": {"responses": {"200": {"description": "success"}}}}},
    })
}

/// The document of a product with the plans (name, approval) and APIs (`name:version`), open to everyone.
#[must_use]
pub fn product_document(name: &str, version: &str, plans: &[(&str, bool)], apis: &[&str]) -> Value {
    let plans: Map<String, Value> =
        plans.iter().map(|(plan, approval)| ((*plan).to_owned(), plan_document(plan, *approval))).collect();
    let apis: Map<String, Value> = apis.iter().map(|api| (api.replace(':', ""), json!({"name": api}))).collect();
    json!({
        "product": "1.0.0",
        "info": {"name": name, "title": name, "version": version},
        "gateways": ["datapower-api-gateway"],
        "plans": plans,
        "apis": apis,
        "visibility": {
            "view": {"type": "public", "enabled": true},
            "subscribe": {"type": "authenticated", "enabled": true},
        },
    })
}

fn plan_document(name: &str, approval: bool) -> Value {
    let title = format!("{} Plan", name[..1].to_uppercase() + &name[1..]);
    json!({"title": title, "description": title, "approval": approval, "rate-limits": {"default": {"value": "100/1hour"}}})
}
