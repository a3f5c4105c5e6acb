//! Section 2: tokens, permissions, and the one list that is open to all.

use serde_json::json;

use super::{CATALOG, Client};

#[test]
fn a_token_is_wanted_and_expires() {
    let mut client = Client::bare();
    assert_eq!(client.get("/api/me").1["username"], "config-sync");
    client.cluster.tick(28_800);
    let (status, error) = client.get("/api/me");
    assert_eq!((status, &error["status"]), (401, &json!(401)));
    client.token.clear();
    assert_eq!(client.get(CATALOG).0, 401);
}

#[test]
fn the_token_looks_like_a_recorded_one() {
    let client = Client::bare();
    assert_eq!(client.token.split('.').count(), 3);
    assert!(client.token.starts_with("eyJ"));
}

#[test]
fn wrong_values_are_refused() {
    let mut client = Client::bare();
    for field in ["password", "username", "realm", "client_id", "client_secret"] {
        let mut body = client.credentials();
        body[field] = "wrong".into();
        assert_eq!(client.post("/api/token", &body).0, 401, "{field}");
    }
}

#[test]
fn an_api_key_needs_no_realm_and_may_be_single_use() {
    use secrecy::ExposeSecret;
    let mut client = Client::bare();
    client.cluster.switches.single_use_api_keys = true;
    let mut body = client.credentials();
    body["grant_type"] = "api_key".into();
    body["api_key"] = client.cluster.api_key().unwrap().expose_secret().into();
    let (status, token) = client.post("/api/token", &body);
    assert_eq!((status, &token["expires_in"]), (200, &json!(28_800)));
    assert_eq!(client.post("/api/token", &body).0, 401);
}

#[test]
fn permissions_limit_what_is_answered_and_listed() {
    let mut client = Client::with_shop();
    client.cluster.logins[0].sees_only = Some(["other".to_owned()].into());
    assert_eq!(client.get(&format!("{CATALOG}/apps")).1["total_results"], 0);
    client.cluster.logins[0].scopes.remove("consumer-org:view");
    assert_eq!(client.get(&format!("{CATALOG}/subscriptions")).0, 403);
}

#[test]
fn identity_providers_are_open_to_all() {
    let mut client = Client::bare();
    client.token.clear();
    let (status, list) = client.get("/api/cloud/provider/identity-providers");
    assert_eq!((status, &list["results"][0]["name"]), (200, &json!("default-idp-2")));
}
