//! Connecting: from what the operator configured to two catalogs that can be worked with.

use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    login::{Credentials, Grant, scopes},
    paging,
    preflight::{self, Requirements},
    reader::ApiConnect,
    registries::{Registries, Registry},
    roles::RoleBook,
    routes::{Site, handle_in},
    wire::Object,
    writer::ApiConnectTarget,
};
use crate::{
    catalog::CatalogError,
    config::{self, Login},
    http::{Client, HttpError, Options, Transport, WriteClient},
    model::Side,
    report::Finding,
};

/// How one side is reached.
pub struct Endpoint {
    /// Address, ceilings and patience.
    pub options: Options,
    /// What carries the requests.
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
    pub fn new(
        side: &config::Side,
        options: Options,
        transport: Arc<dyn Transport>,
        page: usize,
    ) -> Self {
        let prefix = options.side.to_uppercase();
        let (grant, names) = match &side.login {
            Login::Password {
                realm,
                user,
                password,
            } => (
                Grant::Password {
                    realm: realm.clone(),
                    user: user.clone(),
                    password: password.clone(),
                },
                format!("{prefix}_REALM, {prefix}_ADMIN_USER and {prefix}_ADMIN_PASSWORD"),
            ),
            Login::ApiKey(key) => (
                Grant::ApiKey(key.clone()),
                format!(
                    "{prefix}_ADMIN_APIKEY (a key may have expired, or be good for a single use)"
                ),
            ),
        };
        let hint = format!(
            "check {names}, and {prefix}_TOOLKIT_CREDENTIALS_CLIENTID and {prefix}_TOOLKIT_CREDENTIALS_CLIENTSECRET"
        );
        let credentials = Credentials {
            grant,
            client_id: side.client_id.clone(),
            client_secret: side.client_secret.clone(),
            hint,
        };
        Self {
            options,
            transport,
            credentials,
            org: side.org.clone(),
            catalog: side.catalog.clone(),
            page,
        }
    }
}

/// What the check leads to.
pub struct Access {
    /// Both catalogs, unless something stands in the way.
    pub catalogs: Option<(ApiConnect, ApiConnectTarget)>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whether both sides turned out to be the same catalog, which is a mistake in the configuration.
    pub same_catalog: bool,
}

/// Logs in on both sides, reads both catalogs' settings and registries, and checks the requirements.
///
/// Once `stop` is cancelled, no request waits any more to be sent again.
pub async fn connect(
    source: Endpoint,
    target: Endpoint,
    requirements: &Requirements,
    stop: &CancellationToken,
) -> Access {
    let same_server = source.options.base == target.options.base;
    let (base, options, transport) = (
        target.options.base.clone(),
        target.options.clone(),
        target.transport.clone(),
    );
    let write_client = WriteClient::new(options, transport, Arc::new(target.credentials.clone()));
    let source_client = Client::new(
        source.options.clone(),
        source.transport.clone(),
        Arc::new(source.credentials.clone()),
    );
    source_client.give_up_on(stop);
    write_client.reader().give_up_on(stop);
    let (source, target) = tokio::join!(
        Arrival::at(source_client, &source),
        Arrival::at(write_client.reader().clone(), &target),
    );
    let (mut source, mut target) = match (source, target) {
        (Ok(source), Ok(target)) => (source, target),
        (source, target) => {
            let findings = source.err().into_iter().chain(target.err()).collect();
            return Access {
                catalogs: None,
                findings,
                same_catalog: false,
            };
        }
    };
    let same_catalog = same_server && source.id == target.id;
    let mut findings = preflight::findings(&source, &target, requirements);
    source
        .registries
        .in_terms_of(&mut target.registries, &requirements.registry_names);
    findings.extend(preflight::registries(
        &source.registries,
        &target.registries,
        requirements,
    ));
    let catalogs = (
        source.into_reader(Side::Source),
        into_target(target, write_client, &base),
    );
    Access {
        catalogs: Some(catalogs),
        findings,
        same_catalog,
    }
}

fn into_target(target: Arrival, client: WriteClient, base: &Url) -> ApiConnectTarget {
    ApiConnectTarget::new(target.into_reader(Side::Target), client, base)
}

/// A side that has been reached.
pub(super) struct Arrival {
    client: Client,
    site: Site,
    page: usize,
    pub(super) id: String,
    pub(super) settings: Object,
    pub(super) registries: Registries,
    pub(super) scopes: Option<Vec<String>>,
}

