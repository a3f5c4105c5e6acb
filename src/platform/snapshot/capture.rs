//! Capturing: reading a catalog as a source, and writing what is found as it comes.

use std::{borrow::Cow, collections::HashSet};

use futures_util::{StreamExt, stream};
use serde_json::Map;

use super::{
    convert,
    file::{Encryption, Header, Origin, Record, SnapshotError, SnapshotWriter},
    scope,
};
use crate::{
    engine::{
        catalog::{CatalogError, Reader},
        collect::{Collected, collect_alone},
        model::{Document, Files, Gap, Idx, Inventory, KindTable, Resource, kind::Role},
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
    let extent = Extent::of(&inventory, policy);
    for resource in &listed {
        let kept = match inventory.find(resource.kind, resource.handle.as_str()) {
            Some(idx) if extent.is_kept(idx) => Cow::Borrowed(resource),
            Some(idx) if extent.named.contains(&idx) => Cow::Owned(by_name_alone(resource)),
            Some(_) => continue,
            // What could not be joined is read again with what it lacks, and found wanting again.
            None => Cow::Borrowed(resource),
        };
        let record = convert::object(kinds, &kept).map_err(|error| malformed(&error))?;
        writer.write(Record::Object(Box::new(record)))?;
    }
    let unread = inventory.ids().filter(|idx| inventory[*idx].unread && extent.is_kept(*idx)).collect();
    let mut gaps = inventory.gaps.to_vec();
    gaps.extend(write_details(source, &inventory, unread, &mut writer).await?);
    let records = gaps.iter().map(|gap| convert::gap(kinds, gap)).collect();
    let header = writer.finish(records)?;
    Ok(Captured { header, gaps })
}

/// What of a catalog goes into the file.
struct Extent<'a> {
    inventory: &'a Inventory,
    in_scope: Vec<bool>,
    /// What is out of scope, and named by what is in it: its name is kept, or what names it would seem to name nothing.
    named: HashSet<Idx>,
}

impl<'a> Extent<'a> {
    fn of(inventory: &'a Inventory, policy: &Policy) -> Self {
        let mut extent = Self { inventory, in_scope: scope_of_source(inventory, policy), named: HashSet::new() };
        let kept = inventory.ids().filter(|idx| extent.is_kept(*idx));
        let named = kept.flat_map(|idx| {
            let references = inventory.kinds.row(inventory[idx].kind).references.iter();
            references.flat_map(move |reference| inventory.named(idx, reference))
        });
        let named = named.flat_map(|idx| inventory.lineage(idx));
        extent.named = named.filter(|idx| !extent.is_kept(*idx)).collect();
        extent
    }

    fn is_kept(&self, idx: Idx) -> bool {
        self.in_scope[idx.number()] || self.inventory.kinds.row(self.inventory[idx].kind).task == Role::Prerequisite
    }
}

/// An object of which nothing but its name is kept.
fn by_name_alone(resource: &Resource) -> Resource {
    Resource {
        document: Document::new(Map::new(), None),
        files: Files::default(),
        claims: None,
        state: None,
        unread: false,
        ..resource.clone()
    }
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
    let record = convert::details(kinds, resource).map_err(|error| malformed(&error))?;
    writer.write(Record::Details(Box::new(record)))
}

fn gap_of(inventory: &Inventory, idx: Idx, error: &CatalogError) -> Gap {
    let resource = &inventory[idx];
    Gap {
        at: inventory.address(idx).path.to_string(),
        ..Gap::of_list(inventory.side, resource.kind, Some(resource.handle.clone()), error.to_string())
    }
}

fn malformed(error: &CatalogError) -> SnapshotError {
    SnapshotError::Unwritable(std::io::Error::other(error.to_string()))
}
