//! What people leave in texts that nobody else should read: carried, and never shown.

use apic_configsync::{
    commands::Task,
    engine::{plan_file::PlanFile, report::ExitStatus},
    sandbox::{
        Effect, Fault, Id, SharedCluster,
        faults::FaultBody,
        world::{App, ConsumerOrg},
    },
};
use serde_json::{Map, Value, json};

use super::{products, replication::one_app};
use crate::stage::{Stage, change, exits, shown};

/// All that comes of a plan that is kept and of its sync, watched by the stage for these texts.
async fn plan_and_sync(stage: &Stage, never: &[&str]) -> Value {
    for text in never {
        stage.secrets.learn(text);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let task = Task::Plan { detailed_exit_code: false, keep: Some(PlanFile::prepare(&file).unwrap()) };
    stage.execute(task).await;
    let kept = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    kept
}

fn metadata(pairs: &[(&str, &str)]) -> Map<String, Value> {
    let pairs = pairs.iter();
    pairs.map(|(key, value)| ((*key).to_owned(), json!(value))).collect()
}

#[tokio::test]
async fn metadata_that_changes_shows_no_value() {
    let stage = one_app();
    let set = |value: &str| {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        let shop = source.app("acme", "shop").unwrap().head.id;
        let pairs = [("crm_token", value), ("colour", &*format!("plain-{value}"))];
        source.change::<ConsumerOrg>(acme, |row| row.head.metadata = Some(metadata(&pairs)));
        source.change::<App>(shop, |row| row.head.metadata = Some(metadata(&pairs)));
        source.tick(10);
    };
    set("old-value");
    stage.secrets.learn("old-value");
    stage.settle().await;
    set("new-value");
    let report = stage.plan().await;
    for (kind, address) in [("consumer_orgs", "acme"), ("applications", "acme/shop")] {
        let fields = &change(&report, kind, address).fields;
        let field = fields.iter().find(|it| it.path == "/metadata/colour").unwrap();
        assert_eq!((&field.before, &field.after), (&json!("(not shown)"), &json!("(not shown)")));
    }
    let text = shown(&report);
    assert!(text.contains("/metadata/colour: changed (not shown)"), "{text}");
    plan_and_sync(&stage, &["old-value", "new-value"]).await;
    let carried = stage.target().org("acme").unwrap().head.metadata.clone();
    assert_eq!(carried.unwrap()["colour"], "plain-new-value");
    stage.again().await;
}

#[tokio::test]
async fn metadata_that_a_server_repeats_when_it_refuses_it_shows_no_value() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        let pairs = [("colour", "never-shown")];
        source.change::<ConsumerOrg>(acme, |row| row.head.metadata = Some(metadata(&pairs)));
    }
    stage.secrets.learn("never-shown");
    for body in [FaultBody::Json, FaultBody::Html] {
        let echo = Effect::Echo { status: 422, body };
        let refused = Fault::on("PATCH", "/consumer-orgs", echo);
        stage.target().faults.add(refused);
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        stage.target().faults.clear();
    }
    stage.settle().await;
}

#[tokio::test]
async fn urls_show_neither_credentials_nor_queries() {
    let stage = one_app();
    let set = |secret: &str| {
        let mut source = stage.source();
        let shop = source.app("acme", "shop").unwrap().head.id;
        source.change::<App>(shop, |row| {
            row.redirect_endpoints = vec![
                format!("https://user:{secret}@cb.example.com/a"),
                format!("https://cb.example.com/b?code={secret}"),
            ];
            row.head.summary = Some(format!("see https://x:{secret}@docs.example.com/ there"));
        });
        source.tick(10);
    };
    set("old-secret");
    stage.secrets.learn("old-secret");
    stage.settle().await;
    set("new-secret");
    let text = shown(&stage.plan().await);
    assert!(text.contains("https://***@cb.example.com/a"), "{text}");
    plan_and_sync(&stage, &["old-secret", "new-secret"]).await;
    assert!(stage.target().app("acme", "shop").unwrap().redirect_endpoints[0].contains("new-secret"));
    stage.again().await;
}

/// `secrets-in-policies.md`, each with a secret in its place.
fn policies(secret: &str) -> Vec<Value> {
    let text = json!([
        {"invoke": {"target-url": "https://svc:OLD@backend.example.com/"}},
        {"invoke": {"target-url": "https://backend.example.com/?code=OLD"}},
        {"invoke": {"username": "svc", "pwd": "OLD"}},
        {"set-variable": {"actions": [{"set": "message.headers.X-Require-Auth", "value": "OLD"}]}},
        {"set-variable": {"actions": [{"set": "message.headers.x-functions-key", "value": "OLD"}]}},
        {"set-variable": {"actions": [{"set": "message.headers.x", "value": "basic OLD"}]}},
        {"gatewayscript": {"source": "var p = 'OLD';\ncontext.set('p', p);"}},
        {"xslt": {"source": "<xsl:variable name='p' select='OLD'/>"}},
        {"jwt-generate": {"jws-jwk": "{\"kty\":\"oct\",\"k\":\"OLD\"}"}}
    ])
    .to_string();
    serde_json::from_str(&text.replace("OLD", secret)).unwrap()
}

fn set_policies(cluster: &SharedCluster, api: Id, secret: &str) {
    let mut cluster = cluster.lock().unwrap();
    cluster.change_api_document(api, |document| {
        let configuration = &mut document["x-ibm-configuration"];
        configuration["assembly"] = json!({"execute": policies(secret)});
        configuration["properties"]["backend-pass"] = json!({"value": secret, "encoded": false});
    });
    cluster.tick(200);
}

#[tokio::test]
async fn secrets_in_policies_are_shown_nowhere_and_their_places_are() {
    let stage = products::stage(|source| {
        products::publish(source, "shop:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    let api = products::api(&stage.source(), "pets:1.0.0");
    // New as a whole, and then with other values.
    plan_and_sync(&stage, &[]).await;
    set_policies(&stage.source, api, "0ld-s3cr3t");
    plan_and_sync(&stage, &["0ld-s3cr3t"]).await;
    set_policies(&stage.source, api, "n3w-s3cr3t");
    let kept = plan_and_sync(&stage, &["0ld-s3cr3t", "n3w-s3cr3t"]).await.to_string();
    for place in [
        "/document/x-ibm-configuration/assembly/execute/2/invoke/pwd",
        "/document/x-ibm-configuration/assembly/execute/6/gatewayscript/source",
        "/document/x-ibm-configuration/properties/backend-pass/value",
    ] {
        assert!(kept.contains(place), "{kept}");
    }
    stage.assert_products_mirrored();
    products::rest(&stage).await;
}

#[tokio::test]
async fn secrets_in_policies_that_a_server_repeats_are_not_shown() {
    let stage = products::stage(|source| {
        products::publish(source, "shop:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    let api = products::api(&stage.source(), "pets:1.0.0");
    set_policies(&stage.source, api, "n3w-s3cr3t");
    stage.secrets.learn("n3w-s3cr3t");
    let echo = Effect::Echo { status: 422, body: FaultBody::Json };
    stage.target().faults.add(Fault::on("POST", "/publish", echo));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
}
