//! Documents that are written together, as a Product is with its APIs.

use std::collections::BTreeSet;

use crate::engine::{
    change::{Bundle, FieldChange, field::pointer},
    model::{Idx, kind::ReferenceKind},
    plan::{context::Context, document_diff::document_differences, step::Cause},
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
        document_differences(self.row(source.kind).files, &partner.files, &source.files)
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
    pub(crate) fn doubt_about_part(&self, part: Idx, partner: Option<Idx>) -> Option<String> {
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
}
