//! The way back: whether a run with source and target swapped would work today, as `check --reverse` tells it.
//!
//! Only what depends on the direction is told here. Settings that differ, and what a login cannot see, hinder both
//! directions alike and are told with the forward one.

use crate::{
    engine::{model::Side, report::Finding},
    platform::api_connect::{
        check::preflight::{Requirements, readiness},
        connect::ConnectedSide,
        kinds::{
            operations::WritePermission,
            operations_of,
            user_registry::{UserRegistries, UserRegistry, mapping_with},
        },
    },
};

/// Holds the source's settings, permissions and registries against what a reverse run would need of them.
pub(crate) fn findings(source: &ConnectedSide, target: &ConnectedSide, requirements: &Requirements) -> Vec<Finding> {
    let mut findings = readiness(source, Side::Source, requirements);
    findings.extend(writing(source.scopes.as_deref(), requirements));
    findings.extend(registries(&source.registries, &target.registries, &requirements.registry_names));
    findings
}

/// Checks that the source's login may write there, by the permissions that its token lists (api-connect-rest.md
/// section 2.3).
fn writing(scopes: Option<&[String]>, requirements: &Requirements) -> Option<Finding> {
    let Some(scopes) = scopes else {
        return Some(Finding::warning(
            "permissions",
            "it cannot be told whether the source user may write: the token lists no permissions",
            "make sure that the source user may manage consumer organizations, apps and Products before a reverse run",
        ));
    };
    let is_needed = |permission: &WritePermission| {
        let mut carried = requirements.carried.iter();
        carried.any(|kind| operations_of(*kind).write_permission == Some(*permission))
    };
    let missing: Vec<&str> = WritePermission::ALL
        .into_iter()
        .filter(is_needed)
        .map(WritePermission::name)
        .filter(|permission| !scopes.iter().any(|scope| scope == permission))
        .collect();
    (!missing.is_empty()).then(|| {
        Finding::error(
            "permissions",
            format!("the source user lacks {}: nothing of that could be written there", missing.join(" and ")),
            "give the source user a role that has it, or keep another user for the reverse run",
        )
    })
}

/// Which of the target's registries the source lacks, with `USER_REGISTRY_NAME_MAPPING` turned round.
fn registries(source: &UserRegistries, target: &UserRegistries, mapping: &[(String, String)]) -> Vec<Finding> {
    let name_at_home = |registry: &UserRegistry| {
        let mapped = mapping.iter().find(|(_, theirs)| *theirs == registry.own_name);
        mapped.map_or_else(|| registry.own_name.clone(), |(ours, _)| ours.clone())
    };
    let lacks = |name: &str, registry_type: &str| {
        let mut at_home = source.all.iter();
        !at_home.any(|other| other.own_name == name && other.registry_type == registry_type)
    };
    target
        .all
        .iter()
        .map(|registry| (registry, name_at_home(registry)))
        .filter(|(registry, name)| lacks(name, &registry.registry_type))
        .map(|(registry, name)| missing_registry(registry, &name, mapping))
        .collect()
}

fn missing_registry(registry: &UserRegistry, name: &str, mapping: &[(String, String)]) -> Finding {
    let others: Vec<(String, String)> =
        mapping.iter().filter(|(_, theirs)| *theirs != registry.own_name).cloned().collect();
    Finding::warning(
        "user_registries",
        format!(
            "the source catalog has no user registry {name} of type {}: the users of it, and what needs them, are withheld",
            registry.registry_type
        ),
        format!(
            "configure one of that name in the source catalog, or map the name: \
             USER_REGISTRY_NAME_MAPPING=\"{}\", turned round for the reverse run",
            mapping_with(&others, ("<name on the source>", &registry.own_name))
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{Requirements, writing};
    use crate::{engine::report::Severity, platform::api_connect::kinds::KINDS};

    const ALL: [&str; 3] = ["consumer-org:manage", "app:manage:all", "product:manage"];

    fn all() -> Requirements {
        Requirements { carried: KINDS.reported().collect(), ..Requirements::default() }
    }

    fn scopes(held: &[&str]) -> Vec<String> {
        held.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_token_that_lists_nothing_leaves_it_open() {
        let finding = writing(None, &all()).unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("cannot be told"));
    }

    #[test]
    fn each_permission_is_missed_only_where_it_is_needed() {
        assert!(writing(Some(&scopes(&ALL)), &all()).is_none());
        for lacking in ALL {
            let held: Vec<&str> = ALL.into_iter().filter(|it| *it != lacking).collect();
            let finding = writing(Some(&scopes(&held)), &all()).unwrap();
            assert_eq!(finding.severity, Severity::Error);
            assert!(finding.message.contains(lacking), "{}", finding.message);
        }
        assert!(writing(Some(&[]), &Requirements::default()).is_none());
    }
}
