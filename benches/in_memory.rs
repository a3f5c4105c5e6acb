//! A sync between two clusters in this process, without sockets, in virtual time.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use anyhow::Result;
use apic_configsync::{
    engine::report::Report,
    http::RetryPolicy,
    platform::Carriers,
    sandbox::{InProcess, SharedCluster},
};
use tokio::time::{Duration, Instant};

use crate::setup;

/// The report of a sync, and how long it took by the paused clock.
pub(crate) fn sync(source: &SharedCluster, target: &SharedCluster, retry: RetryPolicy) -> Result<(Report, Duration)> {
    let config = setup::load(&variables(source, target).into_iter().collect())?;
    let carriers = Carriers {
        source: Arc::new(InProcess::new(Arc::clone(source))).into(),
        target: Arc::new(InProcess::new(Arc::clone(target))).into(),
        retry,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    Ok(runtime.block_on(async {
        let began = Instant::now();
        let report = setup::sync(&config, &carriers).await;
        (report, began.elapsed())
    }))
}

fn variables(source: &SharedCluster, target: &SharedCluster) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([("SyncProductsAndAPIs".to_owned(), "false".to_owned())]);
    for (prefix, cluster) in [("SOURCE", source), ("TARGET", target)] {
        let url = format!("https://{}.test/api", prefix.to_lowercase());
        let cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
        variables.extend(cluster.variables(prefix, &url));
    }
    variables
}
