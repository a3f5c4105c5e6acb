//! Whom the program trusts, who it says it is, and what to do when the other side disagrees.

use reqwest::{Certificate, Identity};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{AlertDescription, CertificateError, Error, RootCertStore};
use secrecy::{ExposeSecret, SecretString};

use super::sockets::{SocketOptions, Unusable};

/// The certificate that the program shows to a server, for mutual TLS.
#[derive(Debug, Clone)]
pub struct ClientIdentity {
    /// PEM: the certificate first, then those that lead to its root.
    pub certificates: Vec<u8>,
    /// PEM: the key of the first certificate.
    pub key: SecretString,
}

/// The roots to trust besides those that the TLS library finds for itself.
pub(super) fn roots(options: &SocketOptions) -> Result<Vec<Certificate>, Unusable> {
    let mut roots = match &options.ca_pem {
        Some(pem) => certificates(pem, options.settings)?,
        None => Vec::new(),
    };
    let system = options.system_pem.iter();
    roots.extend(system.flat_map(|pem| CertificateDer::pem_slice_iter(pem).flatten()));
    let usable = roots.iter().filter(|root| is_root(root));
    Ok(usable.filter_map(|root| Certificate::from_der(root).ok()).collect())
}

/// The certificates of a `*_CA_CERT_FILE`.
fn certificates(pem: &[u8], settings: &str) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let refuse = |found: &str| {
        let setting = format!("{settings}CA_CERT_FILE");
        Unusable::new(setting, found, "a file of CA certificates in PEM form")
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let read = read.map_err(|_| refuse("a file that is damaged or cut off"))?;
    if read.is_empty() {
        return Err(refuse("a file that holds no certificate in PEM form"));
    }
    match read.iter().position(|certificate| !is_root(certificate)) {
        Some(at) => Err(refuse(&format!("a file whose certificate number {} cannot be read", at + 1))),
        None => Ok(read),
    }
}

fn is_root(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

pub(super) fn identity(identity: &ClientIdentity, settings: &str) -> Result<Identity, Unusable> {
    let key = identity.key.expose_secret().trim();
    if CertificateDer::from_pem_slice(&identity.certificates).is_err() {
        return Err(unusable_certificate("a file without a readable certificate", settings));
    }
    if key.contains("ENCRYPTED") {
        return Err(unusable_key("an encrypted key", settings));
    }
    let pem = [identity.certificates.as_slice(), b"\n", key.as_bytes()].concat();
    Identity::from_pem(&pem).map_err(|_| unusable_key("a file without a readable key", settings))
}

fn unusable_certificate(found: &str, settings: &str) -> Unusable {
    let expected = "the client certificate and those that lead to its root, in PEM form";
    Unusable::new(format!("{settings}CLIENT_CERT_FILE"), found, expected)
}

fn unusable_key(found: &str, settings: &str) -> Unusable {
    let expected =
        format!("the key of the first certificate in {settings}CLIENT_CERT_FILE, in PEM form, without a passphrase");
    Unusable::new(format!("{settings}CLIENT_KEY_FILE"), found, &expected)
}

/// Which setting is to blame when TLS cannot be set up. Roots have been looked at before.
pub(super) fn unusable(error: Option<&Error>, options: &SocketOptions) -> Unusable {
    let settings = options.settings;
    match error {
        Some(Error::InconsistentKeys(_)) => unusable_key("the key of another certificate", settings),
        Some(Error::InvalidCertificate(_)) if options.identity_pem.is_some() => {
            unusable_certificate("a file whose certificate cannot be read", settings)
        }
        _ if options.identity_pem.is_some() => unusable_key("a key that cannot be used", settings),
        _ => {
            Unusable::new("SSL_CERT_FILE", "no root to trust on this machine", "a file of CA certificates in PEM form")
        }
    }
}

/// What to do about a failed handshake, in words of neither library nor platform.
pub(super) fn advice(error: &Error, settings: &str) -> String {
    match error {
        Error::InvalidCertificate(problem) => certificate_advice(problem, settings),
        Error::AlertReceived(alert) if concerns_client_certificate(*alert) => format!(
            "the server does not accept the client certificate, or asks for one ({error}); \
             set {settings}CLIENT_CERT_FILE and {settings}CLIENT_KEY_FILE to a certificate and key that it trusts"
        ),
        Error::InvalidMessage(_) => {
            format!(
                "the server does not speak TLS on this port ({error}); \
                 check host, port and https in {settings}MGMT_SERVER"
            )
        }
        other => other.to_string(),
    }
}

fn certificate_advice(problem: &CertificateError, settings: &str) -> String {
    use CertificateError as C;
    match problem {
        C::UnknownIssuer => format!(
            "the server's certificate is of an unknown issuer; \
             set {settings}CA_CERT_FILE to that issuer's CA certificate"
        ),
        C::BadSignature => format!(
            "the server's certificate is not signed by the authority it names; \
             set {settings}CA_CERT_FILE to the CA certificate that is in use now"
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => format!(
            "the server's certificate is for another host name ({problem}); \
             use the name it was made for in {settings}MGMT_SERVER, or have it renewed with this one"
        ),
        C::Expired | C::ExpiredContext { .. } => {
            format!("the server's certificate has expired ({problem}); have it renewed, or set this machine's clock")
        }
        C::NotValidYet | C::NotValidYetContext { .. } => {
            format!("the server's certificate is not valid yet ({problem}); set this machine's clock")
        }
        other if is_ca_as_server(other) => format!(
            "the server shows a CA certificate as its own, which no authority vouches for; \
             have it make a server certificate, and set {settings}CA_CERT_FILE to its CA certificate"
        ),
        other => format!("the server's certificate is not acceptable: {other}"),
    }
}

/// As `openssl req -x509` makes them. The error's type is not public; its text is its name.
fn is_ca_as_server(problem: &CertificateError) -> bool {
    matches!(problem, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// Whether it is the server's certificate that was not accepted.
pub(super) fn is_of_certificate(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(_))
}

/// The alerts by which a server rejects or misses a client's certificate (RFC 8446 section 6.2).
pub(super) fn concerns_client_certificate(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::CertificateRequired
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
            | A::NoCertificate
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let error = certificates(b"nonsense", "TARGET_").unwrap_err();
        assert!(error.to_string().contains("no certificate"), "{error}");
        assert_eq!(error.setting, "TARGET_CA_CERT_FILE");
    }

    #[test]
    fn a_bad_key_is_named_without_being_quoted() {
        let identity = ClientIdentity { certificates: b"cert".to_vec(), key: "s3cret".into() };
        assert!(!format!("{identity:?}").contains("s3cret"));
        let error = super::identity(&identity, "SOURCE_").err().unwrap();
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn advice_says_what_to_do() {
        let of = |problem| advice(&Error::InvalidCertificate(problem), "TARGET_");
        assert!(of(CertificateError::UnknownIssuer).contains("set TARGET_CA_CERT_FILE"));
        assert!(of(CertificateError::Expired).contains("have it renewed"));
        assert!(of(CertificateError::NotValidForName).contains("another host name"));
        assert!(
            advice(&Error::AlertReceived(AlertDescription::CertificateRequired), "TARGET_")
                .contains("set TARGET_CLIENT_CERT_FILE")
        );
    }
}
