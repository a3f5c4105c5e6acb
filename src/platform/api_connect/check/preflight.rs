//! The check: what must be so on both sides before anything is carried, and how to mend what is not.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use crate::{
    engine::{
        model::{KindId, MarkKeys, Side},
        report::Finding,
    },
    platform::api_connect::{
        connect::ConnectedSide,
        kinds::{
            CREDENTIALS, PRODUCT_KINDS,
            user_registry::{UserRegistries, UserRegistry, mapping_with},
        },
    },
};

/// The needs of a run.
#[derive(Debug, Clone, Default)]
pub struct Requirements {
    /// The kinds that are carried.
    pub carried: BTreeSet<KindId>,
    /// `USER_REGISTRY_NAME_MAPPING`: source names and their target names.
    pub registry_names: Vec<(String, String)>,
    /// `GATEWAY_SERVICE_NAME_MAPPING`, likewise.
    pub gateway_names: Vec<(String, String)>,
    /// The longest that one publish may take.
    pub publish_timeout: Duration,
    /// The keys that marks are sealed with.
    pub mark_keys: Option<MarkKeys>,
    /// True where a mark on what consumers name counts with a seal only.
    pub require_seal: bool,
}

impl Requirements {
    /// Tells whether any of some kinds is carried.
    pub(crate) fn carries(&self, kinds: &[KindId]) -> bool {
        kinds.iter().any(|kind| self.carried.contains(kind))
    }

    pub(crate) fn products_and_apis(&self) -> bool {
        self.carries(&PRODUCT_KINDS)
    }
}

/// Settings that should be alike, and what happens when they are not.
const ALIKE: [(&str, &str); 5] = [
    ("application_lifecycle", "apps may wait for approvals on the target that the source does not know"),
    ("product_lifecycle_approvals", "Products may wait for approvals on the target"),
    ("spaces_enabled", "Products of spaces do not match those of a catalog without spaces"),
    ("production_mode", "republishing Products follows other rules on the target"),
    ("consumer_self_service_onboarding_approval", "new organizations may wait for approval on one side only"),
];

/// Holds both catalogs' settings against the requirements.
pub(crate) fn findings(source: &ConnectedSide, target: &ConnectedSide, requirements: &Requirements) -> Vec<Finding> {
    let mut findings = readiness(target, Side::Target, requirements);
    if requirements.products_and_apis() {
        findings.extend(spaces(source, target));
    }
    findings.extend(
        ALIKE
            .iter()
            // Of the spaces more is said where Products are carried.
            .filter(|(setting, _)| !requirements.products_and_apis() || *setting != "spaces_enabled")
            .filter_map(|(setting, consequence)| differing(source, target, setting, consequence)),
    );
    let sides = [("source", source), ("target", target)];
    findings.extend(sides.into_iter().filter_map(|(side, connected)| missing_permissions(side, connected)));
    findings
}

fn missing_permissions(side: &str, connected: &ConnectedSide) -> Option<Finding> {
    let reason = missing_view_permissions(connected.scopes.as_deref())?;
    let mend = format!("give the {side} user a role that may view all consumer organizations and apps");
    Some(Finding::warning("permissions", format!("{side}: {reason}"), mend))
}

/// Holds the target's settings alone against the requirements, where the source is no server.
pub(crate) fn of_target(target: &ConnectedSide, requirements: &Requirements) -> Vec<Finding> {
    let mut findings = readiness(target, Side::Target, requirements);
    findings.extend(missing_permissions("target", target));
    findings
}

/// Checks that the settings of the catalog that is to be written let it take what a run brings.
pub(crate) fn readiness(catalog: &ConnectedSide, side: Side, requirements: &Requirements) -> Vec<Finding> {
    let needs = [
        (
            requirements.carries(&[CREDENTIALS]),
            "hash_client_secret",
            "does not accept hashed client secrets, so keys could not be carried",
            "leave credentials out with EXCLUDE_KINDS=credentials",
        ),
        (
            requirements.products_and_apis(),
            "config_sync_target_catalog",
            "is not set up to take Products and APIs from another one",
            "leave Products and APIs to your own pipeline with SyncProductsAndAPIs=false",
        ),
    ];
    needs
        .into_iter()
        .filter(|(needed, setting, ..)| *needed && !is_on(catalog, setting))
        .map(|(_, setting, consequence, way_out)| {
            Finding::error(
                setting,
                format!("the {side} catalog {consequence}"),
                format!(
                    "set it on the {side}: PUT /api/catalogs/{{org}}/{{catalog}}/settings {{\"{setting}\": true}} \
                     (apic catalog-settings:update), or {way_out}"
                ),
            )
        })
        .collect()
}

fn is_on(catalog: &ConnectedSide, setting: &str) -> bool {
    catalog.setting(setting) == Some(&Value::Bool(true))
}

