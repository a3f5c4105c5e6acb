//! Connecting: from what the operator configured to two catalogs that can be worked with.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{self, LoginSettings},
    engine::{
        catalog::{CatalogError, Reader},
        model::Side,
        report::Finding,
    },
    http::{Client, Options, Transport, WriteClient},
    platform::{
        Access, Catalogs, SameCatalog,
        api_connect::{
            check::{
                connection::{malformed, no_such_catalog, unreachable, unreadable, unreadable_spaces},
                preflight::{self, Requirements},
                reverse,
            },
            creators::OwnLogin,
            kinds::{
                gateway_service::GatewayNames, member::roles::RoleCache, space::Spaces, user_registry::UserRegistries,
            },
            login::{Credentials, LoginGrant, scopes},
            platform::Inspection,
            reader::ApiConnect,
            target_terms::InTargetTerms,
            wire::{
                hint_age::Clocks,
                object::Object,
                paging::{self, PageSize},
                routes::{CatalogPaths, handle_in},
            },
            writer::ApiConnectTarget,
        },
        connect::NothingToInspect,
    },
};

/// The way to one side: server, login and catalog.
pub struct Endpoint {
    /// Address, ceilings and patience.
    pub options: Options,
    /// The transport that carries the requests.
    pub transport: Arc<dyn Transport>,
    /// Who logs in.
    pub credentials: Credentials,
    /// The provider organization, by name or id.
    pub org: String,
    /// The catalog, by name or id.
    pub catalog: String,
    /// Objects asked for per page.
    pub page: usize,
}

impl Endpoint {
    /// The endpoint that a side's settings describe.
    #[must_use]
    pub fn new(side: &config::Side, options: Options, transport: Arc<dyn Transport>, page: usize) -> Self {
        let prefix = options.side.to_uppercase();
        let (grant, names) = match &side.login {
            LoginSettings::Password { realm, user, password } => (
                LoginGrant::Password { realm: realm.clone(), user: user.clone(), password: password.clone() },
                format!("{prefix}_REALM, {prefix}_ADMIN_USER and {prefix}_ADMIN_PASSWORD"),
            ),
            LoginSettings::ApiKey(key) => (
                LoginGrant::ApiKey(key.clone()),
                format!("{prefix}_ADMIN_APIKEY (a key may have expired, or be good for a single use)"),
            ),
        };
        let mut hint = format!(
            "check {names}, and {prefix}_TOOLKIT_CREDENTIALS_CLIENTID and {prefix}_TOOLKIT_CREDENTIALS_CLIENTSECRET"
        );
        for oddity in &side.oddities {
            hint.extend(["; ", oddity, ", which may not be meant"]);
        }
        let credentials =
            Credentials { grant, client_id: side.client_id.clone(), client_secret: side.client_secret.clone(), hint };
        Self { options, transport, credentials, org: side.org.clone(), catalog: side.catalog.clone(), page }
    }
}

impl Endpoint {
    fn client(&self, until: (&CancellationToken, Option<Instant>)) -> Client {
        let client = Client::new(self.options.clone(), self.transport.clone(), Arc::new(self.credentials.clone()));
        give_up(&client, until);
        client
    }

    fn write_client(&self, until: (&CancellationToken, Option<Instant>)) -> WriteClient {
        let credentials = Arc::new(self.credentials.clone());
        let client = WriteClient::new(self.options.clone(), self.transport.clone(), credentials);
        give_up(client.reader(), until);
        client
    }
}

fn give_up(client: &Client, (stop, deadline): (&CancellationToken, Option<Instant>)) {
    client.give_up_on(stop);
    if let Some(deadline) = deadline {
        client.give_up_at(deadline);
    }
}

