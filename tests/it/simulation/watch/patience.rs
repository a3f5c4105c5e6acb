//! Nothing is deleted for want of sight, and nothing that has a grace before that is over.

use super::{
    Watch,
    facts::{Fact, Facts},
};

impl Watch {
    /// Whether what a deletion names has been missed for long enough, and so has all that it hangs on.
    pub(super) fn judge_patience(&mut self, id: &str, fact: &Fact, before: &Facts) {
        if self.terms.grace == 0 || !self.is_ours() {
            return;
        }
        if fact.has_grace() && !self.is_ripe(id, fact) {
            self.object(format!("{fact:?} was deleted before its grace was over"));
        }
        let product = fact.product.as_deref();
        let mut places: Vec<&str> = product.into_iter().collect();
        let mut place = fact.parent.as_str();
        while let Some(parent) = before.get(place).filter(|it| it.is_named()) {
            places.push(place);
            place = &parent.parent;
        }
        let unripe = places
            .into_iter()
            .filter_map(|place| Some((place, before.get(place)?)))
            .find(|(place, it)| self.is_waiting(place, it));
        if let Some((_, place)) = unripe {
            self.object(format!("{fact:?} was deleted, although {place:?} that it hangs on is in its grace"));
        }
    }

    /// Whether a thing whose original is missed has been so for as long as the operator wants it kept.
    fn is_ripe(&self, id: &str, fact: &Fact) -> bool {
        let ledger = self.ledger.lock().unwrap();
        let Some(original) = ledger.original(id) else {
            return true;
        };
        // Who has made his copy another one's waits as long as that other one is missed, which the ledger does not know.
        if ledger.is_forged(id) && fact.origin.as_deref() != Some(original) {
            return true;
        }
        let missed = ledger.missed_for(original, self.terms.now);
        missed.is_some_and(|time| time >= self.terms.grace) || self.is_note_forged(ledger.is_forged(id))
    }

    /// Without a key nothing tells the time that a consumer has noted from one that the tool has.
    fn is_note_forged(&self, is_forged: bool) -> bool {
        is_forged && !self.terms.has_key
    }

    /// Whether a thing is in its grace. One whose namesake the source has answers to that now.
    fn is_waiting(&self, id: &str, fact: &Fact) -> bool {
        let ledger = self.ledger.lock().unwrap();
        let Some(original) = ledger.original(id) else {
            return false;
        };
        let missed = ledger.missed_for(original, self.terms.now);
        let is_young = missed.is_some_and(|time| time < self.terms.grace) && ledger.is_still_missed(original);
        let mut there = self.source_at_start.iter();
        let is_namesake = |it: &Fact| it.kind == fact.kind && it.name == fact.name;
        is_young && !ledger.is_forged(id) && !there.any(|(other, it)| is_namesake(it) && !ledger.is_hidden(other))
    }

    /// Whether an original that is there may be taken for gone all the same, when this is removed: its server's own word
    /// says so for as long as the login has no right to see it, and the operator wants nothing kept, or nothing any longer.
    pub(super) fn is_out_of_sight(&self, id: &str, original: &str) -> bool {
        let ledger = self.ledger.lock().unwrap();
        let missed = ledger.missed_for(original, self.terms.now);
        let is_ripe = self.terms.grace == 0 || missed.is_some_and(|it| it >= self.terms.grace);
        let is_ripe = is_ripe || self.is_note_forged(ledger.is_forged(id));
        ledger.is_hidden(original) && is_ripe
    }

    /// Whether the original of a thing is there, whatever its mark says.
    pub(super) fn has_original(&self, id: &str, fact: &Fact, origins: &Facts) -> bool {
        let ledger = self.ledger.lock().unwrap();
        let original = ledger.original(id).filter(|it| origins.contains_key(*it));
        // What a consumer has written about his copy, it goes by: that is his own doing.
        let is_own_doing = ledger.is_forged(id);
        let original = original.filter(|_| fact.has_grace() && !is_own_doing).map(str::to_owned);
        drop(ledger);
        original.is_some_and(|original| !self.is_out_of_sight(id, &original))
    }
}
