//! Who else is at work: consumers who write metadata, the vendor's tool, another source's sync, those who take a login's
//! rights away or build the source anew.

use apic_configsync::sandbox::{
    Cluster, seed,
    switches::Metadata,
    world::{App, ConsumerOrg, Credential, Member, Subscription, User, build::Stored},
};

use super::{Life, NAMES, Past, Syncer, perform, sight};
use crate::{
    random_world::another,
    simulation::{
        draw::Oddity,
        surroundings::set_apart,
        watch::facts::{Fact, Facts, facts},
    },
};

/// The ids of other servers count from these.
const BESIDE: u64 = 3;
const ELSEWHERE: u64 = 4;
const REBUILT: u64 = 5;

impl Life<'_> {
    /// The vendor's tool has been here, from this source or from another one.
    pub(super) fn meet_the_vendor(&mut self) {
        if self.draw.surroundings.vendor_was_here {
            let before = facts(&self.stage.target());
            let source = self.stage.source();
            seed::copy(&source, &mut self.stage.target());
            drop(source);
            let mut known = self.take_catalogs_from_marks();
            known.extend(self.users_beside(&before));
            let mut ledger = self.ledger.lock().unwrap();
            for (id, fact) in known {
                ledger.enter(&id, Syncer::Ours, fact.origin.as_deref());
            }
        }
        if let Some(past) = &self.draw.elsewhere {
            let mut elsewhere = self.another(ELSEWHERE, past);
            set_apart(&mut elsewhere, "elsewhere");
            let before = facts(&self.stage.target());
            seed::copy(&elsewhere, &mut self.stage.target());
            let marked = self.take_catalogs_from_marks();
            for (id, _) in self.users_beside(&before) {
                let id = id.parse().unwrap();
                self.stage.target().made_by::<User>(id, id);
            }
            let mut ledger = self.ledger.lock().unwrap();
            for (id, _) in marked {
                if ledger.owner(&id).is_none() {
                    ledger.note_strange(&id);
                    made_by_its_owner(&mut self.stage.target(), &id);
                }
            }
        }
    }

    /// The users whom the target has beside these.
    fn users_beside(&self, before: &Facts) -> Vec<(String, Fact)> {
        let all = facts(&self.stage.target()).into_iter();
        let users = all.filter(|(_, fact)| fact.kind == "user");
        users.filter(|(id, _)| !before.contains_key(id)).collect()
    }

    /// The vendor's tool writes `source_id` alone, and only where the server keeps it. Gives all that bears a mark.
    fn take_catalogs_from_marks(&self) -> Vec<(String, Fact)> {
        let mut target = self.stage.target();
        let kept = target.switches.metadata.clone();
        unname_catalogs::<ConsumerOrg>(&mut target, Metadata::Stored);
        unname_catalogs::<Member>(&mut target, kept.members);
        unname_catalogs::<App>(&mut target, Metadata::Stored);
        unname_catalogs::<Credential>(&mut target, kept.credentials);
        unname_catalogs::<Subscription>(&mut target, kept.subscriptions);
        let all = facts(&target).into_iter();
        all.filter(|(_, fact)| fact.origin.is_some()).collect()
    }

    /// Another source comes to sync into the same target.
    pub(super) fn meet_others(&mut self) {
        let Some(past) = &self.draw.beside else {
            return;
        };
        let beside = self.another(BESIDE, past);
        let beside = self.stage.beside(beside).with("SyncProductsAndAPIs", "false");
        self.beside = Some(beside);
    }

    fn another(&self, seed: u64, past: &Past) -> Cluster {
        let mut cluster = another(seed);
        cluster.switches = self.stage.source().switches.clone();
        cluster.tick(self.waited);
        if let Past::OfConsumers(deeds) = past {
            perform(&mut cluster, deeds);
        }
        cluster
    }

    /// What happens before a trial, beside what happens on the source.
    pub(super) async fn suffer(&mut self, oddity: &Oddity) -> Result<(), String> {
        if oddity.is_rebuilt {
            self.rebuild();
        }
        for (on_source, forgery) in &oddity.forgeries {
            let (mut source, mut target) = (self.stage.source(), self.stage.target());
            let forged =
                if *on_source { forgery.happen(&mut source, &target) } else { forgery.happen(&mut target, &source) };
            drop((source, target));
            if let Some(id) = forged {
                self.ledger.lock().unwrap().note_forged(&id.to_string());
                self.story.push(format!("       {forgery:?} of {id}"));
                self.tally.add("metadata written by consumers", 1);
            }
        }
        if let Some(past) = &oddity.beside {
            self.sync_beside(Some(past)).await?;
        }
        if let (Some(blindness), None) = (&oddity.blindness, self.blind) {
            let mut cluster = if blindness.on_source { self.stage.source() } else { self.stage.target() };
            let hidden = blindness.begin(&mut cluster, &NAMES);
            drop(cluster);
            self.story.push(format!("       out of sight: {hidden:?}"));
            self.tally.add("lost roles", 1);
            if blindness.on_source {
                self.ledger.lock().unwrap().hide(hidden);
            }
            self.blind = Some((blindness.on_source, blindness.runs));
        }
        Ok(())
    }

    /// A run is over: some see again.
    pub(super) fn look_again(&mut self) {
        match &mut self.blind {
            Some((_, runs)) if *runs > 1 => *runs -= 1,
            Some(_) => self.see_all(),
            None => {}
        }
    }

    /// Whoever lost a role has it back.
    pub(super) fn see_all(&mut self) {
        self.blind = None;
        for mut cluster in [self.stage.source(), self.stage.target()] {
            sight::restore(&mut cluster);
        }
        self.ledger.lock().unwrap().hide(sight::Hidden::default());
    }

    /// The other source's sync runs.
    pub(super) async fn sync_beside(&mut self, past: Option<&Past>) -> Result<(), String> {
        let Some(stage) = self.beside.take() else {
            return Ok(());
        };
        if let Some(Past::OfConsumers(deeds)) = past {
            perform(&mut stage.source(), deeds);
        }
        if self.draw.surroundings.beside_is_apart {
            set_apart(&mut stage.source(), "beside");
        }
        stage.source().tick(10);
        let course = self.start_on(&stage, Syncer::Beside, None, 0);
        let lived = self.carry_on_with(&stage, &course).await;
        self.beside = Some(stage);
        let lived = lived?;
        self.runs += 1;
        self.tally.add("runs of another source", 1);
        self.story.push("another source's sync".to_owned());
        self.chronicle(&lived);
        self.stage.search_for_secrets(&lived.log);
        let watch = course.watch.lock().unwrap();
        // Whoever cannot see its copies makes others.
        let doubles = watch.doubles.iter().filter(|_| self.blind.is_none());
        let violations = watch.violations.iter().chain(doubles);
        match violations.into_iter().next() {
            Some(violation) => Err(format!("the other source's sync: {violation}")),
            None => Ok(()),
        }
    }

    /// The source is set up anew from a backup, with the same things under other ids.
    fn rebuild(&mut self) {
        let mut source = self.stage.source();
        let mut new = another(REBUILT + u64::try_from(self.catalogs_before.len()).unwrap_or(0));
        new.set("hash_client_secret", true);
        new.switches = source.switches.clone();
        self.draw.surroundings.prepare_registries(&mut new, 0);
        new.tick(source.clock().now() - new.clock().now());
        seed::copy(&source, &mut new);
        forget_marks::<ConsumerOrg>(&mut new);
        forget_marks::<Member>(&mut new);
        forget_marks::<App>(&mut new);
        forget_marks::<Credential>(&mut new);
        forget_marks::<Subscription>(&mut new);
        // A backup keeps who made things: their owners did.
        let made = facts(&new);
        for id in made.keys() {
            made_by_its_owner(&mut new, id);
        }
        self.catalogs_before.push(source.home.to_string());
        let before = self.catalogs_before.join(",");
        self.story.push(format!("       the source is no longer {before}"));
        self.tally.add("sources built anew", 1);
        *source = new;
        drop(source);
        self.see_all();
        self.stage.set("SOURCE_CATALOG_BEFORE", &before);
        self.stage.secrets.learn_worlds([&self.stage.source, &self.stage.target]);
    }
}

