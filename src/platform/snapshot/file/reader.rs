//! Reads a snapshot record by record, and believes nothing too early.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use super::{
    Counts, Ending, Header, Keys, LONGEST_LINE, Origin, Record, SnapshotError,
    encryption::{self, Stream},
    frames::FrameReader,
    header,
    record::Entry,
};

/// A snapshot whose digest fits, and whose first entry says what its header says. It gives its records one by one, and
/// nothing after an error.
///
/// What the header says of counts and gaps is not proven before the last record was read, so that is when
/// [`SnapshotReader::finish`] gives it: a gap that somebody took out of the header would make things look absent.
///
/// The file is read twice, from one handle: a writer renames a new file into its place, which this does not see. Whoever
/// writes into the file itself in the meantime breaks the stream, which is an error too, though not the right one.
pub struct SnapshotReader {
    header: Header,
    counts: Counts,
    lines: Lines<BufReader<FrameReader<Stream>>>,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Open,
    Ended,
    Failed,
}

impl SnapshotReader {
    /// Opens a file, reads all of it once for its digest, and opens its stream.
    ///
    /// # Errors
    /// Whatever makes it unfit to be believed.
    pub fn open(path: &Path, platform: &str, keys: &Keys) -> Result<Self, SnapshotError> {
        let about = fs::metadata(path).map_err(SnapshotError::Unreadable)?;
        // Opening a pipe would wait for its writer, and none can be read twice.
        if !about.is_file() {
            return Err(SnapshotError::Unreadable(io::Error::other("it is no regular file")));
        }
        let file = File::open(path).map_err(SnapshotError::Unreadable)?;
        Self::new(file, platform, keys)
    }

    /// The same with bytes from elsewhere.
    ///
    /// # Errors
    /// Whatever makes them unfit to be believed.
    pub fn new<R>(mut source: R, platform: &str, keys: &Keys) -> Result<Self, SnapshotError>
    where
        R: Read + Seek + Send + 'static,
    {
        let (header, length) = header::read(BufReader::new(&mut source))?;
        if header.origin.platform != platform {
            let (found, expected) = (header.origin.platform, platform.to_owned());
            return Err(SnapshotError::OtherPlatform { found, expected });
        }
        source.seek(SeekFrom::Start(length)).map_err(SnapshotError::Unreadable)?;
        let stream = encryption::open(source, header.origin.encryption, keys)?;
        let lines = Lines { source: BufReader::new(FrameReader::new(stream)), number: 0, longest: LONGEST_LINE };
        let mut reader = Self { header, counts: Counts::new(), lines, progress: Progress::Open };
        reader.check_beginning()?;
        Ok(reader)
    }

    /// Where it all comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.header.origin
    }

    /// Reads what is left, checks that header and stream agree to the end, and gives the whole header.
    ///
    /// # Errors
    /// Whatever makes the file unfit to be believed, also where the iterator has told it already.
    pub fn finish(mut self) -> Result<Header, SnapshotError> {
        for record in self.by_ref() {
            record?;
        }
        match self.progress {
            Progress::Ended => Ok(self.header),
            _ => Err(self.lines.malformed("it was given up here")),
        }
    }

    fn check_beginning(&mut self) -> Result<(), SnapshotError> {
        match self.lines.next()? {
            Some(Entry::Header(origin)) if origin == self.header.origin => Ok(()),
            Some(Entry::Header(_)) => Err(contradiction("its header and its first record differ")),
            _ => Err(contradiction("its first record is no header")),
        }
    }

    fn next_record(&mut self) -> Result<Option<Record>, SnapshotError> {
        let record = match self.lines.next()? {
            Some(Entry::Object(object)) => {
                *self.counts.entry(object.kind.clone()).or_default() += 1;
                Record::Object(object)
            }
            Some(Entry::Details(details)) => Record::Details(details),
            Some(Entry::End(ending)) => return self.check_ending(&ending).map(|()| None),
            Some(Entry::Header(_)) => return Err(self.lines.malformed("it is a second header")),
            None => return Err(contradiction("its stream ends without its last record")),
        };
        if record.secret().is_some() && !self.header.origin.secrets {
            return Err(contradiction("its header says that it holds no secrets, and it holds one"));
        }
        Ok(Some(record))
    }

    fn check_ending(&mut self, ending: &Ending) -> Result<(), SnapshotError> {
        if *ending != self.header.ending {
            return Err(contradiction("its header and its last record differ"));
        }
        // A kind of which there is none may be counted or left out.
        let counted = ending.counts.iter().filter(|(_, number)| **number > 0);
        if !counted.eq(self.counts.iter()) {
            return Err(contradiction("it holds other numbers of objects than it says"));
        }
        match self.lines.next()? {
            None => Ok(()),
            Some(_) => Err(self.lines.malformed("it follows the last one")),
        }
    }
}

impl Iterator for SnapshotReader {
    type Item = Result<Record, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.progress != Progress::Open {
            return None;
        }
        let record = self.next_record();
        self.progress = match record {
            Ok(Some(_)) => Progress::Open,
            Ok(None) => Progress::Ended,
            Err(_) => Progress::Failed,
        };
        record.transpose()
    }
}

impl fmt::Debug for SnapshotReader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is still to be read is nobody's business.
        let mut out = out.debug_struct("SnapshotReader");
        out.field("origin", &self.header.origin).field("progress", &self.progress).finish_non_exhaustive()
    }
}

fn contradiction(reason: &str) -> SnapshotError {
    SnapshotError::Contradiction(reason.to_owned())
}

/// The entries of a stream.
struct Lines<R> {
    source: R,
    number: u64,
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Entry>, SnapshotError> {
        let mut line = Vec::new();
        let most = self.longest as u64;
        self.source.by_ref().take(most).read_until(b'\n', &mut line).map_err(SnapshotError::of_stream)?;
        if line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        match line.strip_suffix(b"\n") {
            Some(entry) => self.parse(entry).map(Some),
            None if line.len() == self.longest => Err(self.malformed("it is too long")),
            None => Err(self.malformed("it has no end")),
        }
    }

    /// What is wrong is told by its place alone: the text may hold a secret, and serde's messages quote.
    fn parse(&self, line: &[u8]) -> Result<Entry, SnapshotError> {
        let parsed = serde_json::from_slice(line);
        parsed
            .map_err(|error| self.malformed(&format!("it is not what this release knows, at byte {}", error.column())))
    }

    fn malformed(&self, reason: &str) -> SnapshotError {
        SnapshotError::Malformed { number: self.number, reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: &str = r#"{"end":{"counts":{},"gaps":[]}}"#;

    fn lines(text: &str, longest: usize) -> Lines<&[u8]> {
        Lines { source: text.as_bytes(), number: 0, longest }
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        let text = format!("{END}\n{END}\n");
        let mut fitting = lines(&text, END.len() + 1);
        assert!(fitting.next().unwrap().is_some() && fitting.next().unwrap().is_some());
        assert!(fitting.next().unwrap().is_none());
        let error = lines(&text, END.len()).next().unwrap_err().to_string();
        assert!(error.contains("number 1") && error.contains("too long"), "{error}");
    }

    #[test]
    fn a_line_without_an_end_is_no_record() {
        let error = lines(END, 1000).next().unwrap_err().to_string();
        assert!(error.contains("no end"), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_record_is_said_without_it() {
        let text = r#"{"object":{"kind":"hush","secret":{"value":4711,"hush":"hush"}}}"#;
        let error = lines(&format!("{text}\n"), 1000).next().unwrap_err().to_string();
        assert!(!error.contains("hush") && !error.contains("4711"), "{error}");
    }
}
