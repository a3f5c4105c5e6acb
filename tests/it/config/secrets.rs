//! Secrets, and the files that settings name.

use std::fs;

use apic_configsync::config::{Config, FlagValues, LoginSettings};
use secrecy::ExposeSecret;

use super::{KINDS, SECRET, config, environment, load, problem, settings};

fn file(directory: &tempfile::TempDir, name: &str, content: &[u8]) -> String {
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_secret_may_come_from_a_file_whose_last_newline_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    for (content, secret) in
        [("key", "key"), ("key\n", "key"), ("key\r\n", "key"), ("key\n\n", "key\n"), (" k ", " k ")]
    {
        let path = file(&directory, "key", content.as_bytes());
        let config = config(&[("TARGET_ADMIN_APIKEY", ""), ("TARGET_ADMIN_APIKEY_FILE", &path)]);
        assert!(
            matches!(&config.target.server().unwrap().login, LoginSettings::ApiKey(key) if key.expose_secret() == secret),
            "{content:?}"
        );
    }
}

/// `echo secret | base64` is how many a Secret is made.
#[test]
fn a_secret_in_a_variable_loses_its_line_end_as_one_in_a_file_does() {
    for (value, secret) in [("key\n", "key"), ("key\r\n", "key"), ("key\n\n", "key\n"), (" k ", " k ")] {
        let config = config(&[("TARGET_ADMIN_APIKEY", value)]);
        assert!(
            matches!(&config.target.server().unwrap().login, LoginSettings::ApiKey(key) if key.expose_secret() == secret),
            "{value:?}"
        );
    }
    let blank = problem(&[("TARGET_ADMIN_APIKEY", "\n")]);
    assert!(blank.expected.contains("it is empty"), "{blank}");
}

#[test]
fn what_is_odd_about_a_secret_is_remembered_without_it() {
    for (value, oddity) in [
        ("hush-hush\n\n", Some("ends with a line end")),
        ("hush-hush ", Some("ends with white space")),
        ("\thush-hush", Some("begins with white space")),
        ("\u{feff}hush-hush\n", Some("begins with a byte order mark")),
        ("hush\u{200b}-hush", Some("holds a character that does not show")),
        ("hush-hush\n", None),
        ("hush hush, ä!", None),
    ] {
        let target = config(&[("TARGET_ADMIN_APIKEY", value)]).target;
        let expected: Vec<String> = oddity.into_iter().map(|it| format!("TARGET_ADMIN_APIKEY {it}")).collect();
        assert_eq!(target.server().unwrap().oddities, expected, "{value:?}");
    }
    let source = config(&[("TARGET_ADMIN_APIKEY", "hush-hush ")]).source;
    assert!(source.server().unwrap().oddities.is_empty());
}

#[test]
fn a_secret_file_that_gives_no_secret_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let empty = file(&directory, "empty", b"\n");
    let bytes = file(&directory, "bytes", b"\xff\xfe");
    for (path, expected) in [("/nonexistent", "can be read"), (empty.as_str(), "it is empty"), (&bytes, "UTF-8")] {
        let problem = problem(&[("TARGET_ADMIN_APIKEY", ""), ("TARGET_ADMIN_APIKEY_FILE", path)]);
        assert_eq!(problem.variable, "TARGET_ADMIN_APIKEY_FILE");
        assert!(problem.expected.contains(expected), "{problem}");
    }
    let both = problem(&[("TARGET_ADMIN_APIKEY_FILE", &empty)]);
    assert!(both.expected.contains("but both are set"), "{both}");
}

#[test]
fn mutual_tls_needs_certificate_and_key() {
    let directory = tempfile::tempdir().unwrap();
    let certificate = file(&directory, "crt", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
    let key = file(&directory, "key", b"-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n");
    let whole = &[("SOURCE_CLIENT_CERT_FILE", certificate.as_str()), ("SOURCE_CLIENT_KEY_FILE", key.as_str())];
    assert!(config(whole).source.server().unwrap().identity.is_some());
    assert_eq!(problem(&whole[..1]).variable, "SOURCE_CLIENT_KEY_FILE");
    assert_eq!(problem(&whole[1..]).variable, "SOURCE_CLIENT_CERT_FILE");
    let swapped = problem(&[("SOURCE_CA_CERT_FILE", &key)]);
    assert!(swapped.expected.contains("a PEM file with a CERTIFICATE"), "{swapped}");
}

#[test]
fn roots_instead_of_the_systems_come_from_file_and_directories() {
    let directory = tempfile::tempdir().unwrap();
    let pem = b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    let path = file(&directory, "root.pem", pem);
    file(&directory, "README", b"no certificate");
    let folder = directory.path().to_str().unwrap();
    let roots = settings(&[("SSL_CERT_FILE", &path), ("SSL_CERT_DIR", folder)]).http.system_roots.unwrap();
    assert_eq!(roots, [pem, pem]);
}

#[test]
fn a_password_for_a_proxy_is_refused_as_a_flag() {
    let proxy = format!("http://user:{SECRET}@proxy:1");
    config(&[("HTTPS_PROXY", &proxy)]);
    let refused = load(&[], &[("HTTPS_PROXY", &proxy)]).unwrap_err();
    assert!(refused.problems[0].expected.contains("never in a flag"));
    assert!(!refused.to_string().contains(SECRET));
}

#[test]
fn no_secret_is_ever_shown() {
    let proxy = format!("http://user:{SECRET}@proxy:1");
    let environment = environment(&[("HTTPS_PROXY", &proxy)]);
    let (config, _) = Config::load(&environment, &FlagValues::default(), KINDS).unwrap();
    assert!(!format!("{config:?}{environment:?}").contains(SECRET));
    let server = format!("https://user:{SECRET}@host/api?key={SECRET}");
    let refused = load(
        &[("SOURCE_MGMT_SERVER", &server), ("SOURCE_ADMIN_APIKEY", SECRET), ("HTTP_PROXY", &format!("x://{SECRET}@"))],
        &[],
    )
    .unwrap_err();
    assert_eq!(refused.problems.len(), 3);
    assert!(!format!("{refused}{refused:?}").contains(SECRET), "{refused}");
}
