//! The file of a snapshot: a catalog kept in a file (snapshot.md).
//!
//! ```text
//! {"snapshot":1,…,"digest":"sha256:…"}⏎     the header: plain, so that people and other programs can tell what it is
//! [ age ( ] zstd ( entry⏎ entry⏎ … ) [ ) ]  the stream: the header again, the records, and what ended them
//! ```
//!
//! Trust goes in this order: the digest covers every byte of the file, so nothing is decrypted, unpacked or parsed that is
//! not as it was written. The digest is no signature; but where the stream is encrypted with a passphrase, nobody without
//! it can make the first and the last entry, which repeat all that the header says. So what the header claims is handed out
//! only once the stream has said the same: its [`Origin`] with the first entry, counts and gaps with the last.

pub mod encryption;
pub mod error;
pub mod frames;
pub mod header;
pub mod reader;
pub mod record;
pub mod text;
pub mod writer;

pub use encryption::{Encryption, Identities, KeyError, Keys, Passphrase, Recipients};
pub use error::SnapshotError;
pub use header::{Counts, EncryptionKind, Ending, Format, Header, Origin};
pub use reader::SnapshotReader;
pub use record::{
    CreatorRecord, DetailsRecord, FileRecord, GapRecord, MarkRecord, NameRecord, ObjectRecord, Record, RowRecord,
    SealNotesRecord, SealRecord, SecretRecord,
};
pub use text::{Content, Fields, SecretText};
pub use writer::SnapshotWriter;

/// The longest line that is written or read. A line holds one object with its documents in Base64, so this bounds the
/// memory that a file can ask for; no answer of a server is as long.
pub const LONGEST_LINE: usize = 128 << 20;
