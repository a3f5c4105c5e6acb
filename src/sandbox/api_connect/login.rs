//! Logging in, and what a login may do (section 2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::route::{Call, nowhere};
use super::{Answer, Handled, list};
use crate::sandbox::switches::CloudInformation;
use crate::sandbox::world::login::Grant;
use crate::sandbox::world::{Cluster, Login, Refusal, User};

/// `POST /api/token`.
pub(super) fn token(call: &mut Call<'_>) -> Handled {
    let body = call.body()?;
    let client = (body.required("client_id")?, body.required("client_secret")?);
    let grant = match body.required("grant_type")? {
        "password" => Grant::Password {
            realm: body.required("realm")?,
            username: body.required("username")?,
            password: body.required("password")?,
        },
        "api_key" => Grant::ApiKey(body.required("api_key")?),
        other => {
            return Err(Refusal::invalid(format!("The grant_type '{other}' is not supported.")));
        }
    };
    let login = call.cluster.log_in(client, &grant)?;
    let token = jwt(call, login, body.text("grant_type").unwrap_or_default());
    call.cluster.open_session(token.clone(), login);
    let lifetime = call.cluster.switches.token_lifetime;
    Ok(Answer::ok(&json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime})))
}

/// A token with the recorded claims. Its signature is a digest, which nobody checks.
fn jwt(call: &Call<'_>, at: usize, grant: &str) -> String {
    let (view, cluster) = (call.view(), &call.cluster);
    let login = &cluster.logins[at];
    let (org, user) = (cluster.provider_org.head.id, login.user);
    let registry = cluster.users.get(user).map_or(org, |row| row.registry);
    let path = |url: String| url.strip_prefix(view.base).map_or(String::new(), |path| format!("/api{path}"));
    let now = cluster.clock().now();
    let claims = json!({
        "jti": format!("{org}-{}", cluster.requests().len()), "namespace": format!("{org}:{registry}:{user}"),
        "aud": format!("/api/cloud/registrations/{org}"), "sub": path(view.user(user)), "iss": "IBM API Connect",
        "exp": now + cluster.switches.token_lifetime, "iat": now, "grant_type": grant, "user_registry_url": path(view.registry(registry)),
        "realm": login.realm, "username": login.username, "id_token": "sandbox", "scopes": login.scopes,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(Sha256::digest(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// `GET /api/cloud/provider/identity-providers`, open to all.
pub(super) fn identity_providers(call: &Call<'_>) -> Handled {
    let mut names: Vec<&str> = call.cluster.logins.iter().filter_map(|login| login.realm.split('/').nth(1)).collect();
    names.dedup();
    let row = |(at, name): (usize, &&str)| json!({"name": name, "title": "API Manager User Registry", "default": at == 0, "registry_type": "lur"});
    list::fixed(call, &names.iter().enumerate().map(row).collect::<Vec<_>>())
}

/// Where the server insists, every request names the registration that sends it (section 1).
pub(super) fn require_client(cluster: &Cluster, request: &::http::Request<Bytes>) -> Result<(), Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok());
    let client = &cluster.client;
    let names_it = header("x-ibm-client-id") == Some(&client.id)
        && header("x-ibm-client-secret") == Some(client.secret.expose_secret());
    if names_it || !cluster.switches.client_headers_demanded {
        return Ok(());
    }
    Err(Refusal::Unauthorized("The X-Ibm-Client-Id or X-Ibm-Client-Secret header is missing or invalid.".to_owned()))
}

/// `GET /api/cloud/about` and `/api/cloud/info`.
pub(super) fn cloud_information(call: &Call<'_>, place: &str) -> Handled {
    let switches = &call.cluster.switches;
    let told = if place == "about" { &switches.cloud_about } else { &switches.cloud_info };
    match told {
        CloudInformation::Absent => Err(nowhere()),
        CloudInformation::Nameless => {
            Ok(Answer::ok(&json!({"api_version": "2.0.0", "name": "cloud", "contact": {"email": "cloud@example.com"}})))
        }
        CloudInformation::Release(release) => Ok(Answer::ok(&json!({"api_version": "2.0.0", "version": release}))),
    }
}

/// The login behind the request's token.
pub(super) fn authenticate(cluster: &Cluster, request: &::http::Request<Bytes>) -> Result<Login, Refusal> {
    let header = request.headers().get(::http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let login = token.and_then(|token| cluster.session(token));
    login.cloned().ok_or_else(|| Refusal::Unauthorized("The access token is missing, invalid or expired.".to_owned()))
}

/// Asks for the permission that an area of the API needs; listing subscriptions needs `consumer-org:view` (section 2.3),
/// the others are inferred from the scopes' names.
pub(super) fn authorize(login: &Login, method: &str, segments: &[&str]) -> Result<(), Refusal> {
    let reads = method == "GET";
    let (["catalogs", _, _, area, ..]
    | ["spaces", _, _, _, area, ..]
    | ["apps", .., area @ ("credentials" | "subscriptions")]
    | ["apps", .., area @ ("credentials" | "subscriptions"), _]
    | [area, ..]) = segments
    else {
        return Ok(());
    };
    let scope = match (*area, reads) {
        ("consumer-orgs" | "subscriptions", true) => "consumer-org:view",
        ("consumer-orgs", false) => "consumer-org:manage",
        ("apps" | "credentials", true) => "app:view:all",
        ("apps" | "credentials" | "subscriptions", false) => "app:manage:all",
        ("products" | "apis", true) => "product:view",
        ("products" | "apis" | "publish", false) => "product:manage",
        ("stage", false) => "product:stage",
        ("settings", true) => "settings:view",
        ("settings", false) => "settings:manage",
        ("tasks", true) => "approval:view",
        ("tasks", false) => "approval:manage",
        _ => return Ok(()),
    };
    if login.scopes.contains(scope) { Ok(()) } else { Err(Refusal::Forbidden(scope.to_owned())) }
}

/// `GET /api/me`.
pub(super) fn me(call: &Call<'_>, login: &Login) -> Handled {
    if call.cluster.switches.me_refused {
        return Err(Refusal::Forbidden("my:view".to_owned()));
    }
    list::show::<User>(call, login.user)
}
