//! From what the engine knows of an object to what a snapshot holds of it, and back.

use serde_json::{Map, Value};

use super::file::{
    Content, CreatorRecord, DetailsRecord, Fields, FileRecord, GapRecord, MarkRecord, NameRecord, ObjectRecord,
    RowRecord, SealNotesRecord, SealRecord, SecretRecord,
};
use crate::engine::{
    catalog::CatalogError,
    model::{
        Creator, Document, File, Files, Gap, Handle, KindId, KindTable, Mark, Name, Resource, Row, Seal, Secret, Side,
        file::NormalForm, seal::SealNotes,
    },
};

/// The record of an object as its list showed it.
pub(super) fn object(kinds: &KindTable, it: &Resource) -> Result<ObjectRecord, CatalogError> {
    Ok(ObjectRecord {
        kind: kinds.row(it.kind).name.into(),
        handle: it.handle.as_str().into(),
        name: name(kinds, &it.name),
        key: it.key.clone(),
        mark: it.mark.as_ref().map(mark),
        hint: it.hint.clone(),
        missing_since: it.missing_since,
        not_taken: it.not_taken.clone(),
        seal: seal(&it.seal),
        creator: creator(&it.maker),
        state: it.state.clone(),
        unread: it.unread,
        pending: it.pending,
        uncarried: it.uncarried.clone(),
        created_at: it.created_at,
        claims: it.claims.clone(),
        born_of: it.born_of.clone(),
        document: fields(&it.document)?,
        secret: secret(&it.document),
        files: files(&it.files),
    })
}

/// The record of what a list does not show of an object. References stand in the record of the object itself.
pub(super) fn details(kinds: &KindTable, it: &Resource) -> Result<DetailsRecord, CatalogError> {
    let row = kinds.row(it.kind);
    let own = it.document.with(row.references.iter().map(|reference| (reference.field.to_owned(), Value::Null)));
    Ok(DetailsRecord {
        kind: row.name.into(),
        handle: it.handle.as_str().into(),
        state: it.state.clone(),
        unread: it.unread,
        uncarried: it.uncarried.clone(),
        document: fields(&own)?,
        secret: secret(&it.document),
        files: files(&it.files),
    })
}

/// The record of what could not be read.
pub(super) fn gap(kinds: &KindTable, it: &Gap) -> GapRecord {
    GapRecord {
        kind: kinds.row(it.kind).name.into(),
        under: it.under.as_ref().map(|under| under.as_str().into()),
        at: it.at.as_str().into(),
        reason: it.reason.as_str().into(),
        row: it.row.as_ref().map(|row| RowRecord {
            handle: row.handle.as_ref().map(|handle| handle.as_str().into()),
            mark: row.mark.as_ref().map(mark),
        }),
    }
}

/// The object of a record.
pub(super) fn resource(kinds: &KindTable, it: &ObjectRecord) -> Result<Resource, String> {
    let kind = kind(kinds, &it.kind)?;
    Ok(Resource {
        kind,
        handle: Handle::new(&it.handle),
        name: match &it.name {
            NameRecord::Plain(text) => Name::Plain(text.clone()),
            NameRecord::Of { kind: of, handle, rest } => {
                Name::Of { kind: self::kind(kinds, of)?, handle: Handle::new(handle), rest: rest.clone() }
            }
        },
        key: it.key.clone(),
        mark: it.mark.as_ref().map(mark_of),
        hint: it.hint.clone(),
        missing_since: it.missing_since,
        not_taken: it.not_taken.clone(),
        seal: seal_of(&it.seal),
        maker: creator_of(&it.creator),
        state: it.state.clone(),
        unread: it.unread,
        pending: it.pending,
        uncarried: it.uncarried.clone(),
        created_at: it.created_at,
        claims: it.claims.clone(),
        born_of: it.born_of.clone(),
        document: document(&it.document, it.secret.as_ref())?,
        files: files_of(kinds, kind, &it.files)?,
    })
}

/// An object with what its list does not show. Its references stay what they are.
pub(super) fn completed(kinds: &KindTable, of: &Resource, it: &DetailsRecord) -> Result<Resource, String> {
    let references = kinds.row(of.kind).references.iter();
    let references = references.map(|reference| (reference.field.to_owned(), of.document.field(reference.field)));
    Ok(Resource {
        state: it.state.clone(),
        unread: it.unread,
        uncarried: it.uncarried.clone(),
        document: document(&it.document, it.secret.as_ref())?.with(references.collect::<Vec<_>>()),
        files: files_of(kinds, of.kind, &it.files)?,
        ..of.clone()
    })
}

/// What could not be read.
pub(super) fn gap_of(kinds: &KindTable, it: &GapRecord) -> Result<Gap, String> {
    Ok(Gap {
        side: Side::Source,
        kind: kind(kinds, &it.kind)?,
        under: it.under.as_deref().map(Handle::new),
        at: it.at.to_string(),
        reason: it.reason.to_string(),
        row: it
            .row
            .as_ref()
            .map(|row| Row { handle: row.handle.as_deref().map(Handle::new), mark: row.mark.as_ref().map(mark_of) }),
    })
}

