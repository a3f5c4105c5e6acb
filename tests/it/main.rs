//! The integration tests, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop right there")]

mod architecture;
mod authority;
mod binary;
mod config;
mod contract;
mod convergence;
mod deploy;
mod docs;
mod fuzzing;
mod http_edge;
mod invented;
mod listening;
mod mirror;
mod pacing;
mod plan_cases;
mod plan_lines;
mod policy_worlds;
mod random_products;
mod random_world;
mod sandbox;
mod secrets;
mod simulated;
mod simulation;
mod snapshot_file;
mod stage;
mod unprintable;
mod whole;
