//! Whose the target's things are: by what happened to them, and not by what their metadata says, which consumers write.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use super::{sight::Hidden, watch::facts::Facts};

/// The ledger of a target, for all who sync into it.
pub(crate) type SharedLedger = Arc<Mutex<Ledger>>;

/// One who syncs into the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Syncer {
    /// The sync under test.
    #[default]
    Ours,
    /// The sync of another source into the same target.
    Beside,
}

/// What has been seen of a target in its life.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<String, Entry>,
    forged: BTreeSet<String>,
    /// Since when source objects are missed.
    missed: BTreeMap<String, i64>,
    /// Those of them that the run on its way can see.
    seen_again: BTreeSet<String>,
    /// Things of the vendor's tool, from a source that nobody here knows.
    strange: BTreeSet<String>,
    /// The organizations and Products that the source's login cannot see at present.
    out_of_sight: Hidden,
    /// These and what is in them.
    hidden: BTreeSet<String>,
}

/// What is known of an object that some sync made or took over.
#[derive(Debug)]
struct Entry {
    syncer: Syncer,
    /// The source object that it was made for, where that was said.
    original: Option<String>,
}

impl Ledger {
    /// A sync has made an object, or rightly taken it over, for this source object.
    pub(crate) fn enter(&mut self, id: &str, syncer: Syncer, original: Option<&str>) {
        let original = original.map(str::to_owned);
        let entry = Entry { syncer, original };
        self.entries.insert(id.to_owned(), entry);
    }

    /// Who made an object or took it over; a stranger's has nobody.
    pub(crate) fn owner(&self, id: &str) -> Option<Syncer> {
        self.entries.get(id).map(|entry| entry.syncer)
    }

    /// The source object that an object was made for.
    pub(crate) fn original(&self, id: &str) -> Option<&str> {
        self.entries.get(id)?.original.as_deref()
    }

    /// A consumer has written the metadata of an object, on whichever side.
    pub(crate) fn note_forged(&mut self, id: &str) {
        self.forged.insert(id.to_owned());
    }

    /// The vendor's tool has brought an object from a source that nobody here knows.
    pub(crate) fn note_strange(&mut self, id: &str) {
        self.strange.insert(id.to_owned());
    }

    /// Whether the metadata of an object says what is not so: because a consumer has ever written it, or because it is that
    /// of another source and does not say so.
    pub(crate) fn is_forged(&self, id: &str) -> bool {
        self.forged.contains(id) || self.strange.contains(id)
    }

    /// All whose metadata consumers have written.
    pub(crate) fn forged(&self) -> impl Iterator<Item = &str> {
        self.forged.iter().map(String::as_str)
    }

    /// What the source's login cannot see from now on.
    pub(crate) fn hide(&mut self, out_of_sight: Hidden) {
        self.out_of_sight = out_of_sight;
        self.hidden.clear();
    }

    /// Notes what is hidden as a run begins: what has another name now is seen again.
    pub(crate) fn note_hidden_anew(&mut self, source: &Facts) {
        self.hidden.clear();
        self.note_hidden(source);
    }

    /// Notes what is hidden with it; names move.
    pub(crate) fn note_hidden(&mut self, source: &Facts) {
        let Hidden { orgs, products } = &self.out_of_sight;
        if orgs.is_empty() && products.is_empty() {
            return;
        }
        for (id, fact) in source {
            let mut top = fact;
            while let Some(parent) = source.get(&top.parent) {
                top = parent;
            }
            let is_hidden = match top.kind {
                "org" => orgs.contains(&top.name),
                "product" => products.contains(&top.name),
                // One goes out of sight with all Products that carry it.
                "api" => !products.is_empty(),
                _ => false,
            };
            if is_hidden {
                self.hidden.insert(id.clone());
            }
        }
    }

    /// Whether a source object is there, and yet not to be seen by the login.
    pub(crate) fn is_hidden(&self, original: &str) -> bool {
        self.hidden.contains(original)
    }

    /// A run of ours begins, and its login can see this of the source: what is missed for the first time is missed from
    /// now on. What is seen is missed no longer, once a run has had the chance to note that (`note_end`).
    pub(crate) fn note_missed(&mut self, source: &Facts, now: i64) {
        let entries = self.entries.values();
        let ours = entries.filter(|entry| entry.syncer == Syncer::Ours);
        for original in ours.filter_map(|entry| entry.original.as_ref()) {
            if source.contains_key(original) && !self.hidden.contains(original) {
                if self.missed.contains_key(original) {
                    self.seen_again.insert(original.clone());
                }
            } else {
                self.seen_again.remove(original);
                self.missed.entry(original.clone()).or_insert(now);
            }
        }
    }

    /// A run of ours has come to its end. One that was cut off, left something undone or could not see its copies has not
    /// cleared the notes of what was seen again; nothing but these notes tells the next run.
    pub(crate) fn note_end(&mut self, is_whole: bool) {
        for original in std::mem::take(&mut self.seen_again) {
            if is_whole {
                self.missed.remove(&original);
            }
        }
    }

    /// What has gone while the run went on, it may have missed already.
    pub(crate) fn note_gone(&mut self, source: &Facts, now: i64) {
        let entries = self.entries.values();
        let ours = entries.filter(|entry| entry.syncer == Syncer::Ours);
        let originals = ours.filter_map(|entry| entry.original.as_ref());
        for original in originals.filter(|it| !source.contains_key(*it)) {
            self.missed.entry(original.clone()).or_insert(now);
        }
    }

    /// Whether a source object is missed that the run on its way cannot see either.
    pub(crate) fn is_still_missed(&self, original: &str) -> bool {
        self.missed.contains_key(original) && !self.seen_again.contains(original)
    }

    /// How long, in seconds, a source object has been missed by now, counted from the first run that could miss it.
    pub(crate) fn missed_for(&self, original: &str, now: i64) -> Option<i64> {
        self.missed.get(original).map(|since| now - since)
    }
}
