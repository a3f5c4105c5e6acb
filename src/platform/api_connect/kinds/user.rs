//! Users of the registries that a catalog uses (api-connect-rest.md section 5).
//!
//! A registry is wider than one catalog, so users are never deleted, and only those who own or belong to an
//! organization in scope count. Passwords cannot be read: a local user who is made here gets a random one that nobody
//! knows, and chooses his own by "forgot password".

pub(crate) mod directory_search;
mod email_conflict;
mod password;

use directory_search::DirectoryUser;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Listing, Places, Updated},
        change::{Change, NewObject},
        model::{
            Address, Document, Handle, Kind, Name, Resource,
            address::{decode, encode},
            kind::{ListMode, Marking, Presence, RemovalRule, Trust},
        },
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{
            PLAIN, REGISTRIES, USERS,
            operations::{DEFAULTS, KindOperations},
            user_registry::UserRegistry,
        },
        reader::ApiConnect,
        wire::{object::Object, paging, routes},
        writer::ApiConnectTarget,
        writes::{
            creation::{Creation, CreationOutcome},
            patch::{Patch, changed_fields},
        },
    },
};

pub(super) const KIND: Kind = Kind {
    name: "users",
    singular: "user",
    parent: Some(REGISTRIES),
    key_is_fixed: true,
    site_unique: Some((EMAIL, "e-mail")),
    removal: RemovalRule::Never,
    presence: Presence::ByReference,
    reading: ListMode::PerParent,
    marking: Marking::Created,
    trust: Trust::Never,
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |_, user| Some(routes::user(user)),
    resource: |reader, handle, user| {
        let registry = Handle::new(handle.parent().unwrap_or_default());
        resource(user, reader.registry(&registry)?).map(Some)
    },
    list: |reader, registry| Box::pin(list(reader, registry)),
    create: Some(|target, address, new, places| Box::pin(create(target, address, new, places))),
    update: Some(|target, (_, user), change, _| Box::pin(update(target, user, change))),
    ..DEFAULTS
};

const EMAIL: &str = "email";
const FIELDS: [&str; 3] = [EMAIL, "first_name", "last_name"];

/// Reads a user. `None` for one of a registry that the catalog does not use.
pub(super) fn resource(user: &Object, registry: &UserRegistry) -> Result<Resource, CatalogError> {
    let username = user.text("username").ok_or_else(|| user.lacks("username"))?;
    let handle = registry.handle.child(user.id()?);
    let name = Name::Plain(encode(username).into());
    let mut resource = user.resource(USERS, handle, name, user.document(&FIELDS), None);
    resource.key = registry.folds_case.then(|| encode(&username.to_lowercase()).into());
    // A person who may not log in is the registry's business, and waits for no approval.
    resource.pending = false;
    Ok(resource)
}

/// Lists a registry. Where that is refused, those who own organizations are still known; members come with theirs.
async fn list(reader: &ApiConnect, registry: Option<&Resource>) -> Result<Listing, CatalogError> {
    let Some(registry) = registry else {
        return Ok(Listing::default());
    };
    let registry = reader.registry(&registry.handle)?;
    let path = routes::users_of(&registry.handle);
    let parse = |user: &Object| resource(user, registry);
    match paging::read_parsed(&reader.client, &path, &[], &reader.page, parse).await {
        Ok(pages) => Ok(pages.into()),
        Err(error) if HttpError::of(&error).is_some_and(HttpError::is_forbidden) => owners(reader, registry).await,
        Err(error) => Err(error),
    }
}

async fn owners(reader: &ApiConnect, registry: &UserRegistry) -> Result<Listing, CatalogError> {
    tracing::info!(
        registry = registry.name,
        "this login may not list the registry: users are taken from owners and members"
    );
    let path = reader.paths.of_catalog("consumer-orgs");
    let query = [("expand", "owner"), ("fields", "id,name,owner")];
    let pages = paging::read_all(&reader.client, &path, &query, &reader.page).await?;
    let mut listing = Listing { doubt: pages.doubt, ..Listing::default() };
    for owner in pages.objects.iter().filter_map(|org| org.object("owner")) {
        let home = owner.points_at("url", 3);
        if home.as_ref().and_then(Handle::parent) == Some(registry.handle.as_str()) {
            paging::add_row(&mut listing, &owner, resource(&owner, registry).map(Some));
        }
    }
    Ok(listing)
}

async fn create(
    target: &ApiConnectTarget,
    address: &Address,
    create: &NewObject,
    places: &Places<'_>,
) -> Result<Created, CatalogError> {
    let registry = target.parent(create, REGISTRIES, places)?;
    let registry = target.reader.registry(&registry)?;
    let username = decode(address.path.rsplit('/').next().unwrap_or_default());
    let path = routes::users_of(&registry.handle);
    let mut creation = Creation {
        path: &path,
        under: Some(&registry.handle),
        body: body(create, registry, &username),
        metadata: Some(&create.metadata),
        kind: USERS,
        spare_name: None,
        places,
    };
    let (outcome, mut remark) = make(target, registry, &username, &mut creation, address)
        .await
        .map_err(|error| email_conflict::explain(error, &username, email_in(&create.document).as_deref()))?;
    if !outcome.is_new {
        remark = Some("was on the target already, where no list showed it".to_owned());
    } else if registry.is_local {
        remark = Some("has a random password: the person uses \"forgot password\"".to_owned());
    }
    Ok(Created { remark, ..Created::of(registry.handle.child(outcome.object.id()?)) })
}

