//! Section 14.2: what a publish takes, what it answers, and what it refuses.

use apic_configsync::sandbox::api_connect::Outcome;
use apic_configsync::sandbox::world::build_products::{api_document, product_document};
use serde_json::{Value, json};

use super::{CATALOG, Client, JSON, message};

pub(super) const PUBLISH: &str = "/api/catalogs/provider/sandbox/publish";
const STAGE: &str = "/api/catalogs/provider/sandbox/stage";

/// The product `books:1.0.0` with the API of the same name.
pub(super) fn books() -> (Value, Value) {
    let product = product_document("books", "1.0.0", &[("gold", false)], &["books:1.0.0"]);
    (product, api_document("books", "1.0.0"))
}

#[test]
fn a_published_product_is_answered_and_its_documents_are_kept_as_sent() {
    let mut client = Client::bare();
    let (mut product, mut api) = books();
    product["x-own"] = json!({"deep": [1, 2.5, null]});
    api["x-ibm-configuration"]["properties"] = json!({"target": {"value": "https://x"}});
    let (status, answer) = client.publish(PUBLISH, &product, &[api.clone()]);
    assert_eq!((status, &answer["state"], &answer["scope"]), (201, &json!("published"), &json!("catalog")));
    assert_eq!(answer["api_urls"].as_array().unwrap().len(), 1);
    assert_eq!(answer["gateway_service_urls"].as_array().unwrap().len(), 1);
    let document = client.get(&format!("{CATALOG}/products/books/1.0.0/document"));
    assert_eq!(document.1, product);
    let (_, shown) = client.get(&format!("{CATALOG}/apis/books/1.0.0"));
    assert_eq!(
        (&shown["state"], &shown["base_paths"], &shown["enforced"]),
        (&json!("online"), &json!(["/books"]), &json!(true))
    );
    let document = client.get(&format!("{CATALOG}/apis/books/1.0.0/document"));
    assert_eq!(document.1, api);
}

#[test]
fn the_request_log_tells_publishes_from_document_reads() {
    let mut client = Client::bare();
    let (product, api) = books();
    client.cluster.clear_requests();
    client.publish(PUBLISH, &product, &[api]);
    client.get(&format!("{CATALOG}/products/books/1.0.0/document"));
    let log = client.cluster.requests();
    let publishes = log.iter().filter(|it| it.path.ends_with("/publish"));
    let reads = log.iter().filter(|it| it.path.ends_with("/document"));
    assert_eq!((publishes.count(), reads.count()), (1, 1));
    assert_eq!((log[0].is_write(), log[0].changed), (true, true));
}

#[test]
fn staging_hides_the_apis_and_takes_nothing_back() {
    let mut client = Client::bare();
    let (product, api) = books();
    let apis = [api];
    let (status, answer) = client.publish(STAGE, &product, &apis);
    assert_eq!((status, &answer["state"]), (201, &json!("staged")));
    let state = |client: &Client| client.cluster.api("books:1.0.0").unwrap().state.clone();
    assert_eq!(state(&client), "staged");
    client.publish(PUBLISH, &product, &apis);
    assert_eq!(state(&client), "online");
    let (_, answer) = client.publish(STAGE, &product, &apis);
    assert_eq!((&answer["state"], state(&client).as_str()), (&json!("published"), "online"));
}

#[test]
fn apis_are_named_and_sent_along() {
    let mut client = Client::bare();
    let (product, api) = books();
    let (status, error) = client.publish(PUBLISH, &product, &[]);
    assert_eq!(status, 400);
    assert!(error["errors"][0].as_str().unwrap().contains("books:1.0.0"));
    let mut by_file = product.clone();
    by_file["apis"] = json!({"books": {"$ref": "books_1.0.0.yaml"}});
    let (status, error) = client.publish(PUBLISH, &by_file, std::slice::from_ref(&api));
    assert_eq!(status, 400);
    assert!(error["errors"][0].as_str().unwrap().contains("$ref"));
    let mut nameless = api;
    nameless["info"].as_object_mut().unwrap().remove("x-ibm-name");
    assert_eq!(client.publish(PUBLISH, &product, &[nameless]).0, 400);
    assert!(client.cluster.product("books:1.0.0").is_none());
}

