//! Objects of one kind, found by id, by name under their parent, or listed under any ancestor.

use std::collections::HashMap;
use std::ops::Index;

use super::Cluster;
use super::id::Id;
use super::objects::Head;

/// An object that a [`Table`] can hold.
pub trait Record {
    /// What all objects have.
    fn head(&self) -> &Head;
    /// What all objects have, to be changed.
    fn head_mut(&mut self) -> &mut Head;
    /// The object within which the name is unique.
    fn parent(&self) -> Id;
    /// Every object whose listings show this one.
    fn listed_under(&self) -> Vec<Id> {
        vec![self.parent()]
    }
    /// The name by which a path addresses the object.
    fn address(&self) -> String {
        self.head().name.clone()
    }
    /// A second unique key and the scope it is unique in, `client_id` in a catalog for one.
    fn key(&self) -> Option<(Id, String)> {
        None
    }
    /// The consumer org that the object is or belongs to.
    fn consumer_org(&self) -> Option<Id> {
        None
    }
    /// The space that the object is or belongs to.
    fn space(&self) -> Option<Id> {
        None
    }
    /// The products with which the object is seen, itself if it is one; none where it is seen by itself.
    fn carried_by(&self, _: &Cluster) -> Vec<Id> {
        Vec::new()
    }
}

/// Objects of one kind. Pages and child lookups cost what they return, however large the world is.
#[derive(Debug, Clone)]
pub struct Table<T> {
    rows: HashMap<Id, T>,
    listed: HashMap<Id, Vec<Id>>,
    names: HashMap<(Id, String), Id>,
    keys: HashMap<(Id, String), Id>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: HashMap::new(), listed: HashMap::new(), names: HashMap::new(), keys: HashMap::new() }
    }
}

impl<T: Record> Table<T> {
    /// The object of that id.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<&T> {
        self.rows.get(&id)
    }

    /// The object of that name under a parent.
    #[must_use]
    pub fn named(&self, parent: Id, name: &str) -> Option<&T> {
        self.names.get(&(parent, name.to_owned())).and_then(|id| self.rows.get(id))
    }

    /// The object of that name or id under a parent, as path segments give either.
    #[must_use]
    pub fn find(&self, parent: Id, name_or_id: &str) -> Option<&T> {
        let by_id = name_or_id.parse().ok().and_then(|id| self.get(id));
        by_id.filter(|row| row.parent() == parent).or_else(|| self.named(parent, name_or_id))
    }

    /// The object of that second key (see [`Record::key`]).
    #[must_use]
    pub fn keyed(&self, scope: Id, key: &str) -> Option<&T> {
        self.keys.get(&(scope, key.to_owned())).and_then(|id| self.rows.get(id))
    }

    /// The ids listed under an ancestor, oldest first.
    #[must_use]
    pub fn under(&self, ancestor: Id) -> &[Id] {
        self.listed.get(&ancestor).map_or(&[], Vec::as_slice)
    }

    /// The objects listed under an ancestor, oldest first.
    pub fn rows_under(&self, ancestor: Id) -> impl Iterator<Item = &T> {
        self.under(ancestor).iter().filter_map(|id| self.rows.get(id))
    }

    /// How many objects there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn insert(&mut self, row: T) -> Id {
        let id = row.head().id;
        for ancestor in row.listed_under() {
            let ids = self.listed.entry(ancestor).or_default();
            if let Err(at) = ids.binary_search(&id) {
                ids.insert(at, id);
            }
        }
        self.names.insert((row.parent(), row.address()), id);
        if let Some(key) = row.key() {
            self.keys.insert(key, id);
        }
        self.rows.insert(id, row);
        id
    }

    pub(super) fn remove(&mut self, id: Id) -> Option<T> {
        let row = self.rows.remove(&id)?;
        for ancestor in row.listed_under() {
            if let Some(ids) = self.listed.get_mut(&ancestor)
                && let Ok(at) = ids.binary_search(&id)
            {
                ids.remove(at);
            }
        }
        remove_if(&mut self.names, &(row.parent(), row.address()), id);
        if let Some(key) = row.key() {
            remove_if(&mut self.keys, &key, id);
        }
        Some(row)
    }

    /// Edits an object and puts it where its new names belong.
    pub(super) fn change(&mut self, id: Id, edit: impl FnOnce(&mut T)) {
        if let Some(mut row) = self.remove(id) {
            edit(&mut row);
            self.insert(row);
        }
    }
}

/// A name that another object has taken over meanwhile stays with that one.
fn remove_if(index: &mut HashMap<(Id, String), Id>, key: &(Id, String), id: Id) {
    if index.get(key) == Some(&id) {
        index.remove(key);
    }
}

/// For ids that the world itself has just looked up.
impl<T> Index<Id> for Table<T> {
    type Output = T;

    fn index(&self, id: Id) -> &T {
        &self.rows[&id]
    }
}
