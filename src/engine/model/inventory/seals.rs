//! Judging what the seals of a joined catalog are worth (behaviour.md, "A mark is a claim, not a proof").

use super::{Idx, Inventory};
use crate::engine::model::{
    MarkKeys, Seal,
    address::decode,
    seal::{SealNotes, Sealed, bound_to_key, bound_to_name, is_bound_by_id},
};

impl Inventory {
    /// Judges every seal. What an object without a valid one bears of notes counts as none: whoever may write metadata may
    /// have written them. Its mark stays, for the planner to judge.
    pub fn judge_seals(&mut self, keys: &MarkKeys) {
        for idx in self.ids() {
            let seal = match &self[idx].seal {
                Seal::Unjudged(notes) => self.judged(idx, notes, keys),
                judged => judged.clone(),
            };
            let resource = &mut self.resources[idx.number()];
            if !seal.is_valid() {
                resource.hint = None;
                resource.missing_since = None;
                resource.not_taken = None;
            }
            resource.seal = seal;
        }
    }

    fn judged(&self, idx: Idx, notes: &SealNotes, keys: &MarkKeys) -> Seal {
        let resource = &self[idx];
        let row = self.kinds.row(resource.kind);
        let judge = |bound: &str| {
            let mark = resource.mark.as_ref();
            let catalog = mark.and_then(|mark| mark.catalog.as_deref());
            let sealed = Sealed {
                kind: row.name,
                bound,
                source_catalog: catalog.unwrap_or_default(),
                source_id: mark.map_or("", |mark| &mark.id),
                source_hint: resource.hint.as_deref().unwrap_or_default(),
                source_missing_since: &notes.missing_since,
                source_not_taken: &notes.not_taken,
            };
            keys.judge(&sealed, &notes.seal)
        };
        if !is_bound_by_id(row) {
            let parent = resource.handle.parent().unwrap_or(&self.catalog);
            let key = resource.key();
            return judge(&bound_to_key(self.kinds, resource.kind, parent, key));
        }
        match judge(resource.handle.id()) {
            Seal::Wrong => match judge(&bound_to_name(&decode(resource.name.text()))) {
                seal if seal.is_valid() => Seal::Provisional,
                _ => Seal::Wrong,
            },
            seal => seal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::{
        Document, Handle, Mark, Name, Resource, Secret, Side,
        invented::{KINDS, kind},
    };
    use serde_json::Map;

    fn keys(key: &str, previous: Option<&str>) -> MarkKeys {
        MarkKeys { key: Secret::from(key.repeat(32)), previous: previous.map(|key| Secret::from(key.repeat(32))) }
    }

    fn resource(kind_name: &str, handle: &str, name: &str, bound: &str, key: &MarkKeys) -> Resource {
        let sealed = Sealed {
            kind: kind_name,
            bound,
            source_catalog: "prod",
            source_id: "s1",
            source_hint: "hint",
            source_missing_since: "2026-01-01T00:00:00Z",
            source_not_taken: "{}",
        };
        Resource {
            mark: Some(Mark { id: "s1".into(), catalog: Some("prod".into()) }),
            hint: Some("hint".into()),
            missing_since: Some(1),
            not_taken: Some("{}".into()),
            seal: Seal::Unjudged(Box::new(SealNotes {
                seal: key.seal(&sealed),
                missing_since: sealed.source_missing_since.to_owned(),
                not_taken: sealed.source_not_taken.to_owned(),
            })),
            ..Resource::new(
                kind(kind_name),
                Handle::new(handle),
                Name::Plain(name.into()),
                Document::new(Map::new(), None),
            )
        }
    }

    /// A club `g1` called Acme with a room Shop, as they are judged.
    fn judged(org_bound: &str, app_bound: &str, by: &MarkKeys, with: &MarkKeys) -> [Resource; 2] {
        let org = resource("clubs", "g1", "Acme", org_bound, by);
        let app = resource("rooms", "g1/a1", "Shop", app_bound, by);
        let found = vec![org, app];
        let mut catalog = Inventory::new(Side::Target, &KINDS, "t", found, Vec::new());
        catalog.judge_seals(with);
        ["clubs", "rooms"].map(|name| catalog.kind(kind(name))[0].clone())
    }

    fn seals(org_bound: &str, app_bound: &str, by: &MarkKeys, with: &MarkKeys) -> [Seal; 2] {
        judged(org_bound, app_bound, by, with).map(|resource| resource.seal)
    }

    #[test]
    fn what_people_name_and_nothing_holds_is_bound_by_its_id_and_all_else_by_its_key() {
        let own = keys("k", None);
        let right = [Seal::Right, Seal::Right];
        assert_eq!(seals("g1", "g1/shop", &own, &own), right);
        let wrong = [Seal::Wrong, Seal::Wrong];
        assert_eq!(seals("g2", "g1/other", &own, &own), wrong);
        assert_eq!(seals("g1", "g1/shop", &own, &keys("o", None)), wrong);
        let previous = [Seal::Previous, Seal::Previous];
        assert_eq!(seals("g1", "g1/shop", &own, &keys("o", Some("k"))), previous);
    }

    #[test]
    fn the_seal_of_a_creation_holds_as_long_as_the_name_is_the_same() {
        let own = keys("k", None);
        let [same, _] = seals("new:Acme", "", &own, &own);
        assert_eq!(same, Seal::Provisional);
        let [before, _] = seals("new:Acme", "", &own, &keys("o", Some("k")));
        assert_eq!(before, Seal::Provisional);
        let [renamed, _] = seals("new:Other", "", &own, &own);
        assert_eq!(renamed, Seal::Wrong);
    }

    #[test]
    fn notes_count_with_a_valid_seal_alone() {
        let own = keys("k", None);
        for resource in judged("g1", "g1/shop", &own, &own) {
            assert!(resource.hint.is_some() && resource.missing_since.is_some());
            assert!(resource.not_taken.is_some());
        }
        for resource in judged("g2", "g2/shop", &own, &own) {
            assert!(resource.hint.is_none() && resource.missing_since.is_none());
            assert!(resource.not_taken.is_none());
            assert!(resource.mark.is_some(), "the mark is the planner's to judge");
        }
    }

    #[test]
    fn what_is_called_after_another_is_bound_without_what_is_above_that() {
        let bound = |kind_name, key| bound_to_key(&KINDS, kind(kind_name), "o/g1", key);
        assert_eq!(bound("members", "ldap (ldap)/Bob"), "g1/bob");
        let key = bound("keys", "/Acme/gold");
        assert_eq!(key, "g1//acme/gold");
    }
}
