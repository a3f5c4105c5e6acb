//! Names: what people choose, so that equal ones may be two different things.

use super::{How, Pairer};
use crate::{
    model::{Idx, KindId},
    plan::support::{Doubt, refutation},
};

impl Pairer<'_> {
    /// The source was restored, or a thing made again under its name.
    pub(super) fn by_re_mark(&mut self, kind: KindId) {
        if self.source.has_gap(kind) {
            return;
        }
        for (source, target) in self.same_key(kind) {
            if self.pairing.orphans.contains(&target)
                && !self.may_be_copy_of_row(target)
                && self.doubted.claim_on(target).is_none()
                && self.refuted(target).is_none()
            {
                self.join(source, target, How::ReMark);
            }
        }
    }

    pub(super) fn by_name(&mut self, kind: KindId) {
        for (source, target) in self.same_key(kind) {
            if self.pairing.foreign.contains(&target) {
                self.contest(
                    source,
                    target,
                    "belongs to another sync (its `source_catalog` names another catalog)",
                );
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
                    None => continue,
                }
            } else {
                "exists on the target without a mark: ADOPT takes it over, or rename one of the two"
                    .to_owned()
            };
            if self.may_adopt(target) {
                self.join(source, target, How::Adopted);
            } else {
                self.contest(source, target, &reason);
            }
        }
    }

    pub(super) fn refuted(&self, target: Idx) -> Option<Doubt> {
        let bearer = &self.target[target];
        refutation(bearer, self.trust(bearer.kind), self.policy)
    }
}
