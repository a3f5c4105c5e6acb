//! What a seed decides: the world, what becomes of it, how the operator has set up the tool, and what goes wrong when.

mod odd;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    forgery::Forgery,
    schedule::{Ending, Intrusion, Mishap, Where},
    sight::Blindness,
    surroundings::Surroundings,
    wire::OddDate,
};
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
    pub(crate) surroundings: Surroundings,
    /// What the catalog of another source, which syncs into the same target, is like at first.
    pub(crate) beside: Option<Past>,
    /// What the vendor's tool has brought from yet another source.
    pub(crate) elsewhere: Option<Past>,
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
    pub(crate) oddity: Oddity,
}

/// What else is the matter with a trial.
#[derive(Debug, Default)]
pub(crate) struct Oddity {
    /// The hours that pass before it.
    pub(crate) hours: i64,
    /// What consumers write into metadata before it, on the source or not.
    pub(crate) forgeries: Vec<(bool, Forgery)>,
    /// What a login does not see from then on.
    pub(crate) blindness: Option<Blindness>,
    /// What becomes of another source that syncs into the same target just before it.
    pub(crate) beside: Option<Past>,
    /// Whether the source is built anew before it, so that all its ids are others.
    pub(crate) is_rebuilt: bool,
    /// A `Date` header that is wrong.
    pub(crate) odd_date: Option<OddDate>,
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
        let trials = (0..dice.between(1, 3)).map(|_| dice.trial(with_products)).collect();
        let mut draw = Self {
            seed,
            with_products,
            odd_servers,
            settings,
            first,
            synced,
            trials,
            surroundings: Surroundings::plain(),
            beside: None,
            elsewhere: None,
            chance: dice.rng.random(),
        };
        // What came later has dice of its own.
        odd::add(&mut draw, &mut Dice::new(!seed));
        draw
    }

    /// Whether somebody else had his hands on the target, so that it may have what the source never had.
    pub(crate) fn is_intruded(&self) -> bool {
        let mut intrusions = self.trials.iter().flat_map(|trial| &trial.intrusions);
        intrusions.any(Intrusion::is_on_target)
            || self.forgeries().any(|on_source| !on_source)
            || self.stands_among_others()
    }

    /// Whether consumers have written metadata: on the source, or not.
    pub(crate) fn forgeries(&self) -> impl Iterator<Item = bool> {
        let intrusions = self.trials.iter().flat_map(|trial| &trial.intrusions);
        let meanwhile = intrusions.filter_map(|intrusion| match intrusion {
            Intrusion::Forge(place, _) => Some(place.on_source),
            _ => None,
        });
        let trials = self.trials.iter();
        let before = trials.flat_map(|trial| trial.oddity.forgeries.iter().map(|(on_source, _)| *on_source));
        before.chain(meanwhile)
    }

    /// Whether others have filled the target too.
    pub(crate) fn stands_among_others(&self) -> bool {
        self.beside.is_some() || self.elsewhere.is_some()
    }

    /// Whether the source's ids have become others.
    pub(crate) fn is_rebuilt(&self) -> bool {
        self.trials.iter().any(|trial| trial.oddity.is_rebuilt)
    }

    /// Whether conflicts may stay that only people can end.
    pub(crate) fn has_conflicts(&self) -> bool {
        self.is_intruded()
            || self.forgeries().next().is_some()
            || self.is_rebuilt()
            || self.surroundings.vendor_was_here
            || self.surroundings.folds()
    }

    /// Whether the source's login loses sight of organizations. What is then called as one of them takes over its copy
    /// (behaviour.md, "re-mark"), and what the copy held bears marks that lead elsewhere once all is seen again.
    pub(crate) fn is_blinded(&self) -> bool {
        self.trials.iter().filter_map(|trial| trial.oddity.blindness.as_ref()).any(|blindness| blindness.on_source)
    }

    /// For how many hours things are kept.
    pub(crate) fn grace_hours(&self) -> i64 {
        match self.setting("DELETE_GRACE") {
            None => 0,
            Some(_) => 24,
        }
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
        Self { rng, strategies: TestRunner::new_with_rng(Config::default(), source) }
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
            ("MAX_CONCURRENT_CACHE_INIT_REQUESTS", self.between(1, 16).to_string()),
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
        let mishaps = (0..self.between(0, 5)).map(|_| Mishap::draw(&mut self.rng, with_products)).collect();
        let intrusions =
            if self.one_in(3) { (0..self.between(1, 4)).map(|_| self.intrusion()).collect() } else { Vec::new() };
        let ending = self.one_in(3).then(|| Ending::draw(&mut self.rng));
        let in_company = ending.is_none() && self.one_in(8);
        Trial {
            next: self.past(with_products, 12),
            mishaps,
            intrusions,
            ending,
            in_company,
            late: if self.one_in(5) { self.pick(&[10, 50, 200]) } else { 0 },
            oddity: Oddity::default(),
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
