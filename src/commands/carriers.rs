//! What carries the requests of a real run: sockets, with the roots, identities and proxies of the settings.

use std::sync::Arc;

use anyhow::Context;
use secrecy::ExposeSecret;

use crate::{
    config::{self, Config},
    http::{ClientIdentity, RetryPolicy, SocketOptions, Sockets, Transport},
    platform::Carriers,
};

/// Real connections for both sides, as configured.
///
/// # Errors
/// When certificates or proxies cannot be used as they are.
pub fn carriers(config: &Config) -> anyhow::Result<Carriers> {
    Ok(Carriers {
        source: sockets("source", &config.source, config)?,
        target: sockets("target", &config.target, config)?,
        retry: RetryPolicy::default(),
    })
}

fn sockets(name: &str, side: &config::Side, config: &Config) -> anyhow::Result<Arc<dyn Transport>> {
    let http = &config.settings.http;
    let mut ca_pem: Vec<Vec<u8>> = side.ca_pem.iter().cloned().collect();
    ca_pem.extend(http.system_roots.iter().flatten().cloned());
    let identity_pem = side.identity.as_ref().map(client_identity).transpose()?;
    let options = SocketOptions {
        https_proxy: http.proxies.https.clone(),
        http_proxy: http.proxies.http.clone(),
        no_proxy: http.proxies.except.clone(),
        ca_pem,
        identity_pem,
        idle_connections: http.max_reads.max(http.max_writes),
        ..SocketOptions::default()
    };
    let sockets =
        Sockets::new(&options).with_context(|| format!("the {name} cannot be connected to"))?;
    Ok(Arc::new(sockets))
}

fn client_identity(identity: &config::Identity) -> anyhow::Result<ClientIdentity> {
    let key =
        std::str::from_utf8(identity.key.expose_secret()).context("a client key is not PEM")?;
    Ok(ClientIdentity {
        certificates: identity.certificate.clone(),
        key: key.into(),
    })
}
