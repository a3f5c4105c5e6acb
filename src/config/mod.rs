//! What the user asked for: variables and flags, read once, checked as a whole, kept as values.
//!
//! Nothing here touches the process: `main` hands over the [`Environment`] and the [`FlagValues`]. Files that a variable names
//! (secrets, PEM) are read here, so that whatever is wrong with the configuration is told at once.

mod env;
mod parse;
mod problem;
mod reading;
mod secret;
mod settings;
mod side;
mod spelling;
mod table;
mod unverified;
pub mod vars;

pub use env::{Environment, FlagValues};
pub use parse::NameMapping;
pub use problem::{Problem, Problems, Warning};
pub use settings::{
    DeletePolicy, DeletionSettings, HttpSettings, LimitSettings, LogEncoding, LogSettings, Mappings, OnLimit,
    OutputFormat, OutputSettings, ProxySettings, ScopeSettings, Settings, SnapshotSettings,
};
pub use side::{Identity, LoginSettings, Side, SideSettings};
pub use table::markdown;

use reading::Reading;
use vars::Prefix;

/// Everything that one run between two catalogs needs to know.
#[derive(Debug)]
pub struct Config {
    /// The catalog that is read.
    pub source: SideSettings,
    /// The catalog that is made like it.
    pub target: SideSettings,
    /// How the run shall behave.
    pub settings: Settings,
    /// The settings that are neither secret nor what holds without them, by name.
    pub in_force: Vec<(String, String)>,
    /// What is odd about the environment or a setting, and no reason to stop.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads the whole configuration; a flag wins over its variable, an empty value is an unset one.
    ///
    /// `kinds` are the names that `INCLUDE_KINDS` and its like may use.
    ///
    /// # Errors
    ///
    /// All problems at once, so that the user mends them in one go.
    pub fn load(
        environment: &Environment,
        flags: &FlagValues,
        kinds: &[&str],
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reading = Reading::new(environment, flags);
        reading.warn_of_the_environment();
        let source = SideSettings::read(&mut reading, Prefix::Source);
        let target = SideSettings::read(&mut reading, Prefix::Target);
        let mut settings = Settings::read(&mut reading, kinds);
        // That something is missing from an old snapshot proves little.
        let is_snapshot = source.as_ref().is_some_and(|source| source.snapshot().is_some());
        if is_snapshot && !reading.is_set(&vars::DELETE_POLICY.once()) {
            settings.deletion.policy = DeletePolicy::Report;
        }
        let config = source.zip(target).map(|(source, target)| Self {
            source,
            target,
            settings,
            in_force: reading.in_force(),
            warnings: Vec::new(),
        });
        if let Some(config) = &config {
            config.refuse_same_catalog(&mut reading);
        }
        let (config, warnings) = reading.finish(config)?;
        let config = Self { warnings: warnings.clone(), ..config };
        Ok((config, warnings))
    }

    /// Reads what the source and the settings say, for a command that asks no target.
    ///
    /// # Errors
    ///
    /// All problems at once.
    pub fn load_source(
        environment: &Environment,
        flags: &FlagValues,
        kinds: &[&str],
    ) -> Result<((Side, Settings), Vec<Warning>), Problems> {
        let mut reading = Reading::new(environment, flags);
        reading.warn_of_the_environment();
        let source = Side::read(&mut reading, Prefix::Source);
        let settings = Settings::read(&mut reading, kinds);
        reading.finish(source.map(|source| (source, settings)))
    }

    fn refuse_same_catalog(&self, reading: &mut Reading) {
        if self.source.is_same_catalog(&self.target) {
            reading.refuse(Problem {
                variable: vars::CATALOG.on(Prefix::Target).name(),
                found: self.target.server().map(|target| format!("{target}, which is the source itself")),
                expected: "another catalog than the source".to_owned(),
                example: "TARGET_CATALOG=dr".to_owned(),
                note: None,
            });
        }
    }
}
