//! What carries the requests of a real run: sockets, with the roots, identities and proxies of the settings.

use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::{
    config::{
        self, Config, Problem, Problems,
        vars::{self, Prefix},
    },
    http::{ClientIdentity, RetryPolicy, SocketOptions, Sockets, Transport, Unusable},
    platform::Carriers,
};

/// Real connections for both sides, as configured.
///
/// # Errors
/// When certificates, keys or proxies cannot be used as they are: all problems of both sides at once.
pub fn carriers(config: &Config) -> Result<Carriers, Problems> {
    let source = sockets(Prefix::Source, &config.source, config);
    let target = sockets(Prefix::Target, &config.target, config);
    match (source, target) {
        (Ok(source), Ok(target)) => Ok(Carriers { source, target, retry: RetryPolicy::default() }),
        (source, target) => Err(problems(source.err().into_iter().chain(target.err()))),
    }
}

fn sockets(prefix: Prefix, side: &config::Side, config: &Config) -> Result<Arc<dyn Transport>, Unusable> {
    let http = &config.settings.http;
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

/// A proxy that cannot be used is one problem, although both sides have it.
fn problems(unusable: impl Iterator<Item = Unusable>) -> Problems {
    let mut problems: Vec<Problem> = unusable
        .map(|unusable| Problem {
            example: example(&unusable.setting),
            variable: unusable.setting,
            found: Some(unusable.found),
            expected: unusable.expected,
            note: None,
        })
        .collect();
    problems.dedup();
    Problems { problems, warnings: Vec::new() }
}

fn example(name: &str) -> String {
    let setting = vars::settings().find(|setting| setting.name() == name);
    setting.map_or_else(|| name.to_owned(), |setting| setting.example())
}
