//! Names with `*`, as the scope settings, `ADOPT` and `ACKNOWLEDGE` use them.

use std::fmt;
use std::str::FromStr;

/// A comma-separated list of patterns; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Whether one of the patterns matches the whole text; `*` also stands for `/`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(text))
    }

    /// Whether one of the patterns matches a `name:version`. One without a `:` means all versions of a name.
    #[must_use]
    pub fn match_version(&self, text: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches_version(text))
    }

    /// Whether one of the patterns matches the address or a parent of it, part by part: `acme` covers `acme/shop`,
    /// `acme/shop` does not cover `acme`, and `*` stays within its part.
    #[must_use]
    pub fn cover(&self, address: &str) -> bool {
        self.0.iter().any(|pattern| pattern.covers(address))
    }

    /// Whether the name stands in the list letter by letter, not by way of a `*`.
    #[must_use]
    pub fn name_in_full(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| pattern.is_in_full(name))
    }

    /// The patterns as they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.0.iter()
    }
}

impl FromStr for Patterns {
    type Err = NoPattern;

    fn from_str(text: &str) -> Result<Self, NoPattern> {
        let patterns: Vec<Pattern> = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| Pattern(name.to_owned()))
            .collect();
        if patterns.is_empty() { Err(NoPattern) } else { Ok(Self(patterns)) }
    }
}

/// A list without a single name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at least one name, comma-separated; `*` stands for any characters")]
pub struct NoPattern;

/// A name in which `*` stands for any number of characters. Case counts, as it does in names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Whether the pattern matches the whole text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches(&self.0, text)
    }

    /// Whether the pattern matches a `name:version`. One without a `:` means all versions of a name.
    #[must_use]
    pub fn matches_version(&self, text: &str) -> bool {
        let name = text.split(':').next().unwrap_or_default();
        self.matches(if self.0.contains(':') { text } else { name })
    }

    /// Whether the pattern is this text, letter by letter.
    #[must_use]
    pub fn is_in_full(&self, text: &str) -> bool {
        self.0 == text
    }

    /// How many letters differ at least between the text and one that the pattern matches.
    #[must_use]
    pub fn distance(&self, text: &str) -> usize {
        distance(&self.0, text)
    }

    /// Whether the pattern matches the address or a parent of it, part by part.
    #[must_use]
    pub fn covers(&self, address: &str) -> bool {
        let mut parts = address.split('/');
        self.0.split('/').all(|pattern| parts.next().is_some_and(|part| matches(pattern, part)))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The pieces between the stars must follow each other in the text. Taking each at its first place is enough, because
/// the star behind it can swallow whatever lies before the next.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_prefix(start).and_then(|text| text.strip_suffix(end)) else {
        return false;
    };
    for piece in middle.split('*') {
        let Some(at) = text.find(piece) else {
            return false;
        };
        text = &text[at + piece.len()..];
    }
    true
}

/// The edit distance in which a star is as long as it likes.
fn distance(pattern: &str, text: &str) -> usize {
    let text: Vec<char> = text.chars().collect();
    let mut above: Vec<usize> = (0..=text.len()).collect();
    for letter in pattern.chars() {
        let mut row = vec![if letter == '*' { above[0] } else { above[0] + 1 }];
        for (at, other) in text.iter().enumerate() {
            let (diagonal, up, left) = (above[at], above[at + 1], row[at]);
            row.push(if letter == '*' {
                up.min(left)
            } else {
                (diagonal + usize::from(letter != *other)).min(up + 1).min(left + 1)
            });
        }
        above = row;
    }
    above[text.len()]
}

#[cfg(test)]
mod tests {
    use super::{Patterns, distance};

    #[test]
    fn a_distance_counts_letters_and_leaves_stars_alone() {
        for (pattern, text, expected) in [
            ("acme", "acme", 0),
            ("acmee", "acme", 1),
            ("shpo", "shop", 2),
            ("shopp:*", "shop:1.0.0", 1),
            ("a*", "acme", 0),
            ("*", "", 0),
            ("", "abc", 3),
            ("x*y", "axby", 1),
        ] {
            assert_eq!(distance(pattern, text), expected, "{pattern} {text}");
        }
    }

    fn patterns(text: &str) -> Patterns {
        text.parse().unwrap()
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("acme", "acme", true),
            ("acme", "acme2", false),
            ("Acme", "acme", false),
            ("*", "", true),
            ("acme/*", "acme/shop/1", true),
            ("a*c", "abc", true),
            ("a*a", "a", false),
            ("*x*y*", "1x2y3", true),
            ("*x*y*", "1y2x3", false),
            ("a**b", "ab", true),
            ("ab*b", "ab", false),
            ("x, y*", "yes", true),
            ("my org", "my org", true),
        ] {
            assert_eq!(patterns(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn an_organization_covers_its_applications_and_not_the_other_way() {
        assert!(patterns("acme").cover("acme/shop"));
        assert!(patterns("acme/shop").cover("acme/shop"));
        assert!(!patterns("acme/shop").cover("acme"));
        assert!(!patterns("a*p").cover("acme/shop"), "a star stays within its part");
    }

    #[test]
    fn a_name_in_full_is_no_pattern_that_matches_it() {
        assert!(patterns("x,sandbox-test-org").name_in_full("sandbox-test-org"));
        assert!(!patterns("sandbox-*").name_in_full("sandbox-test-org"));
    }

    #[test]
    fn a_name_alone_means_all_versions() {
        for (pattern, expected) in [
            ("shop", true),
            ("shop:1.0.0", true),
            ("shop:2.0.0", false),
            ("s*:1.*", true),
            ("*0", false),
            ("other,sh*", true),
        ] {
            let matched = patterns(pattern).match_version("shop:1.0.0");
            assert_eq!(matched, expected, "{pattern}");
        }
    }

    #[test]
    fn a_list_has_at_least_one_name() {
        assert!(" , ".parse::<Patterns>().is_err());
    }
}
