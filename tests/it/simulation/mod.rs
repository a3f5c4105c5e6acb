//! One seed, one world, one fault schedule: the real engine against the sandbox's world, with paused time and without
//! sockets.
//!
//! A seed decides everything ([`draw`]): the world and what becomes of it, the settings, what the servers do where
//! nobody knows, how long each request takes, and what goes wrong when ([`schedule`]). The [`wire`] carries requests and
//! lets things go wrong, [`watch`] judges every write as it arrives, [`truth`] every report, [`life`] the whole.
//! The same seed gives the same requests in the same order, so a violation is replayed by its seed:
//! `cargo bench --bench simulation -- --seed N`.

mod draw;
mod explore;
mod jitter;
mod life;
mod schedule;
mod switches;
mod tally;
mod truth;
mod watch;
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
    /// Every request and every report up to there.
    pub(crate) story: String,
}

/// Lives the life of one world.
pub(crate) fn simulate(seed: u64) -> Result<Tally, Violation> {
    observe(seed).0
}

/// The same with every request and report.
pub(crate) fn observe(seed: u64) -> (Result<Tally, Violation>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let draw = Draw::of(seed);
    runtime.block_on(Life::new(&draw).live())
}

/// What a seed decides, in words.
pub(crate) fn schedule_of(seed: u64) -> String {
    format!("{:#?}", Draw::of(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many as the suite has time for; by hand, `cargo bench --bench simulation` goes on from there.
    const WORLDS: u64 = 2000;

    #[test]
    fn whatever_goes_wrong_no_promise_is_broken() {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let (tally, violations) = explore(1..WORLDS + 1, threads, &|_, _| {});
        let told: Vec<String> = violations
            .iter()
            .map(|violation| format!("seed {}: {}", violation.seed, violation.what))
            .collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
        for injected in ["fault LoseAnswer", "fault HtmlPage", "kills", "stops"] {
            assert!(tally.get(injected) > 0, "no {injected} in\n{tally}");
        }
        assert!(tally.get("exits 0 that had to mean a mirror") > WORLDS);
        assert!(tally.get("objects deleted on the target") > WORLDS);
    }

    #[test]
    fn a_seed_says_everything() {
        for seed in 1..40 {
            let stories = [observe(seed).1, observe(seed).1];
            assert_eq!(timeless(&stories[0]), timeless(&stories[1]), "seed {seed}");
        }
    }

    /// Reports tell how long the machine took, which is nobody's doing.
    fn timeless(story: &[String]) -> Vec<String> {
        let lines = story.iter().flat_map(|piece| piece.lines());
        lines
            .map(|line| match line.split_once(" s, ") {
                Some((before, after)) => format!(
                    "{} {after}",
                    before.rsplit_once('(').map_or(before, |(text, _)| text)
                ),
                None => line.to_owned(),
            })
            .collect()
    }
}
