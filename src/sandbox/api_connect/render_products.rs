//! Products, APIs and what they refer to in the shape of the recorded ones.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::list::Shape;
use super::render::{Render, urls};
use super::render_configured::configured;
use super::urls::View;
use crate::sandbox::switches::LifecycleLinks;
use crate::sandbox::world::{
    Api, ApiUserRegistry, Audience, GatewayService, Id, Link, OauthProvider, Product, TlsClientProfile,
};

impl Render for Product {
    const TYPE: &'static str = "product";
    const OPTIONAL: &'static [&'static str] = &["superseded_by"];
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let mut fields = json!({
            "version": self.version, "state": self.state, "scope": scope(self.space), "gateway_types": self.document["gateways"],
            "api_urls": urls(&self.apis, |api| view.in_catalog(self.catalog, "apis", api)),
            "gateway_service_urls": configured::<GatewayService>(&self.gateway_services, view), "oauth_provider_urls": providers(self, view),
            "visibility": {
                "view": audience(&self.visibility.view, self.catalog, view),
                "subscribe": audience(&self.visibility.subscribe, self.catalog, view),
            },
            "task_urls": super::render_apps::task_urls(&self.tasks, self.catalog, view),
            "space_url": self.space.map(|space| view.beside_catalog(self.catalog, "spaces", space)),
            "catalog_url": view.catalog(self.catalog), "url": view.in_catalog(self.catalog, "products", self.head.id),
        });
        put_link(&mut fields, "superseded_by", self.superseded_by.as_ref(), view);
        put_link(&mut fields, "migration_target", self.migration_target.as_ref(), view);
        fields
    }
    fn extra(&self, name: &str, view: View<'_>) -> Option<Value> {
        match name {
            "catalog_product" => Some(self.document.clone()),
            "subscription_urls" => {
                let rows = view.cluster.subscriptions.rows_under(self.head.id);
                let url = |app: String, id: Id| format!("{app}/subscriptions/{id}");
                Some(rows.map(|row| url(view.app(row.catalog, row.org, row.app), row.head.id)).collect())
            }
            _ => None,
        }
    }
}

pub(super) fn scope(space: Option<Id>) -> &'static str {
    if space.is_some() { "space" } else { "catalog" }
}

/// The OAuth providers of all APIs of a product.
fn providers(product: &Product, view: View<'_>) -> Vec<String> {
    let apis = product.apis.iter().filter_map(|api| view.cluster.apis.get(*api));
    let mut ids: Vec<Id> = apis.flat_map(|api| view.cluster.references(api).oauth_providers).collect();
    ids.sort_unstable();
    ids.dedup();
    configured::<OauthProvider>(&ids, view)
}

/// Lists that are empty are left out, as in the recorded product; what was deleted is not shown any more.
fn audience(audience: &Audience, catalog: Id, view: View<'_>) -> Value {
    let world = view.cluster;
    let mut fields = json!({"type": audience.kind, "enabled": audience.enabled});
    let orgs = audience.orgs.iter().filter(|id| world.consumer_orgs.get(**id).is_some());
    let orgs: Vec<String> = orgs.map(|id| view.consumer_org(catalog, *id)).collect();
    if !orgs.is_empty() {
        fields["org_urls"] = orgs.into();
    }
    let groups = audience.groups.iter().filter(|id| world.groups.get(**id).is_some());
    let groups: Vec<String> = groups.map(|id| view.beside_catalog(catalog, "consumer-groups", *id)).collect();
    if !groups.is_empty() {
        fields["group_urls"] = groups.into();
    }
    fields
}

fn put_link(fields: &mut Value, name: &str, link: Option<&Link>, view: View<'_>) {
    let product = link.and_then(|link| Some((link, view.cluster.products.get(link.product)?)));
    let Some((link, product)) = product else {
        return;
    };
    let url = view.in_catalog(product.catalog, "products", product.head.id);
    match view.cluster.switches.lifecycle_links {
        LifecycleLinks::Objects => {
            fields[name] = json!({"product_url": url, "plans": link.plans});
        }
        LifecycleLinks::Urls => fields[format!("{name}_url")] = url.into(),
        LifecycleLinks::Hidden => {}
    }
}

impl Render for Api {
    const TYPE: &'static str = "api";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let specification = if self.document.get("openapi").is_some() { "openapi3" } else { "openapi2" };
        let gateway = self.document["x-ibm-configuration"]["gateway"].as_str();
        let names = view.cluster.references(self);
        json!({
            "api_type": self.api_type, "version": self.version, "state": self.state, "scope": scope(self.space),
            "gateway_type": gateway.unwrap_or("datapower-api-gateway"),
            "oai_version": specification, "document_specification": specification,
            "base_paths": self.base_paths(), "enforced": self.enforced(),
            "user_registry_urls": configured::<ApiUserRegistry>(&names.user_registries, view),
            "oauth_provider_urls": configured::<OauthProvider>(&names.oauth_providers, view),
            "tls_client_profile_urls":
                configured::<TlsClientProfile>(&names.tls_client_profiles, view),
            "extension_urls": [], "policy_urls": [], "gateway_service_urls": configured::<GatewayService>(&self.gateway_services, view),
            "space_url": self.space.map(|space| view.beside_catalog(self.catalog, "spaces", space)),
            "catalog_url": view.catalog(self.catalog), "url": view.in_catalog(self.catalog, "apis", self.head.id),
        })
    }
    fn extra(&self, name: &str, _: View<'_>) -> Option<Value> {
        match name {
            "api" | "catalog_api" => Some(self.document.clone()),
            "wsdl" => self
                .wsdl
                .as_ref()
                .map(|it| json!({"content": STANDARD.encode(&it.content), "content_type": it.content_type})),
            _ => None,
        }
    }
}
