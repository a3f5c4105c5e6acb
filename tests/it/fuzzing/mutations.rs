//! Simple mutations of inputs, the same on every run.

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// Longer inputs cost time and find nothing more.
const LONGEST: usize = 16 * 1024;

/// What has broken parsers before.
const PIECES: [&[u8]; 22] = [
    b"\n",
    b"null",
    b"0",
    b"-0.0",
    b"1e999",
    b"18446744073709551615",
    b"9223372036854775808",
    b"4294967296",
    b"0.1000000000000000055511151231257827",
    b"\"\\ud83d\"",
    b"\"\\u0000\"",
    b"{\"id\":\"x\",\"id\":\"y\"}",
    b"..",
    b"%2e%2e/",
    b"%2F",
    b"/",
    b"*",
    b",",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\r\nX: y",
    b"2562047788015215h30m",
];

/// Mutations without end.
pub(super) struct Mutations<'a> {
    inputs: &'a [Vec<u8>],
    rng: StdRng,
}

impl<'a> Mutations<'a> {
    /// Mutations of these; another `name`, another order.
    pub(super) fn of(inputs: &'a [Vec<u8>], name: &str) -> Self {
        let mut seed = [0; 32];
        for (place, byte) in seed.iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        Self { inputs, rng: StdRng::from_seed(seed) }
    }

    fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }

    fn any_input(&mut self) -> &'a [u8] {
        let which = self.below(self.inputs.len());
        &self.inputs[which]
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len());
        let length = 1 + self.below(8);
        let end = (at + length).min(input.len());
        match self.below(8) {
            0 => flip(input, at, self.below(8)),
            1 => input.truncate(at),
            2 => drop(input.drain(at..end)),
            3 => {
                let again = input[at..end].to_vec();
                insert(input, at, &again);
            }
            4 => insert(input, at, PIECES[self.below(PIECES.len())]),
            5 => {
                let other = self.any_input();
                input.truncate(at);
                input.extend_from_slice(&other[self.below(other.len())..]);
            }
            6 => {
                let byte = self.rng.next_u32().to_le_bytes()[0];
                insert(input, at, &[byte]);
            }
            _ => {
                let deep = [&b"["[..], &b"{\"a\":"[..]][self.below(2)];
                insert(input, at, &deep.repeat(1 + self.below(300)));
            }
        }
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.any_input().to_vec();
        for _ in 0..=self.below(3) {
            self.mutate(&mut input);
        }
        input.truncate(LONGEST);
        Some(input)
    }
}

fn flip(input: &mut [u8], at: usize, bit: usize) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
