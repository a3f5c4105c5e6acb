//! What a plan leaves behind: its steps done one after the other on the target's list, with what servers insist on.

mod products;

use std::collections::{BTreeSet, HashMap, HashSet};

use apic_configsync::{
    engine::{
        change::{Change, ChildMade, Missing, NewObject, Removal},
        model::{
            Document, Handle, KindId, Name, Resource, Seal,
            address::{decode, encode},
            document::METADATA,
            kind::UniqueScope,
        },
        plan::{Action, Plan, Step},
    },
    platform::api_connect::{
        APIS, APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, KINDS, MEMBERS, PRODUCTS, SUBSCRIPTIONS, USERS,
    },
};
use serde_json::Value;

use super::{
    expected::changed,
    notation::{Catalog, catalog},
};

/// Which of several steps that are ready is done first.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pick {
    First,
    Last,
}

/// The target once all steps are done.
pub(super) fn aftermath(source: &Catalog, target: &Catalog, plan: &Plan, pick: Pick) -> Catalog {
    let places = plan.present.iter().cloned();
    let people = source.resources.iter().filter(|it| it.kind == USERS);
    let mut world = World {
        resources: target.resources.clone(),
        places: places.map(|(address, handle)| ((address.kind, address.path.to_string()), handle)).collect(),
        promised: HashMap::new(),
        keys: people.filter_map(|it| Some((it.handle.id().to_owned(), it.key.clone()?))).collect(),
        closed: products::closed_for_good(&target.resources, plan),
    };
    for step in order(plan, pick) {
        world.take(step);
    }
    world.note_hints(plan);
    Catalog { side: target.side, resources: world.resources, gaps: target.gaps.clone() }
}

/// The steps, each after what it needs.
fn order(plan: &Plan, pick: Pick) -> Vec<&Step> {
    let mut waiting: BTreeSet<usize> = (0..plan.steps.len()).collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |number: &&usize| {
            let step = &plan.steps[**number];
            let mut awaited = step.needs.iter().chain(&step.after);
            awaited.all(|need| !waiting.contains(&need.number()))
        };
        let next = match pick {
            Pick::First => waiting.iter().find(is_ready),
            Pick::Last => waiting.iter().rev().find(is_ready),
        };
        let next = *next.unwrap_or_else(|| panic!("steps wait for each other: {:?}", addresses(plan, &waiting)));
        waiting.remove(&next);
        order.push(&plan.steps[next]);
    }
    order
}

fn addresses(plan: &Plan, steps: &BTreeSet<usize>) -> Vec<String> {
    steps.iter().map(|number| plan.steps[*number].address.to_string()).collect()
}

/// Parts of a Product that only publishing writes.
const PUBLISHED: [&str; 3] = ["document", "wsdl", "apis"];

struct World {
    resources: Vec<Resource>,
    /// Where things are, by the source's addresses.
    places: HashMap<(KindId, String), Handle>,
    /// Client ids of credentials that came with their app, and whose they are.
    promised: HashMap<String, String>,
    /// How registries compare people's names, by the ids of the source.
    keys: HashMap<String, Box<str>>,
    /// Products to which nobody can tell whether one can subscribe.
    closed: HashSet<Handle>,
}

impl World {
    fn take(&mut self, step: &Step) {
        // Products are read before each request that changes them, whatever was planned.
        let is_held = step.address.kind != PRODUCTS || matches!(step.action, Action::Delete(_));
        let changed = changed(step, &self.resources).filter(|_| is_held);
        assert_eq!(changed, None, "steps of one plan take each other for strangers");
        match &step.action {
            Action::Create(create) => self.create(step, create),
            Action::Update(update) => self.update(step, update),
            Action::Approve(approve) => {
                let at = self.find(&approve.target);
                let fields = approve.fields.iter();
                let given = fields.map(|it| (it.field().to_owned(), it.after.clone()));
                let approved = &mut self.resources[at];
                approved.document = approved.document.with(given);
                approved.pending = false;
            }
            Action::Delete(delete) => self.delete(delete),
        }
        self.assert_unique(step);
    }

