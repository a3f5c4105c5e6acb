//! Users of the registries that a catalog uses (api-connect-rest.md section 5).
//!
//! A registry is wider than one catalog, so users are never deleted, and only those who own or belong to an
//! organization in scope count. Passwords cannot be read: a local user who is made here gets a random one that nobody
//! knows, and chooses his own by "forgot password".

use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};

use super::{PLAIN, REGISTRIES, USERS};
use crate::{
    catalog::{CatalogError, Created, Listing, Places},
    model::{
        Address, Handle, Kind, Name, Resource,
        address::{decode, encode},
        kind::{Marking, Presence, Reading, Removal, Trust},
    },
    plan::{Create, Update},
    platform::api_connect::{
        change::{Change, changed_fields},
        paging,
        post::Post,
        reader::ApiConnect,
        registries::Registry,
        routes,
        wire::Object,
        writer::ApiConnectTarget,
    },
};

pub(in super::super) const KIND: Kind = Kind {
    name: "users",
    singular: "user",
    parent: Some(REGISTRIES),
    key_is_fixed: true,
    removal: Removal::Never,
    presence: Presence::ByReference,
    reading: Reading::PerParent,
    marking: Marking::Created,
    trust: Trust::Never,
    ..PLAIN
};

const FIELDS: [&str; 3] = ["email", "first_name", "last_name"];

/// Reads a user. `None` for one of a registry that the catalog does not use.
pub(in super::super) fn resource(
    user: &Object,
    registry: &Registry,
) -> Result<Resource, CatalogError> {
    let username = user
        .text("username")
        .ok_or_else(|| user.lacks("username"))?;
    let handle = registry.handle.child(user.id()?);
    let name = Name::Plain(encode(username).into());
    let mut resource = user.resource(USERS, handle, name, user.document(&FIELDS), None);
    resource.key = registry
        .folds_case
        .then(|| encode(&username.to_lowercase()).into());
    // Whether a person may log in is the registry's business.
    resource.pending = false;
    Ok(resource)
}

/// Lists a registry. Where that is refused, those who own organizations are still known; members come with theirs.
pub(in super::super) async fn list(
    reader: &ApiConnect,
    registry: &Resource,
) -> Result<Listing, CatalogError> {
    let registry = reader.registry(&registry.handle)?;
    let path = routes::users_of(&registry.handle);
    let turn = |user: &Object| resource(user, registry);
    match paging::each(&reader.client, &path, &[], &reader.page, turn).await {
        Ok(pages) => Ok(pages.into()),
        Err(CatalogError::Http(error)) if error.is_forbidden() => owners(reader, registry).await,
        Err(error) => Err(error),
    }
}

async fn owners(reader: &ApiConnect, registry: &Registry) -> Result<Listing, CatalogError> {
    tracing::info!(
        registry = registry.name,
        "this login may not list the registry: users are taken from owners and members"
    );
    let path = reader.site.of_catalog("consumer-orgs");
    let query = [("expand", "owner"), ("fields", "id,name,owner")];
    let pages = paging::all(&reader.client, &path, &query, &reader.page).await?;
    let mut resources = Vec::new();
    for owner in pages.objects.iter().filter_map(|org| org.object("owner")) {
        let home = owner.points_at("url", 3);
        if home.as_ref().and_then(Handle::parent) == Some(registry.handle.as_str()) {
            resources.push(resource(&owner, registry)?);
        }
    }
    Ok(Listing {
        resources,
        doubt: pages.doubt,
        ..Listing::default()
    })
}

pub(in super::super) async fn create(
    target: &ApiConnectTarget,
    address: &Address,
    create: &Create,
    places: &Places<'_>,
) -> Result<Created, CatalogError> {
    let registry = target.parent(create, REGISTRIES, places)?;
    let username = decode(address.path.rsplit('/').next().unwrap_or_default());
    let mut body = create.document.fields();
    body.insert("username".into(), username.as_str().into());
    let registry = target.reader.registry(&registry)?;
    let password = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 40));
    if registry.is_local {
        body.insert("password".into(), password.expose_secret().into());
    }
    let path = routes::users_of(&registry.handle);
    let post = Post {
        path: &path,
        under: Some(&registry.handle),
        body,
        metadata: Some(&create.metadata),
        kind: USERS,
        spare_name: None,
    };
    let user = target
        .post_once(post, || find(target, registry, &username))
        .await?;
    let remark = registry
        .is_local
        .then(|| "has a random password: the person uses \"forgot password\"".to_owned());
    Ok(Created {
        handle: registry.handle.child(user.id()?),
        pending: false,
        remark,
    })
}

/// A user name is unique in its registry, so whoever bears it is the one (api-connect-rest.md section 5). Where the
/// registry may not be listed he is asked for by name, which most servers make from the user name.
async fn find(
    target: &ApiConnectTarget,
    registry: &Registry,
    username: &str,
) -> Result<Option<Object>, CatalogError> {
    let path = routes::users_of(&registry.handle);
    let is_same = |user: &Object| {
        user.text("username").is_some_and(|other| {
            other == username
                || (registry.folds_case && other.to_lowercase() == username.to_lowercase())
        })
    };
    match paging::all(&target.reader.client, &path, &[], &target.reader.page).await {
        Ok(pages) => Ok(pages.objects.into_iter().find(is_same)),
        Err(error) if error.is_forbidden() => {
            let named = routes::user(&registry.handle.child(username));
            Ok(target.reader.get(&named).await?.filter(is_same))
        }
        Err(error) => Err(error.into()),
    }
}

pub(in super::super) async fn update(
    target: &ApiConnectTarget,
    object: &Handle,
    update: &Update,
) -> Result<(), CatalogError> {
    let body = changed_fields(update, &[]);
    let change = Change::planned(USERS, object, body, update);
    target.patch(change).await.map(drop)
}
