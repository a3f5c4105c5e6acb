//! Ids that look like UUIDs and yet tell the order of creation.

use std::fmt;
use std::str::FromStr;

/// The id of an object in one cluster.
///
/// The upper 80 bits belong to the cluster, so two clusters never share an id; the lower 48 count up, so ids sort by
/// creation and a failing test shows which object it means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u128);

/// UUID version 4 and variant 1, where they stand in the 128 bits.
const VERSION_AND_VARIANT: u128 = (4 << 76) | (0b10 << 62);
const RESERVED_BITS: u128 = (0xf << 76) | (0b11 << 62);

impl Id {
    pub(super) fn new(seed: u64, serial: u64) -> Self {
        let cluster = (u128::from(scramble(seed)) << 64) | u128::from(scramble(!seed));
        let cluster = cluster >> 48 << 48;
        Self((cluster & !RESERVED_BITS) | VERSION_AND_VARIANT | u128::from(serial & 0xffff_ffff_ffff))
    }
}

/// The finalizer of splitmix64: neighbouring seeds give unlike ids.
fn scramble(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no id; it may be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let dashes = text.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at);
        if text.len() != 36 || !dashes.eq([8, 13, 18, 23]) {
            return Err(NotAnId);
        }
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self).map_err(|_| NotAnId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_version_4_uuid_that_reads_back() {
        let id = Id::new(7, 42);
        let text = id.to_string();
        assert_eq!((&text[14..15], &text[24..]), ("4", "00000000002a"));
        assert!(matches!(text.as_bytes()[19], b'8'..=b'b'));
        assert_eq!(text.parse(), Ok(id));
        assert_eq!("shop".parse::<Id>(), Err(NotAnId));
    }

    #[test]
    fn clusters_share_none_and_later_ones_sort_later() {
        assert_ne!(Id::new(1, 5), Id::new(2, 5));
        assert!(Id::new(1, 5) < Id::new(1, 6));
    }
}
