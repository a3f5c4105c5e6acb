//! Releases of a server, as far as their order decides what may be carried where.

use crate::visible::beginning;
use std::fmt;

/// A release by its first four numbers; what follows them are fixes, which do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Version, release, modification; and the fix pack, where it is told.
    numbers: Vec<u64>,
    /// As it was told.
    text: String,
}

impl Release {
    /// Reads `10.0.8.3`, `v10.0.8.3-1234`, `10.0.8`: three or four numbers with a dot between, and whatever follows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.trim_start_matches(['v', 'V']);
        let end = bare.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(bare.len());
        let parts = bare[..end].trim_end_matches('.').split('.').take(4);
        let numbers: Vec<u64> = parts.map(str::parse).collect::<Result<_, _>>().ok()?;
        (numbers.len() >= 3).then(|| Self { numbers, text: beginning(text, 40).to_owned() })
    }

    /// Whether this release is below another. A number that one of them does not tell does not count.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        let told = self.numbers.len().min(other.numbers.len());
        self.numbers[..told] < other.numbers[..told]
    }

    /// Whether the first three numbers are the same.
    #[must_use]
    pub fn is_of_one_modification(&self, other: &Self) -> bool {
        self.numbers[..3] == other.numbers[..3]
    }
}

impl fmt::Display for Release {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Release;

    fn release(text: &str) -> Release {
        Release::parse(text).unwrap()
    }

    #[test]
    fn four_numbers_are_compared_and_fixes_are_not() {
        for (one, other, below) in [
            ("10.0.8.1", "10.0.8.3", true),
            ("10.0.8.3", "10.0.8.1", false),
            ("10.0.8.3-ifix1", "10.0.8.3-ifix2", false),
            ("10.0.8.3.9", "10.0.8.3.10", false),
            ("10.0.8.9", "10.0.8.10", true),
            ("10.0.8.3", "12.1.0.0", true),
            ("12.1.0.0", "10.0.8.3", false),
            ("v10.0.8.3", "10.0.8.3", false),
            ("10.0.8", "10.0.8.3", false),
            ("10.0.7", "10.0.8.3", true),
        ] {
            assert_eq!(release(one).is_below(&release(other)), below, "{one} {other}");
        }
        assert!(release("10.0.8.1").is_of_one_modification(&release("10.0.8.3")));
        assert!(!release("10.0.8.1").is_of_one_modification(&release("10.1.8.1")));
    }

    #[test]
    fn what_is_no_release_is_none() {
        for text in ["", "2.0", "latest", "1.2.x", "10..8.3", "99999999999999999999.1.1"] {
            assert_eq!(Release::parse(text), None, "{text}");
        }
    }
}
