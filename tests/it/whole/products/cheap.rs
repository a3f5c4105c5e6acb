//! A run that has nothing to do reads no document; a hint that is missing or stale costs a read and nothing more.

use apic_configsync::sandbox::{Cluster, world::Product};
use serde_json::json;

use super::{api, documents_read, product, publish, publishes, stage, then};
use crate::stage::{Stage, changes, shown};

fn forget_requests(stage: &Stage) {
    for mut cluster in [stage.source(), stage.target()] {
        cluster.clear_requests();
    }
}

fn all_documents_read(stage: &Stage) -> usize {
    documents_read(&stage.source()) + documents_read(&stage.target())
}

#[tokio::test]
async fn with_500_products_and_1000_apis_no_document_is_read() {
    let stage = stage(|source| {
        for n in 0..500 {
            let apis = [format!("api-{n}-a:1.0.0"), format!("api-{n}-b:1.0.0")];
            publish(source, &format!("product-{n}:1.0.0"), &["gold"], &[&apis[0], &apis[1]]);
        }
    })
    .with("API_CACHE_REQUEST_PAGE_SIZE", "100");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, apic_configsync::engine::report::ExitStatus::Success, "{}", shown(&report));
    assert_eq!(publishes(&stage), 500);
    assert_eq!(documents_read(&stage.target()), 0, "nothing is there to be compared");
    forget_requests(&stage);
    stage.again().await;
    assert_eq!(all_documents_read(&stage), 0);
    let reads = |cluster: &Cluster| cluster.requests().len();
    assert!(reads(&stage.source()) <= 45, "{}", reads(&stage.source()));
    assert!(reads(&stage.target()) <= 45, "{}", reads(&stage.target()));
}

#[tokio::test]
async fn only_what_changed_is_read() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0", "orders:1.0.0"]);
        publish(source, "zoo:1.0.0", &["gold"], &["animals:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        let animals = api(source, "animals:1.0.0");
        source.change_api_document(animals, |document| {
            document["info"]["title"] = json!("Animals");
        });
    });
    forget_requests(&stage);
    stage.sync().await;
    assert_eq!(documents_read(&stage.source()), 2, "the Product and its API");
    stage.again().await;
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn a_missing_hint_costs_a_read_and_is_noted_in_silence() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    {
        let mut target = stage.target();
        let copy = product(&target, "petstore:1.0.0");
        target.change::<Product>(copy, |row| {
            if let Some(metadata) = &mut row.head.metadata {
                metadata.remove("source_hint");
            }
        });
    }
    forget_requests(&stage);
    let report = stage.sync().await;
    assert!(report.changes.is_empty(), "{}", shown(&report));
    assert_eq!(report.target.requests.writes, 1);
    assert_eq!(all_documents_read(&stage), 4);
    forget_requests(&stage);
    stage.again().await;
    assert_eq!(all_documents_read(&stage), 0);
}

/// Times are whole seconds: a second change within the same second would not show.
#[tokio::test]
async fn a_change_of_this_very_moment_is_not_noted_as_known() {
    let stage = Stage::with_products(super::bare());
    let apis = ["pets:1.0.0"];
    publish(&mut stage.source(), "petstore:1.0.0", &["gold"], &apis);
    stage.settle().await;
    forget_requests(&stage);
    stage.again().await;
    assert!(all_documents_read(&stage) > 0);
}

#[tokio::test]
async fn publishing_the_same_again_on_the_source_is_no_reason_to_publish_on_the_target() {
    let stage = stage(|source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    stage.settle().await;
    then(&stage, |source| {
        publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
    });
    forget_requests(&stage);
    let report = stage.settle().await;
    assert_eq!(publishes(&stage), 0, "{}", shown(&report));
    assert!(changes(&report, "apis").is_empty());
    forget_requests(&stage);
    stage.again().await;
    assert_eq!(all_documents_read(&stage), 0, "the hint is up to date again");
}
