//! Names and versions with blanks, brackets and slashes are compared as they are, everywhere.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, Effect, Fault,
        world::build_products::{api_document, product_document},
    },
};
use serde_json::json;

use super::{api, bare, edit, product, publish, rest, stage, then};
use crate::stage::{Stage, changes, counts, shown};

const ODD: [&str; 6] = ["Shop API", "1.0 (retail)", "1/0", "a:b", "x (y) [z]", "1.0"];

#[tokio::test]
async fn an_offline_api_with_an_odd_version() {
    for version in ODD {
        let stage = stage(|source| {
            publish(source, "shop:1.0.0", &["default"], &[&format!("shop-api:{version}")]);
            let id = api(source, &format!("shop-api:{version}"));
            source.set_api_state(id, "offline");
        });
        stage.settle().await;
        assert_eq!(stage.target().api(&format!("shop-api:{version}")).unwrap().state, "offline");
        stage.assert_products_mirrored();
        rest(&stage).await;
    }
}

#[tokio::test]
async fn a_product_with_an_odd_version_in_every_way() {
    for version in ODD {
        let address = format!("shop:{version}");
        let stage = stage(|source| {
            publish(source, &address, &["default"], &[&format!("shop-api:{version}"), "other:1 (2)"]);
        });
        stage.retry_lost_publish();
        let report = stage.sync().await;
        assert_eq!(report.exit_status, ExitStatus::Success, "{version} {}", shown(&report));
        assert!(stage.target().product(&address).is_some(), "{}", shown(&report));
        stage.again().await;
        edit(&stage, &address, |document| {
            document["info"]["title"] = json!("T");
        });
        stage.retry_lost_publish();
        stage.settle().await;
        stage.assert_products_mirrored();
        rest(&stage).await;
        then(&stage, |source| {
            let id = product(source, &address);
            source.remove_product(id);
        });
        stage.set("ALLOW_EMPTY_SOURCE", "true");
        stage.settle().await;
        assert!(stage.target().product(&address).is_none());
    }
}

impl Stage {
    /// The answer to the next publish is lost.
    fn retry_lost_publish(&self) {
        let fault = Fault::on("POST", "/publish", Effect::LoseAnswer).once();
        self.target().faults.add(fault);
    }
}

#[tokio::test]
async fn filters_tell_versions_with_blanks_apart() {
    for (include, made) in [
        ("shop:1.0", vec!["create shop:1.0"]),
        ("shop:1.0 (retail)", vec!["create shop:1.0 (retail)"]),
        ("shop", vec!["create shop:1.0", "create shop:1.0 (retail)"]),
        ("shop:1.0*", vec!["create shop:1.0", "create shop:1.0 (retail)"]),
    ] {
        let stage = stage(|source| {
            publish(source, "shop:1.0", &["default"], &["one:1.0"]);
            publish(source, "shop:1.0 (retail)", &["default"], &["two:1.0"]);
        });
        stage.set("INCLUDE_PRODUCTS", include);
        let report = stage.settle().await;
        assert_eq!(changes(&report, "products"), made);
    }
}

/// A version that looks like what tells namesakes apart, beside namesakes.
#[tokio::test]
async fn namesakes_in_spaces_beside_a_version_that_looks_like_one() {
    let (mut source, mut target) = bare();
    for cluster in [&mut source, &mut target] {
        cluster.set("spaces_enabled", true);
        for name in ["retail", "wholesale"] {
            let space = cluster.add_space(name);
            cluster.add_gateway_service_in(Some(space), "gateway");
        }
    }
    let put = |source: &mut Cluster, space: &str, version: &str| {
        let home = source.home;
        let space = source.spaces.named(home, space).unwrap().head.id;
        let name = format!("pets:{version}");
        let document = product_document("petstore", version, &[("gold", false)], &[&name]);
        source.publish_in(Some(space), document, vec![(api_document("pets", version), None)]);
    };
    put(&mut source, "retail", "1.0");
    put(&mut source, "retail", "1.0 (wholesale)");
    put(&mut source, "wholesale", "1.0");
    source.tick(10);
    let stage = Stage::with_products((source, target));
    let report = stage.settle().await;
    assert_eq!(counts(&report, "products").created, 3, "{}", shown(&report));
    stage.assert_products_mirrored();
    rest(&stage).await;
    stage.set("INCLUDE_PRODUCTS", "petstore:1.0");
    stage.again().await;
}
