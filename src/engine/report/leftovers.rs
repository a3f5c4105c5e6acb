//! What only the target has, by name (interface.md, "Further keys").

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;

use crate::engine::{
    model::{KindId, KindTable},
    plan::OnlyOnTarget,
};

/// The most things of a kind that are listed.
const MOST: usize = 1000;

/// What only the target has, kind by kind, as far as it is listed.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// What is listed.
    pub listed: Vec<LeftoverReport>,
    /// How many more there are, of kinds that have too many.
    pub omitted: Vec<(&'static str, usize)>,
}

/// One thing that only the target has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftoverReport {
    /// Its kind.
    pub kind: &'static str,
    /// Its address.
    pub address: String,
    /// When it was made; null where the server does not say.
    pub created_at: Option<Timestamp>,
    /// Whether it bears somebody's mark.
    pub bears_mark: bool,
}

impl Leftovers {
    /// What a plan found. Of each kind what bears a mark comes first, then the newest.
    #[must_use]
    pub fn of(kinds: &KindTable, found: &[OnlyOnTarget]) -> Self {
        let mut leftovers = Self::default();
        for kind in kinds.reported() {
            leftovers.take(kind, kinds.row(kind).name, found);
        }
        leftovers
    }

    fn take(&mut self, kind: KindId, name: &'static str, found: &[OnlyOnTarget]) {
        let mut all: Vec<&OnlyOnTarget> = found.iter().filter(|it| it.address.kind == kind).collect();
        all.sort_by_key(|it| (!it.bears_mark, Reverse(it.created_at), &it.address));
        if all.len() > MOST {
            self.omitted.push((name, all.len() - MOST));
        }
        let listed = all.into_iter().take(MOST).map(|it| LeftoverReport {
            kind: name,
            address: it.address.path.to_string(),
            created_at: Timestamp::from_millisecond(it.created_at).ok().filter(|_| it.created_at != 0),
            bears_mark: it.bears_mark,
        });
        self.listed.extend(listed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{
        Address,
        invented::{KINDS, kind},
    };

    #[test]
    fn a_thousand_of_a_kind_are_listed_marked_ones_first_and_then_the_newest() {
        let kind = kind("rooms");
        let found: Vec<OnlyOnTarget> = (0..1003)
            .map(|number| OnlyOnTarget {
                address: Address::new(kind, &format!("acme/{number}")),
                created_at: number * 1000,
                bears_mark: number == 5,
                is_open: false,
            })
            .collect();
        let leftovers = Leftovers::of(&KINDS, &found);
        let listed: Vec<&str> = leftovers.listed.iter().map(|it| &*it.address).collect();
        assert_eq!(listed.len(), MOST);
        assert_eq!(listed[..3], ["acme/5", "acme/1002", "acme/1001"]);
        assert_eq!(leftovers.omitted, [("rooms", 3)]);
        let unknown = Leftovers::of(&KINDS, &found[..1]);
        assert_eq!(unknown.listed[0].created_at, None);
    }
}
