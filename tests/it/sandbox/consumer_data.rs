//! Sections 5 to 13: users, consumer orgs, members, apps, credentials, subscriptions.

use apic_configsync::sandbox::switches::ListedHash;
use serde_json::{Value, json};

use super::{APPS, CATALOG, Client, ORGS, keys, message};

const HASH: &str = "jw4vduIrQ+KFUYmHfn3B4efZjCJsldskfNHVR5KDNKk=";

#[test]
fn an_org_is_born_with_an_owner_member_and_five_roles() {
    let mut client = Client::bare();
    client.cluster.add_user("sandbox-catalog", "alice");
    let owner = "https://elsewhere/api/user-registries/provider/sandbox-catalog/users/alice";
    let (status, org) = client
        .post(&format!("{CATALOG}/consumer-orgs"), &json!({"title": "Acme Bank", "owner_url": owner, "id": "ignored"}));
    assert_eq!((status, &org["name"]), (201, &json!("acme-bank")));
    assert_eq!(
        keys(&org),
        [
            "api_version",
            "catalog_url",
            "created_at",
            "id",
            "name",
            "org_url",
            "owner_url",
            "state",
            "title",
            "type",
            "updated_at",
            "url"
        ]
    );
    assert!(org["url"].as_str().unwrap().starts_with("http://mgmt.example.com/api/consumer-orgs/"));
    assert!(org["created_at"].as_str().unwrap().contains(".000Z"));
    assert_eq!(client.get(&format!("{ORGS}/acme-bank/roles")).1["total_results"], 5);
    let (_, members) = client.get(&format!("{ORGS}/acme-bank/members"));
    assert_eq!(members["results"][0]["user"]["username"], "alice");
    let (_, again) =
        client.post(&format!("{CATALOG}/consumer-orgs"), &json!({"name": "acme-bank", "owner_url": owner}));
    assert!(message(&again).starts_with(
        "The Consumer Org cannot be created with name 'acme-bank'. Another resource of type consumer_org (id: "
    ));
}

#[test]
fn an_owner_changes_by_transfer_only() {
    let mut client = Client::with_shop();
    let bob = client.cluster.add_user("ldap", "bob");
    let acme = client.cluster.org("acme").unwrap().head.id;
    let member = client.cluster.add_member(acme, bob, &["developer"]);
    assert_eq!(client.patch(&format!("{ORGS}/acme"), &json!({"owner_url": "x"})).0, 400);
    client.cluster.switches.owner_patch_refused = false;
    assert_eq!(client.patch(&format!("{ORGS}/acme"), &json!({"owner_url": "x"})).0, 200);
    let (status, _) = client.post(
        &format!("{ORGS}/acme/transfer-owner"),
        &json!({"new_owner_member_url": format!("/api/members/{member}")}),
    );
    assert_eq!((status, client.cluster.org("acme").unwrap().owner), (200, bob));
    assert_eq!(client.delete(&format!("{ORGS}/acme/members/{member}")).0, 400);
    assert_eq!(client.delete(&format!("{ORGS}/acme/members/alice")).0, 200);
}

#[test]
fn members_take_roles_by_name_and_may_get_the_base_role() {
    let mut client = Client::with_shop();
    client.cluster.add_user("ldap", "bob");
    client.cluster.switches.base_role_added = true;
    let body = json!({"user": {"url": "/api/user-registries/provider/ldap/users/bob"}, "role_urls": [format!("{ORGS}/acme/roles/viewer")]});
    let (status, member) = client.post(&format!("{ORGS}/acme/members"), &body);
    assert_eq!((status, member["role_urls"].as_array().unwrap().len()), (201, 2));
    assert_eq!(client.post(&format!("{ORGS}/acme/members"), &body).0, 409);
    let owner = json!({"role_urls": [format!("{ORGS}/acme/roles/owner")]});
    assert_eq!(client.patch(&format!("{ORGS}/acme/members/bob"), &owner).0, 400);
}

#[test]
fn users_are_unique_by_username_and_keep_it() {
    let mut client = Client::with_shop();
    let users = "/api/user-registries/provider/sandbox-catalog/users";
    let (status, error) = client.post(users, &json!({"username": "ALICE"}));
    assert_eq!(status, 409);
    assert_eq!(message(&error), "The user with username ALICE already exists in the sandbox-idp identity provider.");
    assert_eq!(client.patch(&format!("{users}/alice"), &json!({"username": "eve"})).0, 400);
    assert_eq!(client.patch(&format!("{users}/alice"), &json!({"email": null})).1.get("email"), None);
    assert_eq!(client.delete(&format!("{users}/alice")).0, 400);
    client.cluster.switches.registry_listing_refused = true;
    assert_eq!(client.get(users).0, 403);
}

