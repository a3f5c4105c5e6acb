//! Servers without a limit: the client uses its ceilings.

use std::time::Duration;

use apic_configsync::engine::report::ExitStatus;
use tokio::time::Instant;

use super::{
    company,
    servers::{self, Served},
};
use crate::stage::exits;

/// With all places taken from the first request on it was 2.4 s; a start with few costs a few round trips, and so does the
/// question which release the target is of, which only a run that writes asks.
#[tokio::test(start_paused = true)]
async fn a_first_sync_takes_hardly_longer_than_with_all_places_from_the_start() {
    let stage = company(20, Duration::from_millis(20));
    let began = Instant::now();
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    let took = began.elapsed();
    assert!(took < Duration::from_millis(2550), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn reads_reach_their_ceiling_in_a_few_round_trips_and_keep_it() {
    let latency = Duration::from_millis(50);
    let served = servers::healthy(move |_| latency).serve(16 * 100).await;
    let least = latency * 100;
    assert_eq!(served.most_in_flight, 16);
    assert!(served.took < least + 3 * latency, "{:?}", served.took);
}

fn noisy(number: u64) -> Duration {
    Duration::from_millis(20 + number * 7919 % 80)
}

fn spiky(number: u64) -> Duration {
    Duration::from_millis(if number % 10 == 3 { 900 } else { 30 })
}

/// Answers that take long for reasons of their own are no reason to slow down.
#[tokio::test(start_paused = true)]
async fn noise_and_slow_answers_here_and_there_do_not_slow_it_down() {
    for latency in [noisy as fn(u64) -> Duration, spiky] {
        let served = servers::healthy(latency).serve(2000).await;
        let least = (0..2000).map(latency).sum::<Duration>() / 16;
        let took = served.took;
        assert!(took < least * 110 / 100, "{took:?} of {least:?}");
    }
}

/// Twice as many in flight take twice as long: more than a few at once only fill the server's queue.
#[tokio::test(start_paused = true)]
async fn latency_that_rises_with_the_requests_in_flight_keeps_them_few() {
    let Served { mean_in_flight, took, .. } = servers::one_at_a_time(Duration::from_millis(60)).serve(1000).await;
    assert!(mean_in_flight < 12.0, "{mean_in_flight}");
    assert!(took < Duration::from_secs(62), "{took:?}");
}
