//! Products and APIs at the edge: what is sent to a server of API Connect, and what is made of its answers.

mod changing;
mod reading;
mod sending;

use std::collections::HashMap;
use std::sync::Arc;

use apic_configsync::{
    config::{Config, Environment, FlagValues},
    engine::{
        catalog::{TargetLookup, Writer},
        change::{Bundle, Change, ChildMade, FieldChange, MetadataWrite, NewObject},
        model::{Address, Document, File, Files, Handle, KindId, Mark},
    },
    http::{RetryPolicy, SocketOptions, Sockets},
    platform::{
        self, Access, Carriers, Catalogs,
        api_connect::{GATEWAY_SERVICES, PRODUCTS},
    },
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A server with the catalogs `s` and `t` of the organization `o`.
struct Edge {
    server: MockServer,
    variables: Vec<(&'static str, &'static str)>,
}

impl Edge {
    async fn new() -> Self {
        let edge = Self { server: MockServer::start().await, variables: Vec::new() };
        // What it does not know it says in the API's own words.
        let unknown = json!({"status": 404, "message": ["not found"]});
        Mock::given(any())
            .respond_with(ResponseTemplate::new(404).set_body_json(unknown))
            .with_priority(u8::MAX)
            .mount(&edge.server)
            .await;
        let token = json!({"access_token": "t0ken", "expires_in": 28800});
        edge.on("POST", "/token", 200, token).await;
        for catalog in ["s", "t"] {
            let own = format!("/catalogs/o/{catalog}");
            let object = json!({"id": format!("{catalog}-id"), "name": catalog});
            edge.on("GET", &own, 200, object).await;
            let registries = format!("{own}/configured-catalog-user-registries");
            edge.on("GET", &registries, 200, list(&[])).await;
        }
        edge
    }

    /// An edge whose catalogs have these settings.
    async fn with_settings(source: Value, target: Value) -> Self {
        let edge = Self::new().await;
        edge.on("GET", "/catalogs/o/s/settings", 200, source).await;
        edge.on("GET", "/catalogs/o/t/settings", 200, target).await;
        edge
    }

    /// An edge that lacks nothing.
    async fn ready() -> Self {
        let settings = json!({"hash_client_secret": true, "config_sync_target_catalog": true});
        Self::with_settings(settings.clone(), settings).await
    }

    async fn on(&self, verb: &str, place: &str, status: u16, body: Value) {
        self.answer(verb, place, ResponseTemplate::new(status).set_body_json(body)).await;
    }

    async fn answer(&self, verb: &str, place: &str, answer: ResponseTemplate) {
        Mock::given(method(verb)).and(path(format!("/api{place}"))).respond_with(answer).mount(&self.server).await;
    }

    /// Answers once; whatever was mounted for the same request before comes afterwards.
    async fn once(&self, verb: &str, place: &str, status: u16, body: Value) {
        Mock::given(method(verb))
            .and(path(format!("/api{place}")))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .up_to_n_times(1)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    fn url(&self, place: &str) -> String {
        format!("{}/api{place}", self.server.uri())
    }

    fn config(&self) -> Config {
        let mut variables: HashMap<String, String> = HashMap::new();
        for (side, catalog) in [("SOURCE", "s"), ("TARGET", "t")] {
            let login = [
                ("MGMT_SERVER", self.url("")),
                ("ORG", "o".to_owned()),
                ("CATALOG", catalog.to_owned()),
                ("ADMIN_APIKEY", "k3y".to_owned()),
                ("TOOLKIT_CREDENTIALS_CLIENTID", "id".to_owned()),
                ("TOOLKIT_CREDENTIALS_CLIENTSECRET", "hush".to_owned()),
            ];
            variables.extend(login.map(|(name, value)| (format!("{side}_{name}"), value)));
        }
        let set = self.variables.iter();
        variables.extend(set.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let environment: Environment = variables.into_iter().collect();
        let table = platform::kinds();
        let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
        Config::load(&environment, &FlagValues::default(), &kinds).unwrap().0
    }

    async fn access(&self) -> Access {
        let sockets = Arc::new(Sockets::new(&SocketOptions::default()).unwrap());
        let carriers =
            Carriers { source: sockets.clone().into(), target: sockets.into(), retry: RetryPolicy::instant() };
        let (now, stop) = ("2026-01-18T08:00:00Z".parse().unwrap(), CancellationToken::new());
        platform::connect(platform::DEFAULT, &self.config(), &carriers, now, (&stop, None)).await
    }

    async fn catalogs(&self) -> Catalogs {
        self.access().await.catalogs.unwrap()
    }

    async fn target(&self) -> Arc<dyn Writer> {
        self.catalogs().await.target
    }

    /// The writes so far, logins aside.
    async fn writes(&self) -> Vec<Request> {
        let all = self.server.received_requests().await.unwrap();
        let is_write = |request: &Request| request.method != "GET" && request.url.path() != "/api/token";
        all.into_iter().filter(is_write).collect()
    }

    /// The writes so far as method, end of path and body.
    async fn changes(&self) -> Vec<(String, Value)> {
        let writes = self.writes().await;
        let shown = |write: &Request| {
            let place = write.url.path().trim_start_matches("/api/catalogs/o/t/");
            let body = serde_json::from_slice(&write.body).unwrap_or_default();
            (format!("{} {place}", write.method), body)
        };
        writes.iter().map(shown).collect()
    }
}

fn list(results: &[Value]) -> Value {
    json!({"total_results": results.len(), "results": results})
}

/// Where things are on the target.
struct Known(Vec<(KindId, &'static str, &'static str)>);

impl TargetLookup for Known {
    fn handle(&self, kind: KindId, path: &str) -> Option<Handle> {
        let known = self.0.iter().find(|known| (known.0, known.1) == (kind, path));
        known.map(|known| Handle::new(known.2))
    }
}

fn document(fields: Value) -> Document {
    let Value::Object(fields) = fields else {
        panic!("a document is an object");
    };
    Document::new(fields, None)
}

fn file(role: &'static str, name: &str, media_type: &str, content: &'static str) -> File {
    File::new(role, name, media_type, content, |_| None)
}

fn shop() -> Address {
    Address::new(PRODUCTS, "shop:1.0.0")
}

const PRODUCT: &str = "{\"info\": {\"name\":\"shop\", \"version\":\"1.0.0\"},\n \"n\": 1.0, \"visibility\": {}}";
const API: &str = "{\"info\":{\"x-ibm-name\":\"calc\",\"version\":\"1.0.0\"},\"x\":  1e2}";

fn package() -> Bundle {
    let api = Address::new(platform::api_connect::APIS, "calc:1.0.0");
    let files = vec![
        file("document", "calc_1.0.0.json", "application/json", API),
        file("wsdl", "calc.zip", "application/zip", "PK\u{3}\u{4}"),
    ];
    let own = file("document", "product.json", "application/json", PRODUCT);
    Bundle { own: Files::new(vec![own]), carried: vec![(api, Files::new(files))], replaces: None }
}

/// A public Product on one gateway service.
fn wanted() -> Value {
    json!({
        "state": "published",
        "view": {"type": "public", "enabled": true},
        "subscribe": {"type": "authenticated", "enabled": true},
        "gateway_services": ["gw"],
    })
}

fn places() -> Known {
    Known(vec![(GATEWAY_SERVICES, "gw", "g1")])
}

/// A Product as the server shows it after a publish.
fn shown(edge: &Edge, state: &str) -> Value {
    json!({
        "type": "product", "id": "p1", "name": "shop", "version": "1.0.0", "state": state,
        "gateway_service_urls": [edge.url("/catalogs/o/t/configured-gateway-services/g1")],
        "visibility": {
            "view": {"type": "public", "enabled": true},
            "subscribe": {"type": "authenticated", "enabled": true},
        },
        "metadata": {"source_id": "p0", "source_catalog": "s-id"},
    })
}

fn metadata() -> MetadataWrite {
    MetadataWrite {
        mark: Some(Mark { id: "p0".into(), catalog: Some("s-id".into()) }),
        state: Some("hint".into()),
        ..MetadataWrite::default()
    }
}

fn creation(fields: Value) -> NewObject {
    NewObject {
        parent: None,
        document: document(fields),
        metadata: metadata(),
        comes_along: false,
        brings: ChildMade::Whatever,
        package: Some(package()),
    }
}

fn change(after: Value, fields: &[&str], package: Option<Bundle>) -> Change {
    let changed = |field: &&str| FieldChange { path: format!("/{field}"), before: Value::Null, after: Value::Null };
    Change {
        target: None,
        parent: None,
        before: document(json!({})),
        seen: None,
        after: document(after),
        fields: fields.iter().map(changed).collect(),
        metadata: None,
        beside_note: None,
        package,
    }
}
