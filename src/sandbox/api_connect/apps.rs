//! Apps, credentials and subscriptions (sections 11, 12, 13).

use secrecy::ExposeSecret;
use serde_json::Value;

use super::list::{deleted, filtered, list, show, value};
use super::products::product_at;
use super::route::{Call, find, find_space, nowhere};
use super::urls::tail;
use super::{Answer, Handled};
use crate::sandbox::world::credentials::{Issued, hash_of};
use crate::sandbox::world::fields::HeadFields;
use crate::sandbox::world::{App, ConsumerOrg, Credential, Id, Refusal, Subscription};

/// What can follow an app in a path; anything else there makes the first segment a space.
const BELOW: [&str; 2] = ["credentials", "subscriptions"];

/// `/api/consumer-orgs/{o}/{c}/{g}/apps`
pub(super) fn collection(call: &mut Call<'_>, org: Id) -> Handled {
    match call.method {
        "GET" => list::<App>(call, org),
        "POST" => create(call, org),
        "DELETE" => {
            call.confirmed(&call.cluster.consumer_orgs[org].head.name)?;
            for app in call.cluster.apps.under(org).to_vec() {
                call.cluster.remove_app(app);
            }
            Ok(Answer::empty())
        }
        _ => Err(nowhere()),
    }
}

/// The only answer that shows the app's client id and secret.
fn create(call: &mut Call<'_>, org: Id) -> Handled {
    let body = call.body()?;
    let (app, issued) = call.cluster.create_app(org, &body.read::<HeadFields>()?, &body.read()?)?;
    let mut object = value::<App>(call, app);
    reveal(&mut object, &issued);
    Ok(Answer::created(&object))
}

/// Shows what is shown once.
fn reveal(object: &mut Value, issued: &Issued) {
    object["client_id"] = issued.client_id.clone().into();
    if let Some(secret) = &issued.client_secret {
        object["client_secret"] = secret.expose_secret().into();
    }
}

/// `/api/apps/{o}/{c}/{g}/{a}…`, or with a space before `{g}`.
pub(super) fn route(call: &mut Call<'_>, catalog: Id, rest: &[&str]) -> Handled {
    let rest = match rest {
        [_, _] => rest,
        [_, _, below, ..] if BELOW.contains(below) => rest,
        [space, rest @ ..] if find_space(call, catalog, space).is_some() => rest,
        _ => return Err(nowhere()),
    };
    let [org, app, rest @ ..] = rest else {
        return Err(nowhere());
    };
    let org = find::<ConsumerOrg>(call, catalog, "consumer org", org)?;
    let app = find::<App>(call, org, "app", app)?;
    match (call.method, rest) {
        (_, []) => one(call, app),
        (_, ["credentials"]) => credentials(call, app),
        (_, ["credentials", id, action @ ..]) => {
            let credential = find::<Credential>(call, app, "credential", id)?;
            one_credential(call, credential, action)
        }
        (_, ["subscriptions"]) => subscriptions(call, app),
        (_, ["subscriptions", id]) => {
            let subscription = find::<Subscription>(call, app, "subscription", id)?;
            one_subscription(call, subscription)
        }
        _ => Err(nowhere()),
    }
}

fn one(call: &mut Call<'_>, app: Id) -> Handled {
    match call.method {
        "GET" => {}
        "PATCH" => {
            let body = call.body()?;
            call.cluster.change_app(app, &body.read::<HeadFields>()?, &body.read()?)?;
        }
        "DELETE" => {
            let gone = value::<App>(call, app);
            call.cluster.remove_app(app);
            return Ok(deleted(call, &gone));
        }
        _ => return Err(nowhere()),
    }
    show::<App>(call, app)
}

fn credentials(call: &mut Call<'_>, app: Id) -> Handled {
    match call.method {
        "GET" => list::<Credential>(call, app),
        "POST" => {
            let body = call.body()?;
            let issued = call.cluster.create_credential(app, &body.read::<HeadFields>()?, &body.read()?)?;
            let mut object = value::<Credential>(call, issued.credential);
            reveal(&mut object, &issued);
            Ok(Answer::created(&object))
        }
        "DELETE" => {
            call.confirmed(&call.cluster.apps[app].head.name)?;
            call.cluster.clear_credentials(app)?;
            Ok(Answer::empty())
        }
        _ => Err(nowhere()),
    }
}

