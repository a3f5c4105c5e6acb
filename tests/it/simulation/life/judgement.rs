//! What is held against a run: what the watcher saw, what faults excuse, and what its report says.

use std::collections::BTreeMap;

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster,
        switches::{Metadata, TotalResults},
    },
};
use serde_json::Value;

use super::{Life, Lived, Struck};
use crate::{
    simulation::{
        schedule::{Lists, is_lie},
        truth::{Circumstances, untruths},
    },
    stage::shown,
};

impl Life<'_> {
    /// What is wrong with a run.
    pub(super) fn judge(&mut self, lived: &Lived, struck: Struck, in_company: bool) -> Result<(), String> {
        let happened = lived.course.happened();
        self.tally.add("runs", 1);
        self.tally.add_happened(&happened);
        let watch = lived.course.watch.lock().unwrap();
        self.tally.add("requests", watch.requests);
        self.tally.add("writes", watch.writes);
        self.tally.add("objects deleted on the target", watch.deletions);
        if let Some(violation) = watch.violations.first() {
            return Err(violation.clone());
        }
        let doubles = watch.doubles.first();
        self.is_doubled |= doubles.is_some();
        let is_in_dark = struck.lies || struck.is_race || struck.is_blind;
        if let Some(double) = doubles.filter(|_| !is_in_dark) {
            return Err(double.clone());
        }
        // What somebody removed meanwhile, the run did not count.
        let sees_all = happened.deeds() == 0 && lived.report.as_ref().is_some_and(|it| it.gaps.is_empty());
        let excess = watch.excesses.first().filter(|_| sees_all);
        let is_deceived = struck.lies || struck.is_blind;
        if let Some(broken) = watch.defiances.first().or(excess).filter(|_| !is_deceived) {
            return Err(broken.clone());
        }
        let success = lived.report.as_ref().map(|it| it.exit_status) == Some(ExitStatus::Success);
        self.is_untidy |= in_company || happened.late > 0 || !success;
        self.stage.search_for_secrets(&lived.log);
        let Some(report) = &lived.report else {
            return Ok(());
        };
        self.stage.secrets.assert_absent_from(report, None);
        self.tally.add_exit(report.exit_status);
        let intruded = happened.deeds() > 0;
        let known = Circumstances {
            deceived: is_deceived || intruded || in_company || happened.late > 0,
            stopped: happened.stops > 0,
            mirrored: self.differences().is_empty(),
            writes: watch.writes,
        };
        if !known.deceived && report.exit_status == ExitStatus::Success {
            self.tally.add("exits 0 that had to mean a mirror", 1);
        }
        match untruths(report, known).into_iter().next() {
            None => Ok(()),
            Some(untruth) => Err(format!("{untruth}:\n{}\n{}", shown(report), self.differences().join("\n"))),
        }
    }

    /// Where the target is not what it should be. It may have more than the source where somebody else put things
    /// there, or where a grace keeps them.
    pub(super) fn differences(&self) -> Vec<String> {
        let mut differences = self.stage.differences();
        if self.draw.with_products {
            differences.extend(self.stage.differences_of_products());
        }
        let storing = self.draw.surroundings.storing;
        differences.retain(|difference| !storing.excuses(difference));
        if self.draw.surroundings.folds() {
            // Whom one side calls otherwise than the other, is the same all the same: the names say nothing.
            differences.retain(|difference| !difference.to_lowercase().contains("user-"));
        }
        if self.is_untidy {
            let dump = self.stage.target().dump();
            let mut stays = left_unmarked(&dump);
            if self.tally.get("fault Answer(400)") > 0 {
                stays.extend(refused_marks(&dump));
            }
            differences.retain(|difference| !stays.iter().any(|it| difference.starts_with(it)));
        }
        let strangers = self.strangers();
        differences.retain(|difference| !strangers.iter().any(|it| difference.starts_with(it)));
        if self.draw.is_intruded() || self.is_in_grace {
            differences.retain(|difference| !difference.contains(": null on the source"));
        }
        if self.is_in_grace {
            // A Product stays open for the subscriptions of an app that is kept.
            let waits = |it: &String| it.contains(" > products > ") && it.contains(" > state: ");
            differences.retain(|difference| !waits(difference));
        }
        let keeps_marks = self.stage.target().switches.metadata.credentials == Metadata::Stored;
        if self.draw.is_intruded() || !keeps_marks {
            // Where somebody else's credential has the name already, the server chooses another; so it does where two that
            // are known by their client ids alone have changed them.
            differences.retain(|difference| !difference.contains("> name: "));
        }
        differences
    }

    /// Users whom nothing shows to be the tool's own are never written, so they may differ: those who bear no mark of this
    /// sync, those who have written their own metadata, and all where no list shows any.
    fn strangers(&self) -> Vec<String> {
        let target = self.stage.target();
        // Where people are not listed, for ever or once, nothing shows whom the tool has made.
        let is_refused = target.switches.registry_listing_refused || self.tally.get("fault Answer(403)") > 0;
        let users: Vec<String> = if is_refused {
            let dump = target.dump();
            let rows = dump["users"].as_object().into_iter().flatten();
            rows.map(|(address, _)| address.clone()).collect()
        } else {
            let dump = target.dump();
            let rows = dump["users"].as_object().into_iter().flatten();
            let home = self.stage.source().home.to_string();
            let others = rows.filter(|(_, row)| row["metadata"]["source_catalog"] != home);
            let ledger = self.ledger.lock().unwrap();
            let forged = ledger.forged().filter_map(|id| address_of_user(&target, id));
            others.map(|(address, _)| address.clone()).chain(forged).collect()
        };
        users.iter().map(|user| format!(" > users > {user} > email: ")).collect()
    }

    /// What has gone wrong so far, on the source and on the target.
    pub(super) fn struck(&self) -> [Faulty; 2] {
        [self.stage.source(), self.stage.target()].map(|side| side.faults.struck().clone())
    }

    /// What has gone wrong since then.
    pub(super) fn note_struck(&mut self, before: &[Faulty; 2]) -> Struck {
        let mut struck = Struck::default();
        let switches = self.stage.target().switches.clone();
        let are_told = switches.total_results == TotalResults::Total;
        for (now, before) in self.struck().iter().zip(before) {
            let new = since(now, before);
            let lists = Lists {
                tells_totals: are_told && !new.contains_key("WrongTotal"),
                cuts_pages: !are_told || switches.page_cap.is_some(),
            };
            struck.lies |= new.keys().any(|kind| is_lie(kind, lists));
            for (kind, number) in new {
                self.tally.add(&format!("fault {kind}"), number);
            }
        }
        struck
    }
}