fn body(create: &NewObject, registry: &UserRegistry, username: &str) -> Map<String, Value> {
    let mut body = create.document.fields();
    body.insert("username".into(), username.into());
    if registry.is_local {
        let password = password::random();
        body.insert("password".into(), password.expose_secret().into());
    }
    body
}

fn email_in(document: &Document) -> Option<String> {
    document.field(EMAIL).as_str().map(str::to_owned)
}

/// Makes a user, by a search where his registry lets nobody be made. With what is worth a remark.
async fn make(
    target: &ApiConnectTarget,
    registry: &UserRegistry,
    username: &str,
    creation: &mut Creation<'_>,
    address: &Address,
) -> Result<(CreationOutcome, Option<String>), CatalogError> {
    let places = creation.places;
    let refusal = if target.searched_registries.contains(&registry.handle) {
        None
    } else {
        let look = || find(target, registry, username, places, address);
        match target.create_or_find(creation, look).await {
            Ok(outcome) => return Ok((outcome, None)),
            Err(error) if directory_search::may_help(registry, &error) => Some(error),
            Err(error) => return Err(error),
        }
    };
    let lacking = |it: &dyn std::fmt::Display| {
        CatalogError::MissingOnTarget(format!(
            "the user registry {} lets no users be made, and its directory does not know this one{it}",
            registry.own_name
        ))
    };
    match (directory_search::make_user(target, registry, username, creation).await?, refusal) {
        (Some(DirectoryUser::Found(outcome, remark)), _) => Ok((outcome, remark)),
        (None, Some(refusal)) => Err(refusal),
        (_, Some(refusal)) => Err(lacking(&format!(": {refusal}"))),
        (_, None) => Err(lacking(&"")),
    }
}

fn is_same(user: &Object, registry: &UserRegistry, username: &str) -> bool {
    user.text("username").is_some_and(|other| {
        other == username || (registry.folds_case && other.to_lowercase() == username.to_lowercase())
    })
}

/// The user of that name in the answer to a search, which is a list; some servers may give him alone.
pub(crate) fn user_in_answer(answer: &Object, registry: &UserRegistry, username: &str) -> Option<Object> {
    let results = answer.objects("results");
    let mut found = results.unwrap_or_else(|| vec![answer.clone()]).into_iter();
    found.find(|user| is_same(user, registry, username))
}

/// A user name is unique in its registry, so whoever bears it is the one (api-connect-rest.md section 5), unless the
/// source has two of them and he is not spelled as this one.
async fn find(
    target: &ApiConnectTarget,
    registry: &UserRegistry,
    username: &str,
    places: &Places<'_>,
    address: &Address,
) -> Result<Option<Object>, CatalogError> {
    let found = look_up(target, registry, username).await?;
    let spelled_so = |user: &Object| user.text("username") == Some(username);
    if found.as_ref().is_none_or(spelled_so) {
        return Ok(found);
    }
    match places.namesake(address) {
        None => Ok(found),
        Some(other) => Err(CatalogError::Taken(format!(
            "user {address} and user {other} are one to the target, which has one of them already: give one of the two \
             another name on the source"
        ))),
    }
}

/// Where the registry may not be listed he is asked for by name, which most servers make from the user name.
async fn look_up(
    target: &ApiConnectTarget,
    registry: &UserRegistry,
    username: &str,
) -> Result<Option<Object>, CatalogError> {
    let path = routes::users_of(&registry.handle);
    match paging::read_all(&target.reader.client, &path, &[], &target.reader.page).await {
        Ok(pages) => Ok(pages.objects.into_iter().find(|user| is_same(user, registry, username))),
        Err(error) if error.is_forbidden() => find_by_name(target, registry, username).await,
        Err(error) => Err(error.into()),
    }
}

/// The user at the address that most servers make from the user name.
pub(crate) async fn find_by_name(
    target: &ApiConnectTarget,
    registry: &UserRegistry,
    username: &str,
) -> Result<Option<Object>, CatalogError> {
    let path = routes::user(&registry.handle.child(username));
    let known = target.reader.get(&path).await?;
    Ok(known.filter(|user| is_same(user, registry, username)))
}

async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<Updated, CatalogError> {
    let body = changed_fields(update, &[]);
    let change = Patch::planned(USERS, object, body, update);
    let address = email_in(&update.after);
    let answer = target.patch(change).await;
    answer.map_err(|error| email_conflict::explain(error, "", address.as_deref()))?;
    Ok(Updated::default())
}
