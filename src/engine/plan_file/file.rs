//! The file of a kept plan.

use std::{fs, io, path::Path};

use super::{KeptPlan, Unusable, form};
use crate::{engine::model::KindTable, outfile::OutFile};

/// Where a plan shall be kept.
#[derive(Debug)]
pub struct PlanFile(OutFile);

impl PlanFile {
    /// Makes sure that the file can be written, without touching one that is there.
    ///
    /// # Errors
    /// When the folder cannot be written to, or something is there that is no file.
    pub fn prepare(path: &Path) -> io::Result<Self> {
        OutFile::prepare(path).map(Self)
    }

    /// Where the plan is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Keeps the plan; one that was kept there before is gone then.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn keep(&self, plan: &KeptPlan, kinds: &KindTable) -> io::Result<()> {
        self.0.write(form::render(plan, kinds)?.as_bytes())
    }
}

/// Reads a kept plan.
///
/// # Errors
/// When it cannot be read, or is no plan as this release writes it.
pub fn read(path: &Path, kinds: &KindTable) -> Result<KeptPlan, Unusable> {
    form::parse(&fs::read(path).map_err(Unusable::Unreadable)?, kinds)
}
