//! Certificates of a test's own making, and servers that show and demand them.

use std::sync::Arc;

use apic_configsync::http::{ClientIdentity, SocketOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// A certificate authority of one test.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("one authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    pub(crate) fn issue(&self, host: &str) -> Issued {
        self.issue_from(&CertificateParams::new([host.to_owned()]).unwrap())
    }

    pub(crate) fn issue_from(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Issued { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    pub(crate) fn trust(&self) -> SocketOptions {
        SocketOptions { settings: "SOURCE_", ca_pem: Some(self.pem()), ..SocketOptions::default() }
    }
}

/// A certificate with its key.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Issued {
    /// A certificate that nobody but itself vouches for; `is_ca` as `openssl req -x509` makes them.
    pub(crate) fn by_itself(host: &str, is_ca: bool) -> Self {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
    }

    pub(crate) fn identity(&self) -> ClientIdentity {
        ClientIdentity { certificates: self.certificate.clone().into_bytes(), key: self.key.clone().into() }
    }

    pub(crate) fn serve(&self) -> ServerConfig {
        self.server(ServerConfig::builder().with_no_client_auth())
    }

    pub(crate) fn serve_only(&self, clients_of: &Authority) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&clients_of.pem()).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        self.server(ServerConfig::builder().with_client_cert_verifier(verifier))
    }

    fn server(&self, builder: rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>) -> ServerConfig {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        builder.with_single_cert(vec![certificate], key).unwrap()
    }
}
