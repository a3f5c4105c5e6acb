//! What is refused or warned of, and in which words.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use apic_configsync::config::{Config, Environment, FlagValues};

use super::{COMPLETE, KINDS, SECRET, config, load, problem, warnings};

/// Variable, value, and what the message must say.
const BAD_VALUES: &[(&str, &str, &str)] = &[
    ("SOURCE_MGMT_SERVER", "platform-api.example.com/api", "http or https URL"),
    ("SOURCE_MGMT_SERVER", "ftp://host/api", "http or https URL"),
    ("SOURCE_MGMT_SERVER", "https://host/api?x=1", "without credentials"),
    ("SOURCE_MGMT_SERVER", "https://host/api#x", "without credentials"),
    ("SOURCE_ORG", "  ", "more than blanks"),
    ("SyncProductsAndAPIs", "yes", "true or false"),
    ("DEEP_COMPARE", "1", "true or false"),
    ("USER_REGISTRY_NAME_MAPPING", "a", "source,target"),
    ("USER_REGISTRY_NAME_MAPPING", "a,b,c", "source,target"),
    ("USER_REGISTRY_NAME_MAPPING", "a,", "source,target"),
    ("USER_REGISTRY_NAME_MAPPING", ";", "source,target"),
    ("USER_REGISTRY_NAME_MAPPING", "a,b;a,c", "source name once, but `a`"),
    ("GATEWAY_SERVICE_NAME_MAPPING", "a,b;c,b", "target name once, but `b`"),
    ("LOG_LEVEL", "verbose", "error or warn or info or debug or trace"),
    ("LOG_ENCODE", "xml", "json or console"),
    ("HTTP_CLIENT_TIMEOUT", "0", "from 1 to 3600 seconds"),
    ("HTTP_CLIENT_TIMEOUT", "3600.5s", "from 1 to 3600 seconds"),
    ("HTTP_CLIENT_TIMEOUT", "-5", "from 1 to 3600 seconds"),
    ("HTTP_CLIENT_TIMEOUT", "soon", "a bare number is seconds"),
    ("API_CACHE_REQUEST_PAGE_SIZE", "0", "a whole number from 1 to 10000"),
    ("API_CACHE_REQUEST_PAGE_SIZE", "1.5", "a whole number"),
    ("MAX_CONCURRENT_CACHE_INIT_REQUESTS", "0", "from 1 to 1024"),
    ("MAX_CONCURRENT_WRITES", "99999999999", "from 1 to 1024"),
    ("MAX_DELETE_PERCENT", "101", "from 0 to 100"),
    ("MAX_DELETE_PERCENT", "30%", "from 0 to 100"),
    ("MAX_UPDATE_PERCENT", "-1", "from 0 to 100"),
    ("INCLUDE_KINDS", "users,gadgets", "users, consumer_orgs, members"),
    ("EXCLUDE_KINDS", ",", "a comma-separated list of kinds"),
    ("INCLUDE_CONSUMER_ORGS", " , ", "at least one name"),
    ("ADOPT", "acme/shop/x", "none, all, or"),
    ("ADOPT", "acme/", "none, all, or"),
    ("APPROVE_ON_TARGET", "yes", "true or false"),
    ("FALLBACK_OWNER", "admin", "registry/username"),
    ("FALLBACK_OWNER", "/admin", "registry/username"),
    ("FALLBACK_OWNER", "local/ ", "registry/username"),
    ("FALLBACK_OWNER", "local/a/b", "%2F"),
    ("ALLOW_EMPTY_SOURCE", "maybe", "true, false, or a comma-separated list of kinds"),
    ("DELETE_POLICY", "never", "apply or report"),
    ("DELETE_GRACE", "-1", "from 0 to 2592000 seconds"),
    ("DELETE_GRACE", "721h", "from 0 to 2592000 seconds"),
    ("DELETE_GRACE", "1 day", "such as 30s, 5m or 1h30m"),
    ("MANAGE_ORIGINALS", "yes", "true or false"),
    ("ON_LIMIT", "ignore", "refuse or withhold-deletes"),
    ("ON_LIMIT", "withhold", "refuse or withhold-deletes"),
    ("DELETE_UNMARKED_CHILDREN", "yes", "true or false"),
    ("DELETE_UNMARKED_CHILDREN", "credentials", "true or false"),
    ("ACKNOWLEDGE", " , ", "at least one name"),
    ("RUN_DEADLINE", "1 fortnight", "such as 30s, 5m or 1h30m"),
    ("RUN_DEADLINE", "-1", "from 0 to 2592000 seconds"),
    ("RUN_DEADLINE", "31d", "such as 30s, 5m or 1h30m"),
    ("RUN_DEADLINE", "2592001", "from 0 to 2592000 seconds"),
    ("INCLUDE_KINDS", "app", "users, consumer_orgs, members"),
    ("EXCLUDE_KINDS", "spaces", "users, consumer_orgs, members"),
    ("OUTPUT", "markdown", "does not write markdown yet"),
    ("OUTPUT", "xml", "text or json"),
    ("REPORT_FILE", "report.html", "this release writes .json only"),
    ("REPORT_FILE", "report", "this release writes .json only"),
    ("HTTPS_PROXY", "socks5://proxy", "URL of a proxy"),
    ("SSL_CERT_FILE", "/nonexistent.pem", "a file that can be read, but"),
    ("SSL_CERT_DIR", "/nonexistent", "readable directories, but"),
    ("SOURCE_CA_CERT_FILE", "/nonexistent.pem", "a file that can be read, but"),
];

