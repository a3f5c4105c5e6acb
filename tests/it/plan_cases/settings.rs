//! The operator's settings, by the names and in the spelling that he uses.

use apic_configsync::{
    commands::run_options,
    config::{Config, Environment, FlagValues},
    engine::plan::{Limits, NameFilter, Policy, policy::Filter},
    platform::{self, api_connect::PRODUCTS},
};
use jiff::{SignedDuration, Timestamp};

const CONNECTIONS: &str = "
    SOURCE_MGMT_SERVER=https://source.test SOURCE_ORG=acme SOURCE_CATALOG=prod SOURCE_ADMIN_APIKEY=key
    SOURCE_TOOLKIT_CREDENTIALS_CLIENTID=id SOURCE_TOOLKIT_CREDENTIALS_CLIENTSECRET=secret
    TARGET_MGMT_SERVER=https://target.test TARGET_ORG=acme TARGET_CATALOG=dr TARGET_ADMIN_APIKEY=key
    TARGET_TOOLKIT_CREDENTIALS_CLIENTID=id TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET=secret
    SyncProductsAndAPIs=false DELETE_GRACE=0s";

/// When all cases are planned: a hundred hours after the beginning of 1970.
fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(100)
}

/// What settings like `ADOPT=acme MAX_DELETE_PERCENT=50` ask of a plan.
pub(super) fn wishes(settings: &str) -> (Policy, Limits) {
    let (filters, settings): (Vec<_>, Vec<_>) = settings
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .partition(|(name, _)| PRODUCT_FILTERS.contains(name));
    let connections = CONNECTIONS.split_whitespace();
    let connections = connections.filter_map(|pair| pair.split_once('='));
    let environment: Environment = connections.chain(settings).collect();
    let table = platform::kinds();
    let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
    let (config, _) = Config::load(&environment, &FlagValues::default(), &kinds).unwrap();
    let mut wishes = run_options(&config.settings, platform::DEFAULT.scope(&config.settings), now(), None);
    wishes.policy.filters.push((PRODUCTS, products(&filters)));
    (wishes.policy, wishes.limits)
}

const PRODUCT_FILTERS: [&str; 2] = ["INCLUDE_PRODUCTS", "EXCLUDE_PRODUCTS"];

/// Which Products are in scope, for as long as the configuration does not heed these settings itself.
fn products(filters: &[(&str, &str)]) -> Filter {
    let patterns = |wanted: &str| {
        let mut of_name = filters.iter().filter(|(name, _)| *name == wanted);
        of_name.next().map(|(_, text)| text.parse().unwrap())
    };
    let names = NameFilter { include: patterns(PRODUCT_FILTERS[0]), exclude: patterns(PRODUCT_FILTERS[1]) };
    Filter { names, ..Filter::default() }
}
