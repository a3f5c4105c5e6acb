//! The rules of the invented platform's servers: what may be made, changed and removed, and what happens along with it.

use std::collections::BTreeSet;

use apic_configsync::engine::{
    catalog::{CatalogError, Places, RequestFailure},
    change::{Bundle, Change, FieldChange, NewObject, Removal},
    model::{
        Address, Handle, KindId, Resource,
        document::METADATA,
        kind::{ReferenceKind, UniqueScope},
    },
};
use serde_json::{Map, Value};

use super::{
    notation::{World, own_part, without_nulls},
    table::{KINDS, PUT_ONLY, RETIRED, SCHEMAS},
    thing::Thing,
};

fn refused(text: String) -> CatalogError {
    CatalogError::Request(RequestFailure::new(std::io::Error::other(text), false))
}

/// Where a thing is.
type Place = (KindId, Handle);

impl World {
    /// A thing as a single read shows it. What stands for the documents of a thing and of all that it carries is not known
    /// from the thing alone.
    pub(super) fn shown(&self, place: &Place) -> Option<Resource> {
        let found = self.things.get(place)?.resource(place.0, &place.1);
        let carries = KINDS.row(place.0).references.iter().any(|it| it.bond == ReferenceKind::Carries);
        Some(Resource { state: found.state.clone().filter(|_| !carries), ..found })
    }

    pub(super) fn create(
        &mut self,
        address: &Address,
        new: &NewObject,
        places: &Places<'_>,
    ) -> Result<Handle, CatalogError> {
        let kind = address.kind;
        let name = own_part(kind, &address.path);
        let parent = match (&new.parent, KINDS.row(kind).parent) {
            (Some(parent), Some(kind)) => Some(lookup(places, kind, &parent.path)?),
            _ => None,
        };
        if let Some(twin) = self.twin(kind, parent.as_ref(), name) {
            return self.complete((kind, twin), new);
        }
        if new.comes_along {
            return Err(refused(format!("nothing brought {address} along")));
        }
        let fields = resolved(kind, new.document.fields(), places)?;
        let secret = new.document.secret().map(|secret| secret.expose().to_owned());
        let mut thing = Thing { name: name.to_owned(), fields, secret, ..Thing::default() };
        thing.created_at = i64::try_from(self.things.len()).unwrap();
        thing.take_metadata(&new.metadata);
        let id = format!("n{}-{}", self.things.len(), address.path.replace('/', "."));
        let handle = parent.map_or_else(|| Handle::new(&id), |parent| parent.child(&id));
        let place = (kind, handle.clone());
        self.check(&place, &thing, true)?;
        self.things.insert(place.clone(), thing);
        if let Some(bundle) = &new.package {
            self.publish(&place, bundle, places);
        }
        Ok(handle)
    }

    /// What is there already is ours where it came along with something else, or bears our mark.
    fn complete(&mut self, place: Place, new: &NewObject) -> Result<Handle, CatalogError> {
        let thing = self.things.get_mut(&place).unwrap();
        if new.comes_along {
            thing.take_metadata(&new.metadata);
        } else if thing.mark != new.metadata.mark {
            return Err(CatalogError::Duplicate(RequestFailure::new(std::io::Error::other("it is there"), false)));
        }
        Ok(place.1)
    }

    fn twin(&self, kind: KindId, parent: Option<&Handle>, name: &str) -> Option<Handle> {
        let mut all = self.things.iter();
        let parent = parent.map(Handle::as_str);
        let twin = all.find(|((of, it), thing)| *of == kind && it.parent() == parent && thing.name == name);
        twin.map(|((_, handle), _)| handle.clone())
    }

    pub(super) fn update(&mut self, place: &Place, change: &Change, places: &Places<'_>) -> Result<(), CatalogError> {
        let row = KINDS.row(place.0);
        let now = self.shown(place).ok_or_else(CatalogError::vanished)?;
        let expected = change.expected(row);
        let mut changed = expected.map_or_else(Vec::new, |it| it.differences(row, &now));
        changed.retain(|field| is_written(place.0, change, field));
        if !changed.is_empty() {
            return Err(CatalogError::changed(&changed));
        }
        let mut thing = self.things[place].clone();
        thing.fields = fields_after(place.0, &thing, change, &resolved(place.0, change.after.fields(), places)?);
        if row.secret.is_some_and(|field| is_written(place.0, change, field)) {
            thing.secret = change.after.secret().map(|secret| secret.expose().to_owned());
        }
        if let Some(name) = thing.text("name").map(str::to_owned) {
            thing.name = name;
        }
        if let Some(metadata) = &change.metadata {
            thing.take_metadata(metadata);
        }
        self.check(place, &thing, false)?;
        self.things.insert(place.clone(), thing);
        if let Some(bundle) = &change.package {
            self.publish(place, bundle, places);
        }
        self.empty_what_is_retired(place);
        Ok(())
    }

