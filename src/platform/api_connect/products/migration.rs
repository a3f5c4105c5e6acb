//! Products that stand in for others: `superseded_by` and `migration_target` (api-connect-rest.md section 14.3).

use serde_json::{Map, Value, json};

use crate::{
    engine::{
        catalog::{CatalogError, Places},
        change::Change,
        model::{Document, Handle},
    },
    http::Method,
    platform::api_connect::{
        kinds::{
            PRODUCTS,
            product::{self, MIGRATION_TARGET, SUPERSEDED_BY},
        },
        wire::object::Object,
        writer::ApiConnectTarget,
        writes::{patch::json_write, recheck::Rechecked},
    },
};

/// The field with the plans of a link.
fn plans_of(link: &str) -> String {
    format!("{link}_plans")
}

/// A link as the document has it: the other Product's handle, and which plan stands in for which. Servers were seen to
/// give an object or a URL, under either name.
pub(crate) fn link(product: &Object, link: &str) -> Vec<(String, Value)> {
    let said = product.get(link).or_else(|| product.get(&format!("{link}_url")));
    let url = said.and_then(|said| {
        said.as_str().or_else(|| said.get("product_url")?.as_str()).or_else(|| said.get("url")?.as_str())
    });
    let Some(other) = url.and_then(product::handle_in) else {
        return Vec::new();
    };
    let plans = said.and_then(|said| said.get("plans")?.as_array());
    let plans: Map<String, Value> = plans
        .into_iter()
        .flatten()
        .filter_map(|plan| Some((plan["source"].as_str()?.to_owned(), plan["target"].clone())))
        .collect();
    let mut fields = vec![(link.to_owned(), Value::from(other.as_str()))];
    if !plans.is_empty() {
        fields.push((plans_of(link), plans.into()));
    }
    fields
}

/// The Product that a link leads to.
fn linked_product(product: &Object, field: &str) -> Option<String> {
    let mut fields = link(product, field).into_iter();
    let (_, handle) = fields.find(|(name, _)| name == field)?;
    handle.as_str().map(str::to_owned)
}

/// The Product that a link led to when its change was planned.
fn linked_before(update: &Change, field: &str) -> Option<String> {
    let references = &update.seen.as_deref()?.references;
    let (_, handle) = references.iter().find(|(name, _)| *name == field)?;
    handle.as_str().map(str::to_owned)
}

/// A link that is to be changed.
struct ProductLink<'a> {
    old: &'a Handle,
    field: &'static str,
    before: Option<String>,
    new: &'a Handle,
}

/// Tells whether a change of this field is one of a link.
pub(crate) fn is_about(field: &str, link: &str) -> bool {
    field == link || field == plans_of(link)
}

impl ApiConnectTarget {
    /// Makes other Products stand in for this one, as far as `changed` says that theirs do not yet.
    pub(crate) async fn link_product(
        &self,
        old: &Handle,
        update: &Change,
        changed: impl Fn(&str) -> bool,
        places: &Places<'_>,
    ) -> Result<(), CatalogError> {
        let document = &update.after;
        let before = |link: &str| linked_before(update, link);
        let superseding = changed(SUPERSEDED_BY);
        if superseding {
            let new = wanted(document, SUPERSEDED_BY, places)?;
            let plans = self.plans(old, document, SUPERSEDED_BY).await?;
            let path = format!("{}/supersede", product::path(&self.reader, &new));
            let link = ProductLink { old, field: SUPERSEDED_BY, before: before(SUPERSEDED_BY), new: &new };
            self.send_link(&path, old, plans, link).await?;
        }
        let target = document.field(MIGRATION_TARGET);
        if !changed(MIGRATION_TARGET) && (!superseding || target.is_null()) {
            return Ok(());
        }
        let new = wanted(document, MIGRATION_TARGET, places)?;
        // A supersession sets the migration target by itself.
        if superseding && self.leads_to(old, MIGRATION_TARGET, &new).await? {
            return Ok(());
        }
        let plans = self.plans(old, document, MIGRATION_TARGET).await?;
        let path = format!("{}/set-migration-target", product::path(&self.reader, old));
        let link = ProductLink { old, field: MIGRATION_TARGET, before: before(MIGRATION_TARGET), new: &new };
        self.send_link(&path, &new, plans, link).await
    }

