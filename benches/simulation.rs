//! Many worlds in which things go wrong, one seed each (tests/it/simulation): as many as there is time for.
//!
//! `cargo bench --bench simulation -- --worlds 100000 --from 1` simulates so many worlds and tells what was injected;
//! `-- --seed N` replays one world with its schedule, all its requests and its reports. It ends with a failure and the
//! seeds where something was found that should never be.
#![expect(
    clippy::unwrap_used,
    clippy::enum_glob_use,
    clippy::print_stdout,
    reason = "the modules are those of the tests, and the result is for people"
)]

#[path = "../tests/it/listening.rs"]
mod listening;
#[path = "../tests/it/mirror.rs"]
mod mirror;
#[path = "../tests/it/random_products.rs"]
mod random_products;
#[path = "../tests/it/random_world.rs"]
mod random_world;
#[path = "../tests/it/secrets.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod secrets;
#[path = "../tests/it/simulation/mod.rs"]
mod simulation;
#[path = "../tests/it/stage.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod stage;

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    thread::available_parallelism,
    time::Instant,
};

use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// How many worlds.
    #[arg(long, default_value_t = 10_000)]
    worlds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Replays the world of this seed instead.
    #[arg(long)]
    seed: Option<u64>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => replay(seed),
        None => explore(&arguments),
    }
}

fn replay(seed: u64) -> ExitCode {
    println!("{}", simulation::schedule_of(seed));
    let (result, story) = simulation::observe(seed);
    println!("{}", story.join("\n"));
    match result {
        Ok(tally) => {
            println!("{tally}");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("VIOLATION with seed {seed}: {}", violation.what);
            ExitCode::FAILURE
        }
    }
}

fn explore(arguments: &Arguments) -> ExitCode {
    let began = Instant::now();
    let seeds = arguments.from..arguments.from + arguments.worlds;
    let threads = available_parallelism().map_or(1, usize::from);
    let done = AtomicU64::new(0);
    let (tally, violations) = simulation::explore(seeds, threads, &|_, violation| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(violation) = violation {
            println!("VIOLATION with seed {}: {}", violation.seed, violation.what);
        }
        if done.is_multiple_of(1000) {
            println!("{done} worlds after {} s", began.elapsed().as_secs());
        }
    });
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    println!("{tally}");
    let worlds = u32::try_from(tally.get("worlds")).unwrap_or(u32::MAX);
    println!("{:.0} worlds per minute", f64::from(worlds) / minutes);
    let seeds: Vec<u64> = violations.iter().map(|violation| violation.seed).collect();
    println!("{} violations: {seeds:?}", seeds.len());
    if seeds.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