/// Products find their places only where both catalogs have spaces, or neither has.
fn spaces(source: &ConnectedSide, target: &ConnectedSide) -> Option<Finding> {
    let side = match (is_on(source, "spaces_enabled"), is_on(target, "spaces_enabled")) {
        (true, false) => Side::Source,
        (false, true) => Side::Target,
        _ => return None,
    };
    Some(Finding::warning(
        "spaces_enabled",
        format!("only the {side} catalog has spaces: all Products and APIs are withheld"),
        "set spaces_enabled alike in both catalogs' settings, and make spaces of the same names, \
         or set SyncProductsAndAPIs=false",
    ))
}

fn differing(source: &ConnectedSide, target: &ConnectedSide, setting: &str, consequence: &str) -> Option<Finding> {
    let (ours, theirs) = (source.setting(setting), target.setting(setting));
    if unless_off(ours) == unless_off(theirs) {
        return None;
    }
    let shown = |value: Option<&Value>| value.map_or_else(|| "(not set)".to_owned(), Value::to_string);
    Some(Finding::warning(
        setting,
        format!("{setting} is {} on the source and {} on the target: {consequence}", shown(ours), shown(theirs)),
        format!("set {setting} alike in both catalogs' settings, unless this is intended"),
    ))
}

/// A setting that is absent is off.
fn unless_off(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| {
        let off = [Value::Bool(false), Value::Array(Vec::new()), serde_json::json!({"enabled": false})];
        !off.contains(value)
    })
}

/// Why a login cannot be sure to see everything, by the permissions that its token lists.
pub(crate) fn missing_view_permissions(scopes: Option<&[String]>) -> Option<String> {
    let scopes = scopes?;
    let may = |permissions: [&str; 2]| scopes.iter().any(|scope| permissions.contains(&scope.as_str()));
    let missing: Vec<&str> = [
        ("consumer-org:view", may(["consumer-org:view", "consumer-org:manage"])),
        ("app:view:all", may(["app:view:all", "app:manage:all"])),
    ]
    .into_iter()
    .filter(|(_, held)| !held)
    .map(|(permission, _)| permission)
    .collect();
    (!missing.is_empty()).then(|| format!("the login lacks {}: lists may not show everything", missing.join(" and ")))
}

/// The pairs of the mapping that say nothing of a source registry.
fn other_pairs(requirements: &Requirements, name: &str) -> Vec<(String, String)> {
    let pairs = requirements.registry_names.iter();
    pairs.filter(|(ours, _)| ours != name).cloned().collect()
}

/// Holds the two sides' user registries against each other.
pub(crate) fn registries(
    source: &UserRegistries,
    target: &UserRegistries,
    requirements: &Requirements,
) -> Vec<Finding> {
    let unmatched = source.all.iter().filter(|registry| target.partner(registry).is_none()).map(|registry| {
        let known: Vec<String> =
            target.all.iter().map(|other| format!("{} ({})", other.name, other.registry_type)).collect();
        Finding::warning(
            "user_registries",
            format!(
                "the target catalog has no user registry {} of type {} (it has: {}): the users of it, and what needs them, are withheld",
                registry.name, registry.registry_type, known.join(", ")
            ),
            format!(
                "configure one of that name in the target catalog, or map the name: USER_REGISTRY_NAME_MAPPING=\"{}\"",
                mapping_with(
                    &other_pairs(requirements, &registry.own_name),
                    (&registry.own_name, "<name on the target>")
                )
            ),
        )
    });
    let unknown = requirements.registry_names.iter().flat_map(|(ours, theirs)| {
        let on_source = source.all.iter().any(|registry| registry.own_name == *ours);
        let on_target = target.all.iter().any(|registry| registry.own_name == *theirs);
        let missing = [(on_source, "source", ours), (on_target, "target", theirs)];
        missing.into_iter().filter(|(known, _, _)| !known).map(|(_, side, name)| {
            Finding::warning(
                "USER_REGISTRY_NAME_MAPPING",
                format!("it names {name}, which is no user registry of the {side} catalog"),
                "correct the mapping",
            )
        })
    });
    let differing = source.all.iter().filter_map(|registry| {
        let partner = target.partner(registry)?;
        case_difference(registry, partner)
    });
    unmatched.chain(unknown).chain(differing).collect()
}

/// Where one side takes for one person whom the other takes for two.
fn case_difference(ours: &UserRegistry, theirs: &UserRegistry) -> Option<Finding> {
    let (here, there) = (ours.case_sensitive?, theirs.case_sensitive?);
    if here == there {
        return None;
    }
    let consequence = if here {
        "of users whose names differ only in that one is carried, the others are conflicts"
    } else {
        "a user whose name is written otherwise on the target is made there once more"
    };
    Some(Finding::warning(
        "case_sensitive",
        format!(
            "the user registry {} has case_sensitive {here} on the source and {there} on the target: {consequence}",
            ours.own_name
        ),
        "set case_sensitive alike on both sides (PATCH /api/user-registries/{org}/{registry}), or give such users names that \
         differ otherwise",
    ))
}