#[test]
fn bad_values_are_refused_with_what_is_expected() {
    for (variable, value, expected) in BAD_VALUES.iter().copied() {
        let problem = problem(&[(variable, value)]);
        assert_eq!(problem.variable, variable, "{value}");
        assert!(problem.expected.contains(expected), "{variable}={value}: {}", problem.expected);
        assert!(problem.example.starts_with(&format!("{variable}=")), "{}", problem.example);
        assert!(problem.found.is_some(), "{variable}={value}");
    }
}

#[test]
fn nothing_left_in_scope_is_refused() {
    let problem = problem(&[("INCLUDE_KINDS", "users"), ("EXCLUDE_KINDS", "users")]);
    assert!(problem.expected.contains("at least one kind"), "{problem}");
}

#[test]
fn what_this_release_does_not_heed_is_refused_unless_it_is_the_default() {
    for (variable, value) in [("METRICS_FILE", "/metrics"), ("METRICS_PUSH_URL", "http://gateway")] {
        let problem = problem(&[(variable, value)]);
        assert_eq!(problem.variable, variable);
        assert!(problem.expected.contains("this release does not support it yet"), "{problem}");
    }
    config(&[("APPROVE_ON_TARGET", "False"), ("METRICS_FILE", "")]);
}

#[test]
fn all_problems_are_told_at_once_and_each_has_its_paragraph() {
    let none = Config::load(&Environment::default(), &FlagValues::default(), KINDS).unwrap_err();
    let variables: Vec<&str> = none.problems.iter().map(|problem| problem.variable.as_str()).collect();
    assert_eq!(
        variables,
        [
            "SOURCE_MGMT_SERVER",
            "SOURCE_ORG",
            "SOURCE_CATALOG",
            "SOURCE_ADMIN_PASSWORD",
            "SOURCE_TOOLKIT_CREDENTIALS_CLIENTID",
            "SOURCE_TOOLKIT_CREDENTIALS_CLIENTSECRET",
            "TARGET_MGMT_SERVER",
            "TARGET_ORG",
            "TARGET_CATALOG",
            "TARGET_ADMIN_PASSWORD",
            "TARGET_TOOLKIT_CREDENTIALS_CLIENTID",
            "TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET",
        ]
    );
    let two = load(&[("SOURCE_ORG", ""), ("MAX_DELETE_PERCENT", "120")], &[]).unwrap_err();
    assert_eq!(
        two.to_string(),
        "the configuration has 2 problems\n\n\
         SOURCE_ORG\n  found:    nothing\n  expected: a provider organization\n  example:  SOURCE_ORG=acme\n\n\
         MAX_DELETE_PERCENT\n  found:    120\n  expected: a whole number from 0 to 100\n  example:  MAX_DELETE_PERCENT=50"
    );
}

#[test]
fn the_same_catalog_on_both_sides_is_refused() {
    let same = &[("TARGET_MGMT_SERVER", "HTTPS://Source.Example.Com:443/api/"), ("TARGET_CATALOG", "prod")];
    let problem = problem(same);
    assert!(problem.expected.contains("another catalog than the source"), "{problem}");
    for different in [("TARGET_CATALOG", "other"), ("TARGET_ORG", "other"), ("TARGET_MGMT_SERVER", "https://other/api")]
    {
        let mut changes = same.to_vec();
        changes.push(different);
        config(&changes);
    }
}