/// Logs in on the source alone and reads its settings and registries, which get the names that the mapping gives them.
///
/// # Errors
/// What stands in the way.
pub(super) async fn connect_source(
    source: Endpoint,
    requirements: &Requirements,
    now: Timestamp,
    until: (&CancellationToken, Option<Instant>),
) -> Result<ApiConnect, Finding> {
    let client = source.client(until);
    let clocks = Clocks { own: now, source: client.clone(), target: client.clone() };
    let mut source = ConnectedSide::at(client, &source, requirements).await?;
    source.registries.take_target_names(&mut UserRegistries::default(), &requirements.registry_names);
    Ok(source.into_reader(Side::Source, requirements, &clocks))
}

/// Logs in on the target of a source that is no server. What is asked of both sides at once cannot be asked.
pub(super) async fn connect_target(
    source: Arc<dyn Reader>,
    endpoint: Endpoint,
    requirements: &Requirements,
    now: Timestamp,
    until: (&CancellationToken, Option<Instant>),
) -> Access {
    let client = endpoint.write_client(until);
    let clocks = Clocks { own: now, source: client.reader().clone(), target: client.reader().clone() };
    let target = match ConnectedSide::at(client.reader().clone(), &endpoint, requirements).await {
        Ok(target) => target,
        Err(finding) => return Access { findings: vec![finding], ..Access::default() },
    };
    let findings = preflight::of_target(&target, requirements);
    let source = Arc::new(InTargetTerms::new(source, &target.registries, requirements));
    let target = target.into_reader(Side::Target, requirements, &clocks);
    let target = ApiConnectTarget::new(target, client, &endpoint.options.base, requirements.publish_timeout);
    let (target, inspection) = (Arc::new(target), Box::new(NothingToInspect));
    let catalogs = Catalogs { source, target, inspection, is_one_catalog: false };
    Access { catalogs: Some(catalogs), findings, ..Access::default() }
}

/// Logs in on both sides, reads both catalogs' settings and registries, and checks the requirements.
///
/// `now` is the present by the own clock. Once the token is cancelled, or beyond the moment, no request waits any more
/// to be sent again.
pub async fn connect(
    source: Endpoint,
    target: Endpoint,
    requirements: &Requirements,
    now: Timestamp,
    (stop, deadline): (&CancellationToken, Option<Instant>),
) -> Access {
    let same_server = source.options.base == target.options.base;
    let base = target.options.base.clone();
    let write_client = target.write_client((stop, deadline));
    let source_client = source.client((stop, deadline));
    let clocks = Clocks { own: now, source: source_client.clone(), target: write_client.reader().clone() };
    let (source, target) = tokio::join!(
        ConnectedSide::at(source_client, &source, requirements),
        ConnectedSide::at(write_client.reader().clone(), &target, requirements),
    );
    match (source, target) {
        (Ok(source), Ok(target)) => {
            let same_catalog =
                (source.id == target.id).then(|| SameCatalog { id: source.id.clone(), is_certain: same_server });
            let access = compare_sides(source, target, requirements, &clocks, write_client, &base);
            Access { same_catalog, ..access }
        }
        (source, target) => {
            Access { findings: source.err().into_iter().chain(target.err()).collect(), ..Access::default() }
        }
    }
}

/// Holds two sides that have been reached against each other.
fn compare_sides(
    mut source: ConnectedSide,
    mut target: ConnectedSide,
    requirements: &Requirements,
    clocks: &Clocks,
    client: WriteClient,
    base: &url::Url,
) -> Access {
    let mut findings = preflight::findings(&source, &target, requirements);
    source.registries.take_target_names(&mut target.registries, &requirements.registry_names);
    findings.extend(preflight::registries(&source.registries, &target.registries, requirements));
    let reverse = reverse::findings(&source, &target, requirements);
    let target = target.into_reader(Side::Target, requirements, clocks);
    let target = ApiConnectTarget::new(target, client, base, requirements.publish_timeout);
    let source = Arc::new(source.into_reader(Side::Source, requirements, clocks));
    let target = Arc::new(target);
    let inspection = Box::new(Inspection { source: source.clone(), target: target.clone() });
    Access {
        catalogs: Some(Catalogs { source, target, inspection, is_one_catalog: false }),
        findings,
        reverse,
        same_catalog: None,
    }
}

