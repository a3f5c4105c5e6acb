//! What a snapshot holds, one record a line.
//!
//! These mirror `engine::model::Resource` field by field, with nothing left out and nothing derived, and know no table of
//! kinds: whoever turns them into resources says what a kind's name means.

use serde::{Deserialize, Serialize};

use super::{Content, Ending, Fields, Origin, SecretText};

/// One line of the stream. What is not a [`Record`] is the frame around them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// The first one: what the header says of where it all comes from.
    Header(Origin),
    /// A thing.
    Object(Box<ObjectRecord>),
    /// The rest of a thing.
    Details(Box<DetailsRecord>),
    /// The last one: what the header says of what it holds.
    End(Ending),
}

/// What a snapshot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A thing as its list showed it.
    Object(Box<ObjectRecord>),
    /// What was read of a thing that its list does not show.
    Details(Box<DetailsRecord>),
}

impl Record {
    /// The report's name for its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Object(it) => &it.kind,
            Self::Details(it) => &it.kind,
        }
    }

    /// The server's own name for it.
    #[must_use]
    pub fn handle(&self) -> &str {
        match self {
            Self::Object(it) => &it.handle,
            Self::Details(it) => &it.handle,
        }
    }

    /// Its secret, if it bears one.
    #[must_use]
    pub fn secret(&self) -> Option<&SecretRecord> {
        match self {
            Self::Object(it) => it.secret.as_ref(),
            Self::Details(it) => it.secret.as_ref(),
        }
    }

    pub(super) fn forget_secret(&mut self) {
        match self {
            Self::Object(it) => it.secret = None,
            Self::Details(it) => it.secret = None,
        }
    }
}

impl From<Record> for Entry {
    fn from(record: Record) -> Self {
        match record {
            Record::Object(it) => Self::Object(it),
            Record::Details(it) => Self::Details(it),
        }
    }
}

/// A thing as its list showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRecord {
    /// The report's name for its kind, e.g. `applications`.
    pub kind: Box<str>,
    /// Its server's ids from the catalog down, joined by `/`.
    pub handle: Box<str>,
    /// Its own part of its address.
    pub name: NameRecord,
    /// What pairs it by natural key where that is not the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<str>>,
    /// Which object it was made from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkRecord>,
    /// `source_hint`, where it is noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Box<str>>,
    /// `source_missing_since`, where it is noted, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<i64>,
    /// `source_not_taken`, where it is noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_taken: Option<Box<str>>,
    /// What the seal of its mark and notes is worth, or the seal itself.
    #[serde(default, skip_serializing_if = "SealRecord::is_absent")]
    pub seal: SealRecord,
    /// Who made it, as far as its server says so.
    #[serde(default, skip_serializing_if = "CreatorRecord::is_unknown")]
    pub creator: CreatorRecord,
    /// What stands for the part of it that a list does not show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Box<str>>,
    /// Whether a part of it had still to be read.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unread: bool,
    /// Whether it waits for an approval.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pending: bool,
    /// Why it cannot be carried, where its platform says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncarried: Option<Box<str>>,
    /// When its server says it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// Ids of the children that it claims to have. That it claims none is not the same as that it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Box<[Box<str>]>>,
    /// The mark of the parent along with which it says to have been made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_of: Option<Box<str>>,
    /// What is compared and written, without the secret.
    pub document: Fields,
    /// The secret, where it is known and the snapshot holds secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRecord>,
    /// Documents that are carried whole, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
}

/// What was read of a thing that its list does not show. It takes the place of those fields of the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailsRecord {
    /// The report's name for the kind of the thing.
    pub kind: Box<str>,
    /// The thing.
    pub handle: Box<str>,
    /// What stands for what was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Box<str>>,
    /// Whether a part of it has still to be read.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unread: bool,
    /// Why it cannot be carried, where that is found out only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncarried: Option<Box<str>>,
    /// What is compared and written, whole, without the secret.
    pub document: Fields,
    /// The secret, where it is known and the snapshot holds secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRecord>,
    /// Documents that are carried whole, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
}

/// A thing's own part of its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NameRecord {
    /// The encoded part itself.
    Plain(Box<str>),
    /// The address of another thing, and what follows it.
    Of {
        /// The report's name for the other thing's kind.
        kind: Box<str>,
        /// The other thing.
        handle: Box<str>,
        /// What follows after a `/`, encoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rest: Option<Box<str>>,
    },
}

/// Which object a thing was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkRecord {
    /// The id of the original.
    pub id: Box<str>,
    /// The id of its catalog; absent where the vendor's own tool made the thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<Box<str>>,
}

/// What the seal of a mark and its notes is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SealRecord {
    /// There is none.
    #[default]
    Absent,
    /// There is one that nobody has judged.
    Unjudged(Box<SealNotesRecord>),
    /// Made with the key of the run that captured.
    Right,
    /// Made with that key, for a new object of this name.
    Provisional,
    /// Made with the key before it.
    Previous,
    /// Made by somebody else, or for something else.
    Wrong,
}

impl SealRecord {
    fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

/// A seal as it was read, and the notes that it speaks for as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealNotesRecord {
    /// The seal itself.
    pub seal: String,
    /// `source_missing_since`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub missing_since: String,
    /// `source_not_taken`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub not_taken: String,
}

/// Who made a thing, as far as its server says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CreatorRecord {
    /// The server does not say.
    #[default]
    Unknown,
    /// The user with this handle, of whom nothing was known yet.
    Somebody(Box<str>),
    /// The login of the run that captured.
    OwnLogin,
    /// A user of a registry that the catalog has for its consumers.
    Consumer,
    /// Anybody else.
    Other,
}

impl CreatorRecord {
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// A secret, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRecord {
    /// The secret itself.
    pub value: SecretText,
    /// Whether it was made from what its server showed in clear.
    #[serde(default, skip_serializing_if = "is_false")]
    pub of_clear: bool,
}

/// A document that is carried whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// What it is to the thing it belongs to, e.g. `document`.
    pub role: Box<str>,
    /// What it is called where it is sent.
    pub name: Box<str>,
    /// Whether another document names it so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub has_fixed_name: bool,
    /// The media type it is sent as.
    pub media_type: Box<str>,
    /// Its content as it was read.
    pub bytes: Content,
}

/// A part of the catalog that could not be read, or not be proven to be read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapRecord {
    /// The report's name for the kind whose list it is.
    pub kind: Box<str>,
    /// The branch; all of the kind where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<Box<str>>,
    /// What the branch is called, where that is known.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub at: Box<str>,
    /// What went wrong, for people.
    pub reason: Box<str>,
    /// The one row that cannot be used; none where the list itself is in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<RowRecord>,
}

/// A row of a list that lacks what its kind needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowRecord {
    /// Its server's name for it, where it has an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<Box<str>>,
    /// Which object it was made from, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkRecord>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
