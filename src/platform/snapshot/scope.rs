//! The scope of a capture: it bounds every run from the file, and what was outside counts as unread.

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        model::{KindTable, Patterns},
        plan::{NameFilter, Policy, policy::Filter},
    },
    platform::Scope,
};

/// What is written of a scope: for each kind its patterns, and the kinds that were left out.
pub(super) fn written(kinds: &KindTable, policy: &Policy) -> Map<String, Value> {
    let mut scope = Map::new();
    for (kind, filter) in &policy.filters {
        let NameFilter { include, exclude } = &filter.names;
        let patterns = json!({"include": include.as_ref().map(texts), "exclude": exclude.as_ref().map(texts)});
        scope.insert(kinds.row(*kind).name.to_owned(), patterns);
    }
    let excluded: Vec<&str> = policy.excluded.iter().map(|kind| kinds.row(*kind).name).collect();
    scope.insert(EXCLUDED.to_owned(), excluded.into());
    scope
}

/// Narrows a run's scope to that of a capture.
pub(crate) fn narrow(kinds: &KindTable, captured: &Map<String, Value>, scope: &mut Scope) -> Result<(), String> {
    let excluded = captured.get(EXCLUDED).and_then(Value::as_array).into_iter().flatten();
    for name in excluded.filter_map(Value::as_str) {
        let kind = kinds.named(name).ok_or_else(|| unknown(name))?;
        scope.excluded.insert(kind);
    }
    for (name, patterns) in captured.iter().filter(|(name, _)| *name != EXCLUDED) {
        let kind = kinds.named(name).ok_or_else(|| unknown(name))?;
        let of_run = scope.filters.iter().find(|(known, _)| *known == kind).map(|(_, filter)| filter.clone());
        let names = NameFilter { include: read(&patterns["include"])?, exclude: read(&patterns["exclude"])? };
        scope.filters.push((kind, Filter { names, ..of_run.unwrap_or_default() }));
    }
    Ok(())
}

/// Whether a capture left objects of a kind out by their names.
pub(super) fn is_filtered(captured: &Map<String, Value>, kind: &str) -> bool {
    let patterns = captured.get(kind);
    patterns.is_some_and(|it| !it["include"].is_null() || !it["exclude"].is_null())
}

const EXCLUDED: &str = "excluded_kinds";

fn texts(patterns: &Patterns) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

fn read(value: &Value) -> Result<Option<Patterns>, String> {
    let Value::Array(texts) = value else {
        return Ok(None);
    };
    let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
    let patterns = texts.join(",").parse().map_err(|_| "its scope has an empty list of names".to_owned())?;
    Ok(Some(patterns))
}

fn unknown(name: &str) -> String {
    format!("its scope names the kind {name}, which this release does not know")
}
