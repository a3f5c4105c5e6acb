//! The operations of a kind: what the server can be asked to do with its things, and how that differs from most kinds.

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, NewObject, Removal},
        model::{Address, Document, Handle, KindId, Resource},
    },
    platform::api_connect::{reader::ApiConnect, wire::object::Object, writer::ApiConnectTarget},
};

/// The outcome of an operation, once the server has answered.
pub(crate) type OperationFuture<'a, T> = BoxFuture<'a, Result<T, CatalogError>>;
/// The objects that would vanish along with another.
pub(crate) type Dependants = Vec<(KindId, Handle)>;

type Path = fn(&ApiConnect, &Handle) -> Option<String>;
type Parse = fn(&ApiConnect, &Handle, &Object) -> Result<Option<Resource>, CatalogError>;
type List = for<'a> fn(&'a ApiConnect, Option<&'a Resource>) -> OperationFuture<'a, Listing>;
type Read = for<'a> fn(&'a ApiConnect, &'a Handle) -> OperationFuture<'a, Option<Object>>;
type Detail = for<'a> fn(&'a ApiConnect, &'a Resource) -> OperationFuture<'a, Resource>;
type ListDependants = for<'a> fn(&'a ApiConnect, &'a Resource) -> OperationFuture<'a, Dependants>;
type Create =
    for<'a> fn(&'a ApiConnectTarget, &'a Address, &'a NewObject, &'a Places<'a>) -> OperationFuture<'a, Created>;
type Update = for<'a> fn(
    &'a ApiConnectTarget,
    (&'a Address, &'a Handle),
    &'a Change,
    &'a Places<'a>,
) -> OperationFuture<'a, Updated>;
type Delete = for<'a> fn(&'a ApiConnectTarget, &'a Removal) -> OperationFuture<'a, ()>;
type Settle = for<'a> fn(
    &'a ApiConnectTarget,
    (&'a Handle, &'a Object),
    &'a Document,
    &'a Places<'a>,
) -> OperationFuture<'a, bool>;
type DropAdditions =
    for<'a> fn(&'a ApiConnectTarget, (&'a Handle, &'a Object), &'a mut Map<String, Value>) -> OperationFuture<'a, ()>;

/// The operations of one kind. A kind's own file says only what is different from [`DEFAULTS`].
pub(crate) struct KindOperations {
    /// Where one of them is. `None` for kinds that have no place of their own.
    pub(crate) path: Path,
    /// Reads an object as a resource. `None` for what is none of the catalog's things.
    pub(crate) resource: Parse,
    /// Lists what the catalog has, or what stands under one parent.
    pub(crate) list: List,
    /// Reads one object, where that takes more than to ask for its path.
    pub(crate) read: Option<Read>,
    /// Completes a resource by what lists do not show.
    pub(crate) detail: Option<Detail>,
    /// Lists what would vanish along with a thing, as far as few requests show it.
    pub(crate) dependants: Option<ListDependants>,
    /// Makes one.
    pub(crate) create: Option<Create>,
    /// Changes the one with this handle.
    pub(crate) update: Option<Update>,
    /// Removes one, where that takes more than a `DELETE` of its path.
    pub(crate) delete: Option<Delete>,
    /// Gives a thing that was approved just now what it could not have before, where that is more than its state. Tells
    /// whether it waits for a further approval.
    pub(crate) settle_approved: Option<Settle>,
    /// Takes out of a request what an object shows otherwise only because servers add something of their own.
    pub(crate) drop_additions: Option<DropAdditions>,
    /// The members of a request whose values replace what is there as a whole.
    pub(crate) replaced_whole: &'static [&'static str],
    /// The members of a request that stand for fields of the document with other names, and those fields.
    pub(crate) renamed: &'static [(&'static str, &'static [&'static str])],
    /// The catalog's list that every run reads, by the last part of its path.
    pub(crate) list_of_catalog: Option<ListOfCatalog>,
    /// The permission that it takes to write things of the kind.
    pub(crate) write_permission: Option<WritePermission>,
    /// The call that adds a missing one, where Products or APIs may need it.
    pub(crate) call_to_add: Option<&'static str>,
}

/// When a run reads a list of the whole catalog.
pub(crate) enum ListOfCatalog {
    /// In every run.
    Always(&'static str),
    /// Where Products and APIs are carried.
    WithProducts(&'static str),
}

/// A permission that it takes to write (api-connect-rest.md section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WritePermission {
    /// Consumer organizations, and who belongs to them.
    ConsumerOrgs,
    /// Apps, and what is below them.
    Apps,
    /// Products, and their APIs.
    Products,
}

impl WritePermission {
    /// All of them, in the order in which they are told.
    pub(crate) const ALL: [Self; 3] = [Self::ConsumerOrgs, Self::Apps, Self::Products];

    /// The permission as a token lists it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConsumerOrgs => "consumer-org:manage",
            Self::Apps => "app:manage:all",
            Self::Products => "product:manage",
        }
    }
}

/// The operations of a kind of which nothing is known but its row: it is never written, and has no list.
pub(crate) const DEFAULTS: KindOperations = KindOperations {
    path: |_, _| None,
    resource: |_, _, _| Ok(None),
    list: |_, _| Box::pin(async { Ok(Listing::default()) }),
    read: None,
    detail: None,
    dependants: None,
    create: None,
    update: None,
    delete: None,
    settle_approved: None,
    drop_additions: None,
    replaced_whole: &[],
    renamed: &[],
    list_of_catalog: None,
    write_permission: None,
    call_to_add: None,
};
