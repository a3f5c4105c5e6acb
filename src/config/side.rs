//! One side of the sync: which catalog, on which server, and how to log in there.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{SecretSlice, SecretString};
use url::{Host, Url};

use super::parse;
use super::reading::Reading;
use super::vars::{self, Prefix, Variable};

/// A catalog and the way to it.
#[derive(Debug)]
pub struct Side {
    /// The base of the REST API, host and path, without a slash at the end.
    pub server: Url,
    /// Provider organization, name or id.
    pub org: String,
    /// Catalog, name or id.
    pub catalog: String,
    /// Who logs in.
    pub login: LoginSettings,
    /// The toolkit's client id.
    pub client_id: String,
    /// The toolkit's client secret.
    pub client_secret: SecretString,
    /// Roots to trust beside the system's, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// What this program shows of itself in mutual TLS.
    pub identity: Option<Identity>,
    /// What is odd about the secrets, for whoever wonders why they are refused. It shows none of them.
    pub oddities: Vec<String>,
}

/// Where one side of a run is: on a server, or in a file.
#[derive(Debug)]
pub enum SideSettings {
    /// On a server.
    Server(Box<Side>),
    /// In a file that `capture` has written.
    Snapshot(PathBuf),
}

impl SideSettings {
    /// The way to the server, unless the side is a file.
    #[must_use]
    pub fn server(&self) -> Option<&Side> {
        match self {
            Self::Server(side) => Some(side),
            Self::Snapshot(_) => None,
        }
    }

    /// The file, unless the side is on a server.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Path> {
        match self {
            Self::Server(_) => None,
            Self::Snapshot(file) => Some(file),
        }
    }

    /// Whether both are the same catalog, as far as their spelling tells.
    #[must_use]
    pub fn is_same_catalog(&self, other: &Self) -> bool {
        self.server().zip(other.server()).is_some_and(|(one, other)| one.is_same_catalog(other))
    }

    pub(super) fn read(reading: &mut Reading, prefix: Prefix) -> Option<Self> {
        let (snapshot, server) = (vars::SNAPSHOT.on(prefix), vars::MGMT_SERVER.on(prefix));
        let Some(file) = reading.value(&snapshot, parse::text) else {
            return Side::read(reading, prefix).map(|side| Self::Server(Box::new(side)));
        };
        if reading.is_set(&server) {
            reading.refuse_value(&snapshot, format!("one of {snapshot} and {server}, but both are set"));
        }
        Some(Self::Snapshot(file.into()))
    }
}

/// How to log in.
#[derive(Debug)]
pub enum LoginSettings {
    /// With user and password.
    Password {
        /// The realm of the user, such as `provider/default-idp-2`.
        realm: String,
        /// The user's name.
        user: String,
        /// The user's password.
        password: SecretString,
    },
    /// With an API key; it may be good for one exchange only.
    ApiKey(SecretString),
}

/// Certificate and key for mutual TLS.
#[derive(Debug)]
pub struct Identity {
    /// The certificate and its chain, PEM.
    pub certificate: Vec<u8>,
    /// The private key, PEM.
    pub key: SecretSlice<u8>,
}

impl Side {
    /// Whether both are the same catalog, as far as their spelling tells.
    #[must_use]
    pub fn is_same_catalog(&self, other: &Self) -> bool {
        (&self.server, &self.org, &self.catalog) == (&other.server, &other.org, &other.catalog)
    }

