//! The façade against the recorded facts, one by one, and its switches both ways.

mod catalog_data;
mod consumer_data;
mod faults;
mod login;

use apic_configsync::sandbox::api_connect::{Outcome, handle};
use apic_configsync::sandbox::{Cluster, seed};
use bytes::Bytes;
use serde_json::{Value, json};

const CATALOG: &str = "/api/catalogs/provider/sandbox";
const ORGS: &str = "/api/consumer-orgs/provider/sandbox";
const APPS: &str = "/api/apps/provider/sandbox";

/// A client that is logged in to one cluster.
struct Client {
    cluster: Cluster,
    token: String,
}

impl Client {
    fn new(cluster: Cluster) -> Self {
        let mut client = Self {
            cluster,
            token: String::new(),
        };
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
        client
            .cluster
            .add_app_with(acme, "shop", "shop-id", "shop-secret");
        client
    }

    /// The body of a password login.
    fn credentials(&self) -> Value {
        let variables: std::collections::HashMap<_, _> =
            self.cluster.variables("X", "").into_iter().collect();
        json!({
            "grant_type": "password", "realm": variables["X_REALM"], "username": variables["X_ADMIN_USER"], "password": variables["X_ADMIN_PASSWORD"],
            "client_id": variables["X_TOOLKIT_CREDENTIALS_CLIENTID"], "client_secret": variables["X_TOOLKIT_CREDENTIALS_CLIENTSECRET"],
        })
    }

    fn outcome(&mut self, method: &str, path: &str, body: String) -> Outcome {
        let request = ::http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "mgmt.example.com");
        let request = request
            .header("authorization", format!("Bearer {}", self.token))
            .body(Bytes::from(body))
            .unwrap();
        handle(&mut self.cluster, &request).outcome
    }

    fn send(&mut self, method: &str, path: &str, body: String) -> (u16, Value) {
        let Outcome::Answer(answer) = self.outcome(method, path, body) else {
            return (0, Value::Null);
        };
        (
            answer.status().as_u16(),
            serde_json::from_slice(answer.body()).unwrap_or_default(),
        )
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

/// The names of a listing's rows.
fn names(list: &Value) -> Vec<&str> {
    list["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The first message of an error.
fn message(error: &Value) -> &str {
    error["message"][0].as_str().unwrap()
}
