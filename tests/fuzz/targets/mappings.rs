//! Mappings of names: what was read, printed and read again, is the same; what is refused is refused by name.

use std::collections::BTreeSet;

use apic_configsync::config::{NameMapping, vars};

use super::{environment::settings, tape::Tape};

/// Which of the mappings, and its text.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let name = [vars::USER_REGISTRY_NAME_MAPPING.name, vars::GATEWAY_SERVICE_NAME_MAPPING.name][tape.roll(2)];
    let text = String::from_utf8_lossy(tape.rest()).into_owned();
    if text.is_empty() {
        return;
    }
    let Some(mapping) = read(name, &text) else {
        return;
    };
    let pairs: Vec<(&str, &str)> = mapping.pairs().collect();
    assert!(!pairs.is_empty(), "{text:?} maps nothing");
    let sources: BTreeSet<&str> = pairs.iter().map(|(source, _)| *source).collect();
    let targets: BTreeSet<&str> = pairs.iter().map(|(_, target)| *target).collect();
    assert_eq!((sources.len(), targets.len()), (pairs.len(), pairs.len()));
    for (source, target) in &pairs {
        assert_eq!(mapping.target_of(source), *target);
        assert!(text.contains(source) && text.contains(target), "{text:?}");
    }
    let printed: Vec<String> = pairs.iter().map(|(source, target)| format!("{source},{target}")).collect();
    assert_eq!(read(name, &printed.join(";")).as_ref(), Some(&mapping));
}

fn read(name: &str, text: &str) -> Option<NameMapping> {
    match settings([(name, text)]) {
        Ok(settings) if name == vars::USER_REGISTRY_NAME_MAPPING.name => Some(settings.mappings.user_registries),
        Ok(settings) => Some(settings.mappings.gateway_services),
        Err(problems) => {
            assert!(problems.problems.iter().all(|problem| problem.variable == name), "{problems}");
            None
        }
    }
}
