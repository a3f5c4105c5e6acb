//! Which release a cloud is of: public information that some releases give under `/cloud/about` or `/cloud/info`, with
//! or without a login. Nobody says in which form, so it is looked for.

use futures_util::future::join_all;
use serde_json::Value;

use crate::{engine::model::Release, platform::api_connect::reader::ApiConnect};

/// Where the information may be. Both are asked at once: whatever is to be written waits for the answer.
const PLACES: [&str; 2] = ["/cloud/about", "/cloud/info"];

/// Names that the release may have, letters only and in lower case, the most telling first. `api_version` is that of
/// the API's own objects.
const NAMES: [&str; 7] =
    ["version", "productversion", "apicversion", "apiconnectversion", "cloudversion", "releaseversion", "release"];

/// Asks which release a side is of. Whatever goes wrong, it just does not tell.
pub(crate) async fn of(side: &ApiConnect) -> Option<Release> {
    let told = join_all(PLACES.map(|place| side.client.glance(place))).await;
    told.iter().flatten().find_map(find_release)
}

/// The release that an answer tells, as near to its top as possible.
fn find_release(told: &Value) -> Option<Release> {
    let mut level = vec![told];
    while !level.is_empty() {
        for name in NAMES {
            let found = level.iter().filter_map(|value| value.as_object()).flatten();
            let mut named = found.filter(|(key, _)| letters(key) == name);
            let release = named.find_map(|(_, value)| Release::parse(value.as_str()?));
            if release.is_some() {
                return release;
            }
        }
        level = level.into_iter().flat_map(members).collect();
    }
    None
}

fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(values) => values.iter().collect(),
        _ => Vec::new(),
    }
}

fn letters(key: &str) -> String {
    let letters = key.chars().filter(char::is_ascii_alphabetic);
    letters.map(|it| it.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_release_is_found_wherever_it_stands() {
        for told in [
            json!({"version": "10.0.8.3"}),
            json!({"api_version": "2.0.0", "product_version": "10.0.8.3"}),
            json!({"apiconnect": {"Version": "10.0.8.3-20250101"}}),
            json!({"components": [{"name": "x"}, {"version": "10.0.8.3"}]}),
            json!([{"a": {"version": {"release": "v10.0.8.3"}}}]),
            json!({"version": "10.0.8.3", "portal": {"version": "1.2.3"}}),
        ] {
            let release = find_release(&told).map(|it| it.to_string());
            assert!(release.is_some_and(|it| it.contains("10.0.8.3")), "{told}");
        }
    }

    #[test]
    fn what_is_none_is_not_taken_for_one() {
        for told in
            [json!({"api_version": "2.0.0"}), json!({"version": 10, "release": "Autumn"}), json!("10.0.8.3"), json!({})]
        {
            assert_eq!(find_release(&told), None, "{told}");
        }
    }
}
