//! Approvals on the target: what of ours waits there, although the source has approved it.

use super::{
    Action, Cause, StepId, Verb,
    build::{Builder, Decision},
};
use crate::engine::{
    change::{ApprovalRequest, FieldChange},
    model::Idx,
};

impl Builder<'_> {
    /// Plans the approval of what waits for one, or says that it waits.
    pub(super) fn settle_approval(&mut self, idx: Idx, target: Idx) {
        if !self.target[target].pending {
            return;
        }
        let address = self.source.address(idx);
        match self.approvable(idx, target) {
            Some(fields) => {
                let approve = ApprovalRequest {
                    target: self.target[target].handle.clone(),
                    before: self.target[target].document.clone(),
                    after: self.due(idx).into_owned(),
                    fields,
                };
                let step = self.add(address, Action::Approve(approve), Vec::new());
                self.approvals.insert(target, step);
                if let Some(closing) = self.closing_anew(idx) {
                    self.close(idx, Some(target), closing, Some(step));
                }
            }
            None => self.withhold(address, Verb::Update, Vec::new(), Cause::PendingOnTarget),
        }
    }

    /// What an approval brings, where the run may give it: it brings what the source has, to a thing of ours.
    fn approvable(&self, idx: Idx, target: Idx) -> Option<Vec<FieldChange>> {
        let is_ours = self.is_ours(target);
        let may = self.policy.approve_on_target
            && is_ours
            && self.obstacle(idx, target).is_none()
            && self.source.is_carried_whole(idx);
        let fields = self.awaited(idx, target);
        (may && !fields.is_empty()).then_some(fields)
    }

    /// The fields that an approval gives their values.
    fn awaited(&self, idx: Idx, target: Idx) -> Vec<FieldChange> {
        let row = self.row(self.source[idx].kind);
        let approved = row.approved.iter().map(|field| {
            let after = self.source[idx].document.field(field);
            let opened = row.lifecycle.as_ref().filter(|it| it.field == *field);
            FieldChange {
                path: format!("/{field}"),
                before: self.target[target].document.field(field),
                after: opened.map_or(after, |it| it.open.into()),
            }
        });
        approved.filter(|change| change.before != change.after).collect()
    }

    /// An approval comes after what else is written to its object, and before what the object must not wait for any more:
    /// a closed state, and new things that live by it.
    pub(super) fn link_approvals(&mut self) {
        let approvals: Vec<(Idx, StepId)> = self.approvals.iter().map(|(a, b)| (*a, *b)).collect();
        for (target, approval) in approvals {
            if let Some(update) = self.updates.get(&target).copied() {
                self.follow(approval, update);
            }
            let Some(source) = self.pairing.source(target) else {
                continue;
            };
            if let Some(closing) = self.closings.get(&source).copied() {
                self.need(closing, approval);
            }
            for living in self.living_on_source(source) {
                if let Decision::Creating(create) = self.fates[living.number()] {
                    self.need(create, approval);
                }
            }
        }
    }
}