    pub(super) fn remove(&mut self, place: &Place, removal: &Removal) -> Result<(), CatalogError> {
        let Some(now) = self.shown(place) else {
            return Ok(());
        };
        let row = KINDS.row(place.0);
        let changed = removal.expected(row).differences(row, &now);
        if !changed.is_empty() {
            return Err(CatalogError::changed(&changed));
        }
        let going = self.going_with(place);
        if let Some(user) = self.user_of(&going) {
            return Err(refused(format!("{} is still used by {user}", self.things[place].name)));
        }
        self.things.retain(|place, _| !going.contains(place));
        Ok(())
    }

    /// Writes a thing's own documents, and those of what it carries: what is not there yet is made.
    fn publish(&mut self, place: &Place, bundle: &Bundle, places: &Places<'_>) {
        let mut carried = Vec::new();
        for (address, files) in &bundle.carried {
            let known =
                places.handle(address.kind, &address.path).or_else(|| self.twin(address.kind, None, &address.path));
            let handle = known.unwrap_or_else(|| Handle::new(&format!("n{}-{}", self.things.len(), address.path)));
            let part = self.things.entry((address.kind, handle.clone())).or_default();
            address.path.as_ref().clone_into(&mut part.name);
            part.files = files.iter().cloned().collect();
            carried.push(Value::from(handle.as_str()));
        }
        let references = KINDS.row(place.0).references.iter();
        let thing = self.things.get_mut(place).unwrap();
        for reference in references.filter(|it| it.bond == ReferenceKind::Carries) {
            thing.fields.insert(reference.field.to_owned(), carried.clone().into());
        }
        thing.files = bundle.own.iter().cloned().collect();
        self.forget_what_nothing_carries();
    }

    fn empty_what_is_retired(&mut self, place: &Place) {
        let lifecycle = KINDS.row(place.0).lifecycle.as_ref();
        let state = lifecycle.and_then(|it| self.things[place].text(it.field));
        if state == Some(RETIRED) {
            let mut going = self.going_with(place);
            going.remove(place);
            self.things.retain(|place, _| !going.contains(place) || place.0 == SCHEMAS);
        }
    }

    fn forget_what_nothing_carries(&mut self) {
        let carried: BTreeSet<Place> =
            self.references(|bond| bond == ReferenceKind::Carries).map(|(_, it)| it).collect();
        self.things.retain(|place, _| place.0 != SCHEMAS || carried.contains(place));
    }

    /// Who names whom in this way.
    fn references(&self, wanted: impl Fn(ReferenceKind) -> bool) -> impl Iterator<Item = (Place, Place)> {
        self.things.iter().flat_map(move |(place, thing)| {
            let references = KINDS.row(place.0).references.iter().filter(|it| wanted(it.bond));
            let named = references.flat_map(|it| thing.named(it.field).into_iter().map(|handle| (it.kind, handle)));
            named.map(|named| (place.clone(), named)).collect::<Vec<_>>()
        })
    }

    /// A thing, all below it, what lives by any of these, and what nothing else carries.
    pub(super) fn going_with(&self, top: &Place) -> BTreeSet<Place> {
        let mut going = BTreeSet::from([top.clone()]);
        loop {
            let is_below = |place: &Place| {
                let parent = KINDS.row(place.0).parent.zip(place.1.parent());
                parent.is_some_and(|(kind, handle)| going.contains(&(kind, Handle::new(handle))))
            };
            let below = self.things.keys().filter(|it| is_below(it)).cloned();
            let living = self.references(|bond| bond == ReferenceKind::LivesBy);
            let living = living.filter(|(_, named)| going.contains(named)).map(|(place, _)| place);
            let more: Vec<Place> = below.chain(living).filter(|it| !going.contains(it)).collect();
            if more.is_empty() {
                break;
            }
            going.extend(more);
        }
        let kept: BTreeSet<Place> = self
            .references(|bond| bond == ReferenceKind::Carries)
            .filter(|(place, _)| !going.contains(place))
            .map(|(_, part)| part)
            .collect();
        going.extend(self.things.keys().filter(|it| it.0 == SCHEMAS && !kept.contains(it)).cloned());
        going
    }