#[test]
fn passwords_addresses_and_directories_have_rules_that_can_be_turned() {
    let mut client = Client::with_shop();
    let users = |registry: &str| format!("/api/user-registries/provider/{registry}/users");
    let local = users("sandbox-catalog");
    for weak in ["aB3!aB3", "abcdefg1!", "ABCDEFG1!", "abcdEFGH!", "abcdEFG12", "aabcDE1!"] {
        let body = json!({"username": "eve", "password": weak});
        assert_eq!(client.post(&local, &body).0, 400, "{weak}");
    }
    client.cluster.switches.password_rule = false;
    let body = json!({"username": "eve", "password": "aa", "email": "one@x"});
    assert_eq!(client.post(&local, &body).0, 201);

    let same = |name: &str| json!({"username": name, "email": "ONE@x"});
    assert_eq!(client.post(&users("ldap"), &same("adam")).0, 201);
    client.cluster.switches.unique_emails = true;
    let (status, error) = client.post(&users("ldap"), &same("abel"));
    assert_eq!((status, message(&error)), (409, "A user with the email address ONE@x already exists."));
    let own = json!({"email": "free@x"});
    assert_eq!(client.patch(&format!("{local}/eve"), &own).0, 200);
    assert_eq!(client.patch(&format!("{local}/eve"), &own).0, 200);

    for status in [400, 403, 405] {
        client.cluster.switches.foreign_post_refused = Some(status);
        let body = json!({"username": format!("new-{status}")});
        assert_eq!(client.post(&users("ldap"), &body).0, status);
        assert_eq!(client.post(&local, &body).0, 201);
    }
}

#[test]
fn an_app_is_born_with_a_credential_whose_secret_is_shown_once() {
    let mut client = Client::with_shop();
    let (status, app) = client.post(
        &format!("{ORGS}/acme/apps"),
        &json!({"title": "My App", "client_id": "mine", "client_secret": "passw0rd"}),
    );
    assert_eq!((status, &app["client_id"], &app["client_secret"]), (201, &json!("mine"), &json!("passw0rd")));
    let urls = app["app_credential_urls"].as_array().unwrap();
    assert_eq!((urls.len(), &urls[0]), (2, &urls[1]));
    let (_, list) = client.get(&format!("{APPS}/acme/my-app/credentials"));
    let credential = &list["results"][0];
    assert_eq!(
        (&credential["name"], &credential["title"]),
        (&json!("credential-for-my-app"), &json!("Credential for My App"))
    );
    assert_eq!((&credential["client_secret_hashed"], credential.get("client_secret")), (&json!(HASH), None));
    let (_, error) = client.post(&format!("{ORGS}/acme/apps"), &json!({"name": "my-app"}));
    assert!(
        message(&error).starts_with("The App cannot be created with name 'my-app'. Another resource of type app (id: ")
    );
}

#[test]
fn a_hash_is_taken_only_where_the_setting_is_on() {
    let mut client = Client::with_shop();
    let path = format!("{APPS}/acme/shop/credentials/credential-for-shop");
    assert_eq!(client.patch(&path, &json!({"client_secret_hashed": HASH})).0, 200);
    assert!(client.cluster.verify("shop-id", "passw0rd"));
    let right = json!({"client_id": "shop-id", "client_secret": "passw0rd"});
    assert_eq!(client.post(&format!("{path}/verify-client-secret"), &right).0, 200);
    let wrong = json!({"client_id": "shop-id", "client_secret": "wrong"});
    assert_eq!(client.post(&format!("{path}/verify-client-secret"), &wrong).0, 400);
    client.send("PUT", &format!("{CATALOG}/settings"), json!({"hash_client_secret": false}).to_string());
    let (status, error) = client.patch(&path, &json!({"client_secret_hashed": HASH}));
    assert_eq!(status, 400);
    assert!(message(&error).starts_with("The client_secret_hashed property cannot be changed because"));
}

#[test]
fn client_ids_are_unique_and_may_be_repeated_to_their_owner() {
    let mut client = Client::with_shop();
    let shop = format!("{APPS}/acme/shop/credentials");
    assert_eq!(client.patch(&format!("{shop}/credential-for-shop"), &json!({"client_id": "shop-id"})).0, 200);
    assert_eq!(client.patch(&format!("{shop}/credential-for-shop"), &json!({"client_id": null})).0, 400);
    let (status, error) = client.post(&shop, &json!({"client_id": "shop-id"}));
    assert_eq!((status, message(&error)), (409, "The client_id shop-id already exists in catalog."));
    client.cluster.switches.duplicate_status = 400;
    assert_eq!(client.post(&shop, &json!({"client_id": "shop-id"})).0, 400);
    let (_, made) = client.post(&shop, &json!({}));
    assert_eq!((made["client_id"].as_str().unwrap().len(), made["client_secret"].as_str().unwrap().len()), (32, 32));
}

