//! Logging in: the two grants of `POST /token` (api-connect-rest.md section 2).

use std::{fmt, time::Duration};

use ::http::{HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, json};

use crate::http::{LoginMethod, LoginRequest, Token};

/// The user and the client that log in.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user's part.
    pub grant: LoginGrant,
    /// The registration's id, from the toolkit's `credentials.json`.
    pub client_id: String,
    /// The registration's secret.
    pub client_secret: SecretString,
    /// Which settings to check when the server refuses.
    pub hint: String,
}

/// The proof of who the user is.
#[derive(Debug, Clone)]
pub enum LoginGrant {
    /// With a password.
    Password {
        /// The identity provider, e.g. `provider/default-idp-2`.
        realm: String,
        /// The user's name.
        user: String,
        /// The user's password.
        password: SecretString,
    },
    /// With an API key, which may be good for a single exchange.
    ApiKey(SecretString),
}

impl LoginMethod for Credentials {
    fn request(&self) -> LoginRequest {
        let mut body = match &self.grant {
            LoginGrant::Password { realm, user, password } => json!({
                "grant_type": "password",
                "realm": realm,
                "username": user,
                "password": password.expose_secret(),
            }),
            LoginGrant::ApiKey(key) => json!({"grant_type": "api_key", "api_key": key.expose_secret()}),
        };
        body["client_id"] = self.client_id.as_str().into();
        body["client_secret"] = self.client_secret.expose_secret().into();
        LoginRequest { path: "/token".into(), body: body.to_string().into(), hint: self.hint.clone() }
    }

    /// IBM's own client sends them with every call, and some servers may insist on them (section 1).
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let header = |name, text: &str| {
            let mut value = HeaderValue::try_from(text).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_static(name), value))
        };
        let id = header("x-ibm-client-id", &self.client_id);
        let secret = header("x-ibm-client-secret", self.client_secret.expose_secret());
        id.into_iter().chain(secret).collect()
    }

    fn token(&self, body: &[u8]) -> Result<Token, String> {
        let answer: TokenAnswer =
            serde_json::from_slice(body).map_err(|_| "the body has no `access_token` that is a text".to_owned())?;
        if answer.access_token.expose_secret().trim().is_empty() {
            return Err("the body has an empty `access_token`".to_owned());
        }
        Ok(Token { value: answer.access_token, lifetime: answer.expires_in.0 })
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Lifetime,
}

/// The lifetime of a token. Other implementations of this answer send texts and fractions. What makes no sense counts
/// as unknown: a 401 tells when such a token has ended.
#[derive(Default)]
struct Lifetime(Option<Duration>);

impl Lifetime {
    /// Less than a second would be over before the token is used.
    fn of_seconds(seconds: f64) -> Self {
        let lifetime = Duration::try_from_secs_f64(seconds).ok();
        Self(lifetime.filter(|lifetime| *lifetime >= Duration::from_secs(1)))
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyLifetime)
    }
}

struct AnyLifetime;

impl<'de> Visitor<'de> for AnyLifetime {
    type Value = Lifetime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    #[expect(clippy::cast_precision_loss, reason = "no lifetime needs more digits")]
    fn visit_u64<E>(self, seconds: u64) -> Result<Lifetime, E> {
        Ok(Lifetime::of_seconds(seconds as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "no lifetime needs more digits")]
    fn visit_i64<E>(self, seconds: i64) -> Result<Lifetime, E> {
        Ok(Lifetime::of_seconds(seconds as f64))
    }

    fn visit_f64<E>(self, seconds: f64) -> Result<Lifetime, E> {
        Ok(Lifetime::of_seconds(seconds))
    }

    fn visit_str<E>(self, text: &str) -> Result<Lifetime, E> {
        let seconds = text.trim().parse().ok();
        Ok(seconds.map(Lifetime::of_seconds).unwrap_or_default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Lifetime, E> {
        Ok(Lifetime::default())
    }

    fn visit_unit<E>(self) -> Result<Lifetime, E> {
        Ok(Lifetime::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Lifetime, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lifetime::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Lifetime, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Lifetime::default())
    }
}

/// The permissions that a token lists, if it is a JWT that lists any.
pub(crate) fn scopes(token: &str) -> Option<Vec<String>> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let scopes = claims.get("scopes")?.as_array()?;
    Some(scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetime(text: &str) -> Option<u64> {
        let answer = format!(r#"{{"access_token": "t", "expires_in": {text}}}"#);
        let answer: TokenAnswer = serde_json::from_str(&answer).unwrap();
        answer.expires_in.0.map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn a_lifetime_comes_in_many_forms() {
        for text in ["28800", "28800.5", "\"28800\"", "\" 28800.0 \"", "2.88e4"] {
            assert_eq!(lifetime(text), Some(28800), "{text}");
        }
        assert_eq!(lifetime("1e18"), Some(1_000_000_000_000_000_000));
    }

    #[test]
    fn a_lifetime_that_makes_no_sense_is_unknown() {
        for text in [
            "null",
            "0",
            "-1",
            "-0.5",
            "0.5",
            "1e300",
            "\"\"",
            "\"soon\"",
            "\"NaN\"",
            "\"inf\"",
            "true",
            "[1, [2]]",
            "{\"a\": {}}",
        ] {
            assert_eq!(lifetime(text), None, "{text}");
        }
        let absent: TokenAnswer = serde_json::from_str(r#"{"access_token": "t"}"#).unwrap();
        assert!(absent.expires_in.0.is_none());
    }
}
