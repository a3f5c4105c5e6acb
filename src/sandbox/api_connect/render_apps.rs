//! Apps, credentials and subscriptions in the shape of the recorded ones.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::list::Shape;
use super::render::{Render, urls};
use super::urls::View;
use crate::sandbox::switches::ListedHash;
use crate::sandbox::world::{App, Credential, Id, Secret, Subscription};

/// An org as it is embedded elsewhere.
fn embedded_org(org: Id, view: View<'_>) -> Option<Value> {
    let row = view.cluster.consumer_orgs.get(org)?;
    let url = view.consumer_org(row.catalog, org);
    Some(json!({"id": org.to_string(), "name": row.head.name, "title": row.head.title, "url": url}))
}

/// The tasks that an object waits for, as far as the server names them there.
pub(super) fn task_urls(tasks: &[Id], catalog: Id, view: View<'_>) -> Vec<String> {
    let tasks = tasks.iter().filter(|_| view.cluster.switches.task_urls);
    tasks.map(|task| view.in_catalog(catalog, "tasks", *task)).collect()
}

impl Render for App {
    const TYPE: &'static str = "app";
    const OPTIONAL: &'static [&'static str] = &[
        "lifecycle_state_pending",
        "application_public_certificate_entry",
        "image_endpoint",
        "application_type_url",
        "task_urls",
    ];
    const EXPANDS: &'static [&'static str] = &["credentials", "consumer_org"];
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let url = view.app(self.catalog, self.org, self.head.id);
        let mut credentials =
            urls(view.cluster.credentials.under(self.head.id), |id| format!("{url}/credentials/{id}"));
        if let [only] = credentials.as_slice() {
            // The recorded server names the one credential of an app twice (section 11).
            credentials.push(only.clone());
        }
        let tasks = task_urls(&self.tasks, self.catalog, view);
        json!({
            "state": self.state, "lifecycle_state": self.lifecycle_state, "lifecycle_state_pending": self.lifecycle_state_pending,
            "app_credential_urls": credentials, "redirect_endpoints": self.redirect_endpoints,
            "application_public_certificate_entry": self.certificate, "image_endpoint": self.image_endpoint,
            "task_urls": (!tasks.is_empty()).then_some(tasks), "catalog_url": view.catalog(self.catalog),
            "consumer_org_url": view.consumer_org(self.catalog, self.org), "url": url,
        })
    }
    fn extra(&self, name: &str, view: View<'_>) -> Option<Value> {
        match name {
            "consumer_org" => embedded_org(self.org, view),
            "credentials" => {
                let app = view.app(self.catalog, self.org, self.head.id);
                let rows = view.cluster.credentials.rows_under(self.head.id);
                let trimmed = rows.map(|row| {
                    let id = row.head.id;
                    json!({"id": id.to_string(), "name": row.head.name, "title": row.head.title, "client_id": row.client_id, "url": format!("{app}/credentials/{id}")})
                });
                Some(trimmed.collect())
            }
            _ => None,
        }
    }
}

/// An app as it is embedded elsewhere.
fn embedded_app(app: Id, view: View<'_>) -> Option<Value> {
    let row = view.cluster.apps.get(app)?;
    let url = view.app(row.catalog, row.org, app);
    Some(json!({"id": app.to_string(), "name": row.head.name, "title": row.head.title, "url": url}))
}

impl Render for Credential {
    const TYPE: &'static str = "credential";
    const OPTIONAL: &'static [&'static str] = &["client_secret_hashed"];
    const EXPANDS: &'static [&'static str] = &["app", "consumer_org"];
    fn fields(&self, view: View<'_>, shape: &Shape) -> Value {
        let switches = &view.cluster.switches;
        let listed = match switches.listed_hash {
            ListedHash::Always => true,
            ListedHash::OnRequest => shape.asks_for("client_secret_hashed"),
            ListedHash::Never => false,
        };
        let hash =
            (switches.readable_hash && (listed || !shape.in_list)).then(|| self.hash().expose_secret().to_owned());
        let clear = match &self.secret {
            Secret::Clear(secret) if switches.readable_secret => {
                Some(switches.secret_mask.unwrap_or(secret.expose_secret()).to_owned())
            }
            _ => None,
        };
        let app = view.app(self.catalog, self.org, self.app);
        json!({
            "client_id": self.client_id, "client_secret_hashed": hash, "client_secret": clear, "catalog_url": view.catalog(self.catalog),
            "consumer_org_url": view.consumer_org(self.catalog, self.org), "url": format!("{app}/credentials/{}", self.head.id), "app_url": app,
        })
    }
    fn extra(&self, name: &str, view: View<'_>) -> Option<Value> {
        match name {
            "app" => embedded_app(self.app, view),
            "consumer_org" => embedded_org(self.org, view),
            _ => None,
        }
    }
}

impl Render for Subscription {
    const TYPE: &'static str = "subscription";
    const OPTIONAL: &'static [&'static str] = &["product_url", "mcp_server_url"];
    const EXPANDS: &'static [&'static str] = &["product", "app", "consumer_org"];
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let app = view.app(self.catalog, self.org, self.app);
        let server = self.mcp_server.as_ref();
        let product = || view.in_catalog(self.catalog, "products", self.product);
        let server_url = |it: &String| {
            let catalog = view.catalog(self.catalog);
            format!("{catalog}/mcp-servers/{}", it.replacen(':', "/", 1))
        };
        json!({
            "state": self.state, "product_url": server.is_none().then(product), "mcp_server_url": server.map(server_url), "plan": self.plan,
            "plan_title": self.plan_title, "task_urls": task_urls(&self.tasks, self.catalog, view),
            "catalog_url": view.catalog(self.catalog), "consumer_org_url": view.consumer_org(self.catalog, self.org),
            "url": format!("{app}/subscriptions/{}", self.head.id), "app_url": app,
        })
    }
    fn extra(&self, name: &str, view: View<'_>) -> Option<Value> {
        let product = view.cluster.products.get(self.product)?;
        match name {
            "app" => embedded_app(self.app, view),
            "consumer_org" => embedded_org(self.org, view),
            "product_version" => Some(json!(product.version)),
            "product" => Some(json!({
                "id": self.product.to_string(), "name": product.head.name, "version": product.version, "title": product.head.title,
                "url": view.in_catalog(self.catalog, "products", self.product),
            })),
            _ => None,
        }
    }
}
