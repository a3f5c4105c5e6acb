//! How near a first sync comes to the limit of a target that takes only so many requests per second, and how many it
//! refuses on the way; how fast it is where nothing limits it.
//!
//! The real engine between two clusters in memory, in virtual time: the figures are the same on every machine but for
//! the jitter of delays. Nothing here is asserted. `cargo bench --bench pacing`, with `-- --small` the lowest limit only.

mod in_memory;
mod setup;

use std::{
    io::{self, Write},
    time::Duration,
};

use anyhow::{Result, ensure};
use apic_configsync::{
    engine::report::ExitStatus,
    http::RetryPolicy,
    sandbox::{
        Effect, Fault, RateLimit,
        seed::{self, Size},
        share,
    },
};

/// Organizations per limit, so that a run takes minutes.
const SIZES: [(u32, usize); 3] = [(5, 20), (50, 200), (500, 1000)];
const LATENCIES: [u64; 3] = [5, 50, 300];

/// One run.
struct Run {
    took: Duration,
    admitted: u64,
    refused: u64,
}

fn main() -> Result<()> {
    // `cargo test --all-targets` starts it too, and shall not wait for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    say(&format!(
        "{:>8} {:>9} {:<22} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "limit/s", "latency", "answer", "requests", "reached", "refused", "time", "of least"
    ))?;
    let small = std::env::args().any(|argument| argument == "--small");
    for (limit, orgs) in SIZES.into_iter().filter(|(_, orgs)| !small || *orgs < 100) {
        for latency in LATENCIES {
            let free = run(orgs, latency, None)?;
            say(&line("none", latency, "", &free, free.took))?;
            for (name, rate) in answers(limit) {
                let bound = run(orgs, latency, Some(rate))?;
                let at_the_limit = number(bound.admitted) / f64::from(limit);
                let least = free.took.max(Duration::from_secs_f64(at_the_limit));
                say(&line(&limit.to_string(), latency, name, &bound, least))?;
            }
        }
    }
    Ok(())
}

fn answers(limit: u32) -> [(&'static str, RateLimit); 3] {
    [
        ("429", RateLimit::bucket(limit, limit)),
        ("429, Retry-After: 1", RateLimit::bucket(limit, limit).asking_for(1)),
        ("429, by the second", RateLimit::by_second(limit)),
    ]
}

fn run(orgs: usize, latency: u64, limit: Option<RateLimit>) -> Result<Run> {
    let whole = Size::default();
    let (source, mut target) = seed::large(Size { orgs, credentials: whole.credentials * orgs / whole.orgs, ..whole });
    target.limit = limit;
    let slow = |mut cluster: apic_configsync::sandbox::Cluster| {
        let delay = Effect::Delay(Duration::from_millis(latency));
        cluster.faults.add(Fault::on("*", "", delay));
        share(cluster)
    };
    let (source, target) = (slow(source), slow(target));
    let (report, took) = in_memory::sync(&source, &target, RetryPolicy::default())?;
    ensure!(report.exit_status == ExitStatus::Success, "the run ended otherwise than well: {:?}", report.exit_status);
    let sent = report.target.requests;
    Ok(Run { took, admitted: sent.reads + sent.writes, refused: sent.throttled })
}

fn line(limit: &str, latency: u64, answer: &str, run: &Run, least: Duration) -> String {
    let took = run.took.as_secs_f64();
    let (admitted, refused) = (number(run.admitted), number(run.refused));
    format!(
        "{limit:>8} {latency:>6} ms {answer:<22} {:>9} {:>7.1}/s {:>7.2} % {took:>7.1} s {:>8.2}x",
        run.admitted,
        admitted / took,
        100.0 * refused / (admitted + refused),
        took / least.as_secs_f64(),
    )
}

/// A count as a number to reckon with.
fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