/// How often something went wrong, by what it was.
type Faulty = BTreeMap<String, u64>;

fn since(now: &Faulty, before: &Faulty) -> Faulty {
    let new = now.iter().map(|(kind, number)| {
        let known = before.get(kind).copied().unwrap_or(0);
        (kind.clone(), number - known)
    });
    new.filter(|(_, number)| *number > 0).collect()
}

/// How the differences begin that say that the target keeps what lost its mark to a 400: that is taken for a refusal of
/// metadata where the server has kept none on the kind before, and the thing is made without.
fn refused_marks(dump: &Value) -> Vec<String> {
    let kinds = ["credentials", "subscriptions"].into_iter();
    let kept = |kind| unmarked(dump, kind).into_iter().map(move |it| extra(kind, &it));
    kinds.flat_map(kept).collect()
}

/// How the differences begin that say that the target has what it may keep, because it bears no mark: Products, and
/// members with the people behind them.
fn left_unmarked(dump: &Value) -> Vec<String> {
    let members = unmarked(dump, "members").into_iter().flat_map(|member| {
        let user = member.split_once('/').map_or("", |(_, user)| user);
        [extra("members", &member), extra("users", user)]
    });
    let products = unmarked(dump, "products").into_iter();
    members.chain(products.map(|product| extra("products", &product))).collect()
}

/// A user as a dump calls him.
fn address_of_user(cluster: &Cluster, id: &str) -> Option<String> {
    let user = cluster.users.get(id.parse().ok()?)?;
    let registry = cluster.registries.get(user.registry)?;
    Some(format!("{}/{}", registry.head.name, user.username))
}

fn unmarked(dump: &Value, kind: &str) -> Vec<String> {
    let rows = dump[kind].as_object().into_iter().flatten();
    let unmarked = rows.filter(|(_, row)| row["metadata"]["source_id"].is_null());
    unmarked.map(|(address, _)| address.clone()).collect()
}

fn extra(kind: &str, address: &str) -> String {
    format!(" > {kind} > {address}: null on the source")
}
