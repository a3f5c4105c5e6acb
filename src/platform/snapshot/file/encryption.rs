//! How the stream of a snapshot is encrypted: binary age (<https://age-encryption.org/v1>), and nothing of our own.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read, Write},
    path::Path,
};

use age::{DecryptError, Decryptor, Encryptor, scrypt, stream::StreamWriter, x25519};
use secrecy::{ExposeSecret, SecretString};

use super::{EncryptionKind, SnapshotError};

/// How a snapshot is encrypted when it is written.
#[derive(Debug)]
pub enum Encryption {
    /// Not at all.
    None,
    /// For the holders of these keys.
    Recipients(Recipients),
    /// For those who know this passphrase.
    Passphrase(Passphrase),
}

impl Encryption {
    /// What the header calls it.
    #[must_use]
    pub fn kind(&self) -> EncryptionKind {
        match self {
            Self::None => EncryptionKind::None,
            Self::Recipients(_) => EncryptionKind::Recipients,
            Self::Passphrase(_) => EncryptionKind::Passphrase,
        }
    }

    /// Encrypts what is written from now on.
    pub(super) fn seal<W: Write>(&self, to: W) -> io::Result<SealingWriter<W>> {
        let encryptor = match self {
            Self::None => return Ok(SealingWriter::Plain(to)),
            Self::Recipients(keys) => Encryptor::with_recipients(keys.0.iter().map(|key| key as _)),
            Self::Passphrase(passphrase) => Encryptor::with_recipients([&passphrase.recipient() as _].into_iter()),
        };
        let encryptor = encryptor.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(SealingWriter::Age(encryptor.wrap_output(to)?))
    }
}

/// Keys to open snapshots with. Which one is used is for the header to say; for one that is not encrypted, none.
#[derive(Debug, Default)]
pub struct Keys {
    /// `SNAPSHOT_IDENTITY_FILE`.
    pub identities: Option<Identities>,
    /// `SNAPSHOT_PASSPHRASE_FILE`.
    pub passphrase: Option<Passphrase>,
}

/// Those who can open a snapshot, by their public keys. `Debug` shows them, as everybody may know them.
pub struct Recipients(Vec<x25519::Recipient>);

impl fmt::Debug for Recipients {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(ToString::to_string)).finish()
    }
}

/// The most keys that a snapshot is encrypted for. With more of them the part of the stream that holds them would be
/// larger than what a reader looks at ([`LONGEST_PREAMBLE`]).
const MOST_RECIPIENTS: usize = 256;

impl Recipients {
    /// Public keys, separated by commas, where the value begins with `age1`; else a file of them, one a line, where empty
    /// lines and lines that begin with `#` do not count.
    ///
    /// # Errors
    /// When the file cannot be read, or one of them is no public key.
    pub fn from_setting(value: &str) -> Result<Self, KeyError> {
        if value.trim_start().starts_with("age1") {
            return Self::new(value.split(',').map(str::trim).enumerate());
        }
        let text = read_file(Path::new(value))?;
        Self::new(lines(text.expose_secret()))
    }

    fn new<'a>(keys: impl Iterator<Item = (usize, &'a str)>) -> Result<Self, KeyError> {
        let keys: Vec<_> = keys.map(|(place, key)| public_key(key, place + 1)).collect::<Result<_, _>>()?;
        match keys.len() {
            0 => Err(KeyError::Empty),
            1..=MOST_RECIPIENTS => Ok(Self(keys)),
            number => Err(KeyError::TooMany(number)),
        }
    }
}

fn public_key(text: &str, number: usize) -> Result<x25519::Recipient, KeyError> {
    if is_private(text) {
        return Err(KeyError::PrivateKey(number));
    }
    text.parse().map_err(|_| KeyError::NoPublicKey(number))
}

/// Private keys, each of which may open a snapshot.
pub struct Identities(Vec<x25519::Identity>);

