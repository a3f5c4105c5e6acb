//! The notation of a catalog: text, one line per object.
//!
//! ```text
//! org acme owner=lur/alice title=Acme mark
//! app acme/shop state=disabled mark=acme/old
//! credential acme/shop/key-1 secret=hush mark=c1@other
//! gap applications acme
//! ```
//!
//! * `WORD PATH`: the kind and the address. The registry `lur`, and whoever and whatever the lines name without having a
//!   line, is there too; organizations belong to `lur/alice` unless they say otherwise (`owner=-`: to nobody).
//! * `id=X`: the object's id; without it, the path with dots. On the target every id begins with `t-`, so that no side's
//!   ids mean anything to the other.
//! * `mark`: bears the id of the other side's object of the same path, and the other side's catalog. `mark=PATH` or
//!   `mark=ID`: of another one; `mark=ID@CATALOG`: by another sync; `mark=ID@`: by the vendor's tool.
//! * `missing=N`: noted as missing from the source at hour `N` of 1970; all cases are planned at hour 100.
//! * `seal=right|previous|wrong`: what its seal is worth. `by=us|consumer|other`: who made it; without it the server does
//!   not say.
//! * `at=N`, `claims=ID,ID`, `key=K`, `hint=H`, `digest=D`, `not_taken=T`, `pending`, `unread`, `secret=S`: the parts of a
//!   [`Resource`] of those names (`digest` is its `state`). `unlisted`: it is there, but no list shows it.
//! * `uncarried=WHY`: its platform cannot carry it; a subscription of that sort is to whatever its path says.
//! * `meta.K=V` is free metadata, any other `FIELD=VALUE` stands in the document; a `VALUE` may be JSON.
//! * `gap KIND [PATH]`: the list of a kind, below an object or altogether, could not be read.
//!
//! Products and APIs: see [`products`].

mod products;

use std::collections::HashMap;

use apic_configsync::{
    engine::model::{
        Creator, Document, Gap, Handle, Inventory, KindId, Mark, Name, Resource, Seal, Secret, Side,
        address::{decode, encode},
        document::METADATA,
    },
    platform::api_connect::{
        APIS, APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, KINDS, MEMBERS, PRODUCTS, SUBSCRIPTIONS, USERS,
    },
};
use serde_json::{Map, Value};

use crate::plan_lines::Line;

/// What the sides of all cases are called.
pub(super) fn catalog(side: Side) -> &'static str {
    match side {
        Side::Source => "prod",
        Side::Target => "dr",
    }
}

/// A catalog as a server would list it.
pub(super) struct Catalog {
    pub(super) side: Side,
    pub(super) resources: Vec<Resource>,
    pub(super) gaps: Vec<Gap>,
}

impl Catalog {
    pub(super) fn read(side: Side, text: &str) -> Self {
        let lines = with_implied(text.lines().filter_map(Line::read).collect());
        let (gaps, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.word == "gap");
        let places = Places::of(side, &lines);
        let listed = lines.iter().filter(|line| line.option("unlisted").is_none());
        Self {
            side,
            resources: listed.map(|line| places.resource(line)).collect(),
            gaps: gaps.iter().map(|line| places.gap(line)).collect(),
        }
    }

    pub(super) fn inventory(&self) -> Inventory {
        let mut inventory =
            Inventory::new(self.side, &KINDS, catalog(self.side), self.resources.clone(), self.gaps.clone());
        // What an API names is known by name, when its document has been read.
        for api in self.resources.iter().filter(|it| it.kind == APIS) {
            let idx = inventory.find(APIS, api.handle.as_str());
            if let Some(idx) = idx.filter(|_| !api.unread) {
                inventory.complete(idx, api.clone());
            }
        }
        inventory
    }
}

fn seal(word: &str) -> Seal {
    match word {
        "right" => Seal::Right,
        "previous" => Seal::Previous,
        "wrong" => Seal::Wrong,
        word => panic!("`{word}` is no word for a seal"),
    }
}

fn maker(word: &str) -> Creator {
    match word {
        "us" => Creator::OwnLogin,
        "consumer" => Creator::Consumer,
        "other" => Creator::Other,
        word => panic!("`{word}` is no word for a maker"),
    }
}

