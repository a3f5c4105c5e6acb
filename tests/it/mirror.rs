//! Where a target is no mirror of its source, as snapshots of the two show it.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where the consumer data differ.
pub(crate) fn differences(source: Value, target: Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("", &with_telling_roles(source), &with_telling_roles(target), &mut differences);
    differences
}

/// Where Products and APIs differ, those that stay at home aside.
pub(crate) fn differences_of_products(source: &Value, target: Value) -> Vec<String> {
    let mut differences = Vec::new();
    let open = apis_of_open_products(source);
    compare("", &only(&open, at_large(source, &target)), &only(&open, target), &mut differences);
    differences
}

/// The Products and APIs that do not stay at home: staged ones never leave it, retired ones only where the target has
/// them; of these the target keeps what it has, the state aside.
fn at_large(source: &Value, target: &Value) -> Value {
    let mut shown = source.clone();
    if let Some(products) = shown["products"].as_object_mut() {
        products.retain(|address, product| {
            let known = &target["products"][address];
            match product["state"].as_str() {
                Some("staged" | "pending") => {
                    *product = known.clone();
                    !known.is_null()
                }
                Some("retired" | "archived") => {
                    let state = product["state"].clone();
                    *product = known.clone();
                    product["state"] = state;
                    !known.is_null()
                }
                _ => true,
            }
        });
    }
    shown
}

/// The APIs that are carried: what only retired or staged Products name, or none, may differ or stay behind.
fn apis_of_open_products(source: &Value) -> BTreeSet<String> {
    let products = source["products"].as_object().into_iter().flatten();
    products
        .filter(|(_, product)| product["state"] == "published" || product["state"] == "deprecated")
        .flat_map(|(_, product)| product["apis"].as_array().into_iter().flatten())
        .filter_map(|api| api.as_str().map(str::to_owned))
        .collect()
}

fn only(carried: &BTreeSet<String>, mut snapshot: Value) -> Value {
    if let Some(apis) = snapshot["apis"].as_object_mut() {
        apis.retain(|address, _| carried.contains(address));
    }
    snapshot
}

/// Some servers give everybody the role `member`, or leave an owner, who may do everything, the roles that he had
/// before; neither is a difference.
fn with_telling_roles(mut snapshot: Value) -> Value {
    for member in snapshot["members"].as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
        if let Some(roles) = member["roles"].as_array_mut() {
            let is_owner = roles.contains(&"owner".into());
            roles.retain(|role| role != "member" && (!is_owner || role == "owner"));
        }
    }
    snapshot
}

/// Where two snapshots differ.
fn compare(path: &str, source: &Value, target: &Value, differences: &mut Vec<String>) {
    let (Value::Object(ours), Value::Object(theirs)) = (source, target) else {
        if source != target {
            differences.push(format!("{path}: {source} on the source, {target} on the target"));
        }
        return;
    };
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let (ours, theirs) = (ours.get(key).unwrap_or(&Value::Null), theirs.get(key).unwrap_or(&Value::Null));
        compare(&format!("{path} > {key}"), ours, theirs, differences);
    }
}
