//! What a single read of an object must show for it to be still what a step was planned against (behaviour.md, "Failing
//! well").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Change, Notes, PlannedState, Removal, field::in_order};
use crate::engine::model::{
    Document, Handle, Kind, Mark, Resource, Secret,
    document::METADATA,
    kind::MadeWithParent,
    mark::{SOURCE_HINT, SOURCE_ID, SOURCE_MISSING_SINCE},
};

/// What a single read of an object must show. What one side does not show is no difference.
#[derive(Debug, Clone)]
pub struct Precondition {
    fields: Map<String, Value>,
    secret: Option<Secret>,
    mark: Option<Mark>,
    /// What stands for the part that is not shown.
    state: Option<Box<str>>,
    /// The notes of runs, where they count.
    noted: Option<Notes>,
    /// Fields that are not compared.
    ignored: Vec<String>,
    /// What lists of references may have lost.
    leaving: Vec<Handle>,
    /// Whether what is not expected may be there.
    in_part: bool,
}

impl Change {
    /// What a read of the object must show before this is done. `None` for what the same plan makes.
    #[must_use]
    pub fn expected(&self, row: &Kind) -> Option<Precondition> {
        let seen = self.seen.as_deref()?;
        let mut expected = Precondition::planned(row, &self.before, seen);
        let at_birth = row.at_birth.iter();
        expected.ignored.extend(at_birth.map(ToString::to_string));
        Some(expected)
    }
}

impl Change {
    /// What a read must show, where another one has shown this just before. `None` for what the same plan makes.
    #[must_use]
    pub fn expected_since(&self, row: &Kind, read: &Resource) -> Option<Precondition> {
        let planned = self.expected(row)?;
        Some(Precondition { noted: None, ignored: planned.ignored, leaving: planned.leaving, ..Precondition::of(read) })
    }
}

impl Removal {
    /// What a read of the object must show before this is done.
    #[must_use]
    pub fn expected(&self, row: &Kind) -> Precondition {
        Precondition { noted: self.seen.noted.clone(), ..Precondition::planned(row, &self.before, &self.seen) }
    }
}

impl Precondition {
    fn planned(row: &Kind, before: &Document, seen: &PlannedState) -> Self {
        let mut fields = before.fields();
        let mut ignored = seen.elsewhere.clone();
        for reference in row.references {
            fields.remove(reference.field);
            let mut known = seen.references.iter();
            match known.find(|(field, _)| *field == reference.field) {
                Some((field, value)) => drop(fields.insert((*field).to_owned(), value.clone())),
                None => ignored.push(reference.field.to_owned()),
            }
        }
        // What stands in its place is compared.
        ignored.extend(governed(row).map(str::to_owned));
        Self {
            fields,
            secret: before.secret().cloned(),
            mark: seen.mark.clone(),
            state: seen.state.clone(),
            noted: None,
            ignored,
            leaving: seen.leaving.clone(),
            in_part: false,
        }
    }

    /// All that a resource shows.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        Self {
            fields: resource.document.fields(),
            secret: resource.document.secret().cloned(),
            mark: resource.claimed_mark(),
            state: resource.state.clone(),
            noted: Some(Notes::on(resource)),
            ignored: Vec::new(),
            leaving: Vec::new(),
            in_part: false,
        }
    }

    /// What a resource shows that was read from the answer to a write, which may leave things out.
    #[must_use]
    pub fn of_answer(resource: &Resource) -> Self {
        Self { noted: None, in_part: true, ..Self::of(resource) }
    }

    /// The names of the fields in which an object, as a single read shows it, is something else. Values are not told.
    #[must_use]
    pub fn differences(&self, row: &Kind, now: &Resource) -> Vec<String> {
        let shown = now.document.fields();
        let names: BTreeSet<&String> = self.fields.keys().chain(shown.keys()).collect();
        let differs = |name: &String| self.value(row, name, &self.fields) != self.value(row, name, &shown);
        let mut differing: Vec<String> = names
            .into_iter()
            .filter(|name| !self.ignored.contains(name))
            .filter(|name| !self.in_part || self.fields.contains_key(*name))
            .filter(|name| differs(name))
            .cloned()
            .collect();
        differing.extend(self.differing_notes(now).map(str::to_owned));
        differing.extend(self.hidden_differences(row, now).map(str::to_owned));
        differing
    }

    /// A field, as far as it counts: lists of references in order, and without what is about to go anyway.
    fn value(&self, row: &Kind, name: &str, fields: &Map<String, Value>) -> Value {
        let value = fields.get(name).cloned().unwrap_or_default();
        if row.unordered.contains(&name) {
            return in_order(&value);
        }
        let mut references = row.references.iter();
        if !references.any(|it| it.field == name && it.bond.is_list()) {
            return value;
        }
        let handles = value.as_array().into_iter().flatten();
        let is_leaving = |handle: &str| self.leaving.iter().any(|it| it.as_str() == handle);
        let staying: BTreeSet<&str> = handles.filter_map(Value::as_str).filter(|handle| !is_leaving(handle)).collect();
        staying.into_iter().map(Value::from).collect()
    }

    fn differing_notes(&self, now: &Resource) -> impl Iterator<Item = &'static str> {
        let is_marked_otherwise = self.mark != now.claimed_mark() && !(self.in_part && self.mark.is_none());
        let otherwise =
            |differs: fn(&Notes, &Resource) -> bool| self.noted.as_ref().is_some_and(|noted| differs(noted, now));
        let all = [
            (SOURCE_ID, is_marked_otherwise),
            (SOURCE_HINT, otherwise(|noted, now| noted.hint != now.hint)),
            (SOURCE_MISSING_SINCE, otherwise(|noted, now| noted.missing_since != now.missing_since)),
        ];
        let count = !self.ignored.iter().any(|field| field == METADATA);
        all.into_iter().filter(move |(_, differs)| count && *differs).map(|(name, _)| name)
    }

    /// What is compared by other means than by its value, where both sides are known.
    fn hidden_differences(&self, row: &Kind, now: &Resource) -> impl Iterator<Item = &'static str> {
        let secrets = self.secret.as_ref().zip(now.document.secret());
        let states = self.state.as_ref().zip(now.state.as_ref());
        let secret = row.secret.filter(|_| secrets.is_some_and(|(old, new)| old != new));
        let state = states.filter(|(old, new)| old != new);
        secret.into_iter().chain(state.map(|_| governed(row).unwrap_or("content")))
    }
}

/// The field that follows from a parent in some of a kind; it is read apart.
fn governed(row: &Kind) -> Option<&'static str> {
    match row.birth {
        MadeWithParent::NamedByParent { governs, .. } => Some(governs),
        _ => None,
    }
}
