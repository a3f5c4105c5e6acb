//! Who may see a Product and who may subscribe to it: said in the target's own terms.

use apic_configsync::sandbox::{
    Cluster, Id,
    world::{Audience, ConsumerOrg},
};

use super::{product, publish, stage, then};
use crate::stage::{Stage, assert_told, changes, counts, shown};

fn custom(orgs: Vec<Id>, groups: Vec<Id>) -> Audience {
    Audience { kind: "custom".into(), enabled: true, orgs, groups }
}

fn authenticated() -> Audience {
    Audience { kind: "authenticated".into(), enabled: true, orgs: Vec::new(), groups: Vec::new() }
}

fn add_org(cluster: &mut Cluster, name: &str) -> Id {
    let owner = cluster.user("sandbox-catalog", "alice").unwrap().head.id;
    cluster.add_org(name, owner)
}

/// A Product for `acme` and `globex` alone.
fn exclusive() -> Stage {
    stage(|source| {
        let globex = add_org(source, "globex");
        let acme = source.org("acme").unwrap().head.id;
        let petstore = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        source.set_visibility(petstore, custom(vec![acme, globex], vec![]), custom(vec![acme], vec![]));
    })
}

#[tokio::test]
async fn organizations_are_named_as_the_target_knows_them_and_made_before() {
    let stage = exclusive();
    stage.settle().await;
    stage.assert_products_mirrored();
    let target = stage.target();
    let copy = &target.products[product(&target, "petstore:1.0.0")];
    assert_eq!(copy.visibility.view.orgs.len(), 2);
}

#[tokio::test]
async fn a_product_is_never_open_to_everybody_in_between() {
    for honoured in [true, false] {
        let stage = exclusive();
        stage.target().switches.publish_reads_orgs = honoured;
        stage.settle().await;
        stage.assert_products_mirrored();
    }
}

#[tokio::test]
async fn a_changed_audience_is_patched_without_publishing() {
    let stage = exclusive();
    stage.settle().await;
    let before = super::publishes(&stage);
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        let initech = add_org(source, "initech");
        source.set_visibility(petstore, custom(vec![initech], vec![]), authenticated());
    });
    let report = stage.settle().await;
    stage.assert_products_mirrored();
    assert_eq!(super::publishes(&stage), before, "{}", shown(&report));
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.set_visibility(petstore, authenticated(), authenticated());
    });
    stage.settle().await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn who_is_out_of_scope_is_left_out_and_nobody_left_withholds_the_product() {
    let stage = exclusive().with("EXCLUDE_CONSUMER_ORGS", "globex");
    stage.settle().await;
    {
        let target = stage.target();
        let copy = &target.products[product(&target, "petstore:1.0.0")];
        assert_eq!(copy.visibility.view.orgs.len(), 1);
    }
    then(&stage, |source| {
        let globex = source.org("globex").unwrap().head.id;
        let zoo = publish(source, "zoo:1.0.0", &["day"], &["animals:1.0.0"]);
        source.set_visibility(zoo, custom(vec![globex], vec![]), authenticated());
    });
    let report = stage.sync().await;
    assert_eq!(
        report.exit_status,
        apic_configsync::engine::report::ExitStatus::Success,
        "out of scope is no reason for more"
    );
    assert_told(&report, "products", "zoo:1.0.0", "globex");
    assert!(stage.target().product("zoo:1.0.0").is_none());
    stage.again().await;
}

