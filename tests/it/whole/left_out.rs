//! What a source leaves out has its default: it is never sent as null, and is no difference.

use apic_configsync::sandbox::{Cluster, Effect, Fault, seed, world::App};

use super::products::{bare, publish};
use crate::stage::{Stage, counts, shown};

/// Fields that every thing has, and `null` for one of them in the body of a write.
fn refuse_nulls(target: &mut Cluster) {
    for method in ["POST", "PATCH"] {
        let sends_null = |request: &http::Request<bytes::Bytes>| {
            let body = String::from_utf8_lossy(request.body());
            ["name", "title", "state", "lifecycle_state", "visibility", "plan"]
                .iter()
                .any(|field| body.contains(&format!("\"{field}\":null")))
        };
        let fault = Fault::on(method, "", Effect::status(400)).when(sends_null);
        target.faults.add(fault);
    }
}

#[tokio::test]
async fn states_that_are_left_out_are_the_usual_ones() {
    for nulls in [false, true] {
        for left_out in [&["state"][..], &["lifecycle_state"], &["title"], &["state", "lifecycle_state"]] {
            let (source, target) = seed::pair();
            let stage = Stage::of((source, target));
            {
                let mut source = stage.source();
                let alice = source.add_user("sandbox-catalog", "alice");
                let bob = source.add_user("sandbox-catalog", "bob");
                let acme = source.add_org("acme", alice);
                source.add_member(acme, bob, &["developer"]);
                let app = source.add_app_with(acme, "shop", "shop-id", "shop-secret");
                source.subscribe(app, "petstore:1.0.0", "gold");
                source.switches.left_out = left_out;
                source.switches.null_fields = nulls;
            }
            refuse_nulls(&mut stage.target());
            let report = stage.settle().await;
            assert_eq!(counts(&report, "subscriptions").created, 1, "{}", shown(&report));
            let app = stage.target().app("acme", "shop").unwrap().head.id;
            stage.target().set_app_state(app, "disabled");
            stage.target().change::<App>(app, |row| row.head.summary = Some("x".into()));
            let report = stage.settle().await;
            assert_eq!(counts(&report, "applications").updated, 1, "{}", shown(&report));
            let target = stage.target();
            let app = target.app("acme", "shop").unwrap();
            assert_eq!(app.head.summary, None, "what is optional is cleared");
            let disabled = if left_out.contains(&"state") { "enabled" } else { app.state.as_str() };
            assert_eq!(app.state, disabled);
        }
    }
}

#[tokio::test]
async fn a_visibility_that_is_left_out_is_that_of_the_document_or_the_usual_one() {
    for nulls in [false, true] {
        for said in [None, Some("public"), Some("authenticated")] {
            let (mut source, target) = bare();
            let id = publish(&mut source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
            source.change_product_document(id, |document| {
                document["visibility"] = match said {
                    None => serde_json::Value::Null,
                    Some(sort) => serde_json::json!({"view": {"type": sort, "enabled": true}}),
                };
                if said.is_none() {
                    document.as_object_mut().unwrap().remove("visibility");
                }
            });
            source.switches.left_out = &["visibility", "state"];
            source.switches.null_fields = nulls;
            source.tick(300);
            let stage = Stage::with_products((source, target));
            refuse_nulls(&mut stage.target());
            stage.settle().await;
            stage.again().await;
            stage.set("DEEP_COMPARE", "true");
            stage.again().await;
            let target = stage.target();
            let copy = target.product("petstore:1.0.0").unwrap();
            assert_eq!(copy.visibility.view.kind, said.unwrap_or("public"));
            assert_eq!(copy.visibility.subscribe.kind, "authenticated");
        }
    }
}
