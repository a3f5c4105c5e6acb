//! Logging in: the two grants of `POST /token` (api-connect-rest.md section 2).

use std::time::Duration;

use ::http::{HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Login, LoginRequest, Token};

/// What identifies the user and the client.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user's part.
    pub grant: Grant,
    /// The registration's id, from the toolkit's `credentials.json`.
    pub client_id: String,
    /// The registration's secret.
    pub client_secret: SecretString,
    /// Which settings to check when the server refuses.
    pub hint: String,
}

/// How the user proves who he is.
#[derive(Debug, Clone)]
pub enum Grant {
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

impl Login for Credentials {
    fn request(&self) -> LoginRequest {
        let mut body = match &self.grant {
            Grant::Password {
                realm,
                user,
                password,
            } => json!({
                "grant_type": "password",
                "realm": realm,
                "username": user,
                "password": password.expose_secret(),
            }),
            Grant::ApiKey(key) => json!({"grant_type": "api_key", "api_key": key.expose_secret()}),
        };
        body["client_id"] = self.client_id.as_str().into();
        body["client_secret"] = self.client_secret.expose_secret().into();
        LoginRequest {
            path: "/token".into(),
            body: body.to_string().into(),
            hint: self.hint.clone(),
        }
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
        let answer: TokenAnswer = serde_json::from_slice(body)
            .map_err(|_| "the body has no `access_token`".to_owned())?;
        Ok(Token {
            value: answer.access_token,
            lifetime: answer.expires_in.map(Duration::from_secs),
        })
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// The permissions that a token lists, if it is a JWT that lists any.
pub(super) fn scopes(token: &str) -> Option<Vec<String>> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let scopes = claims.get("scopes")?.as_array()?;
    Some(
        scopes
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    )
}
