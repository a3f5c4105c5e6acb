//! Values that are carried but never shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret that can be compared and sent, but has no `Display` and no `Serialize`.
#[derive(Clone)]
pub struct Secret {
    value: SecretString,
    of_clear: bool,
}

impl Secret {
    /// What was made from a secret that its server showed in clear, or seemed to: two things with one such secret show
    /// a placeholder.
    #[must_use]
    pub fn of_clear(value: String) -> Self {
        Self { of_clear: true, ..Self::from(value) }
    }

    /// Whether it was made from what its server showed in clear.
    #[must_use]
    pub fn is_of_clear(&self) -> bool {
        self.of_clear
    }

    /// The value itself, for the wire only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self { value: value.into(), of_clear: false }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}
