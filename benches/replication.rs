//! What a run costs: requests, time, memory and processor, of a first sync and of a sync right after it.
//!
//! Two sandbox servers stand in a process of their own and answer each request after [`servers::LATENCY`]. The engine
//! runs as the binary would, again in a process of its own, so that its memory and processor time are nobody else's.
//! Its requests are held against the least possible ([`least`]), its time against a bare client that sends the same
//! requests ([`replay`]). Nothing here is asserted: counts and ratios are for people to read.
//!
//! `cargo bench`, or `cargo bench -- --small` for a glance.

mod engine;
mod least;
mod process;
mod recording;
mod replay;
mod servers;
mod setup;
mod table;

use std::time::Duration;

use anyhow::Result;
use apic_configsync::sandbox::seed::Size;
use clap::{Parser, Subcommand};

use least::Situation;
use process::Usage;
use recording::Recorded;
use servers::Servers;
use table::Act;

/// A run without changes is short, so noise weighs: it is repeated, and the fastest counts.
const ROUNDS: usize = 5;

#[derive(Parser)]
struct Arguments {
    /// 50 organizations in place of 1,000.
    #[arg(long)]
    small: bool,
    /// What `cargo bench` adds, and `cargo test --all-targets` does not.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What a process that this program starts of itself is for.
#[derive(Subcommand)]
#[command(hide = true)]
enum Role {
    Serve { orgs: usize },
    Engine,
    Replay,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::Serve { orgs }) => servers::serve(size(orgs)),
        Some(Role::Engine) => engine::run(),
        Some(Role::Replay) => replay::run(),
        None if arguments.bench => measure(size(if arguments.small { 50 } else { 1000 })),
        None => Ok(()),
    }
}

/// Members, apps and the rest in the proportions of [`Size::default`].
fn size(orgs: usize) -> Size {
    let whole = Size::default();
    Size { orgs, credentials: whole.credentials * orgs / whole.orgs, ..whole }
}

fn measure(size: Size) -> Result<()> {
    table::preface(&size)?;
    let mut servers = Servers::start(size)?;
    let first = engine::start(&servers, "first-sync")?;
    let first_requests = servers.take_recording()?;
    let again = run_again(&mut servers)?;
    drop(servers);

    let fresh = Servers::start(size)?;
    let replayed = replay::start(&fresh, &first_requests)?;
    table::act(&Act {
        title: "first sync",
        situation: Situation::FirstSync,
        size: &size,
        requests: &first_requests,
        engine: &first,
        replay: &replayed,
    })?;
    table::act(&Act {
        title: "sync without changes, right after",
        situation: Situation::NothingToDo,
        size: &size,
        requests: &again.requests,
        engine: &again.engine,
        replay: &again.replay,
    })?;
    table::notes()
}

/// Runs without changes and their replays.
struct Again {
    requests: Vec<Recorded>,
    engine: engine::Finished,
    replay: replay::Finished,
}

/// Alternates, so that whatever else the machine does hits both alike.
fn run_again(servers: &mut Servers) -> Result<Again> {
    let mut fastest: Option<Again> = None;
    for _ in 0..ROUNDS {
        let engine = engine::start(servers, "no-changes")?;
        let requests = servers.take_recording()?;
        let replay = replay::start(servers, &requests)?;
        servers.take_recording()?;
        fastest = Some(match fastest {
            None => Again { requests, engine, replay },
            Some(best) => Again {
                requests,
                engine: faster(best.engine, engine, |it| &it.usage),
                replay: faster(best.replay, replay, |it| &it.usage),
            },
        });
    }
    fastest.ok_or_else(|| anyhow::anyhow!("no round was run"))
}

fn faster<T>(best: T, other: T, usage: impl Fn(&T) -> &Usage) -> T {
    let wall = |it: &T| -> Duration { usage(it).wall };
    if wall(&other) < wall(&best) { other } else { best }
}