#[test]
fn plain_http_is_refused_unless_it_stays_on_the_machine_or_is_allowed() {
    for server in [
        "http://host/api",
        "http://10.0.0.1/api",
        "http://localhost.example.com/api",
        "http://[::2]/api",
        "http://0.0.0.0/api",
    ] {
        let refused = problem(&[("SOURCE_MGMT_SERVER", server)]);
        assert_eq!(refused.variable, "SOURCE_MGMT_SERVER", "{server}");
        assert!(refused.expected.contains("ALLOW_PLAIN_HTTP=true"), "{refused}");
        let refused = problem(&[("TARGET_MGMT_SERVER", server), ("ALLOW_PLAIN_HTTP", "false")]);
        assert_eq!(refused.variable, "TARGET_MGMT_SERVER", "{server}");
        let allowed = [("SOURCE_MGMT_SERVER", server), ("ALLOW_PLAIN_HTTP", "true")];
        assert!(warnings(&allowed)[0].starts_with("SOURCE_MGMT_SERVER: http sends"));
    }
    for local in [
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://localhost/api",
        "http://sandbox.localhost./api",
        "http://[::1]:9/api",
        "http://[::ffff:127.0.0.1]/api",
    ] {
        assert_eq!(warnings(&[("SOURCE_MGMT_SERVER", local)]), Vec::<String>::new(), "{local}");
    }
}

#[test]
fn a_misspelt_variable_is_warned_of_and_named_where_the_right_one_is_missing() {
    let warned = warnings(&[("SOURCE_CATALOGUE", "x"), ("SYNCPRODUCTSANDAPIS", "false"), ("TARGET_PORT", "tcp://x")]);
    assert_eq!(warned.len(), 2, "{warned:?}");
    assert!(warned[0].starts_with("SOURCE_CATALOGUE: ") && warned[0].contains("was SOURCE_CATALOG meant?"));
    assert!(warned[1].contains("was SyncProductsAndAPIs meant?"));
    let missing = problem(&[("SOURCE_ORG", ""), ("SOURCE_ORG_NAME", "acme")]);
    assert_eq!(missing.note.as_deref(), Some("set, but probably misspelt: SOURCE_ORG_NAME (for SOURCE_ORG)"));
    let login = problem(&[("TARGET_ADMIN_APIKEY", ""), ("TARGET_API_KEY", SECRET)]);
    assert_eq!(login.note.as_deref(), Some("set, but probably misspelt: TARGET_API_KEY (for TARGET_ADMIN_APIKEY)"));
}

#[test]
fn bytes_that_are_no_text_are_refused_in_our_variables_only() {
    let os = |text: &str| OsString::from(text);
    let broken = || OsString::from_vec(vec![b'a', 0xff]);
    let complete = || COMPLETE.iter().map(|(name, value)| (os(name), os(value)));
    let load = |name: &str| {
        let environment = Environment::from_os(complete().chain([(os(name), broken())]));
        Config::load(&environment, &FlagValues::default(), KINDS)
    };
    assert!(load("SOMEONE_ELSES").is_ok());
    for (name, variable) in
        [("SOURCE_ORG", "SOURCE_ORG"), ("https_proxy", "HTTPS_PROXY"), ("SSL_CERT_FILE", "SSL_CERT_FILE")]
    {
        let refused = load(name).unwrap_err().problems;
        assert_eq!((refused.len(), refused[0].variable.as_str()), (1, variable));
        assert_eq!(refused[0].expected, "text in UTF-8");
    }
}

/// Whatever number stands there, it is read or refused by name.
#[test]
fn absurd_numbers_are_refused_by_name() {
    for (variable, text) in [
        ("RUN_DEADLINE", "9999999999999999"),
        ("RUN_DEADLINE", "1e9h"),
        ("RUN_DEADLINE", "99999999999999999999999999h"),
        ("DELETE_GRACE", "99999999999999999s"),
        ("DELETE_GRACE", "18446744073709551616"),
        ("HTTP_CLIENT_TIMEOUT", "0"),
        ("HTTP_CLIENT_TIMEOUT", "0.4s"),
        ("PUBLISH_TIMEOUT", "9223372036854775807"),
        ("MAX_CONCURRENT_WRITES", "4294967295"),
        ("MAX_CONCURRENT_WRITES", "18446744073709551615"),
        ("MAX_CONCURRENT_CACHE_INIT_REQUESTS", "0"),
        ("API_CACHE_REQUEST_PAGE_SIZE", "4294967296"),
        ("MAX_DELETE_PERCENT", "256"),
    ] {
        let refused = problem(&[(variable, text)]);
        assert_eq!(refused.variable, variable, "{text}");
    }
}