#[test]
fn parts_need_file_names_and_their_content_types() {
    let mut client = Client::bare();
    let (product, api) = (books().0.to_string(), books().1.to_string());
    let good = ("openapi", "api.json", JSON, api.clone());
    for product in [
        ("product", "p.yaml", "application/yaml", product.clone()),
        ("product", "p.json", "text/plain", product.clone()),
        ("product", "p.json", JSON, "{".to_owned()),
        ("produkt", "p.json", JSON, product.clone()),
    ] {
        assert_eq!(client.form(PUBLISH, &[product, good.clone()]).0, 400);
    }
    let twice = ("product", "p.json", JSON, product.clone());
    assert_eq!(client.form(PUBLISH, &[twice.clone(), twice.clone(), good.clone()]).0, 400);
    let nameless = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"product\"\r\nContent-Type: {JSON}\r\n\r\n{product}\r\n--edge--\r\n"
    );
    let form = "multipart/form-data; boundary=edge";
    let outcome = client.typed(form, "POST", PUBLISH, nameless);
    assert!(message(&super::read(outcome).1).contains("file name"));
    let cut = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"product\"; filename=\"p.json\"\r\nContent-Type: {JSON}\r\n\r\n{product}"
    );
    let outcome = client.typed(form, "POST", PUBLISH, cut);
    assert!(message(&super::read(outcome).1).contains("malformed"));
    assert_eq!(client.send("POST", PUBLISH, product).0, 400);
    assert_eq!(client.form(PUBLISH, std::slice::from_ref(&good)).0, 400);
    assert_eq!(client.form(PUBLISH, &[twice, good]).0, 201);
}

#[test]
fn a_wsdl_belongs_to_the_api_that_names_its_file() {
    let mut client = Client::bare();
    let (product, mut api) = books();
    api["x-ibm-configuration"]["type"] = json!("wsdl");
    api["x-ibm-configuration"]["wsdl-definition"] = json!({"wsdl": "books.wsdl"});
    let product = ("product", "product.json", JSON, product.to_string());
    let api = ("openapi", "api.json", JSON, api.to_string());
    let wsdl = |file, content_type| ("wsdl", file, content_type, "<definitions/>".to_owned());
    let send = |client: &mut Client, file, content_type| {
        let parts = [product.clone(), api.clone(), wsdl(file, content_type)];
        client.form(PUBLISH, &parts).0
    };
    assert_eq!(send(&mut client, "other.wsdl", "text/xml"), 400);
    assert_eq!(send(&mut client, "books.wsdl", JSON), 400);
    assert_eq!(send(&mut client, "books.wsdl", "text/xml"), 201);
    let path = format!("{CATALOG}/apis/books/1.0.0");
    assert_eq!(client.get(&path).1["api_type"], "wsdl");
    assert_eq!(
        client.get(&format!("{path}/wsdl")).1,
        json!({"content": "PGRlZmluaXRpb25zLz4=", "content_type": "application/wsdl"})
    );
    assert_eq!(send(&mut client, "books.wsdl", "application/zip"), 201);
    client.cluster.switches.wsdl_wrapped = false;
    let Outcome::Answer(raw) = client.outcome("GET", &format!("{path}/wsdl"), String::new()) else {
        unreachable!("nothing breaks the connection");
    };
    assert_eq!(raw.headers()["content-type"], "application/zip");
    assert_eq!(raw.body().as_ref(), b"<definitions/>");
}

