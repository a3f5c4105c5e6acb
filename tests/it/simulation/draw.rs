//! What a seed decides: the world, what becomes of it, how the operator has set up the tool, and what goes wrong when.

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::schedule::{Ending, Intrusion, Mishap, Where};
use crate::{
    random_products::{Act, acts},
    random_world::{Deed, deed, deeds},
};

/// One world with its fate.
#[derive(Debug)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) with_products: bool,
    /// Whether the servers decide the unknowns otherwise than the likely one.
    pub(crate) odd_servers: bool,
    pub(crate) settings: Vec<(&'static str, String)>,
    pub(crate) first: Past,
    /// Whether a quiet run comes before all else.
    pub(crate) synced: bool,
    pub(crate) trials: Vec<Trial>,
    /// From this the wire draws its latencies, and the switches are drawn.
    pub(crate) chance: u64,
}

/// What happens on the source between runs.
#[derive(Debug)]
pub(crate) enum Past {
    OfConsumers(Vec<Deed>),
    OfProducts(Vec<Act>),
}

/// A run under which something goes wrong.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) next: Past,
    pub(crate) mishaps: Vec<Mishap>,
    pub(crate) intrusions: Vec<Intrusion>,
    pub(crate) ending: Option<Ending>,
    /// Whether a second run does the same at the same time.
    pub(crate) in_company: bool,
    /// How many requests of a thousand reach the server only after their sender has given up.
    pub(crate) late: u16,
}

impl Draw {
    /// The same seed, the same draw.
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let with_products = dice.one_in(3);
        let plain = dice.one_in(2);
        let odd_servers = !plain && dice.one_in(2);
        let settings = dice.settings(with_products, plain, odd_servers);
        // A share of fewer than ten says nothing, so limits need a large world now and then.
        let is_unlimited = settings.contains(&("MAX_DELETE_PERCENT", "100".to_owned()));
        let is_large = !is_unlimited && dice.one_in(2);
        let first = dice.past(with_products, if is_large { 300 } else { 25 });
        let synced = !dice.one_in(5);
        let trials = (0..dice.between(1, 3))
            .map(|_| dice.trial(with_products))
            .collect();
        Self {
            seed,
            with_products,
            odd_servers,
            settings,
            first,
            synced,
            trials,
            chance: dice.rng.random(),
        }
    }

    /// Whether somebody else had his hands on the target, so that it may have what the source never had.
    pub(crate) fn is_intruded(&self) -> bool {
        let mut intrusions = self.trials.iter().flat_map(|trial| &trial.intrusions);
        intrusions.any(Intrusion::is_on_target)
    }

    /// The value of a setting that was drawn.
    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Where chance comes from.
struct Dice {
    rng: StdRng,
    strategies: TestRunner,
}

impl Dice {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let bytes: [u8; 32] = rng.random();
        let source = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self {
            rng,
            strategies: TestRunner::new_with_rng(Config::default(), source),
        }
    }

    fn between(&mut self, least: u32, most: u32) -> u32 {
        self.rng.random_range(least..=most)
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.between(1, many) == 1
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.random_range(0..from.len())]
    }

    fn from<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.strategies).unwrap().current()
    }

    fn past(&mut self, with_products: bool, longest: usize) -> Past {
        if with_products {
            Past::OfProducts(self.from(acts(longest)))
        } else {
            Past::OfConsumers(self.from(deeds(longest)))
        }
    }

    fn settings(&mut self, products: bool, plain: bool, odd: bool) -> Vec<(&'static str, String)> {
        let page = self.pick(&[1, 2, 3, 3, 5, 100]);
        let mut settings = vec![
            ("SyncProductsAndAPIs", products.to_string()),
            ("API_CACHE_REQUEST_PAGE_SIZE", page.to_string()),
            ("MAX_CONCURRENT_WRITES", self.between(1, 8).to_string()),
            (
                "MAX_CONCURRENT_CACHE_INIT_REQUESTS",
                self.between(1, 16).to_string(),
            ),
            ("MAX_DELETE_PERCENT", "100".to_owned()),
            ("ALLOW_EMPTY_SOURCE", "true".to_owned()),
        ];
        if odd {
            settings.push(("DELETE_UNMARKED_CHILDREN", "true".to_owned()));
        }
        if plain {
            return settings;
        }
        if self.one_in(3) {
            settings.push(("ADOPT", "all".to_owned()));
        }
        if self.one_in(4) {
            settings.push(("DELETE_GRACE", "24h".to_owned()));
        }
        if self.one_in(4) {
            settings.push(("DEEP_COMPARE", "true".to_owned()));
        }
        if self.one_in(4) {
            self.pick(&["0", "30"]).clone_into(&mut settings[4].1);
            let limit = self.pick(&["refuse", "withhold-deletes"]);
            settings.push(("ON_LIMIT", limit.to_owned()));
        }
        if self.one_in(3) {
            "false".clone_into(&mut settings[5].1);
        }
        settings
    }

    fn trial(&mut self, with_products: bool) -> Trial {
        let mishaps = (0..self.between(0, 5))
            .map(|_| Mishap::draw(&mut self.rng, with_products))
            .collect();
        let intrusions = if self.one_in(3) {
            (0..self.between(1, 4)).map(|_| self.intrusion()).collect()
        } else {
            Vec::new()
        };
        let ending = self.one_in(3).then(|| Ending::draw(&mut self.rng));
        let in_company = ending.is_none() && self.one_in(8);
        Trial {
            next: self.past(with_products, 12),
            mishaps,
            intrusions,
            ending,
            in_company,
            late: if self.one_in(5) {
                self.pick(&[10, 50, 200])
            } else {
                0
            },
        }
    }

    fn intrusion(&mut self) -> Intrusion {
        let on_source = self.one_in(3);
        let number = self.between(0, 60);
        let place = Where { on_source, number };
        match self.between(0, 5) {
            0 | 1 if !on_source => Intrusion::Unmark(place, self.rng.random()),
            2 | 3 if !on_source => {
                let path = self.pick(&["", "/consumer-orgs", "/apps"]);
                Intrusion::Forestall(place, path)
            }
            _ => Intrusion::Deed(place, self.from(deed())),
        }
    }
}