    /// What stays, and needs something that is to go.
    fn user_of(&self, going: &BTreeSet<Place>) -> Option<String> {
        let needs = |bond| matches!(bond, ReferenceKind::Needs | ReferenceKind::NeedsAll);
        let mut users = self.references(needs).filter(|(user, named)| going.contains(named) && !going.contains(user));
        users.next().map(|(user, _)| self.things[&user].name.clone())
    }

    /// Whether a thing can be as it shall be.
    fn check(&self, place: &Place, thing: &Thing, is_new: bool) -> Result<(), CatalogError> {
        let row = KINDS.row(place.0);
        for reference in row.references {
            for handle in thing.named(reference.field) {
                let named = self.things.get(&(reference.kind, handle.clone()));
                let named = named.ok_or_else(|| refused(format!("there is no {}", handle.as_str())))?;
                let lifecycle = KINDS.row(reference.kind).lifecycle.as_ref();
                let state = lifecycle.and_then(|it| named.text(it.field).filter(|state| it.closed.contains(state)));
                if let Some(state) = state.filter(|_| is_new) {
                    return Err(CatalogError::MissingOnTarget(format!("{} is {state}", named.name)));
                }
            }
        }
        self.check_unique(place, thing)
    }

    fn check_unique(&self, place: &Place, thing: &Thing) -> Result<(), CatalogError> {
        for unique in KINDS.row(place.0).unique {
            let Some(value) = thing.text(unique.field) else { continue };
            let is_near = |other: &Handle| unique.within == UniqueScope::Catalog || other.parent() == place.1.parent();
            let mut others = self.things.iter().filter(|(it, _)| it.0 == place.0 && *it != place && is_near(&it.1));
            if others.any(|(_, other)| other.text(unique.field) == Some(value)) {
                return Err(refused(format!("{} {value} is taken", unique.label)));
            }
        }
        Ok(())
    }
}

/// A document's fields, with references as handles.
fn resolved(
    kind: KindId,
    mut fields: Map<String, Value>,
    places: &Places<'_>,
) -> Result<Map<String, Value>, CatalogError> {
    fields.remove(METADATA);
    for reference in KINDS.row(kind).references {
        let handles = match (fields.get(reference.field), reference.bond) {
            // What carries others gets them with their documents.
            (Some(_), ReferenceKind::Carries) => Value::Array(Vec::new()),
            (Some(Value::Array(paths)), _) => {
                let paths = paths.iter().filter_map(Value::as_str);
                let handles = paths.map(|path| lookup(places, reference.kind, path));
                let handles = handles.collect::<Result<Vec<_>, _>>()?;
                handles.iter().map(|it| Value::from(it.as_str())).collect()
            }
            (Some(Value::String(path)), _) => lookup(places, reference.kind, path)?.as_str().into(),
            _ => continue,
        };
        fields.insert(reference.field.to_owned(), handles);
    }
    Ok(without_nulls(fields))
}

/// Whether a change writes a field: what is put as a whole writes them all.
fn is_written(kind: KindId, change: &Change, field: &str) -> bool {
    PUT_ONLY.contains(&kind) || change.fields.iter().any(|it| it.field() == field)
}

/// The fields that a thing has after a change. What stands apart from them (metadata, a secret, documents and what they
/// bring) goes its own way.
fn fields_after(kind: KindId, thing: &Thing, change: &Change, after: &Map<String, Value>) -> Map<String, Value> {
    let row = KINDS.row(kind);
    if PUT_ONLY.contains(&kind) {
        return after.clone();
    }
    let carried = row.references.iter().filter(|it| it.bond == ReferenceKind::Carries);
    let documents = row.files.iter().map(|it| it.role).chain(carried.map(|it| it.field));
    let apart: Vec<&str> = documents.chain(row.secret).chain([METADATA]).collect();
    let mut fields = thing.fields.clone();
    for field in change.fields.iter().map(FieldChange::field).filter(|field| !apart.contains(field)) {
        fields.insert(field.to_owned(), after.get(field).cloned().unwrap_or_default());
    }
    without_nulls(fields)
}

fn lookup(places: &Places<'_>, kind: KindId, path: &str) -> Result<Handle, CatalogError> {
    let missing = || CatalogError::MissingOnTarget(format!("the {} {path} is not here", KINDS.row(kind).singular));
    places.handle(kind, path).ok_or_else(missing)
}
