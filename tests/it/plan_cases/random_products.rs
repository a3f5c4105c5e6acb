//! Small catalogs at random with Products that share APIs, say whom they are for, go through their states and succeed
//! each other. What goes for all plans must hold, and a plan that withholds nothing must leave nothing to do.

use std::fmt::Write;

use proptest::prelude::*;

use super::{Case, Pick, Run, random::Dice, settings};

const PRODUCTS: [&str; 4] = ["s:1", "s:2", "t:1", "u:1"];
const APIS: [&str; 3] = ["p:1", "q:1", "r:1"];
const ORGS: [&str; 2] = ["a", "b"];
const STATES: [&str; 8] =
    ["published", "published", "published", "published", "deprecated", "deprecated", "retired", "staged"];
const LISTS: [&str; 5] = ["consumer_orgs", "products", "apis", "subscriptions", "gateway_services"];
const SETTINGS: [&str; 5] = ["", "", "DELETE_POLICY=report", "EXCLUDE_PRODUCTS=u:1", "EXCLUDE_CONSUMER_ORGS=b"];

/// Writes a catalog down.
struct Scribe<'a> {
    dice: Dice<'a>,
    marks: bool,
    hints: bool,
    text: String,
}

impl Scribe<'_> {
    fn catalog(mut self) -> String {
        self.text += "gateway west\n";
        for org in ORGS {
            if self.dice.happens(80) {
                self.line(&format!("org {org}"), org);
                self.line(&format!("app {org}/x"), &format!("{org}/x"));
            }
        }
        for api in APIS {
            let (document, state) = (self.dice.roll(2), ["online", "offline"][self.dice.roll(2)]);
            let line = format!("api {api} doc={document} state={state}{}", self.digest());
            self.line(&line, api);
        }
        for product in PRODUCTS {
            if self.dice.happens(75) {
                self.product(product);
            }
        }
        if self.dice.happens(10) {
            writeln!(self.text, "gap {}", LISTS[self.dice.roll(5)]).unwrap();
        }
        self.text
    }

    fn product(&mut self, name: &str) {
        let named: Vec<&str> = APIS.into_iter().filter(|_| self.dice.happens(40)).collect();
        let apis = named.join(",");
        let state = STATES[self.dice.roll(8)];
        let document = self.dice.roll(2);
        let mut line = format!(
            r#"product {name} apis={apis} state={state} title={} doc={{"v":{document},"apis":"{apis}"}}{}"#,
            self.dice.roll(2),
            self.digest()
        );
        if self.dice.happens(30) {
            line += [" view_orgs=a", " view_orgs=b", " view_orgs=a,b"][self.dice.roll(3)];
        }
        if self.dice.happens(30) {
            line += [" gateways=west", " gateways=west", " gateways=west", " gateways=east"][self.dice.roll(4)];
        }
        if self.dice.happens(20) {
            write!(line, " superseded_by={}", PRODUCTS[self.dice.roll(4)]).unwrap();
        }
        if self.marks && self.hints {
            line += [" hint=h", ""][self.dice.roll(2)];
        }
        self.line(&line, name);
        let is_used = ["published", "deprecated"].contains(&state);
        for org in ORGS {
            if is_used && self.dice.happens(35) && self.text.contains(&format!("app {org}/x")) {
                let plan = ["gold", "silver"][self.dice.roll(2)];
                let path = format!("{org}/x/{name}/{plan}");
                let id = format!("{org}.{name}");
                self.line(&format!("sub {path} id={id}"), &id);
            }
        }
    }

    fn digest(&mut self) -> String {
        if self.hints { format!(" digest=d{}", self.dice.roll(2)) } else { String::new() }
    }

    /// A line that may bear a mark: of its original, of nothing, of another sync.
    fn line(&mut self, line: &str, original: &str) {
        self.text += line;
        if self.marks {
            match self.dice.roll(24) {
                0..16 => write!(self.text, " mark={original}").unwrap(),
                16..20 => write!(self.text, " mark=gone").unwrap(),
                20 if self.dice.happens(30) => {
                    write!(self.text, " mark={original}@elsewhere").unwrap();
                }
                _ => {}
            }
        }
        self.text += "\n";
    }
}

fn text(rolls: &[u8], marks: bool, hints: bool) -> String {
    let scribe = Scribe { dice: Dice(rolls.iter()), marks, hints, text: String::new() };
    scribe.catalog()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_goes_for_all_plans_goes_for_products(
        source in proptest::collection::vec(any::<u8>(), 120),
        target in proptest::collection::vec(any::<u8>(), 160),
        hints in any::<bool>(),
        wishes in proptest::sample::select(&SETTINGS[..]),
    ) {
        let (source, target) = (text(&source, false, hints), text(&target, true, hints));
        let wishes = format!("SyncProductsAndAPIs=true {wishes}");
        let case = Case {
            source: &source,
            target: &target,
            settings: &wishes,
            ..Case::default()
        };
        let run = Run::of(&case, settings::wishes(case.settings).0);
        for pick in [Pick::First, Pick::Last] {
            let again = run.again(pick);
            let is_whole = !run.plan.withheld.iter().any(|it| it.cause.is_incomplete());
            let left = if is_whole { again.steps.as_slice() } else { &[] };
            prop_assert!(left.is_empty(), "{wishes}\n{source}---\n{target}--- leaves {left:?}");
        }
    }
}
