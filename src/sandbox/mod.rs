//! API management servers in memory: the world they keep, and the façades through which programs see it.
//!
//! The command `sandbox`, the tests and the benchmarks run against these. The world is plain data with rules
//! ([`world`]); a façade such as [`api_connect`] translates requests into reads and writes of it. What no public
//! source tells about the real server is a [`Switches`] field, and what goes wrong on a bad day is a [`Fault`]:
//! both are properties of the world, so a test states them next to its data.

pub mod api_connect;
pub mod faults;
pub mod in_process;
pub mod limit;
pub mod seed;
pub mod server;
pub mod switches;
pub mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use faults::{Effect, Fault};
pub use in_process::InProcess;
pub use limit::RateLimit;
pub use server::Server;
pub use switches::Switches;
pub use world::{Cluster, Id};

/// A cluster that a server and a test look at together.
pub type SharedCluster = Arc<Mutex<Cluster>>;

/// Wraps a cluster for sharing.
#[must_use]
pub fn share(cluster: Cluster) -> SharedCluster {
    Arc::new(Mutex::new(cluster))
}

/// Locks the cluster; a test that panicked while holding it does not take the others down.
pub(crate) fn lock(cluster: &SharedCluster) -> MutexGuard<'_, Cluster> {
    cluster.lock().unwrap_or_else(PoisonError::into_inner)
}
