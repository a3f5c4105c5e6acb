//! Names: what people choose, so that equal ones may be two different objects.

use super::{MatchedBy, Pairer};
use crate::engine::{
    model::{Idx, KindId, MarkOrigin, kind::Trust},
    plan::mark_support::{Doubt, refutation},
};

impl Pairer<'_> {
    /// The source was restored, or an object made again under its name.
    pub(super) fn by_re_mark(&mut self, kind: KindId) {
        // An object that other lists name and this one does not show may be the very one that a mark leads to.
        if self.source.has_gap(kind) || self.source.loose_kinds().contains(&kind) {
            return;
        }
        for (source, target) in self.same_key(kind) {
            if self.pairing.orphans.contains(&target)
                && !self.may_be_copy_of_row(target)
                && self.doubted.claim_on(target).is_none()
                && !self.doubted.is_claimed(source)
                && self.refuted(target).is_none()
                && !self.may_be_of_another_source(source, target)
            {
                self.join(source, target, MatchedBy::ReMark);
            }
        }
    }

    pub(super) fn by_name(&mut self, kind: KindId) {
        for (source, target) in self.same_key(kind) {
            if self.pairing.foreign.contains(&target) {
                self.contest(source, target, "belongs to another sync (its `source_catalog` names another catalog)");
                continue;
            }
            let reason = if let Some(claim) = self.doubted.claim_on(target) {
                self.doubt(claim)
            } else if self.pairing.orphans.contains(&target) {
                match self.refuted(target) {
                    Some(doubt) => format!(
                        "bears a mark that somebody else may have written: {}; ADOPT takes it over, or remove \
                         `source_id` from its metadata",
                        doubt.reason()
                    ),
                    None if self.may_be_of_another_source(source, target) => {
                        "bears a `source_id` without `source_catalog` (the vendor's tool made it) that leads nowhere, \
                         and has another owner, so it may have come from another source: ADOPT takes it over, or rename \
                         one of the two"
                            .to_owned()
                    }
                    None => continue,
                }
            } else {
                "exists on the target without a mark: ADOPT takes it over, or rename one of the two".to_owned()
            };
            if self.may_adopt(target) {
                self.join(source, target, MatchedBy::Adopted);
            } else {
                self.contest(source, target, &reason);
            }
        }
    }

    /// The vendor's tool may have made an object from another source: an equal name alone does not tell, where the
    /// owner is another one. Objects below a copy cannot be from elsewhere.
    fn may_be_of_another_source(&self, source: Idx, target: Idx) -> bool {
        let mark = self.target[target].mark.as_ref();
        let origin = mark.map(|mark| self.policy.origin(mark, &self.source.catalog));
        let Trust::WithSupport { owner } = self.trust(self.target[target].kind) else {
            return false;
        };
        origin == Some(MarkOrigin::Vendor)
            && !self.policy.delete_vendor_marked
            && !self.court().have_one_owner(source, target, owner)
    }

    pub(super) fn refuted(&self, target: Idx) -> Option<Doubt> {
        let bearer = &self.target[target];
        refutation(bearer, self.trust(bearer.kind), self.policy)
    }
}
