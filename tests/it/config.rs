//! The configuration: what is accepted, and what comes of it.

mod refused;
mod secrets;

use std::path::{Path, PathBuf};
use std::time::Duration;

use apic_configsync::{
    config::{
        Config, DeletePolicy, Environment, FlagValues, LogEncoding, LoginSettings, OnLimit, OutputFormat, Problem,
        Problems, Settings, Warning, vars,
    },
    engine::plan::{Adopt, EmptySource},
};
use secrecy::ExposeSecret;

const KINDS: &[&str] =
    &["users", "consumer_orgs", "members", "applications", "credentials", "products", "apis", "subscriptions"];

/// What no output may ever contain.
const SECRET: &str = "s3cr3t-value";

const COMPLETE: &[(&str, &str)] = &[
    ("SOURCE_MGMT_SERVER", "https://source.example.com"),
    ("SOURCE_ORG", "acme"),
    ("SOURCE_CATALOG", "prod"),
    ("SOURCE_REALM", "provider/default-idp-2"),
    ("SOURCE_ADMIN_USER", "sync"),
    ("SOURCE_ADMIN_PASSWORD", SECRET),
    ("SOURCE_TOOLKIT_CREDENTIALS_CLIENTID", "client"),
    ("SOURCE_TOOLKIT_CREDENTIALS_CLIENTSECRET", SECRET),
    ("TARGET_MGMT_SERVER", "https://target.example.com/deep/api/"),
    ("TARGET_ORG", "acme"),
    ("TARGET_CATALOG", "dr"),
    ("TARGET_ADMIN_APIKEY", SECRET),
    ("TARGET_TOOLKIT_CREDENTIALS_CLIENTID", "client"),
    ("TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET", SECRET),
];

pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The complete environment with some variables changed; an empty value takes one away.
pub(crate) fn environment(changes: Pairs) -> Environment {
    COMPLETE.iter().chain(changes).copied().collect()
}

fn load(changes: Pairs, flags: Pairs) -> Result<(Config, Vec<Warning>), Problems> {
    Config::load(&environment(changes), &flags.iter().copied().collect(), KINDS)
}

pub(crate) fn config(changes: Pairs) -> Config {
    load(changes, &[]).unwrap().0
}

fn settings(changes: Pairs) -> Settings {
    config(changes).settings
}

fn problems(changes: Pairs) -> Vec<Problem> {
    load(changes, &[]).unwrap_err().problems
}

fn problem(changes: Pairs) -> Problem {
    let mut problems = problems(changes);
    assert_eq!(problems.len(), 1, "{changes:?}: {problems:?}");
    problems.remove(0)
}

fn warnings(changes: Pairs) -> Vec<String> {
    load(changes, &[]).unwrap().1.iter().map(ToString::to_string).collect()
}

#[test]
fn a_plain_configuration_needs_the_vendors_variables_only() {
    let config = config(&[]);
    let (source, target) = (config.source.server().unwrap(), config.target.server().unwrap());
    assert_eq!(source.server.as_str(), "https://source.example.com/api");
    assert_eq!(target.server.as_str(), "https://target.example.com/deep/api");
    assert_eq!(source.to_string(), "acme/prod on https://source.example.com/api");
    let LoginSettings::Password { realm, user, password } = &source.login else { panic!("a password login") };
    assert_eq!((realm.as_str(), user.as_str(), password.expose_secret()), ("provider/default-idp-2", "sync", SECRET));
    assert!(matches!(&target.login, LoginSettings::ApiKey(key) if key.expose_secret() == SECRET));
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let settings = settings(&[]);
    assert!(settings.scope.products_and_apis && !settings.deep_compare && !settings.deletion.unmarked_children);
    assert_eq!(settings.scope.kinds, KINDS);
    assert!(settings.scope.consumer_orgs.contain("anything"));
    assert!(matches!(settings.adopt, Adopt::None));
    assert!(settings.fallback_owner.is_none() && !settings.approve_on_target);
    assert_eq!(settings.deletion.policy, DeletePolicy::Apply);
    assert!(settings.deletion.grace == Duration::from_secs(86_400) && !settings.manage_originals);
    assert_eq!((settings.limits.max_delete_percent, settings.limits.max_update_percent), (30, 100));
    assert_eq!(settings.limits.allow_empty_source, EmptySource::No);
    assert_eq!(settings.limits.on_limit, OnLimit::Refuse);
    assert_eq!((settings.http.timeout, settings.http.page_size), (Duration::from_secs(30), 100));
    assert_eq!((settings.http.max_reads, settings.http.max_writes), (16, 8));
    assert_eq!((settings.logging.level, settings.logging.encoding), (tracing::Level::INFO, None));
    assert_eq!((settings.output.format, settings.output.color), (OutputFormat::Text, true));
    assert!(settings.deadline.is_none() && settings.acknowledge.is_none() && settings.http.system_roots.is_none());
}