#[test]
fn servers_give_base_paths_and_unenforced_apis_have_no_gateway() {
    let mut client = Client::bare();
    let (product, _) = books();
    let api = json!({
        "openapi": "3.0.3", "info": {"x-ibm-name": "books", "title": "Books", "version": "1.0.0"},
        "servers": [{"url": "https://api.example.com/books/v1"}, {"url": "/books"}, {"url": "http://host"}],
        "x-ibm-configuration": {"type": "graphql", "enforced": false}, "paths": {},
    });
    let (status, answer) = client.publish(PUBLISH, &product, &[api]);
    assert_eq!((status, &answer["gateway_service_urls"]), (201, &json!([])));
    let (_, shown) = client.get(&format!("{CATALOG}/apis/books/1.0.0"));
    assert_eq!(shown["base_paths"], json!(["/books/v1", "/books", "/"]));
    assert_eq!(
        (&shown["api_type"], &shown["enforced"], &shown["oai_version"]),
        (&json!("graphql"), &json!(false), &json!("openapi3"))
    );
}

#[test]
fn an_approval_is_waited_for() {
    let mut client = Client::bare();
    client.cluster.set("product_lifecycle_approvals", json!(["publish"]));
    let (product, api) = books();
    let apis = [api];
    assert_eq!(client.publish(STAGE, &product, &apis).1["state"], "staged");
    let (status, answer) = client.publish(PUBLISH, &product, &apis);
    assert_eq!((status, &answer["state"]), (201, &json!("pending")));
    assert_eq!(client.cluster.api("books:1.0.0").unwrap().state, "staged");
    let task = answer["task_urls"][0].as_str().unwrap().to_owned();
    let task = task.strip_prefix("http://mgmt.example.com").unwrap();
    assert_eq!(client.get(task).1["content_url"], answer["url"]);
    assert_eq!(client.publish(PUBLISH, &product, &apis).1["task_urls"], answer["task_urls"]);
    assert_eq!(client.patch(task, &json!({"state": "rejected"})).0, 200);
    assert_eq!(client.cluster.product("books:1.0.0").unwrap().state, "staged");
    let path = format!("{CATALOG}/products/books/1.0.0");
    let (_, answer) = client.patch(&path, &json!({"state": "published"}));
    assert_eq!(answer["state"], "pending");
    let task = answer["task_urls"][0].as_str().unwrap().to_owned();
    let task = task.strip_prefix("http://mgmt.example.com").unwrap();
    let approved = json!({"state": "approved"});
    assert_eq!(client.patch(task, &approved).0, 409);
    client.cluster.set("task_self_approval", true);
    assert_eq!(client.patch(task, &approved).0, 200);
    let (_, answer) = client.get(&path);
    assert_eq!((&answer["state"], &answer["task_urls"]), (&json!("published"), &json!([])));
    assert_eq!(client.cluster.api("books:1.0.0").unwrap().state, "online");
}

#[test]
fn publishing_and_staging_need_their_permissions() {
    let mut client = Client::bare();
    let (product, api) = books();
    let apis = [api];
    client.cluster.logins[0].scopes.remove("product:manage");
    assert_eq!(client.publish(PUBLISH, &product, &apis).0, 403);
    assert_eq!(client.publish(STAGE, &product, &apis).0, 201);
    client.cluster.logins[0].scopes.remove("product:stage");
    assert_eq!(client.publish(STAGE, &product, &apis).0, 403);
}

#[test]
fn the_ingress_refuses_what_is_too_large_before_anyone_looks() {
    let mut client = Client::bare();
    let (product, api) = books();
    client.cluster.switches.publish_body_limit = Some(100);
    client.token.clear();
    let form = "multipart/form-data; boundary=edge";
    let outcome = client.typed(form, "POST", PUBLISH, "x".repeat(101));
    let Outcome::Answer(answer) = outcome else {
        unreachable!("nothing breaks the connection");
    };
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (413, &::http::HeaderValue::from_static("text/html"))
    );
    let mut client = Client::bare();
    client.cluster.switches.publish_body_limit = Some(100_000);
    assert_eq!(client.publish(PUBLISH, &product, &[api]).0, 201);
}
