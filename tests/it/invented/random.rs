//! Worlds at random: whatever has changed on the source since the last sync, and whatever the target has of its own, two runs
//! bring the target to where a third one finds nothing to do.

use std::fmt::Write;

use apic_configsync::engine::{
    model::{Handle, KindId, Side, kind::Role},
    plan::{Plan, Policy},
};
use proptest::prelude::*;

use super::{
    carry_out, draw_up,
    fake::Fake,
    notation::{World, handle},
    table::KINDS,
    thing::Thing,
};

/// Choices, made beforehand so that proptest can shrink them: the simplest world is an empty one.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % sides
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.roll(100) >= 100 - percent
    }

    /// Some of these, joined by commas.
    fn some(&mut self, of: &[&str]) -> String {
        of.iter().filter(|_| self.happens(50)).copied().collect::<Vec<_>>().join(",")
    }
}

/// A source as its people may have left it. Serials are dealt out anew each time, so that they change hands.
fn source(dice: &mut Dice<'_>) -> String {
    let mut text = "site main\n".to_owned();
    let mut serials = vec!["1", "2", "3", "4", "5", "6", "7", "8"];
    for label in ["red", "blue"] {
        if dice.happens(70) {
            writeln!(text, "label {label} colour={} text={}", dice.roll(3), dice.roll(2)).unwrap();
        }
    }
    for schema in ["cat", "dog"] {
        writeln!(text, "schema {schema} schema={{\"legs\":{}}}", dice.roll(3)).unwrap();
    }
    for bundle in ["pets", "zoo"] {
        let stage = ["open", "open", "frozen", "draft"][dice.roll(4)];
        let (version, schemas) = (dice.roll(3), dice.some(&["cat", "dog"]));
        writeln!(text, "bundle {bundle} stage={stage} manifest={{\"v\":{version}}} schemas={schemas}").unwrap();
    }
    for workspace in ["a", "b"] {
        if dice.happens(85) {
            writeln!(text, "workspace {workspace} text={}", dice.roll(2)).unwrap();
            boards(&mut text, workspace, dice, &mut serials);
        }
    }
    text
}

fn boards(text: &mut String, workspace: &str, dice: &mut Dice<'_>, serials: &mut Vec<&str>) {
    for board in ["p", "q"] {
        if !dice.happens(75) {
            continue;
        }
        let path = format!("{workspace}/{board}");
        writeln!(text, "board {path} text={}", dice.roll(2)).unwrap();
        for card in ["1", "2"] {
            if dice.happens(70) {
                let serial = serials.remove(dice.roll(serials.len()));
                let (labels, size) = (dice.some(&["red", "blue"]), dice.roll(2));
                writeln!(text, "card {path}/{card} labels={labels} size={size} serial={serial}").unwrap();
                if dice.happens(60) {
                    writeln!(text, "comment {path}/{card}/c text={} author=ann", dice.roll(3)).unwrap();
                }
            }
        }
        if dice.happens(50) {
            let bundle = ["pets", "zoo"][dice.roll(2)];
            writeln!(text, "feed {path}/{bundle} bundle={bundle} pin=pin-{}", dice.roll(2)).unwrap();
        }
    }
}

/// What the target's own people have made under what a sync has brought.
fn add_own(target: &mut World, dice: &mut Dice<'_>) {
    let things: Vec<(KindId, Handle)> = target.things.keys().cloned().collect();
    for (kind, parent) in things {
        let below = KINDS.ids().find(|it| KINDS.row(*it).parent == Some(kind) && KINDS.row(*it).references.is_empty());
        if let Some(below) = below
            && dice.happens(15)
        {
            let thing = Thing { name: "own".into(), ..Thing::default() };
            target.things.insert((below, parent.child("own")), thing);
        }
    }
}

/// Syncs once. What is withheld or refused has to be settled by people; what was done must not come up again.
async fn sync(source: &Fake, target: &Fake) {
    let plan = draw_up(source, target, &Policy::default()).await;
    carry_out(plan, target).await;
}

/// Insists that what is not withheld is on the target, field by field, references aside.
fn assert_mirrored(source: &World, target: &World, rest: &Plan) {
    let is_withheld = |kind: KindId, handle: &Handle| {
        let withheld = rest.withheld.iter().map(|it| &it.address);
        let mut undone = withheld.chain(rest.steps.iter().map(|step| &step.address));
        undone.any(|it| it.kind == kind && super::notation::handle(Side::Source, kind, &it.path) == *handle)
    };
    for ((kind, handle), original) in &source.things {
        let row = KINDS.row(*kind);
        let stays_home = original.text("stage") == Some("draft") || row.name == "schemas";
        if row.task == Role::Prerequisite || stays_home || is_withheld(*kind, handle) {
            continue;
        }
        let is_copy = |((of, _), thing): &(&(KindId, Handle), &Thing)| {
            of == kind && thing.mark.as_ref().is_some_and(|mark| &*mark.id == handle.id())
        };
        let copy = target.things.iter().find(is_copy);
        let (_, copy) = copy.unwrap_or_else(|| panic!("{} {handle:?} is missing on the target", row.name));
        let is_compared = |field: &&String| {
            !row.at_birth.contains(&field.as_str()) && !row.references.iter().any(|it| it.field == field.as_str())
        };
        for field in original.fields.keys().filter(is_compared) {
            assert_eq!(original.fields.get(field), copy.fields.get(field), "{} {handle:?} /{field}", row.name);
        }
        assert_eq!(original.secret, copy.secret, "{} {handle:?}", row.name);
    }
}

async fn assert_converges(first: &[u8], second: &[u8]) {
    let target = Fake::read(Side::Target, "site main");
    let before = Fake::read(Side::Source, &source(&mut Dice(first.iter())));
    sync(&before, &target).await;
    sync(&before, &target).await;
    let mut dice = Dice(second.iter());
    let after = Fake::read(Side::Source, &source(&mut dice));
    let mut world = target.world();
    add_own(&mut world, &mut dice);
    let target = Fake::of(Side::Target, world);
    sync(&after, &target).await;
    sync(&after, &target).await;
    let rest = draw_up(&after, &target, &Policy::default()).await;
    assert_mirrored(&after.world(), &target.world(), &rest);
    // What a server refuses on account of what stays (a frozen bundle, or what holds something of the target's own and uses a
    // label) is asked for again and again, and nothing else is.
    let stays = !rest.withheld.is_empty();
    let steps = super::render::lines(&Plan { withheld: Vec::new(), ..rest }, "after");
    let rest = draw_up(&after, &target, &Policy::default()).await;
    let refused = carry_out(rest, &target).await;
    assert_eq!(steps.len(), refused.len(), "a third run still finds something to do: {steps:#?}");
    let is_expected = |reason: &String| reason.ends_with("is frozen") || stays && reason.contains("is still used by");
    assert!(refused.iter().all(is_expected), "{refused:?}");
}

#[test]
fn handles_follow_from_paths() {
    assert_eq!(handle(Side::Target, super::table::COMMENTS, "a/p/1/c").as_str(), "t-a/t-a.p/t-a.p.1/t-a.p.1.c");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_worlds_converge_in_two_runs(
        first in prop::collection::vec(any::<u8>(), 0..100),
        second in prop::collection::vec(any::<u8>(), 0..160),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(assert_converges(&first, &second));
    }
}