fn unname_catalogs<T: Stored>(cluster: &mut Cluster, kept: Metadata) {
    if kept != Metadata::Stored {
        return forget_marks::<T>(cluster);
    }
    for id in all::<T>(cluster) {
        cluster.change::<T>(id, |row| {
            if let Some(metadata) = &mut row.head_mut().metadata {
                metadata.remove("source_catalog");
            }
        });
    }
}

/// Whoever brought a thing had another login than ours.
fn made_by_its_owner(cluster: &mut Cluster, id: &str) {
    let id = id.parse().unwrap();
    if let Some(owner) = cluster.consumer_orgs.get(id).map(|org| org.owner) {
        cluster.made_by::<ConsumerOrg>(id, owner);
    } else if let Some(org) = cluster.apps.get(id).map(|app| app.org) {
        let owner = cluster.consumer_orgs.get(org).unwrap().owner;
        cluster.made_by::<App>(id, owner);
    }
}

fn forget_marks<T: Stored>(cluster: &mut Cluster) {
    for id in all::<T>(cluster) {
        cluster.change::<T>(id, |row| row.head_mut().metadata = None);
    }
}

fn all<T: Stored>(cluster: &Cluster) -> Vec<apic_configsync::sandbox::Id> {
    let orgs = cluster.consumer_orgs.under(cluster.home).iter();
    let places = std::iter::once(&cluster.home).chain(orgs);
    let mut all: Vec<_> = places.flat_map(|place| T::table(cluster).under(*place)).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}
