//! Servers that take only so many requests per second: the client finds their limit and stays just below it.

use std::time::Duration;

use apic_configsync::{engine::report::ExitStatus, sandbox::RateLimit};
use tokio::time::Instant;

use super::{
    company,
    servers::{Served, limited},
};
use crate::stage::shown;

/// Sixteen requests in flight, each of so many milliseconds, can't be more per second than this.
fn most(limit: u32, latency: u64) -> f64 {
    f64::from(limit).min(16_000.0 / f64::from(u32::try_from(latency).unwrap()))
}

fn assert_near_the_limit(served: &Served, most: f64, what: &str) {
    let (rate, refused) = (served.per_second(), served.refused_share());
    assert_eq!(served.failed, 0, "{what}");
    assert!(rate > 0.75 * most, "{what}: {rate:.1}/s of {most:.1}");
    assert!(refused < 0.06, "{what}: {:.1} % refused", 100.0 * refused);
}

#[tokio::test(start_paused = true)]
async fn the_rate_settles_just_below_the_limit() {
    for limit in [5, 50, 500] {
        for counting in [RateLimit::bucket(limit, limit), RateLimit::bucket(limit, 10), RateLimit::by_second(limit)] {
            for rate_limit in [counting.clone(), counting.asking_for(1)] {
                for latency in [5, 50, 300] {
                    let requests = usize::try_from(limit).unwrap() * 120;
                    let requests = requests.clamp(1200, 30_000);
                    let what = format!("{rate_limit:?}, {latency} ms");
                    let bounded = limited(Duration::from_millis(latency), rate_limit.clone());
                    let served = bounded.serve(requests).await;
                    assert_near_the_limit(&served, most(limit, latency), &what);
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_changes_is_found_again() {
    for (first, then) in [(50, 200), (200, 50), (300, 20), (20, 300)] {
        let after = u64::from(first) * 60;
        let requests = after + u64::from(then) * 60;
        let limit = RateLimit::bucket(first, 10);
        let bounded = limited(Duration::from_millis(20), limit).changing(after, then);
        let served = bounded.serve(usize::try_from(requests).unwrap()).await;
        let what = format!("{first}/s, then {then}/s");
        assert_eq!(served.failed, 0, "{what}");
        assert!(served.took < Duration::from_secs(145), "{what}: {:?}", served.took);
        assert!(served.refused_share() < 0.05, "{what}: {}", served.refused_share());
    }
}

/// What the issue asks for, with the real engine: 50 requests per second, of both kinds of answer.
#[tokio::test(start_paused = true)]
async fn a_whole_run_goes_at_the_pace_of_a_limited_target() {
    for limit in [RateLimit::bucket(50, 50), RateLimit::bucket(50, 50).asking_for(1)] {
        let what = format!("{limit:?}");
        let stage = company(40, Duration::from_millis(20));
        stage.target().limit = Some(limit);
        let began = Instant::now();
        let report = stage.sync().await;
        let took = began.elapsed().as_secs_f64();
        assert_eq!(report.exit_status, ExitStatus::Success, "{}", shown(&report));
        let limit = stage.target().limit.clone().unwrap();
        let admitted = f64::from(u32::try_from(limit.admitted()).unwrap());
        let refused = f64::from(u32::try_from(limit.refused()).unwrap());
        assert!(admitted / took > 40.0, "{what}: {admitted} in {took:.1} s");
        assert!(refused < 0.05 * admitted, "{what}: {refused} of {admitted}");
        assert_eq!(report.target.requests.throttled, limit.refused());
        stage.target().limit = None;
        stage.assert_mirrored();
    }
}
