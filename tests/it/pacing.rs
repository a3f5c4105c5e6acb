//! How fast a run goes: as fast as a healthy server lets it, just below the limit of one that has a limit, and no faster
//! than one in trouble can bear. All in virtual time.

mod budget;
mod healthy;
mod limited;
mod servers;
mod sides;

use std::time::Duration;

use apic_configsync::{
    http::RetryPolicy,
    sandbox::{
        Effect, Fault, SharedCluster,
        seed::{self, Size},
    },
};

use crate::stage::Stage;

/// A source with so many organizations and a target without any, both answering after `latency`.
fn company(orgs: usize, latency: Duration) -> Stage {
    let whole = Size::default();
    let size = Size { orgs, credentials: whole.credentials * orgs / whole.orgs, ..whole };
    let mut stage = Stage::of(seed::large(size)).with("API_CACHE_REQUEST_PAGE_SIZE", "100");
    stage.retry = RetryPolicy::default();
    slow_down(&stage.source, latency);
    slow_down(&stage.target, latency);
    stage
}

fn slow_down(cluster: &SharedCluster, latency: Duration) {
    let slow = Fault::on("*", "", Effect::Delay(latency));
    cluster.lock().unwrap().faults.add(slow);
}