    fn create(&mut self, step: &Step, create: &NewObject) {
        match step.address.kind {
            APIS => return self.complete_api(&step.address, create),
            PRODUCTS => self.publish_new(&step.address, create),
            _ => {}
        }
        let id = format!("new-{}", step.address.path.replace('/', "."));
        let handle = match &create.parent {
            Some(parent) => self.place(parent.kind, &parent.path).child(&id),
            None => Handle::new(&id),
        };
        if let ChildMade::Child(child) = &create.brings {
            let client_id = child.1.field("client_id").as_str().unwrap().to_owned();
            self.promised.insert(client_id, child.0.to_string());
        }
        let document = self.in_own_terms(step.address.kind, &create.document);
        if step.address.kind == SUBSCRIPTIONS {
            self.assert_open_for(&document);
        }
        let package = create.package.as_ref();
        let mark = create.metadata.mark.as_ref();
        let key = mark.and_then(|mark| self.keys.get(&*mark.id).cloned());
        let name = name(step.address.kind, &step.address.path, &document);
        self.resources.push(Resource {
            key: key.filter(|_| step.address.kind == USERS),
            mark: create.metadata.mark.clone(),
            hint: create.metadata.hint().map(Into::into),
            seal: Seal::Right,
            created_at: i64::MAX,
            files: package.map(|package| package.own.clone()).unwrap_or_default(),
            ..Resource::new(step.address.kind, handle.clone(), name, document)
        });
        self.places.insert((step.address.kind, step.address.path.to_string()), handle);
    }

    fn update(&mut self, step: &Step, update: &Change) {
        let made = || self.place(step.address.kind, &step.address.path);
        let target = update.target.clone().unwrap_or_else(made);
        let at = self.find(&target);
        self.publish_again(at, update);
        let kind = self.resources[at].kind;
        let after = self.in_own_terms(kind, &update.after);
        let mut written = self.resources[at].clone();
        for change in update.fields.iter().filter(|change| change.field() != METADATA) {
            if Some(change.field()) == KINDS.row(kind).secret {
                written.document = written.document.with_secret(after.secret().cloned());
            } else if !PUBLISHED.contains(&change.field()) {
                let field = (change.field().to_owned(), after.field(change.field()));
                written.document = written.document.with([field]);
            }
        }
        if kind == PRODUCTS {
            written.document = products::with_terms(&written.document, update);
        }
        if let Some(write) = &update.metadata {
            written.mark.clone_from(&write.mark);
            if written.mark.is_some() {
                written.seal = Seal::Right;
            }
            written.hint = write.hint().map(Into::into);
            match write.missing {
                // A server that merges keeps what is not spoken of.
                Missing::Unsaid => {}
                Missing::Since { at, .. } => written.missing_since = Some(at),
                Missing::Found => written.missing_since = None,
            }
            let own = Some(Value::from(write.own.clone())).filter(|_| !write.own.is_empty());
            written.document = written.document.with([(METADATA.to_owned(), own.into())]);
        }
        if update.fields.iter().any(|change| change.field() == "owner") {
            self.assert_is_member(&target, &written.document);
        }
        let path = written.name.text().to_owned();
        written.name = match kind {
            CONSUMER_ORGS | APPLICATIONS | CREDENTIALS => name(kind, &path, &written.document),
            _ => written.name,
        };
        self.resources[at] = written;
        if kind == PRODUCTS {
            self.end_subscriptions(&target, update);
        }
    }