#[test]
fn values_ignore_case_and_surrounding_blanks() {
    let settings = settings(&[
        ("SyncProductsAndAPIs", "FALSE"),
        ("DEEP_COMPARE", " True "),
        ("DELETE_POLICY", "Report"),
        ("MANAGE_ORIGINALS", "TRUE"),
        ("ON_LIMIT", "WITHHOLD-deletes"),
        ("OUTPUT", "JSON"),
        ("LOG_LEVEL", "Debug"),
        ("LOG_ENCODE", "Console"),
        ("ADOPT", "ALL"),
        ("APPROVE_ON_TARGET", "True"),
        ("FALLBACK_OWNER", " local / größe %2F 1 "),
        ("EXCLUDE_KINDS", "Members, APIS"),
        ("ALLOW_EMPTY_SOURCE", "TRUE"),
        ("REPORT_FILE", "/tmp/Report.JSON"),
    ]);
    assert!(!settings.scope.products_and_apis && settings.deep_compare);
    assert_eq!(settings.deletion.policy, DeletePolicy::Report);
    assert!(settings.manage_originals);
    assert_eq!(settings.limits.on_limit, OnLimit::WithholdDeletes);
    assert_eq!(settings.limits.allow_empty_source, EmptySource::All);
    assert_eq!(settings.output.format, OutputFormat::Json);
    assert_eq!(settings.output.report_file, Some(PathBuf::from("/tmp/Report.JSON")));
    assert_eq!(
        (settings.logging.level, settings.logging.encoding),
        (tracing::Level::DEBUG, Some(LogEncoding::Console))
    );
    assert!(settings.adopt.takes("acme") && settings.approve_on_target);
    assert_eq!(settings.fallback_owner.as_deref(), Some("local/größe %2F 1"));
    assert!(!settings.scope.kinds.iter().any(|kind| kind == "members" || kind == "apis"));
}

#[test]
fn times_have_units_and_bare_numbers_are_seconds() {
    for (text, seconds) in [("30s", 30), ("5m", 300), ("24h", 86_400), ("1h30m", 5400), ("90", 90), ("0", 0)] {
        let deadline = settings(&[("RUN_DEADLINE", text)]).deadline;
        assert_eq!(deadline, Some(Duration::from_secs(seconds)), "{text}");
        let grace = settings(&[("DELETE_GRACE", text)]).deletion.grace;
        assert_eq!(grace, Duration::from_secs(seconds), "{text}");
    }
}

#[test]
fn a_password_login_needs_user_and_realm_and_a_key_nothing_else() {
    let missing = problems(&[("SOURCE_REALM", ""), ("SOURCE_ADMIN_USER", "")]);
    let variables: Vec<&str> = missing.iter().map(|problem| problem.variable.as_str()).collect();
    assert_eq!(variables, ["SOURCE_REALM", "SOURCE_ADMIN_USER"]);
    let neither = problem(&[("TARGET_ADMIN_APIKEY", "")]);
    assert!(neither.expected.contains("TARGET_ADMIN_APIKEY alone"), "{neither}");
    let both = problem(&[("SOURCE_ADMIN_APIKEY", SECRET)]);
    assert!(both.expected.contains("but both are set"), "{both}");
    assert_eq!(both.found.as_deref(), Some("(secret)"));
}

#[test]
fn a_flag_wins_over_its_variable_and_an_empty_one_unsets_it() {
    let changes = &[("MAX_DELETE_PERCENT", "40"), ("EXCLUDE_KINDS", "members")];
    let (config, _) = load(changes, &[("MAX_DELETE_PERCENT", "50"), ("EXCLUDE_KINDS", "")]).unwrap();
    assert_eq!(config.settings.limits.max_delete_percent, 50);
    assert_eq!(config.settings.scope.kinds, KINDS);
    let refused = load(&[], &[("MAX_DELETE_PERCENT", "500")]).unwrap_err();
    assert_eq!(refused.problems[0].found.as_deref(), Some("500 (given as --max-delete-percent)"));
}

#[test]
fn an_empty_value_is_an_unset_one() {
    let settings = settings(&[("MAX_DELETE_PERCENT", ""), ("ADOPT", ""), ("RUN_DEADLINE", ""), ("NO_COLOR", "")]);
    assert_eq!(settings.limits.max_delete_percent, 30);
    assert!(settings.deadline.is_none() && settings.output.color);
}

#[test]
fn a_mapping_names_the_targets_side_and_keeps_other_names() {
    let text = " my ldap , their ldap ;local,other; ";
    let mapping = settings(&[("USER_REGISTRY_NAME_MAPPING", text)]).mappings.user_registries;
    assert_eq!(mapping.target_of("my ldap"), "their ldap");
    assert_eq!(mapping.target_of("unmapped"), "unmapped");
    assert_eq!(mapping.pairs().count(), 2);
}

