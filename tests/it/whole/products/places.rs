//! Where Products are published and where they run: spaces and gateway services, by name.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, Effect, Fault,
        world::build_products::{api_document, product_document},
    },
};

use super::{app, bare, publish, stage};
use crate::stage::{Stage, changes, counts, exits, shown};

fn with_spaces(cluster: &mut Cluster) {
    cluster.set("spaces_enabled", true);
    for name in ["retail", "wholesale"] {
        let space = cluster.add_space(name);
        cluster.add_gateway_service_in(Some(space), "gateway");
    }
}

fn publish_in(cluster: &mut Cluster, space: &str, product: &str) {
    let home = cluster.home;
    let space = cluster.spaces.named(home, space).unwrap().head.id;
    let api = format!("{product}-api:1.0.0");
    let document = product_document(product, "1.0.0", &[("gold", false)], &[&api]);
    cluster.publish_in(Some(space), document, vec![(api_document(&format!("{product}-api"), "1.0.0"), None)]);
}

#[tokio::test]
async fn products_go_to_the_space_of_the_same_name_whichever_lists_show_them() {
    for together in [true, false] {
        let (mut source, mut target) = bare();
        for cluster in [&mut source, &mut target] {
            with_spaces(cluster);
            cluster.switches.catalog_lists_space_products = together;
        }
        publish_in(&mut source, "retail", "petstore");
        publish_in(&mut source, "wholesale", "petstore");
        publish_in(&mut source, "wholesale", "zoo");
        let app = app(&source);
        source.subscribe(app, "wholesale/zoo:1.0.0", "gold");
        source.tick(10);
        let stage = Stage::with_products((source, target));
        let report = stage.settle().await;
        stage.assert_products_mirrored();
        stage.assert_mirrored();
        assert_eq!(counts(&report, "products").created, 3, "{}", shown(&report));
    }
}

#[tokio::test]
async fn spaces_on_one_side_only_withhold_products_and_nothing_else() {
    for on_source in [true, false] {
        let (mut source, mut target) = bare();
        if on_source {
            with_spaces(&mut source);
            publish_in(&mut source, "retail", "petstore");
        } else {
            with_spaces(&mut target);
            publish(&mut source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        }
        let stage = Stage::with_products((source, target));
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        assert_eq!(counts(&report, "products").withheld, 1, "{}", shown(&report));
        assert_eq!(counts(&report, "applications").created, 1);
        assert!(report.findings.iter().any(|finding| finding.check == "spaces_enabled"));
        stage.again().await;
    }
}

#[tokio::test]
async fn a_missing_space_withholds_what_is_in_it() {
    let (mut source, mut target) = bare();
    with_spaces(&mut source);
    target.set("spaces_enabled", true);
    let retail = target.add_space("retail");
    target.add_gateway_service_in(Some(retail), "gateway");
    publish_in(&mut source, "retail", "petstore");
    publish_in(&mut source, "wholesale", "zoo");
    let stage = Stage::with_products((source, target));
    let report = stage.sync().await;
    assert_eq!(counts(&report, "products").created, 1, "{}", shown(&report));
    assert_eq!(counts(&report, "products").withheld, 1, "{}", shown(&report));
    assert!(shown(&report).contains("wholesale"), "{}", shown(&report));
    stage.again().await;
}

#[tokio::test]
async fn gateway_services_are_found_by_name_through_the_mapping() {
    let stage = stage(|source| {
        source.add_gateway_service("frankfurt");
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(counts(&report, "products").withheld, 1, "{}", shown(&report));
    assert!(
        shown(&report).contains("the target has no gateway service frankfurt (it has: gateway)"),
        "{}",
        shown(&report)
    );
    stage.again().await;

    stage.target().add_gateway_service("dublin");
    stage.target().add_gateway_service("unrelated");
    stage.set("GATEWAY_SERVICE_NAME_MAPPING", "frankfurt,dublin");
    let report = stage.settle().await;
    assert_eq!(changes(&report, "products"), ["create petstore:1.0.0"]);
    let target = stage.target();
    let copy = target.product("petstore:1.0.0").unwrap();
    let names: Vec<&str> =
        copy.gateway_services.iter().map(|id| target.gateway_services[*id].head.name.as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"dublin") && names.contains(&"gateway"), "{names:?}");
}

#[tokio::test]
async fn a_gateway_service_that_is_gone_holds_nothing_back() {
    let stage = stage(|source| {
        let frankfurt = source.add_gateway_service("frankfurt");
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        source.remove_gateway_service(frankfurt);
    });
    let report = stage.settle().await;
    assert!(report.gaps.is_empty(), "{}", shown(&report));
    assert_eq!(changes(&report, "products"), ["create petstore:1.0.0"]);
}

#[tokio::test]
async fn a_list_of_gateway_services_that_leaves_one_out_that_is_there_is_a_gap() {
    let stage = stage(|source| {
        source.add_gateway_service("frankfurt");
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    let shown_rows = Effect::filter(|row| row["name"] != "frankfurt");
    stage.source().faults.add(Fault::on("GET", "/configured-gateway-services?", shown_rows));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert!(report.gaps.iter().any(|gap| gap.kind == "gateway_services"), "{}", shown(&report));
    assert_eq!(counts(&report, "products").created, 0);
}
