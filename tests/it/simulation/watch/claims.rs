//! Nobody gets what is not his: no write to, below or in place of an object that neither a creation of this sync nor
//! `ADOPT` made its own, and none that gives the copy of one organization or app what belongs to another.
//!
//! The ledger says whose an object is. Metadata counts in one case only: where a consumer has forged it, and the contract
//! (behaviour.md, "A mark is a claim, not a proof") leaves nothing better to judge by.

use super::{
    Watch,
    facts::{Fact, Facts},
};
use crate::simulation::ledger::Syncer;

impl Watch {
    /// What a write has done to whom. A server that gives a Product another id with each publication moves the
    /// subscriptions to it, whosever they are: nobody has written those.
    pub(super) fn judge_claims(&mut self, before: &Facts, after: &Facts, source: &Facts, is_publication: bool) {
        let changed = after.iter().filter(|(id, fact)| before.get(*id) != Some(*fact));
        let gone = before.iter().filter(|(id, _)| !after.contains_key(*id));
        let is_moved = |fact: &Fact| is_publication && fact.kind == "subscription";
        for (id, fact) in changed.chain(gone).filter(|(_, fact)| !is_moved(fact)) {
            let is_new = !before.contains_key(id);
            if self.is_late_victim(id, fact, after) {
                continue;
            }
            if is_new {
                self.enter(id, fact);
            } else {
                self.judge_touch(id, fact, before, source);
            }
            self.judge_place(id, fact, before, source);
            let is_there = after.contains_key(id);
            if is_there && !is_new && fact.origin != before[id].origin {
                self.judge_new_mark(id, before, fact, source);
            }
        }
    }