impl Line {
    fn kind(&self) -> KindId {
        match self.word.as_str() {
            "registry" => registries(),
            "user" => USERS,
            "org" => CONSUMER_ORGS,
            "member" => MEMBERS,
            "app" => APPLICATIONS,
            "credential" => CREDENTIALS,
            "sub" => SUBSCRIPTIONS,
            word => products::kind(word).unwrap_or_else(|| panic!("`{word}` is no word of the notation")),
        }
    }

    fn owner(&self) -> &str {
        self.option("owner").unwrap_or("lur/alice")
    }

    /// The path of the parent, and the object's own part.
    fn parts(&self) -> (&str, &str) {
        let depth = match self.kind() {
            CREDENTIALS | SUBSCRIPTIONS => 2,
            USERS | MEMBERS | APPLICATIONS => 1,
            _ => return ("", &self.path),
        };
        let (at, _) = self.path.match_indices('/').nth(depth - 1).unwrap();
        (&self.path[..at], &self.path[at + 1..])
    }

    /// What must be there if this is.
    fn implied(&self) -> Vec<Self> {
        match self.word.as_str() {
            "org" if self.owner() != "-" => vec![Self::plain("user", self.owner())],
            "member" => vec![Self::plain("user", self.parts().1)],
            "user" => vec![Self::plain("registry", self.parts().0)],
            "sub" if self.option("uncarried").is_some() => Vec::new(),
            "sub" => vec![Self::plain("product", self.parts().1.rsplit_once('/').unwrap().0)],
            "gap" => Vec::new(),
            _ => products::implied(self),
        }
    }
}

fn registries() -> KindId {
    KINDS.named("user_registries").unwrap()
}

fn with_implied(mut lines: Vec<Line>) -> Vec<Line> {
    lines.push(Line::plain("registry", "lur"));
    lines.push(Line::plain("space", "main"));
    let mut at = 0;
    while at < lines.len() {
        for implied in lines[at].implied() {
            let known = |line: &Line| line.word == implied.word && line.path == implied.path;
            if !lines.iter().any(known) {
                lines.push(implied);
            }
        }
        at += 1;
    }
    lines
}

/// Where each line's object is.
struct Places {
    side: Side,
    handles: HashMap<(KindId, String), Handle>,
}

impl Places {
    fn of(side: Side, lines: &[Line]) -> Self {
        let mut places = Self { side, handles: HashMap::new() };
        for kind in KINDS.ids() {
            for line in lines.iter().filter(|line| line.kind() == kind) {
                let handle = places.handle(line);
                places.handles.entry((kind, line.path.clone())).or_insert(handle);
            }
        }
        places
    }

    fn handle(&self, line: &Line) -> Handle {
        let id = id(self.side, line.option("id").unwrap_or(&line.path));
        match KINDS.row(line.kind()).parent {
            Some(kind) => self.at(kind, line.parts().0).child(&id),
            None => Handle::new(&id),
        }
    }

    /// The handle of what has a line; of what has none, the one that it would have.
    fn at(&self, kind: KindId, path: &str) -> Handle {
        let known = self.handles.get(&(kind, path.to_owned()));
        known.cloned().unwrap_or_else(|| Handle::new(&id(self.side, path)))
    }

    fn gap(&self, line: &Line) -> Gap {
        let kind = KINDS.named(&line.path).unwrap();
        let under = line.options.first().map(|(path, _)| {
            let mut known = self.handles.iter().filter(|((_, other), _)| other == path);
            known.next().unwrap().1.clone()
        });
        Gap { side: self.side, kind, under, at: String::new(), reason: "page 2 was lost".into(), row: None }
    }

    fn resource(&self, line: &Line) -> Resource {
        let option = |key: &str| line.option(key).map(Box::from);
        Resource {
            kind: line.kind(),
            handle: self.handle(line),
            name: self.name(line),
            key: option("key"),
            mark: line.option("mark").map(|mark| self.mark(line, mark)),
            hint: option("hint"),
            missing_since: line.option("missing").map(missing_since),
            not_taken: option("not_taken"),
            seal: line.option("seal").map_or(Seal::Absent, seal),
            maker: line.option("by").map_or(Creator::Unknown, maker),
            state: option("digest"),
            unread: line.option("unread").is_some() || products::is_unread(line),
            pending: line.option("pending").is_some(),
            uncarried: option("uncarried"),
            created_at: line.option("at").map_or(0, |at| at.parse().unwrap()),
            born_of: None,
            claims: line.option("claims").map(|claims| self.claims(claims)),
            document: self.document(line),
            files: products::files(line),
        }
    }

