//! Lists: paging, `fields`, `expand`, and what a login may see (section 1, "Lists").

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::render::{Render, is_maker_shown, object};
use super::route::Call;
use super::urls::View;
use super::{Answer, Handled};
use crate::sandbox::switches::TotalResults;
use crate::sandbox::world::{Id, Refusal};

/// What of an object the client wants to see.
#[derive(Debug, Default)]
pub(super) struct Shape {
    exact: Option<Vec<String>>,
    added: Vec<String>,
    expanded: Vec<String>,
    pub(super) in_list: bool,
}

impl Shape {
    pub(super) fn of(call: &Call<'_>, in_list: bool) -> Self {
        let fields = call.query("fields").unwrap_or_default();
        let expanded = split(call.query("expand").unwrap_or_default());
        let added = fields.strip_prefix("add(").map(|rest| split(rest.trim_end_matches(')')));
        let honoured = call.cluster.switches.fields_honoured && !fields.is_empty();
        let exact = (honoured && added.is_none()).then(|| split(fields));
        Self { exact, added: added.unwrap_or_default(), expanded, in_list }
    }

    /// Refuses `fields` that name one which this release does not have: of what clients ask for, that is `created_by`.
    fn checked<T: Render>(self, call: &Call<'_>) -> Result<Self, Refusal> {
        let refuses = call.cluster.switches.unknown_fields_refused;
        if refuses && self.asks_for("created_by") && !is_maker_shown(T::TYPE, call.view()) {
            return Err(Refusal::invalid("The field created_by is not known."));
        }
        Ok(self)
    }

    /// Whether `fields` names it, in either form.
    pub(super) fn asks_for(&self, field: &str) -> bool {
        self.exact.iter().flatten().chain(&self.added).any(|asked| asked == field)
    }

    /// Cuts an object to this shape. With `fields`, an expanded name must be listed there too.
    pub(super) fn cut<T: Render>(&self, row: &T, view: View<'_>) -> Value {
        let mut whole = object(row, view, self);
        if view.cluster.switches.null_fields {
            for field in T::OPTIONAL.iter().chain(&["summary", "metadata"]) {
                whole.entry(*field).or_insert(Value::Null);
            }
        }
        let expanded = self.expanded.iter().filter(|name| T::EXPANDS.contains(&name.as_str()));
        let heavy =
            self.added.iter().chain(self.exact.iter().flatten()).filter(|name| !T::EXPANDS.contains(&name.as_str()));
        for name in expanded.chain(heavy) {
            if let Some(value) = row.extra(name, view) {
                whole.insert(name.clone(), value);
            }
        }
        match &self.exact {
            Some(fields) => pick(whole, fields),
            None => Value::Object(whole),
        }
    }
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn pick(mut whole: Map<String, Value>, fields: &[String]) -> Value {
    fields.iter().filter_map(|field| whole.remove_entry(field)).collect::<Map<_, _>>().into()
}

/// Answers with one object.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in it")]
pub(super) fn show<T: Render>(call: &Call<'_>, id: Id) -> Handled {
    Ok(Answer::ok(&value::<T>(call, id)))
}

/// One object as the client wants it.
pub(super) fn value<T: Render>(call: &Call<'_>, id: Id) -> Value {
    T::table(call.cluster).get(id).map_or(Value::Null, |row| Shape::of(call, false).cut(row, call.view()))
}

/// Answers a `DELETE` of the object that was rendered before it went.
pub(super) fn deleted(call: &Call<'_>, object: &Value) -> Answer {
    if call.cluster.switches.delete_returns_body { Answer::ok(object) } else { Answer::empty() }
}

/// Answers with the page of the objects under `ancestor` that was asked for.
pub(super) fn list<T: Render>(call: &Call<'_>, ancestor: Id) -> Handled {
    page::<T>(call, Cow::Borrowed(T::table(call.cluster).under(ancestor)))
}

/// The same, of those for which a condition holds.
pub(super) fn filtered<T: Render>(call: &Call<'_>, ancestor: Id, shown: impl Fn(&T) -> bool) -> Handled {
    let rows = T::table(call.cluster).rows_under(ancestor).filter(|row| shown(row));
    page::<T>(call, rows.map(|row| row.head().id).collect())
}

fn page<T: Render>(call: &Call<'_>, ids: Cow<'_, [Id]>) -> Handled {
    let table = T::table(call.cluster);
    let sees = |id: &Id| table.get(*id).is_some_and(|row| call.sees_row(row));
    let ids = if call.sees_everything() { ids } else { Cow::Owned(ids.iter().copied().filter(sees).collect()) };
    let (offset, limit) = window(call);
    let shape = Shape::of(call, true).checked::<T>(call)?;
    let render = |id: &Id| table.get(*id).map(|row| shape.cut(row, call.view()));
    let rows: Vec<Value> = if call.cluster.switches.newest_first {
        ids.iter().rev().skip(offset).take(limit).filter_map(render).collect()
    } else {
        ids.iter().skip(offset).take(limit).filter_map(render).collect()
    };
    Ok(Answer::ok(&listing(call, ids.len(), &rows)))
}

/// `offset` and the `limit` that the server obeys.
fn window(call: &Call<'_>) -> (usize, usize) {
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let switches = &call.cluster.switches;
    let limit = number("limit").or(switches.default_page_size).unwrap_or(usize::MAX);
    (number("offset").unwrap_or(0), limit.min(switches.page_cap.unwrap_or(usize::MAX)))
}

fn listing(call: &Call<'_>, total: usize, rows: &[Value]) -> Value {
    match call.cluster.switches.total_results {
        TotalResults::Total => json!({"total_results": total, "results": rows}),
        TotalResults::PageLength => json!({"total_results": rows.len(), "results": rows}),
        TotalResults::Absent => json!({"results": rows}),
    }
}

/// A list of values that no table holds.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in it")]
pub(super) fn fixed(call: &Call<'_>, rows: &[Value]) -> Handled {
    Ok(Answer::ok(&listing(call, rows.len(), rows)))
}