impl Identities {
    /// The identities in a file as `age-keygen` writes it.
    ///
    /// # Errors
    /// When it cannot be read, or holds anything else.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_text(&read_file(path)?)
    }

    /// The identities in a text, one a line; empty lines and lines that begin with `#` do not count.
    ///
    /// # Errors
    /// When it holds anything else.
    pub fn from_text(text: &SecretString) -> Result<Self, KeyError> {
        let keys = lines(text.expose_secret());
        let keys = keys.map(|(place, key)| key.parse().map_err(|_| KeyError::NoIdentity(place + 1)));
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(Self(keys)) }
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Identities({}, ***)", self.0.len())
    }
}

/// A passphrase.
pub struct Passphrase {
    text: SecretString,
    work_factor: u8,
}

/// How hard passphrases are made to guess: 2^18, which takes a second or so and 256 MiB, as the `age` command has it. It
/// is not measured, as the library would do it, so that what a fast machine wrote a slow one can read.
const WORK_FACTOR: u8 = 18;

/// The most work that a file may ask for: one step above what is written, or a file could ask for hours and all memory.
const MOST_WORK: u8 = WORK_FACTOR + 1;

impl Passphrase {
    /// A passphrase, e.g. what stands in a file without the newline at its end.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(text: SecretString) -> Result<Self, KeyError> {
        if text.expose_secret().is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self { text, work_factor: WORK_FACTOR })
    }

    /// The same, easier to guess. For tests, which have no second to spare.
    #[must_use]
    pub fn made_cheap(self) -> Self {
        Self { work_factor: 4, ..self }
    }

    fn recipient(&self) -> scrypt::Recipient {
        let mut recipient = scrypt::Recipient::new(self.text.clone());
        recipient.set_work_factor(self.work_factor);
        recipient
    }

    fn identity(&self) -> scrypt::Identity {
        let mut identity = scrypt::Identity::new(self.text.clone());
        identity.set_max_work_factor(MOST_WORK);
        identity
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Passphrase(***)")
    }
}

/// Why keys cannot be used. Each text continues a sentence that begins with the name of the setting; no key is in it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("names a file that cannot be read: {0}")]
    Unreadable(io::Error),
    /// There is no key in it.
    #[error("holds no key")]
    Empty,
    /// One is no public key.
    #[error(
        "holds something that is no public key of age (number or line {0}); such keys begin with age1 and are X25519"
    )]
    NoPublicKey(usize),
    /// One is a private key.
    #[error(
        "holds a private key (number or line {0}); give the public key that belongs to it, which begins with age1, and \
         keep the private key elsewhere"
    )]
    PrivateKey(usize),
    /// One is no private key.
    #[error("holds something that is no identity of age (line {0}); identities begin with AGE-SECRET-KEY-1")]
    NoIdentity(usize),
    /// There are more than a snapshot can name.
    #[error("holds {0} public keys, and a snapshot is encrypted for {MOST_RECIPIENTS} at most")]
    TooMany(usize),
}

/// The most bytes that are read of a file of keys.
const LARGEST_KEY_FILE: u64 = 1 << 20;

fn read_file(path: &Path) -> Result<SecretString, KeyError> {
    let mut text = String::new();
    let file = File::open(path).map_err(KeyError::Unreadable)?;
    let read = file.take(LARGEST_KEY_FILE + 1).read_to_string(&mut text).map_err(KeyError::Unreadable)?;
    let text = SecretString::from(text);
    // Keys that were not read would be recipients who cannot open it.
    if read as u64 > LARGEST_KEY_FILE {
        return Err(KeyError::Unreadable(io::Error::other("it is larger than files of keys are")));
    }
    Ok(text)
}

/// The lines that count, with their places.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn is_private(text: &str) -> bool {
    let beginning = text.get(.."AGE-SECRET-KEY-".len()).unwrap_or_default();
    beginning.eq_ignore_ascii_case("AGE-SECRET-KEY-")
}

