//! Every variable once: name, meaning, default, example, secret or not.
//! The flags, `--help`, the README's tables and the checks all come from here.

mod conventions;
mod later;
mod ours;
mod setting;
mod vendor;

pub use conventions::*;
pub use ours::*;
pub use setting::{Prefix, Setting};
pub use vendor::*;

/// A setting of the program, as an environment variable.
#[derive(Debug)]
pub struct Variable {
    /// The exact name, without `SOURCE_` or `TARGET_` where it is per side.
    pub name: &'static str,
    /// What it does, in a sentence or two.
    pub meaning: &'static str,
    /// What holds when it is unset, in the variable's own form.
    pub default: Option<&'static str>,
    /// What holds when it is unset, where that is no value but words.
    pub otherwise: &'static str,
    /// A value that would be accepted.
    pub example: &'static str,
    /// What it may hold.
    pub values: ValueType,
    /// Whether its value must never be shown. A secret has no flag, but may come from a file (`NAME_FILE`).
    pub secret: bool,
    /// Whether there is one for each side.
    pub scope: VariableScope,
    /// Who says what it means.
    pub origin: Origin,
    /// Whether this release heeds it. What it does not heed is refused when set, never ignored.
    pub supported: bool,
    /// Whether its lower-case spelling counts too, and goes first, as curl has it for the proxy variables.
    pub lower_case_too: bool,
}

/// How often a variable appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableScope {
    /// Twice, with the prefixes `SOURCE_` and `TARGET_`.
    PerSide,
    /// Once.
    Global,
}

/// Who says what a variable means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The vendor's documentation of the utility that this program can stand in for.
    Vendor,
    /// Common usage among command-line programs.
    Convention,
    /// This program.
    Ours,
}

/// What a variable may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Anything; the words say what.
    Text(&'static str),
    /// `true` or `false`, in any case.
    Boolean,
    /// Any value at all switches it on.
    Presence,
    /// One of some words, in any case.
    OneOf(&'static [&'static str]),
    /// A whole number in a range, both ends included.
    Whole(u32, u32),
    /// A time in a range of seconds, both ends included.
    Seconds(u64, u64),
    /// `src1,tgt1;src2,tgt2`.
    Mapping,
    /// The URL of a platform's REST API.
    Server,
    /// The URL of a proxy.
    Proxy,
}

impl ValueType {
    /// What is expected, for messages and documentation.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Text(words) => (*words).to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Presence => "any value".to_owned(),
            Self::OneOf(words) => words.join(" or "),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Seconds(least, most) => {
                format!("a time from {least} to {most} seconds, such as 30s, 5m or 1h30m; a bare number is seconds")
            }
            Self::Mapping => "pairs of names, source,target, separated by `;`, each name once on its side".to_owned(),
            Self::Server => "an http or https URL of host and path, without credentials, query or fragment".to_owned(),
            Self::Proxy => "the http or https URL of a proxy".to_owned(),
        }
    }
}

impl Variable {
    const fn new(origin: Origin, name: &'static str, values: ValueType, example: &'static str) -> Self {
        Self {
            name,
            meaning: "",
            default: None,
            otherwise: "none",
            example,
            values,
            secret: false,
            scope: VariableScope::Global,
            origin,
            supported: true,
            lower_case_too: false,
        }
    }

    const fn per_side(mut self) -> Self {
        self.scope = VariableScope::PerSide;
        self
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn otherwise(mut self, words: &'static str) -> Self {
        self.otherwise = words;
        self
    }

    const fn meaning(mut self, meaning: &'static str) -> Self {
        self.meaning = meaning;
        self
    }

    const fn later(mut self) -> Self {
        self.supported = false;
        self
    }

    const fn lower_case_too(mut self) -> Self {
        self.lower_case_too = true;
        self
    }

    /// The meaning, and the range or the choice of values where there is one.
    #[must_use]
    pub fn description(&self) -> String {
        let meaning = self.meaning;
        match self.values {
            ValueType::OneOf(words) => format!("{meaning} One of: {}.", words.join(", ")),
            ValueType::Whole(least, most) => format!("{meaning} {least} to {most}."),
            ValueType::Seconds(least, most) => format!("{meaning} {least} to {most} seconds."),
            _ => meaning.to_owned(),
        }
    }

    /// The setting that this variable is on one side.
    #[must_use]
    pub fn on(&'static self, prefix: Prefix) -> Setting {
        Setting { variable: self, prefix: Some(prefix), in_file: false }
    }

    /// The setting that this variable is, for one that is not per side.
    #[must_use]
    pub fn once(&'static self) -> Setting {
        Setting { variable: self, prefix: None, in_file: false }
    }

    fn settings(&'static self) -> impl Iterator<Item = Setting> {
        let plain = match self.scope {
            VariableScope::PerSide => vec![self.on(Prefix::Source), self.on(Prefix::Target)],
            VariableScope::Global => vec![self.once()],
        };
        plain
            .into_iter()
            .flat_map(|setting| std::iter::once(setting).chain(setting.variable.secret.then(|| setting.file())))
    }
}

/// All variables, in the order of the documentation.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    [vendor::ALL, ours::ALL, conventions::ALL, later::ALL].into_iter().flatten().copied()
}

/// All settings: every variable with its prefixes, and `NAME_FILE` for every secret.
pub fn settings() -> impl Iterator<Item = Setting> {
    variables().flat_map(Variable::settings)
}
