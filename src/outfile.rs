//! A file that the program leaves behind: whether it can be written is found out before a run, nobody but its owner can
//! read it, and nobody ever sees half of one.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File, Metadata},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::NamedTempFile;

/// What is being written, for a process that ends in between.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes what is being written. As long as what this returns is kept nothing more is begun: a process that ends at once
/// keeps it till its end, and leaves nothing behind.
pub fn abandon() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    let unfinished = unfinished();
    for path in unfinished.iter() {
        // What has just got its name is not there any more.
        let _ = fs::remove_file(path);
    }
    unfinished
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place where a file can be written. Nothing is left there until it is.
#[derive(Debug, Clone)]
pub struct OutFile {
    path: PathBuf,
}

impl OutFile {
    /// Makes sure that the file can be written, without touching one that is there.
    ///
    /// # Errors
    /// When the folder cannot be written to, or something is there that cannot be replaced.
    pub fn prepare(path: &Path) -> io::Result<Self> {
        let place = Self { path: path.to_owned() };
        let (_unfinished, trial) = place.beside()?;
        // A link is replaced, never followed.
        match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() && !there.is_symlink() => {
                Err(io::Error::other("it is there already and no regular file"))
            }
            Ok(_) if place.is_mounted() => Err(io::Error::other(
                "a file is mounted there, which no other can take the place of: mount its folder instead",
            )),
            Ok(there) if is_kept(&there, &place.folder(), &trial.as_file().metadata()?)? => {
                Err(io::Error::other("it is there already and belongs to somebody else"))
            }
            _ => Ok(place),
        }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file; one that was there before is gone then.
    ///
    /// # Errors
    /// When the disk does not take it; then nothing is left beside.
    pub fn write(&self, content: &[u8]) -> io::Result<()> {
        let mut pending = self.begin()?;
        pending.file().write_all(content)?;
        pending.keep()
    }

    /// Begins a file that is too large to be written at once; one that was there before stays until it is kept.
    ///
    /// # Errors
    /// When the disk does not take it; then nothing is left beside.
    pub fn begin(&self) -> io::Result<PendingFile> {
        let (unfinished, file) = self.beside()?;
        Ok(PendingFile { file, path: self.path.clone(), _unfinished: unfinished })
    }

    /// A file without a name on the same disk, for what has to be written before the file itself can be. It goes when it
    /// is closed, however the process ends.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn spool(&self) -> io::Result<File> {
        tempfile::tempfile_in(self.folder())
    }

    /// A new file that only its owner can read, with a name that nobody can foresee. It goes with what is returned.
    fn beside(&self) -> io::Result<(Unfinished, NamedTempFile)> {
        let name = self.path.file_name();
        let name = name.ok_or_else(|| io::Error::other("it names no file"))?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".");
        // Nothing comes between the file and the note of it.
        let mut unfinished = unfinished();
        let file = tempfile::Builder::new().prefix(&hidden).suffix(".tmp").tempfile_in(self.folder())?;
        unfinished.insert(file.path().to_owned());
        Ok((Unfinished(file.path().to_owned()), file))
    }

    /// Whether a file of elsewhere is mounted in the place, as containers do it with single files. Linux tells it (`man 5
    /// proc_pid_mountinfo`); where nobody tells it, the end of the run does.
    fn is_mounted(&self) -> bool {
        let folder = self.folder().canonicalize();
        let mounts = fs::read_to_string("/proc/self/mountinfo");
        let (Ok(folder), Ok(mounts), Some(name)) = (folder, mounts, self.path.file_name()) else {
            return false;
        };
        is_mount_point(&mounts, &folder.join(name))
    }

    fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

/// A file that is being written beside its place. It goes with this value, unless it is kept.
#[derive(Debug)]
pub struct PendingFile {
    // Fields are dropped in this order, so the file goes before the note of it.
    file: NamedTempFile,
    path: PathBuf,
    _unfinished: Unfinished,
}

impl PendingFile {
    /// The file itself.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Puts the file in its place; one that was there before is gone then.
    ///
    /// # Errors
    /// When the disk does not take it; then nothing is left beside.
    pub fn keep(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path)?;
        Ok(())
    }
}

/// The note of a file that is being written. It must live longer than the file.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

/// Whether a table of mounts names a place. Blanks and such are written there as octal numbers.
fn is_mount_point(mounts: &str, place: &Path) -> bool {
    let escapes = [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", r"\")];
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    points.any(|point| {
        let unescaped = escapes.iter().fold(point.to_owned(), |point, (written, meant)| point.replace(written, meant));
        Path::new(&unescaped) == place
    })
}

/// Whether a file stays where it is, because its folder lets only owners take files away (`/tmp`) and neither is ours.
#[cfg(unix)]
fn is_kept(there: &Metadata, folder: &Path, ours: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    const ROOT: u32 = 0;
    let folder = fs::metadata(folder)?;
    let me = ours.uid();
    Ok(folder.mode() & STICKY != 0 && me != ROOT && ![there.uid(), folder.uid()].contains(&me))
}

#[cfg(not(unix))]
fn is_kept(_: &Metadata, _: &Path, _: &Metadata) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_there_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "the last one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let file = OutFile::prepare(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the last one");
        assert_eq!(names(folder.path()), ["report.json"], "a trial is left");
        file.write(b"the next one").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the next one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("report.json"), folder.path().join("passwd"));
        fs::write(&elsewhere, "somebody's").unwrap();
        symlink(&elsewhere, &path).unwrap();
        OutFile::prepare(&path).unwrap().write(b"mine").unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "somebody's");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn what_cannot_be_written_is_found_out_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [
            folder.path().to_owned(),
            folder.path().join("no-such-folder/report.json"),
            file.join("report.json"),
            PathBuf::from("/dev/null"),
            PathBuf::from("/"),
            PathBuf::new(),
        ] {
            assert!(OutFile::prepare(&path).is_err(), "{}", path.display());
        }
    }

    #[test]
    fn a_file_that_is_mounted_is_known() {
        let mounts = "36 35 98:0 / / rw,noatime - ext4 /dev/root rw\n\
                      77 36 98:0 /a /out/the\\040report.json rw - ext4 /dev/root rw\n";
        assert!(is_mount_point(mounts, Path::new("/out/the report.json")));
        assert!(!is_mount_point(mounts, Path::new("/out")));
        assert!(!is_mount_point("", Path::new("/")));
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let file = OutFile::prepare(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(file.write(b"too late").is_err());
        assert_eq!(names(folder.path()), ["report.json"]);
    }
}
