//! Writes a snapshot record by record: memory does not grow with the catalog, and nobody ever sees half of one.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, Seek, Write},
};

use sha2::{Digest, Sha256};

use super::{
    Counts, Encryption, Ending, GapRecord, Header, LONGEST_LINE, Origin, Record, SnapshotError,
    encryption::SealingWriter,
    frames::FrameWriter,
    header::{Blank, Hashing, digest},
    record::Entry,
};
use crate::outfile::OutFile;

/// A snapshot that is being written. Dropped without [`SnapshotWriter::finish`] it leaves nothing behind, and a file that
/// was in its place before stays.
pub struct SnapshotWriter {
    place: OutFile,
    origin: Origin,
    counts: Counts,
    stream: SnapshotStream,
    line: Vec<u8>,
    /// What was written is not whole any more.
    is_broken: bool,
}

type SnapshotStream = FrameWriter<SealingWriter<BufWriter<File>>>;

impl SnapshotWriter {
    /// Begins a snapshot. How it is encrypted is what `encryption` says, whatever `origin` says.
    ///
    /// The header needs what only the end tells, so the stream goes to a file without a name first, encrypted as it will
    /// be.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn create(place: OutFile, origin: Origin, encryption: &Encryption) -> Result<Self, SnapshotError> {
        let spool = place.spool().map_err(SnapshotError::Unwritable)?;
        let sealed = encryption.seal(BufWriter::new(spool)).map_err(SnapshotError::Unwritable)?;
        let origin = Origin { encryption: encryption.kind(), ..origin };
        let stream = FrameWriter::new(sealed);
        let mut writer = Self { place, origin, counts: Counts::new(), stream, line: Vec::new(), is_broken: false };
        writer.write_entry(&Entry::Header(writer.origin.clone()), "the header")?;
        Ok(writer)
    }

    /// Writes a record. Its secret is left out where the header says that there are none.
    ///
    /// # Errors
    /// When the disk does not take it, which ends the snapshot; or when it is too long for any reader. Then it is left
    /// out, and the others can still be written: it is for the caller to make a gap of it.
    pub fn write(&mut self, mut record: Record) -> Result<(), SnapshotError> {
        if !self.origin.secrets {
            record.forget_secret();
        }
        let what = format!("{} {}", record.kind(), record.handle());
        let counted = match &record {
            Record::Object(object) => Some(object.kind.clone()),
            Record::Details(_) => None,
        };
        self.write_entry(&Entry::from(record), &what)?;
        if let Some(kind) = counted {
            *self.counts.entry(kind).or_default() += 1;
        }
        Ok(())
    }

    /// Ends the snapshot with what could not be read, and puts it in its place.
    ///
    /// # Errors
    /// When the disk does not take it; then nothing is left, and a file that was there before stays.
    pub fn finish(mut self, gaps: Vec<GapRecord>) -> Result<Header, SnapshotError> {
        let ending = Ending { counts: std::mem::take(&mut self.counts), gaps };
        let entry = Entry::End(ending.clone());
        self.write_entry(&entry, "the list of gaps")?;
        let blank = Blank::new(&self.origin, &ending).map_err(not_json)?;
        if blank.line.len() > LONGEST_LINE {
            return Err(SnapshotError::TooLong("the header".to_owned()));
        }
        let digest = put_in_place(&self.place, self.stream, &blank).map_err(SnapshotError::Unwritable)?;
        Ok(Header { origin: self.origin, ending, digest })
    }

    fn write_entry(&mut self, entry: &Entry, what: &str) -> Result<(), SnapshotError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, entry).map_err(not_json)?;
        self.line.push(b'\n');
        if self.line.len() > LONGEST_LINE {
            return Err(SnapshotError::TooLong(what.to_owned()));
        }
        if self.is_broken {
            return Err(SnapshotError::Unwritable(io::Error::other("a part of it is missing")));
        }
        let written = self.stream.write_all(&self.line);
        self.is_broken = written.is_err();
        written.map_err(SnapshotError::Unwritable)
    }
}

impl fmt::Debug for SnapshotWriter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What waits to be written is nobody's business.
        let mut out = out.debug_struct("SnapshotWriter");
        out.field("place", &self.place).field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// Copies the stream behind its header, and gives the digest of both.
fn put_in_place(place: &OutFile, stream: SnapshotStream, blank: &Blank) -> io::Result<String> {
    let spool = stream.finish()?.finish()?;
    let mut spool = spool.into_inner().map_err(io::IntoInnerError::into_error)?;
    spool.rewind()?;
    let mut pending = place.begin()?;
    let file = pending.file();
    let mut hash = Sha256::new().chain_update(&blank.line);
    // The digest has one length, so the line can be written before it is known, and once more when it is.
    file.write_all(&blank.filled_in(&digest(hash.clone())))?;
    io::copy(&mut spool, &mut Hashing { hash: &mut hash, to: &mut *file })?;
    let digest = digest(hash);
    file.rewind()?;
    file.write_all(&blank.filled_in(&digest))?;
    pending.keep()?;
    Ok(digest)
}

fn not_json(error: serde_json::Error) -> SnapshotError {
    SnapshotError::Unwritable(error.into())
}
