//! Names with `*`: what a matcher that tries every possibility says, the program's must say too.

use apic_configsync::engine::model::pattern::Patterns;

use super::tape::Tape;

/// A list of patterns, and a text to hold against it.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let (list, text) = (tape.text(), tape.text());
    let listed: Vec<&str> = list.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    let Ok(patterns) = list.parse::<Patterns>() else {
        assert!(listed.is_empty(), "{list:?} was refused");
        return;
    };
    let shown: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    assert_eq!(shown, listed, "printing gives what was read");
    let any = |fits: &dyn Fn(&str) -> bool| listed.iter().any(|pattern| fits(pattern));
    assert_eq!(patterns.matches(&text), any(&|pattern| fits(pattern, &text)), "{list:?} on {text:?}");
    assert_eq!(patterns.cover(&text), any(&|pattern| covers(pattern, &text)), "{list:?} over {text:?}");
    assert_eq!(
        patterns.match_version(&text),
        any(&|pattern| fits_version(pattern, &text)),
        "{list:?} on the version {text:?}"
    );
    for pattern in patterns.iter() {
        let is_near = pattern.distance(&text) == 0;
        assert_eq!(is_near, pattern.matches(&text), "{pattern} from {text:?}");
    }
    assert_eq!(patterns.name_in_full(&text), listed.contains(&text.as_str()));
}

/// Letter by letter: `reached[n]` says whether the pattern so far can stand for the first `n` letters.
fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for letter in pattern.chars() {
        if letter == '*' {
            let first = reached.iter().position(|fits| *fits);
            let first = first.unwrap_or(reached.len());
            reached[first..].fill(true);
        } else {
            for at in (0..text.len()).rev() {
                reached[at + 1] = reached[at] && text[at] == letter;
            }
            reached[0] = false;
        }
    }
    reached[text.len()]
}

fn covers(pattern: &str, address: &str) -> bool {
    let patterns: Vec<&str> = pattern.split('/').collect();
    let parts: Vec<&str> = address.split('/').collect();
    patterns.len() <= parts.len() && patterns.iter().zip(&parts).all(|(pattern, part)| fits(pattern, part))
}

fn fits_version(pattern: &str, text: &str) -> bool {
    let name = &text[..text.find(':').unwrap_or(text.len())];
    fits(pattern, if pattern.contains(':') { text } else { name })
}