    /// What a write makes is the sync's own, for the source object that its mark names: no consumer has had it in hand.
    fn enter(&self, id: &str, fact: &Fact) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.enter(id, self.syncer, fact.origin.as_deref());
    }

    /// What somebody made while the run went on, it could not know when it removed the Product or the organization.
    fn is_late_victim(&self, id: &str, fact: &Fact, after: &Facts) -> bool {
        let is_gone = !after.contains_key(id);
        let may_be_made = matches!(fact.kind, "subscription" | "app" | "credential");
        is_gone && may_be_made && !self.at_start.contains_key(id)
    }

    /// Whether a thing that is written, or removed, is the sync's own.
    fn judge_touch(&mut self, id: &str, fact: &Fact, before: &Facts, source: &Facts) {
        let is_own = match fact.kind {
            "org" | "app" => self.is_own(id, before, source),
            "user" => self.may_write_user(id),
            "product" | "api" => self.may_write_product(id, before),
            // Whose these are, the organization and the app say that they are in.
            _ => true,
        };
        if !is_own {
            self.object(format!("{fact:?} was written, and it is somebody else's"));
        }
    }

    /// Whether a thing that is made, written or removed stands in something that is the sync's own, and in what was made
    /// for the same thing as its original stands in.
    fn judge_place(&mut self, id: &str, fact: &Fact, before: &Facts, source: &Facts) {
        let mut place = &fact.parent;
        while let Some(parent) = before.get(place).filter(|it| it.is_named()) {
            if !self.is_own(place, before, source) {
                self.object(format!("{fact:?} was written within {parent:?}, and that is somebody else's"));
                return;
            }
            place = &parent.parent;
        }
        let is_new = !before.contains_key(id);
        let origin = fact.origin.as_deref().filter(|_| is_new);
        let Some(original) = origin.and_then(|origin| self.original(origin, source)) else {
            return;
        };
        let (parent, stands_in) = (fact.parent.clone(), original.parent.clone());
        if before.get(&parent).is_some_and(Fact::is_named) {
            self.judge_identity(&parent, &stands_in, before, source);
        }
    }

    /// A thing that was there gets the mark of a source object.
    fn judge_new_mark(&mut self, id: &str, before: &Facts, fact: &Fact, source: &Facts) {
        let Some(origin) = fact.origin.as_deref() else {
            return;
        };
        if fact.is_named() {
            self.judge_identity(id, origin, before, source);
        } else if fact.kind != "user" {
            let mut ledger = self.ledger.lock().unwrap();
            ledger.enter(id, self.syncer, Some(origin));
        }
    }

    /// Whether an organization or app of the target may be taken for the copy of one of the source.
    fn judge_identity(&mut self, id: &str, origin: &str, before: &Facts, source: &Facts) {
        let known = {
            let ledger = self.ledger.lock().unwrap();
            ledger.original(id).map(str::to_owned)
        };
        if known.as_deref() == Some(origin) {
            return;
        }
        let Some(original) = self.original(origin, source).cloned() else {
            return;
        };
        let fact = &before[id];
        let may_be = fact.is_known_by_child(id, origin, before, source)
            || self.may_answer(id, fact, known.as_deref(), origin, &original, source);
        if !may_be {
            self.object(format!("{fact:?} was made for {known:?}, and was taken for the copy of {original:?}"));
        }
        let mut ledger = self.ledger.lock().unwrap();
        ledger.enter(id, self.syncer, Some(origin));
    }

    fn may_answer(
        &self,
        id: &str,
        fact: &Fact,
        known: Option<&str>,
        origin: &str,
        original: &Fact,
        source: &Facts,
    ) -> bool {
        let is_gone = known.is_none_or(|known| self.is_missed(known, source));
        let is_namesake = self.versions(id, fact).any(|it| self.originals(origin, original).any(|s| s.name == it.name));
        // The source was restored, or the thing recreated; or the operator says that names tell enough.
        if is_namesake && (is_gone || self.terms.adopts) {
            return true;
        }
        let is_app = fact.kind == "app";
        let ledger = self.ledger.lock().unwrap();
        let (is_forged, points) = (ledger.is_forged(id), ledger.is_forged(origin));
        drop(ledger);
        if is_app {
            // An app is its organization's owner's, and so are all its marks: he harms nobody but himself. One that lost its
            // mark is known by its credentials.
            return is_forged || points;
        }
        let is_unjudged = !self.is_refuted(id, fact);
        let is_like = self.is_like(id, fact, origin, original);
        let is_supported = is_like || self.is_made_by_login(id);
        (is_forged && is_unjudged && is_supported)
            || (points && is_like && !self.terms.makers_shown[0] && !original.is_sealed)
    }

    /// Whether an organization or app is the sync's own, or becomes so rightly.
    fn is_own(&mut self, id: &str, before: &Facts, source: &Facts) -> bool {
        let owner = self.ledger.lock().unwrap().owner(id);
        if owner == Some(self.syncer) {
            return true;
        }
        let Some(fact) = before.get(id) else {
            return true;
        };
        // Without a catalog a mark says nothing of whose a thing is either, and what a consumer has written no more.
        let is_unmarked = self.versions(id, fact).any(|it| it.catalog.is_none());
        let is_forged = self.ledger.lock().unwrap().is_forged(id);
        let is_adopted = self.terms.adopts && (owner.is_none() || is_unmarked || is_forged);
        if !is_adopted && !self.is_believed(id, fact, source) {
            return false;
        }
        // From now on it is as good as made by this sync, for whatever source object that turns out to be.
        let mut ledger = self.ledger.lock().unwrap();
        ledger.enter(id, self.syncer, None);
        true
    }

    /// Whether a stranger's thing bears, or is named by, a forged mark that the contract lets a run believe.
    fn is_believed(&self, id: &str, fact: &Fact, source: &Facts) -> bool {
        let is_forged = self.ledger.lock().unwrap().is_forged(id);
        let bears = is_forged && self.versions(id, fact).any(|it| self.is_mark_good(id, it, source));
        bears || self.is_named_from_source(id, fact, source)
    }

    fn is_mark_good(&self, id: &str, fact: &Fact, source: &Facts) -> bool {
        let Some(origin) = fact.origin.as_deref() else {
            return false;
        };
        let is_of_us = fact.catalog.as_ref().is_none_or(|it| self.source_catalogs.contains(it));
        if !is_of_us {
            return false;
        }
        // What is out of the login's sight is gone, as far as the run can know.
        let is_hidden = self.ledger.lock().unwrap().is_hidden(origin);
        let original = self.original(origin, source).filter(|_| !is_hidden);
        // Whose an app is, its organization says; seals and makers are asked before it is removed.
        if fact.kind == "app" && original.is_some() {
            return true;
        }
        if self.is_refuted(id, fact) {
            return false;
        }
        match original {
            Some(original) => self.is_like(id, fact, origin, original) || self.is_made_by_login(id),
            // That a mark leads nowhere is enough for a deletion, but for one that the vendor's tool may have left.
            None => {
                fact.catalog.is_some()
                    || fact.kind == "app"
                    || self.terms.vendor_marked_go
                    || self.has_namesake(fact, source)
            }
        }
    }

    /// Whether the source has an organization of the same name and owner: then nothing tells from which of two sources the
    /// vendor's tool, or who writes as it does, has made a copy.
    fn has_namesake(&self, fact: &Fact, source: &Facts) -> bool {
        let mut all = source.values().chain(self.source_at_start.values());
        all.any(|it| (it.kind, &it.name) == (fact.kind, &fact.name) && it.owner.is_some() && it.owner == fact.owner)
    }

    /// Whether the server tells that the login made it, of whichever sync: among the copies of one login `created_by` supports
    /// whatever mark a consumer writes.
    fn is_made_by_login(&self, id: &str) -> bool {
        self.terms.makers_shown[1] && self.ledger.lock().unwrap().owner(id).is_some()
    }

    /// Whether seals, or who made it, tell that the mark of a stranger's organization is forged.
    fn is_refuted(&self, id: &str, fact: &Fact) -> bool {
        let is_ours = self.ledger.lock().unwrap().owner(id).is_some();
        let by_seal = self.terms.has_key && (fact.is_sealed || self.terms.requires_seal);
        // Some servers tell it of organizations and not of apps.
        let by_maker = self.terms.makers_shown[1] && (fact.kind != "app" || self.terms.app_makers_shown);
        by_seal || (by_maker && !is_ours)
    }

    /// Whether something on the source, whose metadata a consumer has written, says that it is the copy of a thing.
    fn is_named_from_source(&self, id: &str, fact: &Fact, source: &Facts) -> bool {
        let ledger = self.ledger.lock().unwrap();
        let all = source.iter().chain(&self.source_at_start);
        let mut naming = all.filter(|(origin, it)| it.origin.as_deref() == Some(id) && ledger.is_forged(origin));
        naming.any(|(origin, original)| {
            let is_of_target = original.catalog.as_ref().is_none_or(|it| *it == self.target_catalog);
            let is_shown =
                self.terms.makers_shown[0] || (self.terms.has_key && (original.is_sealed || self.terms.requires_seal));
            let is_like = fact.kind == "app" || self.is_like(id, fact, origin, original);
            is_of_target && is_like && (fact.kind == "app" || !is_shown)
        })
    }

    /// Whether name or owner agree: the best that can be known where neither seals nor makers tell.
    pub(super) fn is_like(&self, id: &str, fact: &Fact, origin: &str, original: &Fact) -> bool {
        let mut versions = self.versions(id, fact);
        versions.any(|it| {
            let mut originals = self.originals(origin, original);
            originals.any(|s| s.name == it.name || (s.owner.is_some() && s.owner == it.owner))
        })
    }

    /// A thing of the target as it is and as the run may have seen it.
    fn versions<'a>(&'a self, id: &str, fact: &'a Fact) -> impl Iterator<Item = &'a Fact> {
        std::iter::once(fact).chain(self.at_start.get(id))
    }

    /// The same of the source.
    fn originals<'a>(&'a self, id: &str, fact: &'a Fact) -> impl Iterator<Item = &'a Fact> {
        std::iter::once(fact).chain(self.source_at_start.get(id))
    }

    /// What the source has under an id, or had when the run began.
    pub(super) fn original<'a>(&'a self, id: &str, source: &'a Facts) -> Option<&'a Fact> {
        source.get(id).or_else(|| self.source_at_start.get(id))
    }

    /// Whether the source has lost a thing, or its login the sight of it.
    fn is_missed(&self, origin: &str, source: &Facts) -> bool {
        let is_hidden = self.ledger.lock().unwrap().is_hidden(origin);
        is_hidden || !source.contains_key(origin) || !self.source_at_start.contains_key(origin)
    }

    /// A user's fields are written only where the tool made him. What a consumer writes about himself may say that it did.
    fn may_write_user(&self, id: &str) -> bool {
        let ledger = self.ledger.lock().unwrap();
        // Two syncs with one login are one to a server that stores no marks on users and tells who made them.
        ledger.owner(id).is_some() || ledger.is_forged(id)
    }

    /// A Product that an operator published may be taken over, one that another sync made may not, unless a crash left it
    /// without a mark.
    fn may_write_product(&self, id: &str, before: &Facts) -> bool {
        let owner = self.ledger.lock().unwrap().owner(id);
        let is_ours = owner.is_none_or(|owner| owner == self.syncer);
        is_ours || before.get(id).is_some_and(|fact| fact.origin.is_none())
    }

    /// Whether this is the sync under test.
    pub(super) fn is_ours(&self) -> bool {
        self.syncer == Syncer::Ours
    }
}
