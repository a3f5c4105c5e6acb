//! Whom the program trusts, who it says it is, and what to do when the other side disagrees.

use anyhow::{Context, Result, ensure};
use reqwest::{Certificate, Identity};
use rustls::{AlertDescription, CertificateError, Error};
use secrecy::{ExposeSecret, SecretString};

/// The certificate that the program shows to a server, for mutual TLS.
#[derive(Debug, Clone)]
pub struct ClientIdentity {
    /// PEM: the certificate first, then those that lead to its root.
    pub certificates: Vec<u8>,
    /// PEM: the key of the first certificate.
    pub key: SecretString,
}

/// The certificates in a PEM file.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<Certificate>> {
    let certificates = Certificate::from_pem_bundle(pem).ok().unwrap_or_default();
    ensure!(
        !certificates.is_empty(),
        "the CA certificate file holds no certificate in PEM form"
    );
    Ok(certificates)
}

pub(super) fn identity(identity: &ClientIdentity) -> Result<Identity> {
    let key = identity.key.expose_secret().trim().as_bytes();
    let pem = [identity.certificates.as_slice(), b"\n", key].concat();
    Identity::from_pem(&pem).context("the client certificate and its key are not both in PEM form")
}

/// What to do about a failed handshake, in words of neither library nor platform.
pub(super) fn advice(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(problem) => certificate_advice(problem),
        Error::AlertReceived(alert) if concerns_client_certificate(*alert) => format!(
            "the server does not accept the client certificate, or asks for one ({error}); \
             give a client certificate and key that it trusts"
        ),
        Error::InvalidMessage(_) => {
            format!(
                "the server does not speak TLS on this port ({error}); check the address and its port"
            )
        }
        other => other.to_string(),
    }
}

fn certificate_advice(problem: &CertificateError) -> String {
    use CertificateError as C;
    match problem {
        C::UnknownIssuer => "the server's certificate is of an unknown issuer; \
             give that issuer's CA certificate"
            .to_owned(),
        C::BadSignature => "the server's certificate is not signed by the authority it names; \
             give the CA certificate that is in use now"
            .to_owned(),
        C::NotValidForName | C::NotValidForNameContext { .. } => format!(
            "the server's certificate is for another host name ({problem}); \
             use the name it was made for, or have it renewed with this one"
        ),
        C::Expired | C::ExpiredContext { .. } => {
            format!(
                "the server's certificate has expired ({problem}); have it renewed, or set this machine's clock"
            )
        }
        C::NotValidYet | C::NotValidYetContext { .. } => {
            format!(
                "the server's certificate is not valid yet ({problem}); set this machine's clock"
            )
        }
        other => format!("the server's certificate is not acceptable: {other}"),
    }
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
        let error = certificates(b"-----BEGIN NONSENSE-----").err().unwrap();
        assert!(error.to_string().contains("no certificate"), "{error}");
    }

    #[test]
    fn a_bad_key_is_named_without_being_quoted() {
        let identity = ClientIdentity {
            certificates: b"cert".to_vec(),
            key: "s3cret".into(),
        };
        assert!(!format!("{identity:?}").contains("s3cret"));
        let error = super::identity(&identity).err().unwrap();
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn advice_says_what_to_do() {
        let of = |problem| advice(&Error::InvalidCertificate(problem));
        assert!(of(CertificateError::UnknownIssuer).ends_with("give that issuer's CA certificate"));
        assert!(of(CertificateError::Expired).contains("have it renewed"));
        assert!(of(CertificateError::NotValidForName).contains("another host name"));
        assert!(
            advice(&Error::AlertReceived(AlertDescription::CertificateRequired))
                .contains("client certificate")
        );
    }
}
