//! Small catalogs at random: names and marks dealt out anew, so that claims, owners and marks meet in ways nobody thought
//! of. What goes for all plans must hold, and a plan that withholds nothing must leave nothing to do.

use std::fmt::Write;

use proptest::prelude::*;

use super::{Case, Pick, Run, settings};

/// Choices, made beforehand so that proptest can shrink them.
pub(super) struct Dice<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Dice<'_> {
    pub(super) fn roll(&mut self, sides: u8) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default() % sides)
    }

    pub(super) fn happens(&mut self, percent: usize) -> bool {
        self.roll(100) >= 100 - percent
    }

    fn shuffle<const N: usize>(&mut self, mut names: [&'static str; N]) -> [&'static str; N] {
        if self.happens(40) {
            let (one, other) = (self.roll(24) % N, self.roll(24) % N);
            names.swap(one, other);
        }
        names
    }
}

const USERS: [&str; 3] = ["alice", "bob", "carol"];
const PLANS: [&str; 3] = ["petstore:1/gold", "petstore:1/silver", "petstore:2/gold"];

const KEYS: [&str; 12] = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"];
const LISTS: [&str; 5] = ["consumer_orgs", "members", "applications", "credentials", "subscriptions"];
const SETTINGS: [&str; 7] = [
    "",
    "MARK_KEY=0123456789abcdef0123456789abcdef",
    "SOURCE_CATALOG_BEFORE=before DELETE_VENDOR_MARKED=true",
    "ADOPT=all",
    "DELETE_POLICY=report",
    "EXCLUDE_CONSUMER_ORGS=a",
    "EXCLUDE_KINDS=applications",
];

/// Writes a catalog down.
struct Scribe<'a> {
    dice: Dice<'a>,
    marks: bool,
    /// How many marks are not as the tool would have left them: above 7 some.
    noise: u8,
    text: String,
}

impl Scribe<'_> {
    fn catalog(mut self) -> String {
        let names = self.dice.shuffle(["a", "b", "c"]);
        let keys = self.dice.shuffle(KEYS);
        for (number, name) in names.into_iter().enumerate() {
            if self.dice.happens(80) {
                self.org(number, name, &keys[number * 4..]);
            }
        }
        if self.dice.happens(15) {
            let kind = LISTS[self.dice.roll(5)];
            writeln!(self.text, "gap {kind}").unwrap();
        }
        self.text
    }

    fn org(&mut self, number: usize, name: &str, keys: &[&str]) {
        let owner = USERS[self.dice.roll(3)];
        let title = self.dice.roll(2);
        self.line(&format!("org {name} id=o{number} owner=lur/{owner} title={title}"), &format!("o{number}"));
        for user in USERS {
            if user == owner || self.dice.happens(40) {
                self.line(&format!("member {name}/lur/{user} id=m{number}{user}"), &format!("m{number}{user}"));
            }
        }
        let apps = self.dice.shuffle(["x", "y"]);
        for (place, app) in apps.into_iter().enumerate() {
            if self.dice.happens(80) {
                self.app(&format!("{name}/{app}"), &format!("{number}{place}"), &keys[place * 2..][..2]);
            }
        }
    }

    fn app(&mut self, path: &str, id: &str, keys: &[&str]) {
        let pending = if self.dice.happens(5) { " pending" } else { "" };
        self.line(&format!("app {path} id=a{id}{pending}"), &format!("a{id}"));
        let first = self.dice.roll(2);
        for (place, key) in keys.iter().enumerate() {
            if self.dice.happens(70) {
                let (secret, called) = (self.dice.roll(2), first ^ place);
                self.line(
                    &format!("credential {path}/{key} id=c{id}{place} secret=hush-{secret} name={called}"),
                    &format!("c{id}{place}"),
                );
            }
        }
        if self.dice.happens(60) {
            let plan = PLANS[self.dice.roll(3)];
            self.line(&format!("sub {path}/{plan} id=s{id}"), &format!("s{id}"));
        }
    }

    /// A line that may bear a mark: of its original, of nothing, of another sync.
    fn line(&mut self, line: &str, original: &str) {
        self.text += line;
        if self.marks {
            let by =
                if self.dice.roll(self.noise) > 8 { ["@", "@elsewhere", "@before"][self.dice.roll(3)] } else { "" };
            match self.dice.roll(self.noise) {
                0..7 => write!(self.text, " mark={original}{by}").unwrap(),
                7 => write!(self.text, " mark=gone{by}").unwrap(),
                _ => {}
            }
        }
        if self.dice.happens(8) {
            self.text += [" by=us", " by=consumer", " by=other"][self.dice.roll(3)];
        }
        if self.dice.happens(8) {
            self.text += [" seal=right", " seal=wrong"][self.dice.roll(2)];
        }
        self.text += "\n";
    }
}

fn text(rolls: &[u8], marks: bool) -> String {
    let mut dice = Dice(rolls.iter());
    let scribe = Scribe {
        noise: if dice.happens(50) { 10 } else { 7 },
        dice,
        marks,
        text: "product petstore:1\nproduct petstore:2\n".into(),
    };
    scribe.catalog()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_goes_for_all_plans_goes_for_these(
        source in proptest::collection::vec(any::<u8>(), 200),
        target in proptest::collection::vec(any::<u8>(), 300),
        settings in proptest::sample::select(&SETTINGS[..]),
    ) {
        let (source, target) = (text(&source, false), text(&target, true));
        let case = Case {
            source: &source,
            target: &target,
            settings,
            ..Case::default()
        };
        let run = Run::of(&case, settings::wishes(case.settings).0);
        for pick in [Pick::First, Pick::Last] {
            let again = run.again(pick);
            let left = if run.plan.withheld.is_empty() { again.steps.as_slice() } else { &[] };
            prop_assert!(left.is_empty(), "{source}---\n{target}--- leaves {left:?}");
        }
    }
}