#[test]
fn lists_show_hashes_as_the_switch_says() {
    let mut client = Client::with_shop();
    let hashes = |client: &mut Client, query: &str| {
        client.get(&format!("{CATALOG}/credentials{query}")).1["results"][0].get("client_secret_hashed").is_some()
    };
    assert!(hashes(&mut client, ""));
    client.cluster.switches.listed_hash = ListedHash::OnRequest;
    assert!(!hashes(&mut client, ""));
    assert!(hashes(&mut client, "?fields=id,client_secret_hashed"));
    client.cluster.switches.listed_hash = ListedHash::Never;
    assert!(!hashes(&mut client, "?fields=id,client_secret_hashed"));
}

#[test]
fn a_subscription_names_itself_and_is_refused_twice() {
    let mut client = Client::with_shop();
    let path = format!("{APPS}/acme/shop/subscriptions");
    let gold = json!({"product_url": "/api/catalogs/x/y/products/petstore/1.0.0", "plan": "gold"});
    let (status, made) = client.post(&path, &gold);
    assert_eq!(
        (status, &made["name"], &made["title"]),
        (201, &json!("petstore-1-0-0-gold"), &json!("petstore 1.0.0 gold"))
    );
    assert_eq!(
        (&made["plan_title"], &made["state"], &made["task_urls"]),
        (&json!("Gold Plan"), &json!("enabled"), &json!([]))
    );
    let (status, error) = client.post(&path, &gold);
    assert!(status == 409 && message(&error).contains("already subscribed"));
    client.cluster.switches.one_plan_per_product = true;
    assert_eq!(client.post(&path, &json!({"product_url": made["product_url"], "plan": "silver"})).0, 409);
    assert_eq!(client.post(&path, &json!({"product_url": "/products/none/1.0.0", "plan": "gold"})).0, 400);
    let found = |client: &mut Client, query: &str| {
        client.get(&format!("{CATALOG}/subscriptions?{query}")).1["total_results"].clone()
    };
    assert_eq!(found(&mut client, "plan=gold&consumer_org_url=/api/consumer-orgs/o/c/acme"), json!(1));
    assert_eq!(found(&mut client, "product_url=/products/weather/2.1.0"), json!(0));
}

#[test]
fn an_approval_plan_may_wait_for_a_task() {
    let mut client = Client::with_shop();
    client.cluster.add_product("bank", "1.0.0", &[("vip", true)]);
    client.cluster.switches.approval_plan_pends = true;
    let (_, made) = client.post(
        &format!("{APPS}/acme/shop/subscriptions"),
        &json!({"product_url": "/products/bank/1.0.0", "plan": "vip", "state": "enabled"}),
    );
    assert_eq!(made["state"], "pending");
    let task = made["task_urls"][0].as_str().unwrap().strip_prefix("http://mgmt.example.com").unwrap().to_owned();
    let approved = json!({"state": "approved"});
    assert_eq!(client.patch(&task, &approved).0, 409);
    client.cluster.set("task_self_approval", true);
    assert_eq!(client.patch(&task, &approved).0, 200);
    let subscription = made["url"].as_str().unwrap().strip_prefix("http://mgmt.example.com").unwrap().to_owned();
    assert_eq!(client.get(&subscription).1["state"], "enabled");
}

#[test]
fn deletes_cascade_and_answer_as_the_switch_says() {
    let mut client = Client::with_shop();
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    client.cluster.subscribe(shop, "petstore:1.0.0", "gold");
    assert_eq!(client.delete(&format!("{CATALOG}/consumer-orgs?confirm=wrong")).0, 400);
    client.cluster.switches.delete_returns_body = false;
    assert_eq!(client.delete(&format!("{ORGS}/acme")), (204, Value::Null));
    let world = &client.cluster;
    assert!(
        world.apps.is_empty()
            && world.credentials.is_empty()
            && world.subscriptions.is_empty()
            && world.members.is_empty()
    );
    assert!(world.user("sandbox-catalog", "alice").is_some());
}

/// Found by fuzzing: all but the last one went, and then the request was refused.
#[test]
fn credentials_are_cleared_together_or_not_at_all() {
    let mut client = Client::with_shop();
    let shop = client.cluster.app("acme", "shop").unwrap().head.id;
    client.cluster.add_credential(shop, "second", "secret");
    client.cluster.switches.last_credential_protected = true;
    let clear = format!("{APPS}/acme/shop/credentials?confirm=shop");
    assert_eq!(client.delete(&clear).0, 400);
    assert_eq!(client.cluster.credentials(shop).len(), 2);
    client.cluster.switches.last_credential_protected = false;
    assert_eq!(client.delete(&clear).0, 204);
    assert!(client.cluster.credentials(shop).is_empty());
    client.cluster.switches.last_credential_protected = true;
    assert_eq!(client.delete(&clear).0, 204);
}
