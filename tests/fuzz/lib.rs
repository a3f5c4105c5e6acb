//! What the fuzzers call.

mod targets;

/// Tries one input of the target of that name.
///
/// # Panics
///
/// Panics where the program breaks a promise, and where there is no such target.
pub fn fuzz(name: &str, input: &[u8]) {
    targets::fuzz(name, input);
}