/// A side that has been reached.
pub(crate) struct ConnectedSide {
    client: Client,
    paths: CatalogPaths,
    page: PageSize,
    pub(crate) id: String,
    pub(crate) settings: Object,
    pub(crate) registries: UserRegistries,
    pub(crate) spaces: Spaces,
    pub(crate) scopes: Option<Vec<String>>,
}

impl ConnectedSide {
    async fn at(client: Client, endpoint: &Endpoint, requirements: &Requirements) -> Result<Self, Finding> {
        let side = endpoint.options.side;
        client.login().await.map_err(|error| unreachable(side, &error))?;
        let named = CatalogPaths::new(&endpoint.org, &endpoint.catalog);
        let catalog = catalog(&client, &named, endpoint).await?;
        let id = catalog.id().map_err(|error| malformed(side, &error))?.to_owned();
        let place = site(&catalog, &named);
        let (settings_path, registries_path) =
            (place.of_catalog("settings"), place.of_catalog("configured-catalog-user-registries"));
        let page = PageSize::of(endpoint.page);
        let (settings, registries) = tokio::join!(
            client.get_json::<Object>(&settings_path, &[]),
            paging::read_all(&client, &registries_path, &[], &page)
        );
        let settings = settings.map_err(|error| unreadable(side, &error))?;
        let registries = registries.map_err(|error| unreadable(side, &error))?;
        let registries = UserRegistries::read(&registries).map_err(|error| malformed(side, &error))?;
        let spaces = if requirements.products_and_apis() {
            spaces(&client, &place, &settings, &page).await
        } else {
            Ok(Spaces::default())
        };
        let spaces = spaces.map_err(|error| unreadable_spaces(side, &error))?;
        let scopes = client.inspect_token(scopes).await.flatten();
        Ok(Self { client, paths: place, page, id, settings, registries, spaces, scopes })
    }

    pub(crate) fn setting(&self, name: &str) -> Option<&Value> {
        self.settings.get(name)
    }

    fn into_reader(self, side: Side, requirements: &Requirements, clocks: &Clocks) -> ApiConnect {
        ApiConnect {
            side,
            client: self.client,
            paths: self.paths,
            page: self.page,
            registries: self.registries,
            roles: RoleCache::default(),
            spaces: self.spaces,
            gateway_names: GatewayNames(requirements.gateway_names.clone()),
            products_and_apis: requirements.products_and_apis(),
            catalog: self.id,
            missing_permissions: preflight::missing_view_permissions(self.scopes.as_deref()),
            own_login: OwnLogin::default(),
            clocks: clocks.clone(),
            mark_keys: requirements.mark_keys.clone(),
            require_seal: requirements.require_seal,
            noted: OnceLock::new(),
        }
    }
}

async fn catalog(client: &Client, named: &CatalogPaths, endpoint: &Endpoint) -> Result<Object, Finding> {
    match client.get_json(&named.catalog(), &[]).await {
        Ok(catalog) => Ok(catalog),
        Err(error) if error.is_not_found() => Err(no_such_catalog(client, named, endpoint).await),
        Err(error) => Err(unreadable(endpoint.options.side, &error)),
    }
}

/// The spaces, where the catalog has any.
async fn spaces(
    client: &Client,
    site: &CatalogPaths,
    settings: &Object,
    page: &PageSize,
) -> Result<Spaces, CatalogError> {
    if settings.flag("spaces_enabled") != Some(true) {
        return Ok(Spaces::default());
    }
    let pages = paging::read_all(client, &site.of_catalog("spaces"), &[], page).await?;
    Spaces::read(&pages)
}

/// Ids in paths spare the server a lookup, and survive a rename during the run.
fn site(catalog: &Object, named: &CatalogPaths) -> CatalogPaths {
    let by_id = catalog.text("url").and_then(|url| handle_in(url, 2));
    by_id.and_then(|handle| Some(CatalogPaths::new(handle.parent()?, handle.id()))).unwrap_or_else(|| named.clone())
}
