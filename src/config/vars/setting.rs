//! A variable under its full name, and the flag that goes with it.

use std::fmt;

use super::Variable;

/// A variable under its full name: with its side's prefix, and `_FILE` when it names the file that holds a secret.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its row in the registry.
    pub variable: &'static Variable,
    /// Its side, where it has one.
    pub prefix: Option<Prefix>,
    /// Whether this is the `NAME_FILE` of a secret `NAME`.
    pub in_file: bool,
}

impl Setting {
    /// The name of the environment variable.
    #[must_use]
    pub fn name(&self) -> String {
        let prefix = self.prefix.map_or("", Prefix::as_str);
        format!("{prefix}{}{}", self.variable.name, if self.in_file { "_FILE" } else { "" })
    }

    /// The name of the flag, without its dashes; none for a secret, which must not stand in a process list.
    #[must_use]
    pub fn flag(&self) -> Option<String> {
        (!self.is_secret()).then(|| words_of(&self.name()))
    }

    /// Whether its value must never be shown.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.variable.secret && !self.in_file
    }

    /// The setting that names the file which holds this secret.
    #[must_use]
    pub fn file(&self) -> Self {
        Self { in_file: true, ..*self }
    }

    /// A line that would be accepted.
    #[must_use]
    pub fn example(&self) -> String {
        let value = if self.in_file { "/run/secrets/name" } else { self.variable.example };
        format!("{}={value}", self.name())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Which side a variable is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `SOURCE_`
    Source,
    /// `TARGET_`
    Target,
}

impl Prefix {
    /// The prefix as it stands in a variable's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "SOURCE_",
            Self::Target => "TARGET_",
        }
    }
}

/// `MAX_DELETE_PERCENT` is `max-delete-percent`, `SyncProductsAndAPIs` is `sync-products-and-apis`.
fn words_of(name: &str) -> String {
    let mut words = String::new();
    let mut after_lower_case = false;
    for letter in name.chars() {
        if after_lower_case && letter.is_ascii_uppercase() {
            words.push('-');
        }
        after_lower_case = letter.is_ascii_lowercase();
        words.push(if letter == '_' { '-' } else { letter.to_ascii_lowercase() });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn a_flag_has_the_words_of_its_variable() {
        assert_eq!(words_of("MAX_DELETE_PERCENT"), "max-delete-percent");
        assert_eq!(words_of("SyncProductsAndAPIs"), "sync-products-and-apis");
        assert_eq!(words_of("SOURCE_ADMIN_PASSWORD_FILE"), "source-admin-password-file");
    }
}