/// What encrypts, or does not.
pub(super) enum SealingWriter<W: Write> {
    /// Passes on what it is given.
    Plain(W),
    /// Encrypts it.
    Age(StreamWriter<W>),
}

impl<W: Write> SealingWriter<W> {
    /// Writes what is left, without which nobody could open it, and gives back what it was written to.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(to) => Ok(to),
            Self::Age(stream) => stream.finish(),
        }
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Age(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Age(stream) => stream.flush(),
        }
    }
}

const AGE_MAGIC: &[u8] = b"age-encryption.org/";

/// How much of a stream may be the part of age that says whom it is for. The library reads that part over and over until
/// it is whole, so it must be short.
const LONGEST_PREAMBLE: u64 = 64 << 10;

/// A stream that is read.
pub(super) type Stream = Box<dyn BufRead + Send>;

/// Decrypts a stream of which the header says how it is encrypted.
pub(super) fn open<R: Read + Send + 'static>(
    mut stream: R,
    kind: EncryptionKind,
    keys: &Keys,
) -> Result<Stream, SnapshotError> {
    let mut start = Vec::new();
    stream.by_ref().take(LONGEST_PREAMBLE).read_to_end(&mut start).map_err(SnapshotError::of_stream)?;
    let is_encrypted = start.starts_with(AGE_MAGIC);
    if is_encrypted != (kind != EncryptionKind::None) {
        let says = if is_encrypted { "not encrypted, and its stream is" } else { "encrypted, and its stream is not" };
        return Err(SnapshotError::Contradiction(format!("its header says that it is {says}")));
    }
    let is_short = holds_preamble(&start);
    let whole = Cursor::new(start).chain(BufReader::new(stream));
    match kind {
        EncryptionKind::None => Ok(Box::new(whole)),
        _ if is_short => decrypt(whole, kind, keys),
        _ => Err(SnapshotError::BrokenStream("the list of those that it is encrypted for has no end".to_owned())),
    }
}

/// Whether the part of age that says whom it is for ends here: with a line that begins with three hyphens.
fn holds_preamble(start: &[u8]) -> bool {
    let mut lines = start.split_inclusive(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"---") && line.ends_with(b"\n"))
}

fn decrypt(stream: impl BufRead + Send + 'static, kind: EncryptionKind, keys: &Keys) -> Result<Stream, SnapshotError> {
    let decryptor = Decryptor::new_buffered(stream).map_err(|error| refusal(error, kind))?;
    if decryptor.is_scrypt() != (kind == EncryptionKind::Passphrase) {
        let reason = "its header and its stream name different sorts of keys".to_owned();
        return Err(SnapshotError::Contradiction(reason));
    }
    let opened = match (kind, &keys.identities, &keys.passphrase) {
        (EncryptionKind::Passphrase, _, Some(passphrase)) => {
            decryptor.decrypt([&passphrase.identity() as _].into_iter())
        }
        (EncryptionKind::Recipients, Some(identities), _) => {
            decryptor.decrypt(identities.0.iter().map(|identity| identity as _))
        }
        _ => return Err(SnapshotError::KeyMissing(kind)),
    };
    let opened = opened.map_err(|error| refusal(error, kind))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// Why age does not open it. Its own texts are not used: they speak of a command's options, and one of them counts work
/// in a way that fails for absurd numbers.
fn refusal(error: DecryptError, kind: EncryptionKind) -> SnapshotError {
    let broken = |reason: &str| SnapshotError::BrokenStream(reason.to_owned());
    match error {
        DecryptError::Io(error) => SnapshotError::of_stream(error),
        DecryptError::ExcessiveWork { required, .. } => {
            broken(&format!("its passphrase asks for 2^{required} steps, and 2^{MOST_WORK} are the most that are done"))
        }
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => {
            broken("it is not encrypted as age version 1 does it")
        }
        DecryptError::InvalidMac => {
            broken("the list of those that it is encrypted for was altered by somebody without a key")
        }
        _ => SnapshotError::WrongKey(kind),
    }
}
