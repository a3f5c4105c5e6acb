//! The environment and the flags, as values that `main` hands over.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;

/// The variables that the process was started with.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    not_utf8: BTreeSet<String>,
}

impl Environment {
    /// Takes what `std::env::vars_os` yields. What is no UTF-8 is remembered as such and refused if it is one of our variables.
    pub fn from_os(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else {
                continue;
            };
            if value.to_str().is_none() {
                environment.not_utf8.insert(name.clone());
            }
            environment.values.insert(name, value.to_string_lossy().into_owned());
        }
        environment
    }

    /// The value of a variable; an empty one is an unset one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The names of all variables that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name.as_str())
    }

    /// The same, with a value for a variable that has none.
    #[must_use]
    pub fn with_default(mut self, name: &str, value: &str) -> Self {
        if self.get(name).is_none() {
            self.values.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub(super) fn is_utf8(&self, name: &str) -> bool {
        !self.not_utf8.contains(name)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let values = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, not_utf8: BTreeSet::new() }
    }
}

impl fmt::Debug for Environment {
    /// Names only: any value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// The settings given on the command line, under the names of their variables.
#[derive(Clone, Default)]
pub struct FlagValues(BTreeMap<String, String>);

impl FlagValues {
    /// The value given for a variable. An empty one means that the flag unsets the variable for this run.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for FlagValues {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(flags: I) -> Self {
        Self(flags.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for FlagValues {
    /// Names only: a proxy's URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