impl Arrival {
    async fn at(client: Client, endpoint: &Endpoint) -> Result<Self, Finding> {
        let side = endpoint.options.side;
        client
            .login()
            .await
            .map_err(|error| unreachable(side, &error))?;
        let named = Site::new(&endpoint.org, &endpoint.catalog);
        let catalog: Object = match client.get_json(&named.catalog(), &[]).await {
            Ok(catalog) => catalog,
            Err(error) if error.is_not_found() => {
                return Err(unknown(&client, &named, endpoint).await);
            }
            Err(error) => return Err(unreadable(side, &error)),
        };
        let id = catalog
            .id()
            .map_err(|error| nonsense(side, &error))?
            .to_owned();
        let place = site(&catalog, &named);
        let (settings_path, registries_path) = (
            place.of_catalog("settings"),
            place.of_catalog("configured-catalog-user-registries"),
        );
        let (settings, registries) = tokio::join!(
            client.get_json::<Object>(&settings_path, &[]),
            paging::all(&client, &registries_path, &[], endpoint.page)
        );
        let settings = settings.map_err(|error| unreadable(side, &error))?;
        let registries = registries
            .map_err(|error| unreadable(side, &error))?
            .objects;
        let registries = registries
            .iter()
            .map(Registry::read)
            .collect::<Result<_, _>>()
            .map_err(|error| nonsense(side, &error))?;
        let scopes = client.inspect_token(scopes).await.flatten();
        let page = endpoint.page;
        Ok(Self {
            client,
            site: place,
            page,
            id,
            settings,
            registries: Registries(registries),
            scopes,
        })
    }

    pub(super) fn setting(&self, name: &str) -> Option<&Value> {
        self.settings.get(name)
    }

    fn into_reader(self, side: Side) -> ApiConnect {
        ApiConnect {
            side,
            client: self.client,
            site: self.site,
            page: self.page,
            registries: self.registries,
            roles: RoleBook::default(),
            catalog: self.id,
            blind: preflight::blindness(self.scopes.as_deref()),
        }
    }
}

/// Ids in paths spare the server a lookup, and survive a rename during the run.
fn site(catalog: &Object, named: &Site) -> Site {
    let by_id = catalog.text("url").and_then(|url| handle_in(url, 2));
    by_id
        .and_then(|handle| Some(Site::new(handle.parent()?, handle.id())))
        .unwrap_or_else(|| named.clone())
}

fn unreachable(side: &str, error: &HttpError) -> Finding {
    let mend = format!(
        "check {}_MGMT_SERVER, the network between, and the login",
        side.to_uppercase()
    );
    Finding::error("connection", error.to_string(), mend)
}

fn unreadable(side: &str, error: &HttpError) -> Finding {
    let mend = format!(
        "check {side_upper}_MGMT_SERVER, and that the {side} user may view the catalog, its settings and its user registries",
        side_upper = side.to_uppercase()
    );
    Finding::error("catalog", error.to_string(), mend)
}

fn nonsense(side: &str, error: &CatalogError) -> Finding {
    let mend = format!(
        "check that {}_MGMT_SERVER is the platform REST API, host and path",
        side.to_uppercase()
    );
    Finding::error("catalog", format!("{side}: {error}"), mend)
}

/// Says which catalogs there are, where the one that was named is not.
async fn unknown(client: &Client, named: &Site, endpoint: &Endpoint) -> Finding {
    let side = endpoint.options.side;
    let prefix = side.to_uppercase();
    let known = paging::all(client, &named.catalogs_of_org(), &[], endpoint.page).await;
    let visible: Vec<String> = known
        .map(|pages| {
            pages
                .objects
                .iter()
                .filter_map(|catalog| catalog.text("name").map(str::to_owned))
                .collect()
        })
        .unwrap_or_default();
    let seen = if visible.is_empty() {
        String::new()
    } else {
        format!(" (this login sees: {})", visible.join(", "))
    };
    Finding::error(
        "catalog",
        format!(
            "the {side} has no catalog {} in the provider organization {}{seen}",
            endpoint.catalog, endpoint.org
        ),
        format!(
            "check {prefix}_ORG and {prefix}_CATALOG, and that the {side} user may view the catalog"
        ),
    )
}