    pub(super) fn read(reading: &mut Reading, prefix: Prefix) -> Option<Self> {
        let server = reading.required(&vars::MGMT_SERVER.on(prefix), parse::server);
        let org = reading.required(&vars::ORG.on(prefix), parse::text);
        let catalog = reading.required(&vars::CATALOG.on(prefix), parse::text);
        let login = LoginSettings::read(reading, prefix);
        let client_id = reading.required(&vars::CLIENT_ID.on(prefix), parse::text);
        let client_secret = reading.required_secret(&vars::CLIENT_SECRET.on(prefix));
        let ca_pem = reading.pem_file(&vars::CA_CERT_FILE.on(prefix), "CERTIFICATE");
        let identity = Identity::read(reading, prefix);
        let server = server.inspect(|server| judge_plain_http(reading, prefix, server));
        Some(Self {
            server: server?,
            org: org?,
            catalog: catalog?,
            login: login?,
            client_id: client_id?,
            client_secret: client_secret?,
            ca_pem,
            identity,
            oddities: reading.take_oddities(),
        })
    }
}

impl fmt::Display for Side {
    /// `org/catalog on https://host/api`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} on {}", self.org, self.catalog, self.server)
    }
}

impl LoginSettings {
    fn read(reading: &mut Reading, prefix: Prefix) -> Option<Self> {
        let (key, password) = (vars::ADMIN_APIKEY.on(prefix), vars::ADMIN_PASSWORD.on(prefix));
        match (reading.has_secret(&key), reading.has_secret(&password)) {
            (true, false) => reading.secret(&key).map(Self::ApiKey),
            (false, true) => Self::read_password(reading, prefix),
            (true, true) => {
                reading.refuse_value(&key, format!("one of {key} and {password}, but both are set"));
                None
            }
            (false, false) => {
                let (user, realm) = (vars::ADMIN_USER.on(prefix), vars::REALM.on(prefix));
                reading.refuse_all_of(&[password, key], format!("a password, with {user} and {realm}; or {key} alone"));
                None
            }
        }
    }

    fn read_password(reading: &mut Reading, prefix: Prefix) -> Option<Self> {
        let realm = reading.required(&vars::REALM.on(prefix), parse::text);
        let user = reading.required(&vars::ADMIN_USER.on(prefix), parse::text);
        let password = reading.secret(&vars::ADMIN_PASSWORD.on(prefix));
        Some(Self::Password { realm: realm?, user: user?, password: password? })
    }
}

impl Identity {
    fn read(reading: &mut Reading, prefix: Prefix) -> Option<Self> {
        refuse_half(reading, prefix, &vars::CLIENT_CERT_FILE, &vars::CLIENT_KEY_FILE);
        refuse_half(reading, prefix, &vars::CLIENT_KEY_FILE, &vars::CLIENT_CERT_FILE);
        let certificate = reading.pem_file(&vars::CLIENT_CERT_FILE.on(prefix), "CERTIFICATE");
        let key = reading.pem_file(&vars::CLIENT_KEY_FILE.on(prefix), "PRIVATE KEY");
        Some(Self { certificate: certificate?, key: SecretSlice::from(key?) })
    }
}

fn refuse_half(reading: &mut Reading, prefix: Prefix, given: &'static Variable, missing: &'static Variable) {
    let (given, missing) = (given.on(prefix), missing.on(prefix));
    if reading.is_set(&given) && !reading.is_set(&missing) {
        reading.refuse_value(&missing, format!("{}, because {given} is set", missing.variable.values.expected()));
    }
}

/// Passwords and keys in the clear are for this machine alone, unless somebody insists.
fn judge_plain_http(reading: &mut Reading, prefix: Prefix, server: &Url) {
    if server.scheme() != "http" || is_loopback(server) {
        return;
    }
    let (setting, allow) = (vars::MGMT_SERVER.on(prefix), vars::ALLOW_PLAIN_HTTP.once());
    let allowed = reading.value(&allow, parse::boolean).unwrap_or_default();
    let sends = "http sends passwords and keys in the clear";
    if allowed {
        reading.warn(&setting, format!("{sends}; use https"));
    } else {
        reading.refuse_value(
            &setting,
            format!("an https URL, because {sends}; or {allow}=true for a network that nobody else reads"),
        );
    }
}

/// Whether a server is on this machine, whatever names there are: `localhost` never leads elsewhere.
fn is_loopback(server: &Url) -> bool {
    match server.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}