    fn delete(&mut self, delete: &Removal) {
        let doomed = self.resources[self.find(&delete.target)].clone();
        let inside = format!("{}/", delete.target.as_str());
        if doomed.kind == MEMBERS {
            let org = self.resources.iter().find(|other| Some(other.handle.as_str()) == doomed.handle.parent());
            let owner = org.unwrap().document.field("owner");
            assert_ne!(doomed.document.field("user"), owner, "an owner cannot be removed");
        }
        let along = match doomed.kind {
            PRODUCTS => self.goes_with(&doomed),
            _ => HashSet::new(),
        };
        let before = self.resources.len();
        self.resources.retain(|other| {
            let below = KINDS.row(other.kind).parent.is_some_and(|kind| KINDS.is_or_holds(doomed.kind, kind));
            other.handle != delete.target
                && !along.contains(&other.handle)
                && !(below && other.handle.as_str().starts_with(&inside))
        });
        assert_eq!(before - self.resources.len(), 1 + delete.cascade.len(), "what {inside} takes along");
    }

    fn place(&self, kind: KindId, path: &str) -> Handle {
        let place = self.places.get(&(kind, path.to_owned()));
        place.unwrap_or_else(|| panic!("{path} is not there yet")).clone()
    }

    fn find(&self, handle: &Handle) -> usize {
        let mut places = self.resources.iter();
        places.position(|resource| resource.handle == *handle).unwrap_or_else(|| panic!("{handle:?} is gone"))
    }

    /// A document of the source with the target's handles in the place of addresses.
    fn in_own_terms(&self, kind: KindId, document: &Document) -> Document {
        // What APIs name is known by name.
        let references = KINDS.row(kind).references.iter().filter(|_| kind != APIS);
        document.with(references.filter_map(|reference| {
            let place = |path: &str| {
                let place = self.places.get(&(reference.kind, path.to_owned()));
                Value::from(place.map(Handle::as_str))
            };
            let value = match document.field(reference.field) {
                Value::Array(paths) => paths.iter().filter_map(Value::as_str).map(place).collect(),
                path => place(path.as_str()?),
            };
            Some((reference.field.to_owned(), value))
        }))
    }

    fn assert_is_member(&self, org: &Handle, document: &Document) {
        let members =
            self.resources.iter().filter(|other| other.kind == MEMBERS && other.handle.parent() == Some(org.as_str()));
        let users: Vec<Value> = members.map(|member| member.document.field("user")).collect();
        assert!(users.is_empty() || users.contains(&document.field("owner")), "only a member can become owner");
    }

    /// What the server keeps unique is so at every moment.
    fn assert_unique(&self, step: &Step) {
        let mut seen = HashMap::new();
        for resource in &self.resources {
            for unique in KINDS.row(resource.kind).unique {
                let within = (unique.within == UniqueScope::Parent).then(|| resource.handle.parent()).flatten();
                let value = resource.document.field(unique.field);
                let Some(value) = value.as_str() else {
                    continue;
                };
                let other = seen.insert((resource.kind, unique.field, within, value.to_owned()), &resource.handle);
                let clash =
                    format!("{} {value} is taken by {other:?} when it is {:?}'s turn", unique.field, step.address);
                assert!(other.is_none(), "{clash}");
            }
        }
        for (client_id, owner) in &self.promised {
            let holder = self.places.get(&(CREDENTIALS, owner.clone()));
            let taken = seen.iter().find(|((kind, field, _, value), _)| {
                (*kind, *field) == (CREDENTIALS, "client_id") && value == client_id
            });
            assert!(taken.is_none_or(|(_, other)| Some(*other) == holder), "{client_id} came with the app of {owner}");
        }
    }
}

/// The name that an object bears from now on.
fn name(kind: KindId, path: &str, document: &Document) -> Name {
    let text = |field: &str| document.field(field).as_str().unwrap_or_default().to_owned();
    let plain = |text: &str| Name::Plain(encode(text).into());
    match kind {
        MEMBERS => Name::Of { kind: USERS, handle: Handle::new(&text("user")), rest: None },
        SUBSCRIPTIONS => {
            Name::Of { kind: PRODUCTS, handle: Handle::new(&text("product")), rest: Some(encode(&text("plan")).into()) }
        }
        CONSUMER_ORGS | APPLICATIONS => plain(&text("name")),
        CREDENTIALS => plain(&text("client_id")),
        _ => plain(&decode(path.rsplit('/').next().unwrap_or_default())),
    }
}
