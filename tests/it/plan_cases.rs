//! Pure planning as data: two catalogs in a compact notation, and the plan's lines. No I/O, no async.
//!
//! The cases follow `behaviour.md` sentence by sentence. Beside its own plan, [`check`] holds every case against what goes
//! for all plans: shuffled lists give the same plan, no secret shows in it, its steps can be done in any order that their
//! needs allow without breaking what a server insists on, and planning again afterwards finds nothing to do.

mod aftermath;
mod notation;
mod render;
mod settings;

mod apis;
mod approvals;
mod births;
mod claims;
mod creation;
mod deletion;
mod expected;
mod gaps;
mod grace;
mod hints;
mod lifecycle;
mod limits;
mod marks;
mod metadata;
mod namesakes;
mod originals;
mod owners;
mod pairing;
mod pending;
mod product_deletion;
mod product_reading;
mod product_scope;
mod products;
mod random;
mod random_products;
mod rebuilt;
mod scope;
mod site_unique;
mod stand_ins;
mod strangers;
mod subscriptions;
mod trust;
mod unmarked;
mod visibility;

use apic_configsync::engine::{
    model::Side,
    plan::{Plan, Policy, plan},
};

use aftermath::{Pick, aftermath};
use notation::Catalog;
use render::Talk;

use crate::plan_lines::assert_lines;

/// Two catalogs, what the operator wants, and what comes of it.
#[derive(Default)]
struct Case<'a> {
    /// In the notation of [`notation`].
    source: &'a str,
    /// Likewise.
    target: &'a str,
    /// Variables, e.g. `ADOPT=acme`.
    settings: &'a str,
    /// The plan's lines in any order, in the notation of [`render`].
    plan: &'a str,
    /// The steps that planning again after the plan still finds.
    again: &'a str,
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a case is written down where it is checked")]
fn check(case: Case) {
    let (policy, limits) = settings::wishes(case.settings);
    let run = Run::of(&case, policy);
    for pick in [Pick::First, Pick::Last] {
        let again = Plan { withheld: Vec::new(), ..run.again(pick) };
        assert_lines("again", &Talk(case.again).lines(&again), case.again);
    }
    let talk = Talk(case.plan);
    let mut lines = talk.lines(&run.plan);
    lines.extend(talk.verdict(run.plan, &limits));
    assert_lines("plan", &lines, case.plan);
}

/// The same, with Products and APIs synchronized.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a case is written down where it is checked")]
fn check_products(case: Case) {
    let settings = format!("SyncProductsAndAPIs=true {}", case.settings);
    check(Case { settings: &settings, ..case });
}

/// A plan, and what it was made from.
struct Run {
    source: Catalog,
    target: Catalog,
    policy: Policy,
    plan: Plan,
}

impl Run {
    /// Plans a case and holds against the plan what goes for all.
    #[track_caller]
    fn of(case: &Case, policy: Policy) -> Self {
        let source = Catalog::read(Side::Source, case.source);
        let target = Catalog::read(Side::Target, case.target);
        let draw_up = |turn| {
            let (source, target) = (shuffled(&source, turn), shuffled(&target, turn + 1));
            plan(&source.inventory(), &target.inventory(), &policy)
        };
        let first = draw_up(0);
        let shown = format!("{first:?}");
        for turn in 1..4 {
            let other = format!("{:?}", draw_up(turn));
            assert_eq!(other, shown, "the order of the lists shows in the plan");
        }
        assert_hides_secrets(&shown, case);
        Self { plan: first, source, target, policy }
    }

    /// The plan once all steps of this one are done.
    fn again(&self, pick: Pick) -> Plan {
        let after = aftermath(&self.source, &self.target, &self.plan, pick);
        plan(&self.source.inventory(), &after.inventory(), &self.policy)
    }
}

fn shuffled(catalog: &Catalog, turn: usize) -> Catalog {
    let mut resources = catalog.resources.clone();
    resources.reverse();
    let length = resources.len().max(1);
    resources.rotate_left(turn % length);
    let mut gaps = catalog.gaps.clone();
    gaps.sort_by_key(|gap| (gap.kind, gap.under.clone()));
    Catalog { side: catalog.side, resources, gaps }
}

#[track_caller]
fn assert_hides_secrets(shown: &str, case: &Case) {
    let words = case.source.split_whitespace().chain(case.target.split_whitespace());
    for secret in words.filter_map(|word| word.strip_prefix("secret=")) {
        assert!(!shown.contains(secret), "{secret} shows in the plan");
    }
}
