//! The variables that mean here what they mean everywhere.

use super::{Origin, ValueType, Variable};

const fn convention(name: &'static str, values: ValueType, example: &'static str) -> Variable {
    Variable::new(Origin::Convention, name, values, example)
}

/// The proxy for https servers.
pub static HTTPS_PROXY: Variable = convention("HTTPS_PROXY", ValueType::Proxy, "http://proxy.example.com:3128")
    .lower_case_too()
    .meaning("Proxy for https servers. The lower-case spelling goes first, as with curl; a password in it only as a variable.");

/// The proxy for http servers.
pub static HTTP_PROXY: Variable = convention("HTTP_PROXY", ValueType::Proxy, "http://proxy.example.com:3128")
    .lower_case_too()
    .meaning("Proxy for http servers, likewise.");

/// Hosts that are reached without a proxy.
pub static NO_PROXY: Variable =
    convention("NO_PROXY", ValueType::Text("hosts, domains and networks, comma-separated"), "localhost,.example.com")
        .lower_case_too()
        .meaning("Hosts, domains and networks that are reached without a proxy.");

/// The roots to trust instead of the system's.
pub static SSL_CERT_FILE: Variable =
    convention("SSL_CERT_FILE", ValueType::Text("a file of PEM certificates"), "/etc/ssl/certs/ca-certificates.crt")
        .otherwise("system roots")
        .meaning("Roots to trust instead of the system's, PEM.");

/// Directories of roots to trust instead of the system's.
pub static SSL_CERT_DIR: Variable =
    convention("SSL_CERT_DIR", ValueType::Text("directories of PEM certificates, separated by `:`"), "/etc/ssl/certs")
        .otherwise("system roots")
        .meaning("Directories of such roots, separated by `:`.");

/// Whether output is plain.
pub static NO_COLOR: Variable = convention("NO_COLOR", ValueType::Presence, "1").meaning("Any value: no colours.");

pub(super) static ALL: &[&Variable] = &[&HTTPS_PROXY, &HTTP_PROXY, &NO_PROXY, &SSL_CERT_FILE, &SSL_CERT_DIR, &NO_COLOR];
