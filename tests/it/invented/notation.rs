//! The notation of a catalog: text, one line per thing.
//!
//! ```text
//! workspace acme title=Acme mark
//! card acme/plans/1 labels=red,blue serial=17
//! bundle pets schemas=cat,dog manifest={"a":1} stage=open
//! gap cards acme/plans
//! ```
//!
//! The word is the kind, what follows is the address. What something lives under or names without having a line of its own is
//! there as well, and bears the mark that would be expected of it. Ids are the paths with dots; on the target each begins with
//! `t-`, so that no side's ids mean anything to the other. `mark` is that of the other side's thing of the same path,
//! `mark=PATH` that of another one, `mark=ID@CATALOG` another sync's, and `unmarked` says that there is none on the target.
//! `meta.K=V` is free metadata. A field that refers to others takes their paths, one that is a secret or a document is that,
//! and any other stands in the document, as JSON where it begins like that.

use std::collections::BTreeMap;

use apic_configsync::engine::model::{File, Handle, KindId, Mark, Side, kind::Role};
use serde_json::{Map, Value};

use super::{table::KINDS, thing::Thing};
use crate::plan_lines::Line;

/// What is on a server, and which of its lists are in doubt.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) things: BTreeMap<(KindId, Handle), Thing>,
    pub(super) gaps: Vec<(KindId, Option<Handle>)>,
}

/// What the sides of all cases are called.
pub(super) fn catalog(side: Side) -> &'static str {
    match side {
        Side::Source => "here",
        Side::Target => "there",
    }
}

impl World {
    pub(super) fn read(side: Side, text: &str) -> Self {
        let mut world = Self::default();
        let (gaps, lines): (Vec<Line>, Vec<Line>) =
            text.lines().filter_map(Line::read).partition(|line| line.word == "gap");
        for line in &lines {
            world.add_line(side, line);
        }
        for line in gaps {
            let kind = KINDS.named(&line.path).unwrap();
            let under = line.options.first().map(|(path, _)| handle(side, KINDS.row(kind).parent.unwrap(), path));
            world.gaps.push((kind, under));
        }
        world
    }

    fn add_line(&mut self, side: Side, line: &Line) {
        let kind = kind_of(line);
        let row = KINDS.row(kind);
        let mut thing = Thing { name: own_part(kind, &line.path).to_owned(), ..Thing::default() };
        if row.required.contains(&"name") {
            thing.fields.insert("name".into(), thing.name.as_str().into());
        }
        if let Some(parent) = row.parent {
            self.imply(side, parent, parent_path(kind, &line.path));
        }
        for (key, value) in &line.options {
            self.add_option(side, kind, &mut thing, key, value);
        }
        self.default_references(side, kind, &mut thing);
        thing.mark = mark_of(side, line);
        let place = (kind, handle(side, kind, line.option("id").unwrap_or(&line.path)));
        self.things.insert(place, thing);
    }

    fn add_option(&mut self, side: Side, kind: KindId, thing: &mut Thing, key: &str, value: &str) {
        let row = KINDS.row(kind);
        if let Some(reference) = row.references.iter().find(|it| it.field == key) {
            let paths = value.split(',').filter(|path| !path.is_empty());
            let handles: Vec<Value> = paths
                .map(|path| {
                    self.imply(side, reference.kind, path);
                    handle(side, reference.kind, path).as_str().into()
                })
                .collect();
            let named = if reference.bond.is_list() { handles.into() } else { handles[0].clone() };
            thing.fields.insert(key.into(), named);
        } else if let Some(role) = row.files.iter().find(|it| it.role == key) {
            let file =
                File::new(role.role, format!("{}.json", thing.name), "application/json", value.to_owned(), role.normal);
            thing.files.push(file);
        } else if row.secret == Some(key) {
            thing.secret = Some(value.to_owned());
        } else if let Some(key) = key.strip_prefix("meta.") {
            thing.metadata.insert(key.into(), value.into());
        } else if !["mark", "unmarked", "id"].contains(&key) {
            thing.fields.insert(key.into(), field_value(value));
        }
    }

    /// Every workspace is on a site, and bundles are open unless they say otherwise.
    fn default_references(&mut self, side: Side, kind: KindId, thing: &mut Thing) {
        let row = KINDS.row(kind);
        if row.references.iter().any(|it| it.field == "site") && !thing.fields.contains_key("site") {
            self.add_option(side, kind, thing, "site", "main");
        }
        if let Some(lifecycle) = &row.lifecycle {
            thing.fields.entry(lifecycle.field).or_insert_with(|| lifecycle.open.into());
        }
        if thing.files.is_empty() {
            for role in row.files {
                self.add_option(side, kind, thing, role.role, "{}");
            }
        }
    }

    /// What must be there if something else is.
    fn imply(&mut self, side: Side, kind: KindId, path: &str) {
        if !self.things.contains_key(&(kind, handle(side, kind, path))) {
            self.add_line(side, &Line::plain(KINDS.row(kind).singular, path));
        }
    }
}

fn kind_of(line: &Line) -> KindId {
    let found = KINDS.ids().find(|kind| KINDS.row(*kind).singular == line.word);
    found.unwrap_or_else(|| panic!("`{}` is no word of the notation", line.word))
}

/// Things on the target are marked unless they say otherwise, those on the source are not.
fn mark_of(side: Side, line: &Line) -> Option<Mark> {
    let is_managed = KINDS.row(kind_of(line)).task == Role::Replicate;
    let other = match side {
        Side::Source if line.option("mark").is_none() => return None,
        Side::Source => Side::Target,
        Side::Target if line.option("unmarked").is_some() || !is_managed => return None,
        Side::Target => Side::Source,
    };
    let text = line.option("mark").filter(|text| !text.is_empty()).unwrap_or(&line.path);
    let (marked, by) = text.split_once('@').unwrap_or((text, catalog(other)));
    Some(Mark { id: own_id(other, marked).into(), catalog: Some(by.into()) })
}

/// The handle of what stands at a path.
pub(super) fn handle(side: Side, kind: KindId, path: &str) -> Handle {
    let id = own_id(side, path);
    match KINDS.row(kind).parent {
        Some(parent) => handle(side, parent, parent_path(kind, path)).child(&id),
        None => Handle::new(&id),
    }
}

fn own_id(side: Side, path: &str) -> String {
    let dotted = path.replace('/', ".");
    match side {
        Side::Source => dotted,
        Side::Target => format!("t-{dotted}"),
    }
}

fn parent_path(kind: KindId, path: &str) -> &str {
    let parent = path.rsplit_once('/').map(|(parent, _)| parent);
    parent.unwrap_or_else(|| panic!("a {} lives under something: `{path}`", KINDS.row(kind).singular))
}

/// What a path ends with, for kinds that live under another.
pub(super) fn own_part(kind: KindId, path: &str) -> &str {
    let is_below = KINDS.row(kind).parent.is_some();
    path.rsplit_once('/').filter(|_| is_below).map_or(path, |(_, own)| own)
}

fn field_value(text: &str) -> Value {
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    parsed.filter(|value| value.is_array() || value.is_object()).unwrap_or_else(|| text.into())
}

/// Fields of a map without those that are null.
pub(super) fn without_nulls(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|_, value| !value.is_null());
    fields
}