#[test]
fn scope_is_the_inclusion_without_the_exclusion() {
    let scope = settings(&[("INCLUDE_CONSUMER_ORGS", "acme,test-*"), ("EXCLUDE_CONSUMER_ORGS", "test-1")]).scope;
    let orgs = scope.consumer_orgs;
    assert!(orgs.contain("acme") && orgs.contain("test-2") && !orgs.contain("test-1") && !orgs.contain("other"));
    assert!(orgs.include_in_full("acme") && !orgs.include_in_full("test-2"));
}

#[test]
fn adoption_of_an_organization_takes_its_applications_too() {
    let adopt = settings(&[("ADOPT", "acme, partner/shop")]).adopt;
    assert!(adopt.takes("acme") && adopt.takes("acme/app") && adopt.takes("partner/shop"));
    assert!(!adopt.takes("partner") && !adopt.takes("partner/other"));
}

#[test]
fn an_empty_source_is_allowed_for_the_listed_kinds() {
    let allowed = settings(&[("ALLOW_EMPTY_SOURCE", "Subscriptions")]).limits.allow_empty_source;
    assert!(allowed.covers("subscriptions") && !allowed.covers("users"));
}

#[test]
fn proxies_are_known_in_both_spellings_and_the_lower_case_one_wins() {
    let proxies = settings(&[
        ("HTTPS_PROXY", "http://upper:1"),
        ("https_proxy", "lower:2"),
        ("HTTP_PROXY", "http://upper:3"),
        ("no_proxy", "localhost"),
    ])
    .http
    .proxies;
    assert_eq!(proxies.https.unwrap().expose_secret(), "http://lower:2/");
    assert_eq!(proxies.http.unwrap().expose_secret(), "http://upper:3/");
    assert_eq!(proxies.except.as_deref(), Some("localhost"));
}

#[test]
fn the_sandbox_needs_no_sides() {
    let environment: Environment =
        [("MAX_CONCURRENT_WRITES", "2"), ("SOURCE_MGMT_SERVER", "nonsense")].into_iter().collect();
    let (settings, _) = Settings::load(&environment, &FlagValues::default(), KINDS).unwrap();
    assert_eq!(settings.http.max_writes, 2);
}

/// Every default and every example of the registry would be accepted, files apart.
#[test]
fn the_registry_keeps_its_word() {
    for setting in vars::settings().filter(|setting| setting.variable.supported && setting.prefix.is_none()) {
        if setting.in_file {
            continue;
        }
        let (name, variable) = (setting.name(), setting.variable);
        let examples = Some(variable.example).filter(|example| !Path::new(example).is_absolute());
        for value in variable.default.into_iter().chain(examples) {
            let mut given = vec![(name.as_str(), value)];
            // The key before counts beside the present one alone.
            if name == "MARK_KEY_PREVIOUS" {
                given.push(("MARK_KEY", value));
            }
            assert!(load(&given, &[]).is_ok(), "{name}={value}");
        }
        assert!(!variable.meaning.is_empty(), "{name}");
    }
}

#[test]
fn a_mark_key_is_long_and_the_one_before_it_does_not_stand_alone() {
    let long = "k".repeat(32);
    let marks = config(&[("MARK_KEY", &long), ("MARK_KEY_PREVIOUS", &long)]).settings.marks;
    assert!(marks.keys.is_some_and(|keys| keys.previous.is_some()));
    let problems = load(&[("MARK_KEY", "hunter2")], &[]).unwrap_err().to_string();
    assert!(problems.contains("32 bytes or more") && !problems.contains("hunter2"), "{problems}");
    let problems = load(&[("MARK_KEY_PREVIOUS", &long)], &[]).unwrap_err().to_string();
    assert!(problems.contains("MARK_KEY"), "{problems}");
}

#[test]
fn products_are_chosen_by_name_or_by_name_and_version() {
    let settings = config(&[
        ("INCLUDE_PRODUCTS", "shop,partner-*:2.0.0"),
        ("EXCLUDE_PRODUCTS", "shop:0.*"),
        ("PUBLISH_TIMEOUT", "10m"),
    ])
    .settings;
    assert_eq!(settings.http.publish_timeout, std::time::Duration::from_secs(600));
    for (product, chosen) in [
        ("shop:1.0.0", true),
        ("shop:0.9.0", false),
        ("partner-a:2.0.0", true),
        ("partner-a:1.0.0", false),
        ("shopping:1.0.0", false),
    ] {
        let contained = settings.scope.products.contain_version(product);
        assert_eq!(contained, chosen, "{product}");
    }
    assert_eq!(config(&[]).settings.http.publish_timeout.as_secs(), 300);
}
