//! The façade against the recorded facts, one by one, and its switches both ways.

mod catalog_data;
mod configured;
mod consumer_data;
mod faults;
mod lifecycle;
mod login;
mod product_worlds;
mod publishing;
mod references;
mod republishing;

use apic_configsync::sandbox::api_connect::{Outcome, handle};
use apic_configsync::sandbox::{Cluster, seed};
use bytes::Bytes;
use serde_json::{Value, json};

const CATALOG: &str = "/api/catalogs/provider/sandbox";
const ORGS: &str = "/api/consumer-orgs/provider/sandbox";
const APPS: &str = "/api/apps/provider/sandbox";
const JSON: &str = "application/json";

/// A client that is logged in to one cluster.
struct Client {
    cluster: Cluster,
    token: String,
}

impl Client {
    fn new(cluster: Cluster) -> Self {
        let mut client = Self { cluster, token: String::new() };
        let body = client.credentials();
        let answer = client.post("/api/token", &body);
        let token = answer.1["access_token"].as_str().unwrap_or_default();
        token.clone_into(&mut client.token);
        client
    }

    /// The target of the bare pair, on which hashes may be written.
    fn bare() -> Self {
        Self::new(seed::pair().1)
    }

    /// The same with the consumer org `acme`, owned by `alice`, and the app `shop` in it.
    fn with_shop() -> Self {
        let mut client = Self::bare();
        let alice = client.cluster.add_user("sandbox-catalog", "alice");
        let acme = client.cluster.add_org("acme", alice);
        client.cluster.add_app_with(acme, "shop", "shop-id", "shop-secret");
        client
    }

    /// The body of a password login.
    fn credentials(&self) -> Value {
        let variables: std::collections::HashMap<_, _> = self.cluster.variables("X", "").into_iter().collect();
        json!({
            "grant_type": "password", "realm": variables["X_REALM"], "username": variables["X_ADMIN_USER"], "password": variables["X_ADMIN_PASSWORD"],
            "client_id": variables["X_TOOLKIT_CREDENTIALS_CLIENTID"], "client_secret": variables["X_TOOLKIT_CREDENTIALS_CLIENTSECRET"],
        })
    }

    fn outcome(&mut self, method: &str, path: &str, body: String) -> Outcome {
        self.typed("application/json", method, path, body)
    }

    fn typed(&mut self, content_type: &str, method: &str, path: &str, body: String) -> Outcome {
        let request = ::http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "mgmt.example.com")
            .header("content-type", content_type);
        let request =
            request.header("authorization", format!("Bearer {}", self.token)).body(Bytes::from(body)).unwrap();
        handle(&mut self.cluster, &request).outcome
    }

    fn send(&mut self, method: &str, path: &str, body: String) -> (u16, Value) {
        read(self.outcome(method, path, body))
    }

    /// Sends a form of parts: name, file name, content type, content.
    fn form(&mut self, path: &str, parts: &[(&str, &str, &str, String)]) -> (u16, Value) {
        let part = |(name, file, content_type, content): &(&str, &str, &str, String)| {
            format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {content_type}\r\n\r\n{content}\r\n"
            )
        };
        let body = parts.iter().map(part).collect::<String>() + "--edge--\r\n";
        read(self.typed("multipart/form-data; boundary=edge", "POST", path, body))
    }

    /// Publishes (or stages) a product with its APIs to a path.
    fn publish(&mut self, path: &str, product: &Value, apis: &[Value]) -> (u16, Value) {
        let mut parts = vec![("product", "product.json", JSON, product.to_string())];
        parts.extend(apis.iter().map(|api| ("openapi", "api.json", JSON, api.to_string())));
        self.form(path, &parts)
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        self.send("GET", path, String::new())
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, body.to_string())
    }

    fn patch(&mut self, path: &str, body: &Value) -> (u16, Value) {
        self.send("PATCH", path, body.to_string())
    }

    fn delete(&mut self, path: &str) -> (u16, Value) {
        self.send("DELETE", path, String::new())
    }
}

fn read(outcome: Outcome) -> (u16, Value) {
    let Outcome::Answer(answer) = outcome else {
        return (0, Value::Null);
    };
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

/// The names of a listing's rows.
fn names(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The first message of an error.
fn message(error: &Value) -> &str {
    error["message"][0].as_str().unwrap()
}