#[tokio::test]
async fn groups_are_matched_by_name_and_must_be_there() {
    let stage = stage(|source| {
        let acme = source.org("acme").unwrap().head.id;
        let partners = source.add_group("partners", &[acme]);
        let petstore = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        source.set_visibility(petstore, custom(vec![], vec![partners]), authenticated());
    });
    let report = stage.sync().await;
    assert_eq!(counts(&report, "products").withheld, 1, "{}", shown(&report));
    stage.again().await;
    stage.target().add_group("partners", &[]);
    let report = stage.settle().await;
    assert_eq!(changes(&report, "products"), ["create petstore:1.0.0"]);
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn an_organization_that_goes_leaves_the_audience_with_it() {
    let stage = exclusive();
    stage.settle().await;
    then(&stage, |source| {
        let globex = source.org("globex").unwrap().head.id;
        let acme = source.org("acme").unwrap().head.id;
        let petstore = product(source, "petstore:1.0.0");
        source.set_visibility(petstore, custom(vec![acme], vec![]), custom(vec![acme], vec![]));
        source.remove_org(globex);
        source.retitle::<ConsumerOrg>(acme, "Acme Inc.");
    });
    stage.settle().await;
    stage.assert_products_mirrored();
    stage.assert_mirrored();
}

/// A failed list must not narrow who sees a Product.
#[tokio::test]
async fn an_organization_that_its_list_leaves_out_is_not_taken_out_of_the_audience() {
    use apic_configsync::sandbox::{Effect, Fault};
    let stage = exclusive();
    stage.settle().await;
    then(&stage, |source| {
        let petstore = product(source, "petstore:1.0.0");
        source.change_product_document(petstore, |document| {
            document["info"]["title"] = "Pet Store".into();
        });
    });
    let before = stage.target().products_snapshot();
    stage.source().faults.add(Fault::on("GET", "/consumer-orgs?", Effect::EmptyList));
    let report = stage.sync().await;
    assert_eq!(report.exit_status, apic_configsync::engine::report::ExitStatus::Incomplete, "{}", shown(&report));
    assert_eq!(
        before["products"]["petstore:1.0.0"]["visibility"],
        stage.target().products_snapshot()["products"]["petstore:1.0.0"]["visibility"]
    );
    stage.source().faults.clear();
    stage.settle().await;
    stage.assert_products_mirrored();
}

/// `sandbox-test-org` is on both sides and out of scope: to name it is no touch.
#[tokio::test]
async fn an_organization_out_of_scope_is_named_where_the_target_has_it() {
    for (name, exclude) in [("sandbox-test-org", "nobody"), ("globex", "globex")] {
        let stage = stage(|source| {
            let org = add_org(source, name);
            let petstore = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
            source.set_visibility(petstore, custom(vec![org], vec![]), custom(vec![org], vec![]));
        })
        .with("EXCLUDE_CONSUMER_ORGS", exclude);
        let own = {
            let mut target = stage.target();
            let owner = target.add_user("sandbox-catalog", "zoe");
            target.add_org(name, owner)
        };
        let before = stage.target().consumer_orgs.get(own).unwrap().head.clone();
        stage.settle().await;
        super::rest(&stage).await;
        let target = stage.target();
        let copy = target.product("petstore:1.0.0").unwrap();
        assert_eq!(copy.visibility.view.orgs, [own]);
        assert_eq!(copy.visibility.subscribe.orgs, [own]);
        let after = &target.consumer_orgs.get(own).unwrap().head;
        assert_eq!(after.metadata, before.metadata);
        assert_eq!(after.updated_at, before.updated_at);
    }
}

#[tokio::test]
async fn an_organization_out_of_scope_that_the_target_lacks_is_no_reason_for_exit_3() {
    for (name, exclude, setting) in
        [("sandbox-test-org", "nobody", "INCLUDE_CONSUMER_ORGS"), ("globex", "globex", "EXCLUDE_CONSUMER_ORGS")]
    {
        let stage = stage(|source| {
            let org = add_org(source, name);
            let petstore = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
            source.set_visibility(petstore, custom(vec![org], vec![]), authenticated());
        })
        .with("EXCLUDE_CONSUMER_ORGS", exclude);
        let report = stage.settle().await;
        assert_told(&report, "products", "petstore:1.0.0", "out of scope");
        assert_told(&report, "products", "petstore:1.0.0", setting);
        assert!(stage.target().product("petstore:1.0.0").is_none());
    }
}
