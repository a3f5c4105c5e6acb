//! A snapshot as a catalog that can be read.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use async_trait::async_trait;

use super::{
    convert,
    file::{DetailsRecord, Header, Keys, Origin, Record, SnapshotError, SnapshotReader},
    scope,
};
use crate::{
    engine::{
        catalog::{CatalogError, Listing, Reader, Requests, UnusableRow},
        model::{Gap, Handle, KindId, KindTable, Resource},
    },
    platform::Scope,
};

/// A catalog that was captured.
#[derive(Debug)]
pub struct Snapshot {
    kinds: &'static KindTable,
    header: Header,
    objects: BTreeMap<KindId, Vec<Resource>>,
    places: HashMap<(KindId, Handle), usize>,
    details: HashMap<(KindId, Handle), DetailsRecord>,
    gaps: Vec<Gap>,
}

impl Snapshot {
    /// Opens a file, and reads all of it.
    ///
    /// # Errors
    /// Whatever makes the file unfit to be believed.
    pub fn open(path: &Path, platform: &str, kinds: &'static KindTable, keys: &Keys) -> Result<Self, SnapshotError> {
        Self::read(SnapshotReader::open(path, platform, keys)?, kinds)
    }

    /// Reads all of a file that was opened.
    ///
    /// # Errors
    /// Whatever makes the file unfit to be believed.
    pub fn read(mut reader: SnapshotReader, kinds: &'static KindTable) -> Result<Self, SnapshotError> {
        let mut objects: BTreeMap<KindId, Vec<Resource>> = BTreeMap::new();
        let mut details = HashMap::new();
        for (number, record) in (1..).zip(reader.by_ref()) {
            let malformed = |reason| SnapshotError::Malformed { number, reason };
            match record? {
                Record::Object(object) => {
                    let resource = convert::resource(kinds, &object).map_err(malformed)?;
                    objects.entry(resource.kind).or_default().push(resource);
                }
                Record::Details(it) => {
                    let kind = kinds.named(&it.kind);
                    let kind = kind.ok_or_else(|| malformed(format!("there is no kind {}", it.kind)))?;
                    details.insert((kind, Handle::new(&it.handle)), *it);
                }
            }
        }
        let header = reader.finish()?;
        scope::narrow(kinds, &header.origin.scope, &mut Scope::default()).map_err(SnapshotError::Contradiction)?;
        let gaps = header.ending.gaps.iter().map(|gap| convert::gap_of(kinds, gap));
        let gaps = gaps.collect::<Result<_, _>>().map_err(SnapshotError::Contradiction)?;
        let numbered = |list: &Vec<Resource>| list.iter().map(|it| it.handle.clone()).enumerate().collect::<Vec<_>>();
        let places = objects
            .iter()
            .flat_map(|(kind, list)| numbered(list).into_iter().map(|(number, handle)| ((*kind, handle), number)));
        Ok(Self { kinds, header, places: places.collect(), objects, details, gaps })
    }

    /// What is known of where it comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.header.origin
    }

    /// Narrows a run's scope to that of the capture.
    pub fn narrow(&self, scope: &mut Scope) {
        // What the header says of scopes was read when the file was opened.
        let _ = scope::narrow(self.kinds, &self.header.origin.scope, scope);
    }

    fn find(&self, kind: KindId, handle: &Handle) -> Option<&Resource> {
        let number = self.places.get(&(kind, handle.clone()))?;
        self.objects.get(&kind)?.get(*number)
    }

    fn completed(&self, of: &Resource) -> Result<Resource, CatalogError> {
        match self.details.get(&(of.kind, of.handle.clone())) {
            Some(details) => convert::completed(self.kinds, of, details).map_err(CatalogError::Malformed),
            None => match self.gaps.iter().find(|gap| gap.kind == of.kind && gap.under.as_ref() == Some(&of.handle)) {
                Some(gap) => Err(unread(&gap.reason)),
                None => Ok(of.clone()),
            },
        }
    }

    /// Why it cannot be told whether the catalog had an object: a gap, or the scope of the capture.
    fn doubt(&self, kind: KindId) -> Option<String> {
        let mut gaps = self.gaps.iter();
        let gap = gaps.find(|gap| self.kinds.is_or_holds(gap.kind, kind) || gap.kind == kind);
        let captured = &self.header.origin.scope;
        let mut kinds = self.kinds.ids().filter(|other| self.kinds.stands_or_falls_with(kind, *other));
        let filtered = kinds.find(|other| scope::is_filtered(captured, self.kinds.row(*other).name));
        gap.map(|gap| gap.reason.clone()).or_else(|| {
            let name = self.kinds.row(filtered?).name;
            Some(format!("the snapshot holds only some {name} by their names"))
        })
    }

    fn unusable(&self, kind: KindId, under: Option<&Handle>) -> Vec<UnusableRow> {
        let rows = self.gaps.iter().filter(|gap| gap.kind == kind && (under.is_none() || gap.under.as_ref() == under));
        let rows = rows.filter_map(|gap| {
            let row = gap.row.as_ref()?;
            let lack = gap.reason.split_once("is deleted: ").map_or(&*gap.reason, |(_, lack)| lack);
            Some(UnusableRow {
                under: gap.under.clone(),
                id: row.handle.as_ref().map(|handle| handle.id().to_owned()),
                mark: row.mark.clone(),
                lack: lack.to_owned(),
            })
        });
        rows.collect()
    }
}

fn unread(reason: &str) -> CatalogError {
    CatalogError::MissingOnTarget(format!("it was not read when the snapshot was taken: {reason}"))
}

#[async_trait]
impl Reader for Snapshot {
    fn kinds(&self) -> &'static KindTable {
        self.kinds
    }

    fn id(&self) -> &str {
        &self.header.origin.catalog_id
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let under = parent.map(|parent| &parent.handle);
        let all = self.objects.get(&kind).into_iter().flatten();
        let resources = all.filter(|it| under.is_none_or(|under| it.handle.parent() == Some(under.as_str())));
        let mut gaps = self.gaps.iter().filter(|gap| gap.kind == kind && gap.is_of_list());
        let doubt = gaps.find(|gap| gap.under.as_ref() == under).map(|gap| gap.reason.clone());
        Ok(Listing {
            resources: resources.cloned().collect(),
            mentioned: Vec::new(),
            doubt,
            unusable: self.unusable(kind, under),
        })
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.completed(resource)
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        match (self.find(kind, handle), self.doubt(kind)) {
            (Some(found), _) => self.completed(found).map(Some),
            (None, Some(reason)) => Err(unread(&reason)),
            (None, None) => Ok(None),
        }
    }

    fn requests(&self) -> Requests {
        Requests::default()
    }
}
