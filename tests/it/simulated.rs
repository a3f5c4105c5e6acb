//! The first worlds of the simulation, and whether the simulation itself can be relied upon.

mod watching;

use crate::simulation::{explore, observe, schedule_of};

/// As many as the suite has time for; by hand, `cargo bench --bench simulation` goes on from there.
const WORLDS: u64 = 4000;

#[test]
fn whatever_goes_wrong_no_promise_is_broken() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (tally, violations) = explore(1..WORLDS + 1, threads, &|_, _| {});
    let told: Vec<String> =
        violations.iter().map(|violation| format!("seed {}: {}", violation.seed, violation.what)).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    for injected in ["fault LoseAnswer", "fault HtmlPage", "kills", "stops"] {
        assert!(tally.get(injected) > 0, "no {injected} in\n{tally}");
    }
    assert!(tally.get("exits 0 that had to mean a mirror") > WORLDS);
    assert!(tally.get("objects deleted on the target") > WORLDS / 3);
}

#[test]
fn a_seed_says_everything() {
    for seed in 1..40 {
        assert_eq!(schedule_of(seed), schedule_of(seed));
        let stories = [observe(seed).1, observe(seed).1];
        assert_eq!(timeless(&stories[0]), timeless(&stories[1]), "seed {seed}");
    }
}

/// Reports tell how long the machine took, which is nobody's doing.
fn timeless(story: &[String]) -> Vec<String> {
    let lines = story.iter().flat_map(|piece| piece.lines());
    lines
        .map(|line| match line.split_once(" s, ") {
            Some((before, after)) => format!("{} {after}", before.rsplit_once('(').map_or(before, |(text, _)| text)),
            None => line.to_owned(),
        })
        .collect()
}