fn one_credential(call: &mut Call<'_>, credential: Id, action: &[&str]) -> Handled {
    match (call.method, action) {
        ("GET", []) => show::<Credential>(call, credential),
        ("PATCH", []) => {
            let body = call.body()?;
            call.cluster.change_credential(credential, &body.read::<HeadFields>()?, &body.read()?)?;
            show::<Credential>(call, credential)
        }
        ("DELETE", []) => {
            let gone = value::<Credential>(call, credential);
            call.cluster.remove_credential(credential)?;
            Ok(deleted(call, &gone))
        }
        ("POST", ["verify-client-secret"]) => verify(call, credential),
        ("POST", [action @ ("reset" | "reset-client-secret")]) => {
            let issued = call.cluster.reset_credential(credential, *action == "reset")?;
            let mut object = value::<Credential>(call, credential);
            reveal(&mut object, &issued);
            Ok(Answer::ok(&object))
        }
        _ => Err(nowhere()),
    }
}

/// 200 for the right values, 400 for wrong ones: the path and the fields are known, the answers are not.
fn verify(call: &Call<'_>, credential: Id) -> Handled {
    let body = call.body()?;
    let row = &call.cluster.credentials[credential];
    let right = row.client_id == body.required("client_id")?
        && row.hash().expose_secret() == hash_of(body.required("client_secret")?);
    if right {
        show::<Credential>(call, credential)
    } else {
        Err(Refusal::invalid("The client_id or the client_secret is not valid."))
    }
}

/// The catalog-wide list with its official filters.
pub(super) fn list_subscriptions(call: &Call<'_>, catalog: Id) -> Handled {
    let org = call.query("consumer_org_url").map(|url| {
        let name = tail(url, "consumer-orgs").pop().unwrap_or_default();
        let found = call.cluster.consumer_orgs.find(catalog, &name);
        found.filter(|_| call.below_base(url)).map(|row| row.head.id)
    });
    let product = call.query("product_url").map(|url| product_at(call, catalog, url).filter(|_| call.below_base(url)));
    let plan = call.query("plan");
    if !call.cluster.switches.subscriptions_filtered && (org.is_some() || product.is_some()) {
        return Err(Refusal::invalid("The filter is not supported."));
    }
    if org.is_none() && product.is_none() && plan.is_none() {
        return list::<Subscription>(call, catalog);
    }
    // The narrowest listing that the filters allow; an object that does not exist has none.
    let ancestor = match (org, product) {
        (Some(None), _) | (_, Some(None)) => {
            return filtered::<Subscription>(call, catalog, |_| false);
        }
        (Some(Some(org)), _) => org,
        (None, Some(Some(product))) => product,
        (None, None) => catalog,
    };
    filtered::<Subscription>(call, ancestor, |row| {
        product.flatten().is_none_or(|product| row.product == product) && plan.is_none_or(|plan| row.plan == plan)
    })
}

fn subscriptions(call: &mut Call<'_>, app: Id) -> Handled {
    match call.method {
        "GET" => list::<Subscription>(call, app),
        "POST" => subscribe(call, app),
        "DELETE" => {
            call.confirmed(&call.cluster.apps[app].head.name)?;
            for subscription in call.cluster.subscriptions.under(app).to_vec() {
                call.cluster.remove_subscription(subscription);
            }
            Ok(Answer::empty())
        }
        _ => Err(nowhere()),
    }
}

fn subscribe(call: &mut Call<'_>, app: Id) -> Handled {
    let body = call.body()?;
    let url = body.required("product_url")?;
    let plan = body.required("plan")?;
    let catalog = call.cluster.apps[app].catalog;
    let product = product_at(call, catalog, url)
        .ok_or_else(|| Refusal::invalid(format!("The product '{url}' was not found.")))?;
    let subscription = call.cluster.create_subscription(app, product, plan, &body.read()?)?;
    Ok(Answer::created(&value::<Subscription>(call, subscription)))
}

fn one_subscription(call: &mut Call<'_>, subscription: Id) -> Handled {
    match call.method {
        "GET" => {}
        "PATCH" => {
            let body = call.body()?.forbid(&["billing_identifiers", "plan_title"])?;
            call.cluster.change_subscription(subscription, &body.read()?)?;
        }
        "DELETE" => {
            let gone = value::<Subscription>(call, subscription);
            call.cluster.remove_subscription(subscription);
            return Ok(deleted(call, &gone));
        }
        _ => return Err(nowhere()),
    }
    show::<Subscription>(call, subscription)
}
