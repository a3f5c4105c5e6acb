//! What nobody outside the vendor knows: the same life of two Products, both ways for every such question.

use apic_configsync::sandbox::{
    Cluster,
    switches::{LifecycleLinks, Metadata},
};
use serde_json::json;

use super::{api, app, product, publish, stage, then};
use crate::stage::Stage;

/// Made, subscribed to, changed, deprecated, superseded, removed.
async fn live(decide: impl Fn(&mut Cluster)) -> Stage {
    let stage = stage(|source| {
        decide(source);
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
        publish(source, "zoo:1.0.0", &["day"], &["pets:1.0.0"]);
        let app = app(source);
        source.subscribe(app, "petstore:1.0.0", "gold");
    });
    decide(&mut stage.target());
    settle(&stage).await;
    then(&stage, |source| {
        let pets = api(source, "pets:1.0.0");
        source.change_api_document(pets, |document| document["info"]["title"] = json!("Pets"));
    });
    settle(&stage).await;
    then(&stage, |source| {
        let new = publish(source, "petstore:2.0.0", &["gold"], &["pets:1.0.0"]);
        let old = product(source, "petstore:1.0.0");
        source.supersede(new, old, Vec::new()).unwrap();
    });
    settle(&stage).await;
    then(&stage, |source| {
        let orders = api(source, "orders:1.0.0");
        source.change_api_document(orders, |document| {
            document["info"]["title"] = json!("Orders");
        });
    });
    settle(&stage).await;
    stage
}

async fn settle(stage: &Stage) {
    stage.settle().await;
    stage.assert_products_mirrored();
    stage.assert_mirrored();
}

#[tokio::test]
async fn whether_ids_metadata_and_states_survive_another_publish() {
    live(|cluster| cluster.switches.republish_keeps_id = false).await;
    live(|cluster| cluster.switches.republish_keeps_metadata = false).await;
    live(|cluster| cluster.switches.republish_reopens_deprecated = true).await;
    live(|cluster| {
        cluster.switches.republish_keeps_id = false;
        cluster.switches.republish_keeps_metadata = false;
        cluster.switches.republish_reopens_deprecated = true;
    })
    .await;
}

#[tokio::test]
async fn whether_metadata_is_merged_stored_ignored_or_refused() {
    live(|cluster| cluster.switches.metadata_merged = true).await;
    live(|cluster| cluster.switches.metadata.products = Metadata::Ignored).await;
    live(|cluster| cluster.switches.metadata.products = Metadata::Refused).await;
    live(|cluster| cluster.switches.metadata.apis = Metadata::Refused).await;
}

#[tokio::test]
async fn how_documents_lists_and_links_are_shown() {
    live(|cluster| cluster.switches.product_document_route = false).await;
    live(|cluster| cluster.switches.null_fields = true).await;
    live(|cluster| cluster.switches.newest_first = false).await;
    live(|cluster| cluster.switches.millisecond_timestamps = true).await;
    live(|cluster| cluster.switches.lifecycle_links = LifecycleLinks::Urls).await;
    live(|cluster| cluster.switches.duplicate_status = 400).await;
    live(|cluster| cluster.switches.publish_reads_orgs = false).await;
}

#[tokio::test]
async fn links_that_a_server_does_not_show_are_not_carried_and_nothing_else_suffers() {
    let stage = stage(|source| {
        source.switches.lifecycle_links = LifecycleLinks::Hidden;
        let old = publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        let new = publish(source, "petstore:2.0.0", &["gold"], &["pets:1.0.0"]);
        source.supersede(new, old, Vec::new()).unwrap();
    });
    stage.target().switches.lifecycle_links = LifecycleLinks::Hidden;
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_deprecated_product_takes_subscriptions_or_does_not() {
    for takes in [true, false] {
        live(|cluster| cluster.switches.deprecated_takes_subscriptions = takes).await;
    }
}
