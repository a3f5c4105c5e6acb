//! What carries the requests of a real run: sockets, with the roots, identities and proxies of the settings.

use std::{path::Path, sync::Arc};

use secrecy::ExposeSecret;

use crate::{
    config::{
        self, Config, HttpSettings, Problem, Problems, Settings, Side, SideSettings,
        vars::{self, Prefix},
    },
    http::{ClientIdentity, RetryPolicy, SocketOptions, Sockets, Transport, Unusable},
    platform::{
        self, Carrier, Carriers,
        snapshot::{self, Snapshot, file::SnapshotError},
    },
};

/// Real connections for both sides, as configured: sockets to servers, and files that are opened and found whole.
///
/// # Errors
/// When certificates, keys, proxies or files cannot be used as they are: all problems of both sides at once.
pub fn carriers(config: &Config) -> Result<Carriers, Problems> {
    let source = carrier(Prefix::Source, &config.source, &config.settings);
    let target = carrier(Prefix::Target, &config.target, &config.settings);
    match (source, target) {
        (Ok(source), Ok(target)) => Ok(Carriers { source, target, retry: RetryPolicy::default() }),
        (source, target) => {
            let mut problems: Vec<Problem> = source.err().into_iter().chain(target.err()).collect();
            // A proxy that cannot be used is one problem, although both sides have it.
            problems.dedup();
            Err(Problems { problems, warnings: Vec::new() })
        }
    }
}

fn carrier(prefix: Prefix, side: &SideSettings, settings: &Settings) -> Result<Carrier, Problem> {
    match side {
        SideSettings::Server(side) => server(prefix, side, settings).map(Carrier::Server),
        SideSettings::Snapshot(file) => {
            let keys = snapshot::opening_keys(&settings.snapshots)?;
            let platform = platform::DEFAULT;
            let opened = Snapshot::open(file, platform.name(), platform.kinds(), &keys);
            let opened = opened.map_err(|error| unreadable(prefix, file, &error))?;
            Ok(Carrier::Snapshot(Arc::new(opened)))
        }
    }
}

fn unreadable(prefix: Prefix, file: &Path, error: &SnapshotError) -> Problem {
    let setting = vars::SNAPSHOT.on(prefix);
    Problem {
        variable: setting.name(),
        found: Some(format!("{}, which {error}", file.display())),
        expected: setting.variable.values.expected(),
        example: setting.example(),
        note: None,
    }
}

/// A connection to one server.
///
/// # Errors
/// What of its settings cannot be used.
pub(super) fn server(prefix: Prefix, side: &Side, settings: &Settings) -> Result<Arc<dyn Transport>, Problem> {
    sockets(prefix, side, &settings.http).map_err(problem)
}

fn sockets(prefix: Prefix, side: &Side, http: &HttpSettings) -> Result<Arc<dyn Transport>, Unusable> {
    let options = SocketOptions {
        settings: prefix.as_str(),
        https_proxy: http.proxies.https.clone(),
        http_proxy: http.proxies.http.clone(),
        no_proxy: http.proxies.except.clone(),
        ca_pem: side.ca_pem.clone(),
        system_pem: http.system_roots.clone().unwrap_or_default(),
        identity_pem: side.identity.as_ref().map(client_identity),
        idle_connections: http.max_reads.max(http.max_writes),
        ..SocketOptions::default()
    };
    Ok(Arc::new(Sockets::new(&options)?))
}

/// PEM is text; bytes that are none are no key, which is found when it is read as one.
fn client_identity(identity: &config::Identity) -> ClientIdentity {
    ClientIdentity {
        certificates: identity.certificate.clone(),
        key: String::from_utf8_lossy(identity.key.expose_secret()).into_owned().into(),
    }
}

fn problem(unusable: Unusable) -> Problem {
    Problem {
        example: example(&unusable.setting),
        variable: unusable.setting,
        found: Some(unusable.found),
        expected: unusable.expected,
        note: None,
    }
}

fn example(name: &str) -> String {
    let setting = vars::settings().find(|setting| setting.name() == name);
    setting.map_or_else(|| name.to_owned(), |setting| setting.example())
}
