//! APIs (api-connect-rest.md section 15). They are published along with the Products that name them.

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{CatalogError, Created, Updated},
        change::{Change, NewObject},
        model::{
            Address, Handle, Kind,
            address::{decode, encode},
            kind::{
                FileRole, Lifecycle, Marking, OnConflict, Presence, Reference, ReferenceKind, RemovalRule, Unique,
                UniqueScope,
            },
        },
    },
    platform::api_connect::{
        kinds::{
            API_USER_REGISTRIES, APIS, OAUTH_PROVIDERS, PLAIN, TLS_CLIENT_PROFILES,
            operations::{DEFAULTS, KindOperations, ListOfCatalog, WritePermission},
        },
        products::{
            documents::{self, DOCUMENT, SHOWN, WSDL},
            normal_form,
            versioned::{self, PublishedKind},
        },
        wire::{object::Object, routes::Place},
        writer::ApiConnectTarget,
        writes::{
            patch::{Patch, changed_fields},
            recheck::Baseline,
        },
    },
};

pub(super) const KIND: Kind = Kind {
    name: "apis",
    singular: "API",
    references: &[
        Reference { field: OAUTH, kind: OAUTH_PROVIDERS, bond: ReferenceKind::NeedsAll },
        Reference { field: TLS, kind: TLS_CLIENT_PROFILES, bond: ReferenceKind::NeedsAll },
        Reference { field: REGISTRIES_OF, kind: API_USER_REGISTRIES, bond: ReferenceKind::NeedsAll },
    ],
    at_birth: &[NAMED, FOLDED_NAME, OAUTH, TLS, REGISTRIES_OF],
    required: &[STATE],
    key_is_fixed: true,
    unique: &[Unique {
        field: FOLDED_NAME,
        label: "name (capital letters do not count)",
        within: UniqueScope::Catalog,
        clash: OnConflict::Withholds,
    }],
    removal: RemovalRule::Never,
    presence: Presence::ByReference,
    marking: Marking::Created,
    lifecycle: Some(Lifecycle { field: "state", open: "online", closed: &[], emptied: &[], home: &[] }),
    files: &[
        FileRole { role: DOCUMENT, normal: normal_form::api, shown: &SHOWN },
        FileRole { role: WSDL, normal: normal_form::none, shown: &[] },
    ],
    ..PLAIN
};

pub(super) const OPERATIONS: KindOperations = KindOperations {
    path: |reader, api| Some(versioned::path(reader, &PUBLISHED, api)),
    resource: |reader, _, api| versioned::resource(reader, &PUBLISHED, api).map(Some),
    list: |reader, _| Box::pin(versioned::list(reader, &PUBLISHED)),
    read: Some(|reader, api| Box::pin(versioned::read(reader, &PUBLISHED, api))),
    detail: Some(|reader, api| Box::pin(documents::complete_api(reader, api))),
    create: Some(|target, address, new, _| Box::pin(create(target, address, new))),
    update: Some(|target, (_, api), change, _| Box::pin(update(target, api, change))),
    list_of_catalog: Some(ListOfCatalog::WithProducts(PUBLISHED.collection)),
    write_permission: Some(WritePermission::Products),
    ..DEFAULTS
};

pub(crate) const PUBLISHED: PublishedKind = PublishedKind {
    kind: APIS,
    collection: "apis",
    embedded_document: "api",
    document: |_, api, _| document(api),
    fields_of_name: |name, key| {
        let folded = key.trim_start_matches('/').to_lowercase();
        vec![(NAMED.to_owned(), decode(name).into()), (FOLDED_NAME.to_owned(), folded.into())]
    },
};

/// The document's fields: its exact `name:version`, which its address may have more than;
const NAMED: &str = "named";
/// its name as the server compares it, in small letters and with its space;
const FOLDED_NAME: &str = "folded_name";
/// and what its own document names, by name.
pub(crate) const OAUTH: &str = "oauth_providers";
pub(crate) const TLS: &str = "tls_client_profiles";
pub(crate) const REGISTRIES_OF: &str = "api_user_registries";

/// Reads the fields of a listed API that are compared. Only states that an operator chooses count: the others follow
/// from its Products.
fn document(api: &Object) -> Map<String, Value> {
    let chosen = matches!(api.text(STATE), Some("online" | "offline"));
    api.document(if chosen { &[STATE] } else { &[] })
}

const STATE: &str = "state";

/// An API came with its Product's publish, and is online then. A request is due only for what a publish does not carry.
async fn create(target: &ApiConnectTarget, address: &Address, create: &NewObject) -> Result<Created, CatalogError> {
    let named = create.document.field(NAMED);
    let named = named.as_str().map(str::to_owned);
    let mut handle = Handle::new(&named.unwrap_or_else(|| decode(&address.path)));
    let is_offline = create.document.field(STATE) == OFFLINE;
    if is_offline || !create.metadata.own.is_empty() {
        handle = complete(target, &handle, create, is_offline).await?;
    }
    Ok(Created::of(handle))
}

const OFFLINE: &str = "offline";

async fn complete(
    target: &ApiConnectTarget,
    name: &Handle,
    create: &NewObject,
    is_offline: bool,
) -> Result<Handle, CatalogError> {
    target.reader.spaces.note(name.as_str(), &place(target, create));
    let made = target.reader.object(APIS, name).await?;
    let made = made.ok_or_else(|| {
        CatalogError::Malformed(format!("the target published a Product without its API {}", name.as_str()))
    })?;
    let handle = Handle::new(made.id()?);
    let home = target.reader.spaces.home(name.as_str());
    target.reader.spaces.note(handle.as_str(), &home);
    let state = is_offline.then(|| (STATE.to_owned(), Value::from(OFFLINE)));
    let change = Patch {
        kind: APIS,
        object: &handle,
        body: state.into_iter().collect(),
        metadata: Some(&create.metadata),
        baseline: Baseline::Read(&made),
        before: None,
    };
    target.patch(change).await?;
    Ok(handle)
}

/// The space that the API's own name in small letters begins with.
fn place(target: &ApiConnectTarget, create: &NewObject) -> Place {
    let folded = create.document.field(FOLDED_NAME);
    let space = folded.as_str().and_then(|folded| folded.split('/').next());
    let spaces = target.reader.spaces.all().iter();
    let mut spaces = spaces.filter(|known| Some(&*encode(&known.name).to_lowercase()) == space);
    spaces.next().map_or(Place::Catalog, |space| Place::Space(space.id.clone()))
}

/// Its document came with a publish of its Product.
async fn update(target: &ApiConnectTarget, object: &Handle, update: &Change) -> Result<Updated, CatalogError> {
    let mut body = changed_fields(update, &[]);
    body.retain(|field, value| field == STATE && !value.is_null());
    let change = Patch::planned(APIS, object, body, update);
    target.patch(change).await?;
    Ok(Updated::default())
}
