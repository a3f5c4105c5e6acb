//! Lifecycles: the states in which objects stay at home, close, or lose what lives by them.

use crate::engine::{
    change::FieldChange,
    model::{
        Document, Idx, Kind,
        kind::{Reference, ReferenceKind},
    },
    plan::{context::Context, step::Cause},
};

impl Context<'_> {
    /// In some states on the source an object is left as it is on the target, or not made there.
    pub(crate) fn reason_to_stay_home(&self, idx: Idx) -> Option<Cause> {
        let row = self.row(self.source[idx].kind);
        let lifecycle = row.lifecycle.as_ref()?;
        let state = self.source[idx].document.field(lifecycle.field);
        let state = state.as_str()?;
        let paired = self.pairing.target(idx).is_some();
        let stays = lifecycle.home.contains(&state) || (lifecycle.emptied.contains(&state) && !paired);
        stays.then(|| Cause::StaysAtHome(format!("is {state} on the source, and stays there")))
    }

    /// The entering of a closed state is taken out of the differences, because it comes last.
    pub(crate) fn take_closing(&self, idx: Idx, fields: &mut Vec<FieldChange>) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let at = fields.iter().position(|change| {
            let closes = change.after.as_str().is_some_and(|state| lifecycle.closed.contains(&state));
            change.field() == lifecycle.field && closes
        })?;
        Some(fields.remove(at))
    }

    /// A closed state that the target has already must be entered anew where being published again may open the object.
    pub(crate) fn closing_anew(&self, idx: Idx) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let mut change = vec![FieldChange {
            path: format!("/{}", lifecycle.field),
            before: lifecycle.open.into(),
            after: self.source[idx].document.field(lifecycle.field),
        }];
        self.take_closing(idx, &mut change)
    }

    /// An object is made in the open state, and closed by a step of its own.
    pub(crate) fn made_open(&self, idx: Idx, document: Document) -> (Document, Option<FieldChange>) {
        let Some(lifecycle) = &self.row(self.source[idx].kind).lifecycle else {
            return (document, None);
        };
        match self.closing_anew(idx) {
            Some(closing) => {
                let open = (lifecycle.field.to_owned(), lifecycle.open.into());
                (document.with([open]), Some(closing))
            }
            None => (document, None),
        }
    }

    /// A new object can be made to live by another only while that is open: then the way from one closed state to
    /// another leads through the open one.
    pub(crate) fn open_between(&self, idx: Idx, closing: &mut FieldChange) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let mut dependent = self.dependents_on_source(idx).into_iter();
        let is_awaited = dependent.any(|dependent| self.is_to_be_made(dependent));
        (is_awaited && closing.before != lifecycle.open).then(|| FieldChange {
            path: closing.path.clone(),
            before: std::mem::replace(&mut closing.before, lifecycle.open.into()),
            after: lifecycle.open.into(),
        })
    }

    /// In some states the server removes whatever lives by an object.
    pub(crate) fn is_emptied(&self, idx: Idx) -> bool {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref();
        lifecycle.is_some_and(|lifecycle| {
            let state = self.source[idx].document.field(lifecycle.field);
            let state = state.as_str();
            state.is_some_and(|state| lifecycle.emptied.contains(&state))
        })
    }

    /// A closed object must be given its state again after its carriers, unless its own changes do so.
    pub(crate) fn state_to_restore(&self, idx: Idx, fields: &[FieldChange]) -> Option<FieldChange> {
        let lifecycle = self.row(self.source[idx].kind).lifecycle.as_ref()?;
        let state = self.source[idx].document.field(lifecycle.field);
        let is_listed = fields.iter().any(|change| change.field() == lifecycle.field);
        (!state.is_null() && state != lifecycle.open && !is_listed).then(|| FieldChange {
            path: format!("/{}", lifecycle.field),
            before: lifecycle.open.into(),
            after: state,
        })
    }

    pub(crate) fn link_change(&self, idx: Idx, link: &Reference) -> Option<FieldChange> {
        let ReferenceKind::Link { terms } = link.bond else {
            return None;
        };
        let document = &self.source[idx].document;
        let after = document.field(link.field);
        after.as_str()?;
        let present = self.pairing.target(idx).map(|target| self.in_source_terms(&self.target[target]));
        let field = |name: &str| present.as_ref().map(|document| document.field(name)).unwrap_or_default();
        let before = field(link.field);
        let (old_terms, new_terms) = (field(terms), document.field(terms));
        let same_terms = old_terms.is_null() || new_terms.is_null() || old_terms == new_terms;
        (before != after || !same_terms).then(|| FieldChange { path: format!("/{}", link.field), before, after })
    }
}

/// Links have steps of their own.
pub(crate) fn is_of_link(kind: &Kind, field: &str) -> bool {
    kind.references.iter().any(|reference| match reference.bond {
        ReferenceKind::Link { terms } => reference.field == field || terms == field,
        _ => false,
    })
}
