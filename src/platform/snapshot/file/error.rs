//! Why a snapshot cannot be read or written.

use std::{error::Error, io};

use super::{EncryptionKind, LONGEST_LINE, header::FORMAT};

/// Why a snapshot cannot be read or written. Each text continues a sentence that begins with the file's name.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The system does not give its bytes.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is something else.
    #[error("is no snapshot ({0}); give the file that `capture FILE` wrote")]
    NotASnapshot(String),
    /// A later release wrote it, in a format that this one does not know.
    #[error("is a snapshot of format {found}, and this release reads format {known}; read it with a newer release")]
    NewerFormat {
        /// The number that it bears.
        found: u64,
        /// The number that this release knows.
        known: u64,
    },
    /// It ends before its stream begins.
    #[error("was cut off: it ends {0}; copy it again from where it was captured")]
    CutOff(&'static str),
    /// It is not as it was written.
    #[error("was altered or cut off after it was written: {0}; copy it again from where it was captured")]
    Altered(String),
    /// It was taken from a server of another kind.
    #[error("was taken from the platform {found}, and this run is for {expected}")]
    OtherPlatform {
        /// The platform that it names.
        found: String,
        /// The platform of the run.
        expected: String,
    },
    /// It is encrypted, and no key of the sort was given.
    #[error("is encrypted {}", key_asked_for(*.0))]
    KeyMissing(EncryptionKind),
    /// It is encrypted, and what was given does not open it.
    #[error("is encrypted, and {}", key_refused(*.0))]
    WrongKey(EncryptionKind),
    /// Its header says one thing and its stream another, although the digest fits: somebody made it up from parts.
    #[error("contradicts itself, so that nothing of it is believed: {0}")]
    Contradiction(String),
    /// Its stream cannot be decrypted or unpacked, although the digest fits.
    #[error("has a stream that cannot be unpacked, so that nothing of it is believed: {0}")]
    BrokenStream(String),
    /// A record makes no sense, although the digest fits.
    #[error("has a record that makes no sense (number {number}): {reason}")]
    Malformed {
        /// Which one, counted from 1; the first repeats the header.
        number: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk does not take it.
    #[error("cannot be written: {0}")]
    Unwritable(io::Error),
    /// It would hold a record that no release reads.
    #[error("cannot be written: {0} would be a line of more than {LONGEST_LINE} bytes")]
    TooLong(String),
}

impl SnapshotError {
    /// What went wrong while the stream was read: the system's fault, or that of whoever made the stream.
    pub(super) fn of_stream(error: io::Error) -> Self {
        if comes_from_the_system(&error) { Self::Unreadable(error) } else { Self::BrokenStream(error.to_string()) }
    }

    /// What a file was found to be whose format number this release knows or does not.
    pub(super) fn of_format(found: u64) -> Self {
        if found > FORMAT {
            Self::NewerFormat { found, known: FORMAT }
        } else {
            Self::NotASnapshot(format!("there is no format {found}"))
        }
    }
}

/// Decoders wrap what they were told; the system's own errors have a number.
fn comes_from_the_system(error: &io::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(here) = cause {
        let io = here.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.raw_os_error().is_some()) {
            return true;
        }
        cause = match io.and_then(io::Error::get_ref) {
            // The wrapped error itself counts, where `source` would give what stands behind it.
            Some(wrapped) => Some(wrapped),
            None => here.source(),
        };
    }
    false
}

fn key_asked_for(kind: EncryptionKind) -> &'static str {
    match kind {
        EncryptionKind::Passphrase => "with a passphrase; name a file with it in SNAPSHOT_PASSPHRASE_FILE",
        _ => "for recipients; name a file with the identity of one of them in SNAPSHOT_IDENTITY_FILE",
    }
}

fn key_refused(kind: EncryptionKind) -> &'static str {
    match kind {
        EncryptionKind::Passphrase => "the passphrase in SNAPSHOT_PASSPHRASE_FILE is not its passphrase",
        _ => "no identity in SNAPSHOT_IDENTITY_FILE is one of its recipients",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_system_is_told_from_one_of_the_file() {
        let disk = || io::Error::from_raw_os_error(5);
        for error in [disk(), io::Error::other(disk()), io::Error::other(io::Error::other(disk()))] {
            assert!(matches!(SnapshotError::of_stream(error), SnapshotError::Unreadable(_)));
        }
        let broken = io::Error::new(io::ErrorKind::InvalidData, "decryption error");
        assert!(matches!(SnapshotError::of_stream(broken), SnapshotError::BrokenStream(_)));
    }

    #[test]
    fn the_number_of_a_later_format_is_told_with_the_one_that_is_known() {
        let text = SnapshotError::of_format(7).to_string();
        assert!(text.contains("format 7") && text.contains("format 1"), "{text}");
        assert!(matches!(SnapshotError::of_format(0), SnapshotError::NotASnapshot(_)));
    }

    #[test]
    fn a_missing_key_and_a_wrong_one_are_said_in_words() {
        let text = SnapshotError::KeyMissing(EncryptionKind::Passphrase).to_string();
        assert!(text.ends_with("SNAPSHOT_PASSPHRASE_FILE"), "{text}");
        let text = SnapshotError::WrongKey(EncryptionKind::Recipients).to_string();
        assert_eq!(text, "is encrypted, and no identity in SNAPSHOT_IDENTITY_FILE is one of its recipients");
    }
}
