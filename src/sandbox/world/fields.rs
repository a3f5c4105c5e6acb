//! What a client may say when it creates or changes an object. Unknown and read-only fields are dropped in reading.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A field of a partial update.
#[derive(Debug, Clone, Default)]
pub enum Field<T> {
    /// Not mentioned: stays as it is.
    #[default]
    Absent,
    /// `null`: cleared.
    Null,
    /// Given.
    Set(T),
}

impl<T: Clone> Field<T> {
    pub(super) fn put_into(&self, place: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *place = None,
            Self::Set(value) => *place = Some(value.clone()),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Set))
    }
}

/// What every kind takes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields have the names of the REST API")]
pub struct HeadFields {
    pub name: Option<String>,
    pub title: Option<String>,
    pub summary: Field<String>,
    pub state: Option<String>,
    pub metadata: Field<Map<String, Value>>,
}

impl HeadFields {
    /// Nothing but a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }
}

/// What a user takes beside the head.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields have the names of the REST API")]
pub struct UserFields {
    pub username: Option<String>,
    pub email: Field<String>,
    pub first_name: Field<String>,
    pub last_name: Field<String>,
    pub password: Option<SecretText>,
}

/// What an app takes beside the head.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields have the names of the REST API")]
pub struct AppFields {
    pub redirect_endpoints: Field<Vec<String>>,
    pub application_public_certificate_entry: Field<String>,
    pub image_endpoint: Field<String>,
    pub lifecycle_state: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<SecretText>,
}

/// What a credential takes beside the head.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields have the names of the REST API")]
pub struct CredentialFields {
    pub client_id: Field<String>,
    pub client_secret: Option<SecretText>,
    pub client_secret_hashed: Option<SecretText>,
}

/// A secret on its way in.
#[derive(Debug, Clone)]
pub struct SecretText(pub SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(SecretString::from(String::deserialize(deserializer)?)))
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}
