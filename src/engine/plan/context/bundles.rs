//! Documents that are written together, as a Product is with its APIs.

use std::collections::BTreeSet;

use crate::engine::{
    change::{Bundle, FieldChange, field::pointer},
    model::{
        Idx,
        kind::{Identity, Marking, Presence, ReferenceKind, Role},
    },
    plan::{
        context::Context,
        document_diff::document_differences,
        pair::{MatchedBy, Partners},
        step::Cause,
    },
};

impl Context<'_> {
    /// The documents of a pair are compared as far as both were read.
    pub(crate) fn document_changes(&self, idx: Idx, target: Option<Idx>) -> Vec<FieldChange> {
        let Some(target) = target else {
            return Vec::new();
        };
        let (source, partner) = (&self.source[idx], &self.target[target]);
        if source.unread || partner.unread {
            return Vec::new();
        }
        document_differences(&partner.files, &source.files)
    }

    pub(crate) fn part_changed(&self, carrier: Idx, part: Idx) -> FieldChange {
        let references = self.row(self.source[carrier].kind).references.iter();
        let field = references
            .filter(|reference| reference.bond == ReferenceKind::Carries)
            .map(|reference| reference.field)
            .next()
            .unwrap_or_default();
        let address = self.source.address(part);
        let known = self.pairing.target(part).is_some();
        FieldChange {
            path: format!("/{field}/{}", pointer(&address.path)),
            before: if known { "(document)".into() } else { serde_json::Value::Null },
            after: "(document)".into(),
        }
    }

    pub(crate) fn bundle(&self, idx: Idx, target: Option<Idx>, carried: &[Idx]) -> Result<Bundle, Cause> {
        let mut all = std::iter::once(&idx).chain(carried);
        if let Some(unread) = all.find(|idx| self.source[**idx].unread) {
            let address = self.source.address(*unread);
            return Err(Cause::Gap(format!("the document of {address} was not read")));
        }
        Ok(Bundle {
            own: self.source[idx].files.clone(),
            carried: carried
                .iter()
                .map(|part| (self.source.address(*part), self.source[*part].files.clone()))
                .collect(),
            replaces: self.replaced_files(target, carried),
        })
    }

    /// Digests stand for the documents that the target has of an object and of all that it carries.
    fn replaced_files(&self, target: Option<Idx>, carried: &[Idx]) -> Option<BTreeSet<[u8; 32]>> {
        let parts = carried.iter().filter_map(|part| self.pairing.target(*part));
        let all: Vec<Idx> = target.into_iter().chain(parts).collect();
        let is_known = all.iter().all(|idx| !self.target[*idx].unread);
        let files = all.iter().flat_map(|idx| self.target[*idx].files.iter());
        is_known.then(|| files.map(|file| *file.digest()).collect())
    }

    /// A part that the partner names and its list leaves out may be the very one that seems to be new.
    pub(crate) fn may_be_unlisted(&self, part: Idx, partner: Option<Idx>) -> Option<String> {
        let partner = partner.filter(|_| self.pairing.target(part).is_none())?;
        let kind = self.target[partner].kind;
        self.gaps.below_target(Some(partner), kind)
    }

    /// An object made of documents is written over whatever has its name, and a copy that cannot be read is there
    /// already.
    pub(crate) fn unusable_row_in_place(&self, idx: Idx, target_parent: Option<Idx>) -> Option<String> {
        let kind = self.source[idx].kind;
        let overwrites = self.source[idx].files.iter().next().is_some();
        let row = || self.gaps.row_in_target(target_parent, kind);
        self.gaps.row_of_copy(idx).or_else(|| overwrites.then(row).flatten())
    }

    /// An object must not be written as a whole, nor a field that says whom it is for, while that is not known.
    pub(crate) fn unknown_audience(&self, idx: Idx, fields: &[FieldChange], is_whole: bool) -> Option<Cause> {
        let references = self.row(self.source[idx].kind).references;
        let groups = references.iter().filter_map(|reference| match reference.bond {
            ReferenceKind::NeedsAny { group } => Some([group, reference.field]),
            _ => None,
        });
        let names: Vec<&str> = groups.flatten().collect();
        let is_named = fields.iter().any(|change| names.contains(&change.field()));
        let reason = self.unknown_reference(idx).filter(|_| is_whole || is_named);
        reason.map(Cause::Gap)
    }

    /// The first change of something that others made on the target is worth a remark: from now on the source decides.
    pub(crate) fn takeover_note(&self, pair: Partners) -> Option<String> {
        let partner = &self.target[pair.target];
        let is_taken_over = pair.how == MatchedBy::NaturalKey
            && self.row(partner.kind).marking == Marking::Created
            && self.row(partner.kind).presence == Presence::Own
            && partner.mark.is_none()
            && partner.hint.is_none();
        is_taken_over.then(|| {
            "taken over: it was made on the target by other means, and is never deleted by this tool".to_owned()
        })
    }

    /// Where the server evidently keeps no notes on objects that this tool made, nothing remembers what it did not
    /// take, and only the likeness of the values tells.
    pub(crate) fn keeps_no_notes(&self, target: Idx) -> bool {
        let partner = &self.target[target];
        let is_made_here = self.target.parent(target).is_none_or(|parent| {
            let is_found = self.row(self.target[parent].kind).task == Role::Prerequisite;
            is_found || self.target[parent].is_copy_from(&self.source.catalog)
        });
        let row = self.row(partner.kind);
        // A kind that only a creation marks gets no notes either where none of it has any.
        let gets_none = row.marking == Marking::Created
            || !self.target_stores_metadata(partner.kind) && self.target_stores_no_marks(partner.kind);
        row.identity == Identity::Natural
            && partner.mark.is_none()
            && partner.not_taken.is_none()
            && is_made_here
            && gets_none
    }
}