fn kind(kinds: &KindTable, name: &str) -> Result<KindId, String> {
    kinds.named(name).ok_or_else(|| format!("it holds objects of the kind {name}, which this release does not know"))
}

fn name(kinds: &KindTable, it: &Name) -> NameRecord {
    match it {
        Name::Plain(text) => NameRecord::Plain(text.clone()),
        Name::Of { kind, handle, rest } => {
            NameRecord::Of { kind: kinds.row(*kind).name.into(), handle: handle.as_str().into(), rest: rest.clone() }
        }
    }
}

fn mark(it: &Mark) -> MarkRecord {
    MarkRecord { id: it.id.clone(), catalog: it.catalog.clone() }
}

fn mark_of(it: &MarkRecord) -> Mark {
    Mark { id: it.id.clone(), catalog: it.catalog.clone() }
}

fn seal(it: &Seal) -> SealRecord {
    match it {
        Seal::Absent => SealRecord::Absent,
        Seal::Unjudged(notes) => SealRecord::Unjudged(Box::new(SealNotesRecord {
            seal: notes.seal.clone(),
            missing_since: notes.missing_since.clone(),
            not_taken: notes.not_taken.clone(),
        })),
        Seal::Right => SealRecord::Right,
        Seal::Provisional => SealRecord::Provisional,
        Seal::Previous => SealRecord::Previous,
        Seal::Wrong => SealRecord::Wrong,
    }
}

fn seal_of(it: &SealRecord) -> Seal {
    match it {
        SealRecord::Absent => Seal::Absent,
        SealRecord::Unjudged(notes) => Seal::Unjudged(Box::new(SealNotes {
            seal: notes.seal.clone(),
            missing_since: notes.missing_since.clone(),
            not_taken: notes.not_taken.clone(),
        })),
        SealRecord::Right => Seal::Right,
        SealRecord::Provisional => Seal::Provisional,
        SealRecord::Previous => Seal::Previous,
        SealRecord::Wrong => Seal::Wrong,
    }
}

fn creator(it: &Creator) -> CreatorRecord {
    match it {
        Creator::Unknown => CreatorRecord::Unknown,
        Creator::Somebody(user) => CreatorRecord::Somebody(user.as_str().into()),
        Creator::OwnLogin => CreatorRecord::OwnLogin,
        Creator::Consumer => CreatorRecord::Consumer,
        Creator::Other => CreatorRecord::Other,
    }
}

fn creator_of(it: &CreatorRecord) -> Creator {
    match it {
        CreatorRecord::Unknown => Creator::Unknown,
        CreatorRecord::Somebody(user) => Creator::Somebody(Handle::new(user)),
        CreatorRecord::OwnLogin => Creator::OwnLogin,
        CreatorRecord::Consumer => Creator::Consumer,
        CreatorRecord::Other => Creator::Other,
    }
}

fn fields(document: &Document) -> Result<Fields, CatalogError> {
    Fields::new(&document.fields()).map_err(|error| CatalogError::Malformed(error.to_string()))
}

fn document(fields: &Fields, secret: Option<&SecretRecord>) -> Result<Document, String> {
    let map: Map<String, Value> = fields.to_map().map_err(|_| "a document of it is no JSON object".to_owned())?;
    Ok(Document::new(map, secret.map(secret_of)))
}

fn secret(document: &Document) -> Option<SecretRecord> {
    let secret = document.secret()?;
    Some(SecretRecord { value: secret.expose().to_owned().into(), of_clear: secret.is_of_clear() })
}

fn secret_of(it: &SecretRecord) -> Secret {
    let value = it.value.expose().to_owned();
    if it.of_clear { Secret::of_clear(value) } else { Secret::from(value) }
}

fn files(files: &Files) -> Vec<FileRecord> {
    files
        .iter()
        .map(|file| FileRecord {
            role: file.role.into(),
            name: file.name.as_str().into(),
            has_fixed_name: file.has_fixed_name,
            media_type: file.media_type.as_str().into(),
            bytes: Content(file.bytes.clone()),
        })
        .collect()
}

fn files_of(kinds: &KindTable, kind: KindId, records: &[FileRecord]) -> Result<Files, String> {
    let file = |record: &FileRecord| {
        let (role, normal) = role(kinds, kind, &record.role)?;
        let name = record.name.to_string();
        let file = File::new(role, name, record.media_type.to_string(), record.bytes.0.clone(), normal);
        Ok(if record.has_fixed_name { file.named_by_document() } else { file })
    };
    records.iter().map(file).collect::<Result<Vec<_>, String>>().map(Files::new)
}

fn role(kinds: &KindTable, kind: KindId, role: &str) -> Result<(&'static str, NormalForm), String> {
    let row = kinds.row(kind);
    let known = row.files.iter().find(|known| known.role == role);
    let known = known.map(|known| (known.role, known.normal));
    known.ok_or_else(|| format!("it holds a {role} of {}, which this release does not know", row.name))
}
