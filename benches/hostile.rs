//! What hostile and lame servers cost: memory and time of runs against answers with too much of everything, and how the
//! cost grows with what is missing.
//!
//! Each run happens in a process of its own. Excess is sent over sockets by servers in this process; growth is measured
//! between two clusters in memory, in virtual time, so that only the processor's counts. Nothing here is asserted.
//!
//! `cargo bench --bench hostile`, with `-- --small` a quarter of the sizes.
#![expect(clippy::unwrap_used, reason = "the excess is that of the tests, and the sizes are small numbers")]

#[path = "../tests/it/binary/excess.rs"]
mod excess;
mod in_memory;
mod process;
mod runs;
mod setup;

use std::{
    io::{self, Write},
    process::Stdio,
    sync::{Arc, PoisonError},
};

use anyhow::{Context, Result};
use apic_configsync::sandbox::{
    Effect, Fault, Server,
    seed::{self, Size},
    share,
};
use clap::{Parser, Subcommand};

use excess::{ALTERATIONS, Alteration};
use runs::{Ended, Trouble};

/// The smallest size of what grows; each further one is doubled.
const ORGS: usize = 500;
const DOUBLINGS: u32 = 3;

#[derive(Parser)]
struct Arguments {
    /// A quarter of the sizes.
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
    /// One run against the servers that the environment names.
    Sockets,
    /// One run in memory, between so many organizations with such a trouble.
    Memory { trouble: Trouble, orgs: usize },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::Sockets) => runs::over_sockets(),
        Some(Role::Memory { trouble, orgs }) => runs::in_memory(trouble, orgs),
        None if arguments.bench => {
            show_excess()?;
            show_growth(if arguments.small { ORGS / 4 } else { ORGS })
        }
        None => Ok(()),
    }
}

/// One list of the source with too much in it: what the run comes to.
fn show_excess() -> Result<()> {
    say("the source's list of apps is")?;
    say(&format!("{:<36} {:>5} {:>9} {:>9} {:>9}", "", "exit", "peak", "processor", "wall"))?;
    let as_ever: (&str, Alteration) = ("as ever", |answer| answer);
    for (name, alter) in std::iter::once(&as_ever).chain(ALTERATIONS) {
        let ended = against(*alter)?;
        say(&format!(
            "{name:<36} {:>5} {:>5} MiB {:>6} ms {:>6} ms",
            ended.exit_status,
            ended.usage.peak_kib / 1024,
            ended.usage.processor.as_millis(),
            ended.usage.wall.as_millis(),
        ))?;
    }
    Ok(())
}

fn against(alter: Alteration) -> Result<Ended> {
    let runtime = process::runtime()?;
    let _entered = runtime.enter();
    let (mut source, target) = seed::large_synced(small());
    let effect = Effect::alter(move |_, answer| alter(answer));
    source.faults.add(Fault::on("*", "/apps?", effect));
    let sides = [("SOURCE", share(source)), ("TARGET", share(target))];
    // A server may ask for more patience than anybody has.
    let settings = [("SyncProductsAndAPIs", "false"), ("RUN_DEADLINE", "10s")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut variables = Vec::from(settings);
    let mut servers = Vec::new();
    for (prefix, cluster) in sides {
        let server = Server::start(Arc::clone(&cluster))?;
        let cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
        variables.extend(cluster.variables(prefix, &server.url()));
        servers.push(server);
    }
    let mut child = process::role("sockets", &variables)?;
    let output = child.stderr(Stdio::null()).output();
    process::hear(&output.context("the run did not start")?.stdout)
}

fn small() -> Size {
    Size { orgs: 2, credentials: 20, ..Size::default() }
}

/// What doubled sizes cost, as the factor against the size before: 2 is linear, 4 is quadratic.
fn show_growth(least: usize) -> Result<()> {
    say("\nof twice as much as before: processor time and memory, and how many times as much that is")?;
    for trouble in Trouble::ALL {
        let mut before: Option<Ended> = None;
        for doubling in 0..=DOUBLINGS {
            let orgs = least << doubling;
            let ended = grow(trouble, orgs)?;
            say(&line(trouble, orgs, &ended, before.as_ref()))?;
            before = Some(ended);
        }
    }
    Ok(())
}

fn grow(trouble: Trouble, orgs: usize) -> Result<Ended> {
    let mut child = process::role("memory", &[])?;
    child.arg(trouble.name()).arg(orgs.to_string());
    let output = child.stderr(Stdio::inherit()).output();
    process::hear(&output.context("the run did not start")?.stdout)
}

fn line(trouble: Trouble, orgs: usize, ended: &Ended, before: Option<&Ended>) -> String {
    let factor = |of: fn(&Ended) -> f64| {
        before.map_or_else(String::new, |before| format!("x{:.1}", of(ended) / of(before).max(f64::MIN_POSITIVE)))
    };
    format!(
        "{:<14} {orgs:>6} organizations {:>7} gaps {:>8} requests  {:>7} ms {:<6} {:>5} MiB {}",
        trouble.name(),
        ended.gaps,
        ended.requests,
        ended.usage.processor.as_millis(),
        factor(|it| it.usage.processor.as_secs_f64()),
        ended.usage.peak_kib / 1024,
        factor(|it| f64::from(u32::try_from(it.usage.peak_kib).unwrap_or(u32::MAX))),
    )
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
