//! Passwords that nobody knows, for people who are made in a registry that keeps passwords itself. They obey the usual
//! rules: characters of all classes, and none beside itself (api-connect-rest.md section 21.1).

use rand::{Rng, RngExt, seq::IndexedRandom};
use secrecy::SecretString;

const LENGTH: usize = 40;
const CLASSES: [&[u8]; 4] = [b"abcdefghijkmnopqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#$%*+-.=?@_"];

/// A new one.
pub(crate) fn random() -> SecretString {
    SecretString::from(draw(&mut rand::rng()))
}

/// Each class has its turn among the first characters; letters of one kind in either case count as the same.
fn draw(rng: &mut impl Rng) -> String {
    let mut text = String::with_capacity(LENGTH);
    let first = rng.random_range(0..CLASSES.len());
    while text.len() < LENGTH {
        let class = if text.len() < CLASSES.len() {
            CLASSES[(first + text.len()) % CLASSES.len()]
        } else {
            CLASSES[rng.random_range(0..CLASSES.len())]
        };
        let next = class.choose(rng).map_or('a', |it| char::from(*it));
        if text.chars().last().is_none_or(|last| !last.eq_ignore_ascii_case(&next)) {
            text.push(next);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_one_obeys_the_usual_rules() {
        for _ in 0..2000 {
            let text = draw(&mut rand::rng());
            assert_eq!(text.len(), LENGTH);
            for class in CLASSES {
                assert!(text.bytes().any(|it| class.contains(&it)), "{text}");
            }
            let all: Vec<char> = text.chars().collect();
            let twice = |pair: &[char]| pair[0].eq_ignore_ascii_case(&pair[1]);
            assert!(!all.windows(2).any(twice), "{text}");
        }
    }
}
