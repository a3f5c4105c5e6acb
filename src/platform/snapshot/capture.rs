//! Capturing: reading a catalog as a source, and writing what is found as it comes.

use futures_util::{StreamExt, stream};

use super::{
    convert,
    file::{Encryption, Header, Origin, Record, SnapshotError, SnapshotWriter},
    scope,
};
use crate::{
    engine::{
        catalog::{CatalogError, Reader},
        collect::{Collected, collect_alone},
        model::{Gap, Idx, Inventory, KindTable, Resource, kind::Role},
        plan::{Policy, scope::scope_of_source},
    },
    outfile::OutFile,
};

/// How many details are read at once at most: the pace is the client's business, and what is read waits to be written.
const IN_FLIGHT: usize = 16;

/// What came of a capture.
#[derive(Debug)]
pub struct Captured {
    /// The first line of the file.
    pub header: Header,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Reads a catalog and writes it into a file. What cannot be read stands in the file as a gap; a file that was there before
/// stays until this one is whole.
///
/// # Errors
/// When the disk does not take it.
pub async fn capture(
    source: &dyn Reader,
    policy: &Policy,
    origin: Origin,
    place: OutFile,
    encryption: &Encryption,
) -> Result<Captured, SnapshotError> {
    let kinds = source.kinds();
    let origin = Origin { scope: scope::written(kinds, policy), ..origin };
    let mut writer = SnapshotWriter::create(place, origin, encryption)?;
    let Collected { listed, inventory } = collect_alone(source, policy).await;
    let in_scope = scope_of_source(&inventory, policy);
    let is_kept = |resource: &Resource| match inventory.find(resource.kind, resource.handle.as_str()) {
        Some(idx) => in_scope[idx.number()] || kinds.row(resource.kind).task == Role::Prerequisite,
        // What could not be joined is read again with what it lacks, and found wanting again.
        None => true,
    };
    for resource in listed.iter().filter(|it| is_kept(it)) {
        let record = convert::object(kinds, resource).map_err(malformed)?;
        writer.write(Record::Object(Box::new(record)))?;
    }
    let unread = inventory.ids().filter(|idx| inventory[*idx].unread && is_kept(&inventory[*idx])).collect();
    let mut gaps = inventory.gaps.to_vec();
    gaps.extend(write_details(source, &inventory, unread, &mut writer).await?);
    let records = gaps.iter().map(|gap| convert::gap(kinds, gap)).collect();
    let header = writer.finish(records)?;
    Ok(Captured { header, gaps })
}

/// Writes what lists do not show, one object after the other, and gives what could not be read of it.
async fn write_details(
    source: &dyn Reader,
    inventory: &Inventory,
    unread: Vec<Idx>,
    writer: &mut SnapshotWriter,
) -> Result<Vec<Gap>, SnapshotError> {
    let read = |idx: Idx| async move { (idx, source.detail(&inventory[idx]).await) };
    let mut details = stream::iter(unread).map(read).buffered(IN_FLIGHT);
    let mut gaps = Vec::new();
    while let Some((idx, detail)) = details.next().await {
        match detail {
            Ok(resource) => write_detail(inventory.kinds, &resource, writer)?,
            Err(error) => gaps.push(gap_of(inventory, idx, &error)),
        }
    }
    Ok(gaps)
}

fn write_detail(kinds: &KindTable, resource: &Resource, writer: &mut SnapshotWriter) -> Result<(), SnapshotError> {
    let record = convert::details(kinds, resource).map_err(malformed)?;
    writer.write(Record::Details(Box::new(record)))
}

fn gap_of(inventory: &Inventory, idx: Idx, error: &CatalogError) -> Gap {
    let resource = &inventory[idx];
    Gap {
        at: inventory.address(idx).path.to_string(),
        ..Gap::of_list(inventory.side, resource.kind, Some(resource.handle.clone()), error.to_string())
    }
}

fn malformed(error: CatalogError) -> SnapshotError {
    SnapshotError::Unwritable(std::io::Error::other(error.to_string()))
}
