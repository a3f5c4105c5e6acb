//! What no run may ever show: all secrets of the world, and those that were on the wire.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use apic_configsync::{
    engine::report::{Report, json, text},
    sandbox::{
        Cluster, Effect, Fault, SharedCluster,
        world::{Secret, credentials::hash_of},
    },
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// The members of requests whose values are secrets.
const SECRET_MEMBERS: [&str; 4] = ["password", "api_key", "client_secret", "client_secret_hashed"];
/// Words in the names of a document's members whose values are secrets.
const SECRET_WORDS: [&str; 5] = ["password", "secret", "apikey", "private", "bearer"];
/// Anything shorter may stand in a text by chance.
const SHORTEST: usize = 6;
/// The ends of variables' names whose values are secrets.
const SECRET_VARIABLES: [&str; 5] = ["_PASSWORD", "_APIKEY", "_CLIENTSECRET", "MARK_KEY", "MARK_KEY_PREVIOUS"];

/// A growing collection; its clones share it.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<BTreeSet<String>>>);

impl Secrets {
    /// Insists that a text shows none of them.
    #[track_caller]
    pub(crate) fn assert_absent(&self, place: &str, text: &str) {
        let shown = self.shown_in(text);
        assert!(shown.is_empty(), "{place} shows {shown:?}:\n{text}");
    }

    /// Insists that neither a report nor the plan that its run has kept shows any of them.
    pub(crate) fn assert_absent_from(&self, report: &Report, plan_file: Option<PathBuf>) {
        self.assert_absent("the report", &text::render(report));
        self.assert_absent("the report as JSON", &json::render(report).unwrap());
        if let Some(plan) = plan_file.and_then(|path| std::fs::read_to_string(path).ok()) {
            self.assert_absent("the kept plan", &plan);
        }
    }

    fn shown_in(&self, text: &str) -> Vec<String> {
        let known = self.0.lock().unwrap();
        let shown = known.iter().filter(|secret| text.contains(*secret));
        shown.cloned().collect()
    }

    /// Takes in whatever these worlds keep secret now.
    pub(crate) fn learn_worlds(&self, clusters: [&SharedCluster; 2]) {
        for cluster in clusters {
            self.learn_world(&cluster.lock().unwrap());
        }
    }

    /// Takes in whatever the world keeps secret now.
    pub(crate) fn learn_world(&self, cluster: &Cluster) {
        for login in &cluster.logins {
            self.learn(login.password.expose_secret());
            login.api_keys.iter().for_each(|key| self.learn(key.expose_secret()));
        }
        for credential in cluster.credentials.rows_under(cluster.home) {
            self.learn(credential.hash().expose_secret());
            if let Secret::Clear(secret) = &credential.secret {
                self.learn(secret.expose_secret());
            }
        }
        self.learn_variables(cluster.variables("ANY", ""));
        for api in cluster.apis.rows_under(cluster.home) {
            self.learn_document(&api.document);
        }
        for product in cluster.products.rows_under(cluster.home) {
            self.learn_document(&product.document);
        }
    }

    /// Takes in what a document of an API or a Product keeps behind names that speak of secrets.
    fn learn_document(&self, document: &Value) {
        let speaks = |name: &str| {
            let name = name.to_lowercase();
            SECRET_WORDS.iter().any(|word| name.contains(word))
        };
        match document {
            Value::Object(map) => {
                for (name, value) in map {
                    match value.as_str() {
                        Some(text) if speaks(name) => self.learn(text),
                        _ => self.learn_document(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_document(item)),
            _ => {}
        }
    }

    /// Takes in the variables whose values are secrets.
    pub(crate) fn learn_variables(&self, variables: impl IntoIterator<Item = (String, String)>) {
        let is_secret = |name: &str| SECRET_VARIABLES.iter().any(|end| name.ends_with(end));
        for (name, value) in variables {
            if is_secret(&name) {
                self.learn(&value);
            }
        }
    }

    /// Takes in what requests carry from now on. It must be the cluster's first fault: one that strikes ends the search.
    pub(crate) fn watch(&self, cluster: &mut Cluster) {
        let secrets = self.clone();
        let look = move |request: &http::Request<bytes::Bytes>| {
            secrets.learn_request(request);
            false
        };
        cluster.faults.add(Fault::on("*", "", Effect::Reset).when(look));
    }

    /// Takes in what a request carries.
    pub(crate) fn learn_request(&self, request: &http::Request<bytes::Bytes>) {
        let header = request.headers().get(http::header::AUTHORIZATION);
        let header = header.and_then(|value| value.to_str().ok());
        if let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) {
            self.learn(token);
        }
        let body: Option<Value> = serde_json::from_slice(request.body()).ok();
        let body = body.as_ref().and_then(Value::as_object);
        for (_, value) in body.into_iter().flatten().filter(|(name, _)| SECRET_MEMBERS.contains(&name.as_str())) {
            value.as_str().into_iter().for_each(|it| self.learn(it));
        }
    }

    /// A secret, and its hash, which is as good as one.
    pub(crate) fn learn(&self, secret: &str) {
        let mut known = self.0.lock().unwrap();
        if secret.len() >= SHORTEST && known.insert(secret.to_owned()) {
            known.insert(hash_of(secret));
        }
    }
}

#[test]
fn what_the_world_and_the_wire_know_is_found() {
    use apic_configsync::sandbox::{api_connect::handle, seed};
    let secrets = Secrets::default();
    let mut cluster = seed::small().0;
    secrets.learn_world(&cluster);
    secrets.watch(&mut cluster);
    let request = http::Request::post("/api/token").header("Authorization", "Bearer the-token");
    let body = r#"{"password": "the-password"}"#;
    let _ = handle(&mut cluster, &request.body(body.into()).unwrap());
    for secret in [
        "the-token",
        "the-password",
        "alice-shop-secret",
        "toolkit-secret-of-1",
        "api-key-of-1",
        "password-of-1",
        &hash_of("bob-mobile-new-secret"),
    ] {
        let shown = secrets.shown_in(&format!("so: {secret}."));
        assert!(shown.contains(&secret.to_owned()), "{secret} is not found");
    }
    assert!(secrets.shown_in("nothing of that kind").is_empty());
}
