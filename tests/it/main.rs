//! The integration tests, in one binary.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on shall stop right there"
)]

mod config;
mod http_edge;
mod plan_cases;
mod sandbox;
