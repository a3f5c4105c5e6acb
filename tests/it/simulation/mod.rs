//! One seed, one world, one fault schedule: the real engine against the sandbox's world, with paused time and without
//! sockets.
//!
//! A seed decides everything ([`draw`]): the world and what becomes of it, the settings, what the servers do where
//! nobody knows, how long each request takes, and what goes wrong when ([`schedule`]). The [`wire`] carries requests and
//! lets things go wrong, [`watch`] judges every write as it arrives by what the [`ledger`] knows, [`truth`] every report,
//! [`life`] the whole. Consumers forge metadata ([`forgery`]), logins lose their [`sight`], and others are at work beside the
//! run ([`surroundings`]).
//! The same seed gives the same requests in the same order, so a violation is replayed by its seed:
//! `cargo bench --bench simulation -- --seed N`.

mod draw;
mod explore;
mod forgery;
mod jitter;
pub(crate) mod ledger;
mod life;
mod schedule;
pub(crate) mod sight;
mod storing;
mod surroundings;
mod switches;
mod tally;
mod truth;
pub(crate) mod watch;
mod wire;

pub(crate) use explore::explore;
pub(crate) use tally::Tally;

use draw::Draw;
use life::Life;

/// What should never be.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) seed: u64,
    pub(crate) what: String,
}

/// Lives the life of one world.
pub(crate) fn simulate(seed: u64) -> Result<Tally, Violation> {
    observe(seed).0
}

/// The same with every request and report.
pub(crate) fn observe(seed: u64) -> (Result<Tally, Violation>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let draw = Draw::of(seed);
    runtime.block_on(Life::new(&draw).live())
}

/// What a seed decides, in words.
#[must_use]
pub(crate) fn schedule_of(seed: u64) -> String {
    format!("{:#?}", Draw::of(seed))
}
