//! Normal forms of documents: what two servers may write differently without saying anything different.

use serde_json::{Map, Number, Value};

/// An API's document: key order and forms of numbers do not count.
pub(crate) fn api(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().map(normalized)
}

/// A Product's document. Its visibility is compared as fields of the Product, and an API counts by its name, because a
/// server adds its own ids and URLs.
pub(crate) fn product(bytes: &[u8]) -> Option<Value> {
    let mut document = api(bytes)?;
    if let Some(fields) = document.as_object_mut() {
        fields.remove("visibility");
        let apis = fields.get_mut("apis").and_then(Value::as_object_mut);
        apis.into_iter().flat_map(Map::values_mut).for_each(by_name);
    }
    Some(document)
}

fn by_name(api: &mut Value) {
    if let Some(name) = named(api) {
        *api = name.into();
    }
}

/// `name:version`, which an entry says in one word or two, or by the name of a file as the vendor's tools call it.
/// Publishing turns all of these into the first, so they must not count as a difference afterwards.
fn named(api: &Value) -> Option<String> {
    let Some(name) = api["name"].as_str() else {
        let file = api["$ref"].as_str()?.rsplit('/').next()?;
        let endings = [".yaml", ".yml", ".json"];
        let stem = endings.iter().find_map(|ending| file.strip_suffix(ending))?;
        return Some(stem.rsplit_once('_')?).map(|(name, version)| format!("{name}:{version}"));
    };
    match api["version"].as_str() {
        Some(version) if !name.contains(':') => Some(format!("{name}:{version}")),
        _ => Some(name.to_owned()),
    }
}

fn normalized(value: Value) -> Value {
    match value {
        Value::Number(number) => as_integer(&number).map_or(Value::Number(number), Value::Number),
        Value::Array(items) => items.into_iter().map(normalized).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, normalized(value))).collect(),
        other => other,
    }
}

/// `1.0` is `1`, as far as a double holds whole numbers exactly.
fn as_integer(number: &Number) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value = number.as_f64().filter(|_| number.is_f64())?;
    let is_whole = value.fract() == 0.0 && value.abs() < EXACT;
    // The shortest text of a whole double is that of the integer, with `.0` behind it. Adding zero makes the -0.0 that
    // other programs write as 0 the same as 0.
    is_whole.then(|| format!("{:.0}", value + 0.0).parse().ok())?
}

/// The form of a document of which only equal bytes are equal.
pub(crate) fn none(_: &[u8]) -> Option<Value> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_value_and_keys_without_order() {
        assert_eq!(api(br#"{"a": 1.0, "b": [2e0, -0.5]}"#), api(br#"{"b":[2,-5e-1],"a":1}"#));
        assert_ne!(api(b"[1.5]"), api(b"[1]"));
        assert_eq!(api(b"[-0.0, -0]"), api(b"[0, 0.0]"));
        assert_ne!(api(br#"{"a": null}"#), api(b"{}"));
        assert_eq!(api(b"<html>"), None);
    }

    #[test]
    fn a_product_is_compared_without_visibility_and_with_its_apis_by_name() {
        let author = br#"{"apis": {"a": {"name": "a:1"}}, "visibility": {"view": {}}, "plans": {}}"#;
        let server = br#"{"plans": {}, "apis": {"a": {"name": "a:1", "id": "x", "url": "y"}}}"#;
        assert_eq!(product(author), product(server));
        let other = br#"{"plans": {}, "apis": {"a": {"name": "a:2"}}}"#;
        assert_ne!(product(author), product(other));
    }
}
