//! What is fuzzed, as functions of bytes that panic where a promise is broken.
//!
//! They are compiled twice: into the fuzzers of `tests/fuzz`, which search without end, and into the integration tests, which try
//! the corpus and simple mutations of it. So they keep to the public API, and reach private parsers the way a server would.

mod answers;
mod codings;
mod detour;
mod documents;
mod durations;
mod environment;
mod handles;
mod kept_plans;
mod mappings;
mod pages;
mod patterns;
mod publications;
mod releases;
mod requests;
mod runs;
mod sandbox;
mod snapshots;
mod tape;
mod tokens;
mod visible;

/// One thing to fuzz.
pub(crate) struct Target {
    /// The folder of its corpus, and its file under `fuzz_targets`.
    pub(crate) name: &'static str,
    /// Tries one input. Panics where the program breaks a promise.
    pub(crate) check: fn(&[u8]),
}

/// All of them.
pub(crate) const TARGETS: [Target; 18] = [
    target("answers", answers::check),
    target("codings", codings::check),
    target("documents", documents::check),
    target("durations", durations::check),
    target("environment", environment::check),
    target("handles", handles::check),
    target("kept_plans", kept_plans::check),
    target("mappings", mappings::check),
    target("pages", pages::check),
    target("patterns", patterns::check),
    target("publications", publications::check),
    target("releases", releases::check),
    target("requests", requests::check),
    target("runs", runs::check),
    target("sandbox", sandbox::check),
    target("snapshots", snapshots::check),
    target("tokens", tokens::check),
    target("visible", visible::check),
];

const fn target(name: &'static str, check: fn(&[u8])) -> Target {
    Target { name, check }
}

/// Tries one input of the target of that name.
pub(crate) fn fuzz(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap().check)(input);
}
