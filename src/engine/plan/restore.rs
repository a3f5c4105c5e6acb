//! Restoring: a carrier that is written or opened opens what it carries too, which may have been closed for itself.

use super::{Action, StepId, build::Builder};
use crate::engine::{change::FieldChange, model::Idx};

impl Builder<'_> {
    /// The state that a closed thing must be given again after its carriers, unless its own changes do so.
    pub(super) fn state_to_restore(&self, idx: Idx, fields: &[FieldChange]) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let state = self.source[idx].document.field(lifecycle.field);
        let is_listed = fields.iter().any(|change| change.field() == lifecycle.field);
        (!state.is_null() && state != lifecycle.open && !is_listed).then(|| FieldChange {
            path: format!("/{}", lifecycle.field),
            before: lifecycle.open.into(),
            after: state,
        })
    }

    /// The steps that open what carries a thing on the target.
    pub(super) fn openers(&self, carried: Idx) -> Vec<StepId> {
        let carriers = self.carriers_on_target(carried).iter();
        let updates = carriers.filter_map(|carrier| self.updates.get(carrier));
        updates.copied().filter(|it| self.is_opening(*it)).collect()
    }

    fn is_opening(&self, step: StepId) -> bool {
        let step = &self.plan.steps[step.number()];
        let Some(lifecycle) = self.row(step.address.kind).lifecycle.as_ref() else {
            return false;
        };
        let Action::Update(update) = &step.action else {
            return false;
        };
        let mut fields = update.fields.iter();
        fields.any(|change| change.field() == lifecycle.field && change.after == lifecycle.open)
    }
}
