//! The results as text.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Duration,
};

use anyhow::Result;
use apic_configsync::sandbox::seed::Size;

use crate::{
    ROUNDS, engine,
    least::{self, PAGE, Situation, Tally},
    recording::{Recorded, Side},
    replay::{self, READS, WRITES},
    servers::LATENCY,
};

/// One measured run and its replay.
pub(crate) struct Act<'a> {
    pub(crate) title: &'a str,
    pub(crate) situation: Situation,
    pub(crate) size: &'a Size,
    pub(crate) requests: &'a [Recorded],
    pub(crate) engine: &'a engine::Finished,
    pub(crate) replay: &'a replay::Finished,
}

/// Says what is measured, before it takes its time.
pub(crate) fn preface(size: &Size) -> Result<()> {
    let apps = size.orgs * size.apps_per_org;
    print(&format!(
        "{} organizations, {} members, {apps} apps, {} credentials, {} subscriptions\n\
         {} ms per request, pages of {PAGE}, {READS} reads and {WRITES} writes in flight per side\n",
        size.orgs,
        size.orgs * size.members_per_org,
        size.credentials.max(apps),
        apps * size.subscriptions_per_app,
        LATENCY.as_millis(),
    ))
}

/// Prints one run.
pub(crate) fn act(act: &Act<'_>) -> Result<()> {
    let (sent, least) = (least::sent(act.requests), least::least(act.situation, act.size));
    print(&format!("\n== {}\n\n{}\n{}", act.title, requests(&sent, &least), usage(act)))?;
    print(&format!("{:<28}{:>12}\n", "requests besides", besides(&sent, &least)))
}

/// Says how the numbers came about.
pub(crate) fn notes() -> Result<()> {
    print(&format!(
        "\n\"Requests besides\" are those for connecting and every surplus, both sides together: below 20 is the aim.\n\
         The replay sends the recorded requests, bodies included, per side in the order of their arrival, over HTTP/1.1 with\n\
         kept connections, reads and writes in lanes as wide as the engine's; it logs in, then waits for nothing but a free place.\n\
         That of the first sync runs against fresh servers: ids of new objects come out otherwise there, so requests that bear\n\
         them may be refused, which is counted as \"answered otherwise\". The times of a sync without changes are the fastest of\n\
         {ROUNDS} engines and of {ROUNDS} replays in turn. Processor time comes in steps of 10 ms. Where the servers take\n\
         much of it, they and not the engine set the pace: repeat the measurement on an idle machine.\n"
    ))
}

fn requests(sent: &Tally, least: &Tally) -> String {
    let mut text = format!("{:<8}{:<42}{:>8}{:>8}{:>9}\n", "side", "request", "sent", "least", "surplus");
    let shapes: BTreeSet<_> = sent.keys().chain(least.keys()).collect();
    for shape in shapes {
        text += &row(shape.0, &shape.1, count(sent, shape), count(least, shape));
    }
    for side in Side::BOTH {
        for (name, reads) in [("reads", true), ("writes", false)] {
            let of = |tally: &Tally| sum(tally, |(other, shape)| *other == side && is_read(shape) == reads);
            text += &row(side, &format!("all {name}"), of(sent), of(least));
        }
    }
    text
}

fn row(side: Side, name: &str, sent: usize, least: usize) -> String {
    let surplus = i128::try_from(sent).unwrap_or_default() - i128::try_from(least).unwrap_or_default();
    format!("{:<8}{name:<42}{sent:>8}{least:>8}{surplus:>+9}\n", side.name())
}

/// Requests that are neither a page of a list that must be read nor a write that must be made nor what that one needs.
/// They shall be fewer than 20, both sides together.
fn besides(sent: &Tally, least: &Tally) -> usize {
    let connecting = |(_, shape): &(Side, String)| {
        ["POST token", "GET catalogs/{id}", "GET settings", "GET configured-catalog-user-registries"]
            .contains(&shape.as_str())
    };
    let needed = sum(least, |shape| !connecting(shape));
    sum(sent, |_| true).saturating_sub(needed)
}

/// A login is a `POST` but changes nothing.
fn is_read(shape: &str) -> bool {
    shape.starts_with("GET ") || shape == "POST token"
}

fn usage(act: &Act<'_>) -> String {
    let (engine, replay) = (&act.engine.usage, &act.replay.usage);
    let ratio = engine.wall.as_secs_f64() / replay.wall.as_secs_f64();
    let line = |name: &str, engine: &str, replay: &str| format!("{name:<28}{engine:>12}{replay:>12}\n");
    [
        line("", "engine", "replay"),
        line("wall time", &seconds(engine.wall), &seconds(replay.wall)),
        line("ratio", &format!("{ratio:.3}"), ""),
        line("processor time", &seconds(engine.processor), &seconds(replay.processor)),
        line("peak memory", &mebibytes(engine.peak_kib), &mebibytes(replay.peak_kib)),
        line("processor, servers", &seconds(act.engine.served), &seconds(act.replay.served)),
        line("answered otherwise", "", &act.replay.otherwise.to_string()),
    ]
    .concat()
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn mebibytes(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1024))
}

fn count(tally: &Tally, shape: &(Side, String)) -> usize {
    tally.get(shape).copied().unwrap_or(0)
}

fn sum(tally: &Tally, which: impl Fn(&(Side, String)) -> bool) -> usize {
    tally.iter().filter(|(shape, _)| which(shape)).map(|(_, count)| count).sum()
}

/// Whoever watches sees each part as soon as it is known.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
