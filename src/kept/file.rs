//! The file of a kept plan: whether it can be written is found out before a run, and nobody ever sees half of one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{KeptPlan, Unusable, form};
use crate::model::KindTable;

/// Where a plan shall be kept. Until it is, a temporary file holds the place; it goes when this is dropped.
#[derive(Debug)]
pub struct Destination {
    path: PathBuf,
    beside: PathBuf,
    file: File,
}

impl Destination {
    /// Makes sure that the file can be written, without touching one that is there.
    ///
    /// # Errors
    /// When the folder cannot be written to, or something is there that is no file.
    pub fn prepare(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(there) if !there.is_file() => {
                return Err(io::Error::other("it is there already and no regular file"));
            }
            _ => {}
        }
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("it names no file"))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        // Drawn, because what an earlier process left behind must be in nobody's way; a container's has the same id.
        hidden.push(format!(".{:08x}.tmp", rand::random::<u32>()));
        let beside = path.with_file_name(hidden);
        Ok(Self {
            file: for_the_owner_only().open(&beside)?,
            path: path.to_owned(),
            beside,
        })
    }

    /// Where the plan is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the plan; one that was kept there before is gone then.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn keep(&self, plan: &KeptPlan, kinds: &KindTable) -> io::Result<()> {
        let mut file = &self.file;
        file.write_all(form::render(plan, kinds)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&self.beside, &self.path)
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        // Once the plan is kept the file has another name.
        let _ = fs::remove_file(&self.beside);
    }
}

/// It names consumers and their applications, which is nobody else's business.
fn for_the_owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Reads a kept plan.
///
/// # Errors
/// When it cannot be read, or is no plan as this release writes it.
pub fn read(path: &Path, kinds: &KindTable) -> Result<KeptPlan, Unusable> {
    form::parse(&fs::read(path).map_err(Unusable::Unreadable)?, kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_until_the_plan_is_kept_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        fs::write(&path, "the last one").unwrap();
        let destination = Destination::prepare(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the last one");
        drop(destination);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(
            (left.len(), fs::read_to_string(&path).unwrap()),
            (1, "the last one".into())
        );
    }

    #[test]
    fn what_cannot_be_written_is_found_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            folder.path().to_owned(),
            folder.path().join("no-such-folder/plan.json"),
            PathBuf::from("/dev/null"),
            PathBuf::from("/"),
            PathBuf::new(),
        ] {
            assert!(Destination::prepare(&path).is_err(), "{}", path.display());
        }
    }
}
