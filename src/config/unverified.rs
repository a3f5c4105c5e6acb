//! Variables by which other programs leave out the verification of certificates. This one never does, and says so.

use super::env::Environment;
use super::problem::Warning;

/// Words in the names, without underscores, of variables that switch verification off when they are true.
const LEAVE_OUT: [&str; 7] =
    ["INSECURE", "SKIPVERIFY", "SKIPTLS", "SKIPSSL", "TLSNOVERIFY", "SSLNOVERIFY", "ALLOWSELFSIGNED"];
/// The same when they are false.
const VERIFY: [&str; 9] = [
    "REJECTUNAUTHORIZED",
    "HTTPSVERIFY",
    "TLSVERIFY",
    "SSLVERIFY",
    "VERIFYTLS",
    "VERIFYSSL",
    "VERIFYCERT",
    "CERTVERIFY",
    "STRICTSSL",
];
/// Whose variables are meant for programs that talk to servers as this one does; all others' are none of its business.
const AUTHORS: [&str; 9] = ["SOURCE", "TARGET", "APIC", "NODE", "CURL", "PYTHON", "GIT", "SSL", "TLS"];

/// A warning for each variable that would switch verification off elsewhere.
pub(super) fn warnings(environment: &Environment) -> impl Iterator<Item = Warning> {
    let told = environment.names().filter(|name| switches_off(name, environment.get(name).unwrap_or_default()));
    told.map(|name| Warning {
        variable: name.to_owned(),
        message: "is not obeyed: certificates are always verified; for a private authority set SOURCE_CA_CERT_FILE or \
                  TARGET_CA_CERT_FILE"
            .to_owned(),
    })
}

fn switches_off(name: &str, value: &str) -> bool {
    let bare: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    let is_true = !matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off");
    let has = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    let begins = |words: &[&str]| words.iter().any(|word| bare.starts_with(word));
    let is_addressed = begins(&AUTHORS) || begins(&LEAVE_OUT) || begins(&VERIFY);
    // `INSECURE_SKIP_TLS_VERIFY` speaks of verifying too.
    let leaves_out = if has(&LEAVE_OUT) { is_true } else { !is_true && has(&VERIFY) };
    is_addressed && leaves_out
}

#[cfg(test)]
mod tests {
    use super::switches_off;

    #[test]
    fn what_switches_verification_off_elsewhere_is_found() {
        for (name, value) in [
            ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
            ("PYTHONHTTPSVERIFY", "0"),
            ("CURL_INSECURE", "1"),
            ("GIT_SSL_NO_VERIFY", "true"),
            ("SSL_VERIFY", "false"),
            ("TLS_SKIP_VERIFY", "yes"),
            ("INSECURE_SKIP_VERIFY", "true"),
            ("TARGET_INSECURE_SKIP_TLS_VERIFY", "true"),
            ("SOURCE_TLS_VERIFY", "off"),
            ("source_ssl_verify", "False"),
            ("APIC_INSECURE", "1"),
        ] {
            assert!(switches_off(name, value), "{name}={value}");
        }
    }

    #[test]
    fn what_leaves_it_on_or_concerns_others_is_left_in_peace() {
        for (name, value) in [
            ("NODE_TLS_REJECT_UNAUTHORIZED", "1"),
            ("CURL_INSECURE", "0"),
            ("SSL_VERIFY", "true"),
            ("TARGET_INSECURE", "false"),
            ("DOCKER_TLS_VERIFY", "0"),
            ("REGISTRY_INSECURE", "1"),
            ("SSL_CERT_FILE", "0"),
            ("HOME", "0"),
        ] {
            assert!(!switches_off(name, value), "{name}={value}");
        }
    }
}