    fn claims(&self, ids: &str) -> Box<[Box<str>]> {
        let ids = ids.split(',').filter(|id| !id.is_empty());
        ids.map(|text| id(self.side, text).into()).collect()
    }

    fn name(&self, line: &Line) -> Name {
        let own = line.parts().1;
        match line.kind() {
            MEMBERS => Name::Of { kind: USERS, handle: self.at(USERS, own), rest: None },
            SUBSCRIPTIONS if line.option("uncarried").is_some() => Name::Plain(own.into()),
            SUBSCRIPTIONS => {
                let (product, plan) = own.rsplit_once('/').unwrap();
                Name::Of { kind: PRODUCTS, handle: self.at(PRODUCTS, product), rest: Some(plan.into()) }
            }
            _ => Name::Plain(encode(&decode(own)).into()),
        }
    }

    fn mark(&self, line: &Line, text: &str) -> Mark {
        let other = match self.side {
            Side::Source => Side::Target,
            Side::Target => Side::Source,
        };
        let (marked, by) = match text.split_once('@') {
            Some((marked, "")) => (marked, None),
            Some((marked, by)) => (marked, Some(by)),
            None => (text, Some(catalog(other))),
        };
        let marked = if marked.is_empty() { &line.path } else { marked };
        Mark { id: id(other, marked).into(), catalog: by.map(Into::into) }
    }

    fn document(&self, line: &Line) -> Document {
        let mut fields = self.own_fields(line);
        let mut metadata = Map::new();
        for (key, value) in &line.options {
            if let Some(key) = key.strip_prefix("meta.") {
                metadata.insert(key.into(), value.as_str().into());
            } else if !NOT_IN_DOCUMENTS.contains(&key.as_str()) {
                let (field, value) = products::option(self, line, key, value);
                fields.insert(field, value);
            }
        }
        if !metadata.is_empty() {
            fields.insert(METADATA.into(), metadata.into());
        }
        let secret = line.option("secret").map(|secret| Secret::from(secret.to_owned()));
        Document::new(fields, secret)
    }

    /// What follows from the path.
    fn own_fields(&self, line: &Line) -> Map<String, Value> {
        let own = line.parts().1;
        let at = |kind, path| Value::from(self.at(kind, path).as_str());
        let fields: Vec<(&str, Value)> = match line.kind() {
            CONSUMER_ORGS if line.owner() == "-" => vec![("name", decode(own).into())],
            CONSUMER_ORGS => vec![("name", decode(own).into()), ("owner", at(USERS, line.owner()))],
            APPLICATIONS => vec![("name", decode(own).into())],
            CREDENTIALS => vec![("client_id", own.into())],
            MEMBERS => vec![("user", at(USERS, own))],
            SUBSCRIPTIONS if line.option("uncarried").is_some() => Vec::new(),
            SUBSCRIPTIONS => {
                let (product, plan) = own.rsplit_once('/').unwrap();
                vec![("product", at(PRODUCTS, product)), ("plan", plan.into())]
            }
            _ => products::defaults(self, line),
        };
        fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
    }
}

fn missing_since(hour: &str) -> i64 {
    hour.parse::<i64>().unwrap() * 3_600_000
}

const NOT_IN_DOCUMENTS: [&str; 19] = [
    "seal",
    "by",
    "not_taken",
    "uncarried",
    "missing",
    "id",
    "mark",
    "owner",
    "at",
    "claims",
    "key",
    "hint",
    "digest",
    "pending",
    "unread",
    "secret",
    "unlisted",
    "doc",
    "wsdl",
];

fn field_value(text: &str) -> Value {
    serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| value.is_array() || value.is_object())
        .unwrap_or_else(|| text.into())
}

fn id(side: Side, text: &str) -> String {
    let dotted = text.replace('/', ".");
    match side {
        Side::Source => dotted,
        Side::Target => format!("t-{dotted}"),
    }
}
