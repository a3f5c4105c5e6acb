//! Consumers who write metadata: the portal lets them write that of their own organizations, apps and users, on either
//! side, as whole maps or key by key (api-connect-rest.md section 21.1).

use apic_configsync::sandbox::{
    Cluster, Id,
    switches::Metadata,
    world::{App, ConsumerOrg, User, build::Stored},
};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Map, Value, json};

/// What a consumer writes, and where. Numbers pick among what is there.
#[derive(Debug, Clone)]
pub(crate) struct Forgery {
    whose: Whose,
    number: usize,
    /// Whether all that the map had is gone.
    replaces: bool,
    claims: Vec<Claim>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Org,
    App,
    User,
}

/// One thing that he claims.
#[derive(Debug, Clone)]
enum Claim {
    /// The id of a thing of the same kind that the other side has, and its catalog, or another one, or none as the vendor's
    /// tool writes it.
    OtherSide(usize, Catalog),
    /// The id of another thing of this side.
    OwnSide(usize, Catalog),
    /// An id that nobody has.
    Nobody(u64, Catalog),
    /// What another thing of this side bears, its seal and its notes among it.
    Copied(usize),
    /// One key of what another thing of this side bears.
    CopiedKey(usize, &'static str),
    /// That the original is missing since then.
    Missing(&'static str),
    /// A note or a seal made up.
    MadeUp(&'static str, &'static str),
    /// Something of the portal's own.
    Portal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Catalog {
    OtherSide,
    OwnSide,
    Unknown,
    Unsaid,
}

const RESERVED: [&str; 6] =
    ["source_id", "source_catalog", "source_missing_since", "source_hint", "source_seal", "source_not_taken"];

const PAST_AND_FUTURE: [&str; 4] = ["2025-12-24T00:00:00Z", "2026-01-17T00:00:00Z", "2031-01-01T00:00:00Z", "no time"];

const GARBAGE: [(&str, &str); 5] = [
    ("source_seal", "000000000000000000000000000000"),
    ("source_seal", "no seal!"),
    ("source_hint", "made-up"),
    ("source_not_taken", "{\"/title\":\"made-up\"}"),
    ("source_not_taken", "{"),
];

impl Forgery {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        let whose = [Whose::Org, Whose::Org, Whose::App, Whose::User][rng.random_range(0..4)];
        let drops = rng.random_bool(0.2);
        let many = rng.random_range(1..4);
        Self {
            whose,
            number: rng.random_range(0..64),
            replaces: drops || rng.random_bool(0.5),
            claims: if drops { vec![Claim::Portal] } else { (0..many).map(|_| Claim::draw(rng)).collect() },
        }
    }

    /// Writes it, and tells whose metadata that was. A server that keeps none of users keeps none that they write either.
    pub(super) fn happen(&self, here: &mut Cluster, there: &Cluster) -> Option<Id> {
        if self.whose == Whose::User && here.switches.metadata.users != Metadata::Stored {
            return None;
        }
        match self.whose {
            Whose::Org => self.write::<ConsumerOrg>(here, there),
            Whose::App => self.write::<App>(here, there),
            Whose::User => self.write::<User>(here, there),
        }
    }

    fn write<T: Stored>(&self, here: &mut Cluster, there: &Cluster) -> Option<Id> {
        let (own, other) = (all::<T>(here), all::<T>(there));
        let id = pick(&own, self.number)?;
        let before = T::table(here).get(id)?.head().metadata.clone();
        let mut metadata = before.filter(|_| !self.replaces).unwrap_or_default();
        for claim in &self.claims {
            claim.write_into(&mut metadata, (here, &own, id), (there, &other), |id| {
                let row = T::table(here).get(id);
                row.and_then(|row| row.head().metadata.clone()).unwrap_or_default()
            });
        }
        here.change::<T>(id, |row| row.head_mut().metadata = Some(metadata));
        Some(id)
    }
}

impl Claim {
    fn draw(rng: &mut StdRng) -> Self {
        let number = rng.random_range(0..64);
        let catalogs = [
            Catalog::OtherSide,
            Catalog::OtherSide,
            Catalog::OtherSide,
            Catalog::Unsaid,
            Catalog::OwnSide,
            Catalog::Unknown,
        ];
        let catalog = catalogs[rng.random_range(0..6)];
        match rng.random_range(0..12) {
            0..=4 => Self::OtherSide(number, catalog),
            5 => Self::OwnSide(number, catalog),
            6 => Self::Nobody(rng.random(), catalog),
            7 => Self::Copied(number),
            8 => Self::CopiedKey(number, RESERVED[rng.random_range(0..6)]),
            9 => Self::Missing(PAST_AND_FUTURE[rng.random_range(0..4)]),
            10 => {
                let (key, value) = GARBAGE[rng.random_range(0..5)];
                Self::MadeUp(key, value)
            }
            _ => Self::Portal,
        }
    }

    fn write_into(
        &self,
        metadata: &mut Map<String, Value>,
        (here, own, id): (&Cluster, &[Id], Id),
        (there, other): (&Cluster, &[Id]),
        borne: impl Fn(Id) -> Map<String, Value>,
    ) {
        let mut mark = |id: String, catalog: Catalog| {
            metadata.insert("source_id".to_owned(), id.into());
            let catalog = match catalog {
                Catalog::OtherSide => there.home.to_string(),
                Catalog::OwnSide => here.home.to_string(),
                Catalog::Unknown => "5f5b1d6e-0000-4000-8000-000000000000".to_owned(),
                Catalog::Unsaid => return drop(metadata.remove("source_catalog")),
            };
            metadata.insert("source_catalog".to_owned(), catalog.into());
        };
        let others: Vec<Id> = own.iter().copied().filter(|other| *other != id).collect();
        match self {
            Self::OtherSide(number, catalog) => {
                if let Some(id) = pick(other, *number) {
                    mark(id.to_string(), *catalog);
                }
            }
            Self::OwnSide(number, catalog) => {
                if let Some(id) = pick(&others, *number) {
                    mark(id.to_string(), *catalog);
                }
            }
            Self::Nobody(number, catalog) => {
                mark(format!("dead{:04x}-0000-4000-8000-{:012x}", number % 9, number % 99), *catalog);
            }
            Self::Copied(number) => {
                metadata.extend(pick(&others, *number).map(borne).unwrap_or_default());
            }
            Self::CopiedKey(number, key) => {
                let borne = pick(&others, *number).map(borne).unwrap_or_default();
                metadata.extend(borne.into_iter().filter(|(known, _)| known == key));
            }
            Self::Missing(since) => {
                metadata.insert("source_missing_since".to_owned(), json!(since));
            }
            Self::MadeUp(key, value) => {
                metadata.insert((*key).to_owned(), json!(value));
            }
            Self::Portal => {
                metadata.insert("portal_field".to_owned(), json!("\"x\""));
            }
        }
    }
}

/// All of a kind that consumers have in hand.
fn all<T: Stored>(cluster: &Cluster) -> Vec<Id> {
    let under_home = T::table(cluster).under(cluster.home);
    if !under_home.is_empty() {
        return under_home.to_vec();
    }
    // Users live in registries, and those who run the catalog are no consumers.
    let used = cluster.configured_registries.rows_under(cluster.home);
    let registries = used.map(|row| row.registry);
    registries.flat_map(|registry| T::table(cluster).under(registry)).copied().collect()
}

fn pick(from: &[Id], number: usize) -> Option<Id> {
    (!from.is_empty()).then(|| from[number % from.len()])
}

/// People see to it: whatever consumers have written in the place of the tool's notes is gone.
pub(super) fn clean<'a>(cluster: &mut Cluster, forged: impl Iterator<Item = &'a str>) {
    for id in forged.filter_map(|id| id.parse().ok()) {
        clean_one::<ConsumerOrg>(cluster, id);
        clean_one::<App>(cluster, id);
        clean_one::<User>(cluster, id);
    }
}

fn clean_one<T: Stored>(cluster: &mut Cluster, id: Id) {
    if T::table(cluster).get(id).is_none() {
        return;
    }
    cluster.change::<T>(id, |row| {
        if let Some(metadata) = &mut row.head_mut().metadata {
            metadata.retain(|key, _| !RESERVED.contains(&key.as_str()));
        }
    });
}
