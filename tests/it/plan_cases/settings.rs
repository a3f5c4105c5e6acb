//! The operator's settings, by the names and in the spelling that he uses.

use apic_configsync::{
    config::{Config, Environment, Flags},
    plan::{Limits, Policy},
    platform,
};

const CONNECTIONS: &str = "
    SOURCE_MGMT_SERVER=https://source.test SOURCE_ORG=acme SOURCE_CATALOG=prod SOURCE_ADMIN_APIKEY=key
    SOURCE_TOOLKIT_CREDENTIALS_CLIENTID=id SOURCE_TOOLKIT_CREDENTIALS_CLIENTSECRET=secret
    TARGET_MGMT_SERVER=https://target.test TARGET_ORG=acme TARGET_CATALOG=dr TARGET_ADMIN_APIKEY=key
    TARGET_TOOLKIT_CREDENTIALS_CLIENTID=id TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET=secret
    SyncProductsAndAPIs=false";

/// What settings like `ADOPT=acme MAX_DELETE_PERCENT=50` ask of a plan.
pub(super) fn wishes(settings: &str) -> (Policy, Limits) {
    let variables = CONNECTIONS
        .split_whitespace()
        .chain(settings.split_whitespace());
    let environment: Environment = variables.filter_map(|pair| pair.split_once('=')).collect();
    let table = platform::kinds();
    let kinds: Vec<&str> = table.reported().map(|kind| table.row(kind).name).collect();
    let (config, _) = Config::load(&environment, &Flags::default(), &kinds).unwrap();
    let wishes = platform::wishes(&config.settings);
    (wishes.policy, wishes.limits)
}