    /// `POST`s an action with the other Product of a link.
    async fn send_link(
        &self,
        path: &str,
        other: &Handle,
        plans: Value,
        link: ProductLink<'_>,
    ) -> Result<(), CatalogError> {
        let url = self.url(&product::path(&self.reader, other));
        let body = Map::from_iter([("product_url".to_owned(), url.into()), ("plans".to_owned(), plans)]);
        let write = json_write(Method::Post, path, Some(&body));
        Ok(self.write_with_recheck(write, || self.recheck_link(&link)).await.map(drop)?)
    }

    /// Where a link leads after an action that failed: where it shall, where it did, or elsewhere.
    async fn recheck_link(&self, wanted: &ProductLink<'_>) -> Result<Rechecked, CatalogError> {
        let Some(object) = self.reader.object(PRODUCTS, wanted.old).await? else {
            return Ok(Rechecked::Gone);
        };
        let now = linked_product(&object, wanted.field);
        Ok(if now.as_deref() == Some(wanted.new.as_str()) {
            Rechecked::Done(object)
        } else if now.is_none() || now == wanted.before {
            Rechecked::Unchanged
        } else {
            Rechecked::Changed(vec![wanted.field.to_owned()])
        })
    }

    async fn leads_to(&self, old: &Handle, link_field: &str, new: &Handle) -> Result<bool, CatalogError> {
        let old = self.reader.object(PRODUCTS, old).await?;
        let now = old.and_then(|old| linked_product(&old, link_field));
        Ok(now.as_deref() == Some(new.as_str()))
    }

    /// The plans as the source maps them; where it does not say, each to its namesake.
    async fn plans(&self, old: &Handle, document: &Document, link: &str) -> Result<Value, CatalogError> {
        let mapped = document.field(&plans_of(link));
        if let Value::Object(plans) = &mapped {
            let pair = |(source, target)| json!({"source": source, "target": target});
            return Ok(plans.iter().map(pair).collect());
        }
        let path = format!("{}/document", product::path(&self.reader, old));
        let old = self.reader.get(&path).await?.unwrap_or_default();
        let plans = old.get("plans").and_then(Value::as_object);
        let names = plans.into_iter().flat_map(Map::keys);
        Ok(names.map(|plan| json!({"source": plan, "target": plan})).collect())
    }
}

fn wanted(document: &Document, link: &str, places: &Places<'_>) -> Result<Handle, CatalogError> {
    let path = document.field(link);
    let Some(path) = path.as_str() else {
        return Err(CatalogError::MissingOnTarget(format!(
            "the API has no way to take back {link}: do so on the target, or publish a new version"
        )));
    };
    places
        .handle(PRODUCTS, path)
        .ok_or_else(|| CatalogError::MissingOnTarget(format!("the Product {path} is not on the target")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(product: &Value) -> Value {
        let object: Object = serde_json::from_value(product.clone()).unwrap();
        Value::Object(link(&object, SUPERSEDED_BY).into_iter().collect())
    }

    #[test]
    fn links_are_read_in_every_form() {
        let url = "https://h/api/catalogs/o/c/products/p2";
        let bare = json!({"superseded_by": "p2"});
        for product in [
            json!({"superseded_by": url}),
            json!({"superseded_by_url": url}),
            json!({"superseded_by": {"product_url": url, "plans": []}}),
        ] {
            assert_eq!(read(&product), bare, "{product}");
        }
        let plans = json!([{"source": "gold", "target": "silver"}]);
        let with_plans = json!({"superseded_by": {"product_url": url, "plans": plans}});
        assert_eq!(read(&with_plans), json!({"superseded_by": "p2", "superseded_by_plans": {"gold": "silver"}}));
        assert_eq!(read(&json!({"superseded_by": null})), json!({}));
    }
}
