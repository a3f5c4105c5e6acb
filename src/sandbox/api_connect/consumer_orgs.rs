//! Consumer orgs, their roles and members (sections 6, 8, 9).

use super::list::{deleted, list, show, value};
use super::route::{Call, find, find_space, nowhere};
use super::urls::{child_at, user_at};
use super::{Answer, Handled, apps};
use crate::sandbox::world::build::Stored;
use crate::sandbox::world::consumers::TransferTerms;
use crate::sandbox::world::fields::HeadFields;
use crate::sandbox::world::{ConsumerOrg, Id, Member, Refusal, Role};

/// What can follow a consumer org in a path; anything else there makes the first segment a space.
const BELOW: [&str; 5] = ["members", "roles", "apps", "settings", "transfer-owner"];

/// `/api/catalogs/{o}/{c}/consumer-orgs`
pub(super) fn collection(call: &mut Call<'_>, catalog: Id) -> Handled {
    match call.method {
        "GET" => list::<ConsumerOrg>(call, catalog),
        "POST" => create(call, catalog),
        "DELETE" => {
            call.confirmed(&call.cluster.catalogs[catalog].head.name)?;
            for org in call.cluster.consumer_orgs.under(catalog).to_vec() {
                call.cluster.remove_org(org);
            }
            Ok(Answer::empty())
        }
        _ => Err(nowhere()),
    }
}

fn create(call: &mut Call<'_>, catalog: Id) -> Handled {
    let body = call.body()?;
    let owner = user_at(call.cluster, body.required("owner_url")?)?;
    let org = call.cluster.create_org(catalog, &body.read::<HeadFields>()?, owner)?;
    Ok(Answer::created(&value::<ConsumerOrg>(call, org)))
}

/// `/api/consumer-orgs/{o}/{c}/{g}…`, or with a space before `{g}`.
pub(super) fn route(call: &mut Call<'_>, catalog: Id, rest: &[&str]) -> Handled {
    let rest = match rest {
        [_] => rest,
        [_, below, ..] if BELOW.contains(below) => rest,
        [space, rest @ ..] if find_space(call, catalog, space).is_some() => rest,
        _ => return Err(nowhere()),
    };
    let [org, rest @ ..] = rest else {
        return Err(nowhere());
    };
    let org = find::<ConsumerOrg>(call, catalog, "consumer org", org)?;
    match (call.method, rest) {
        (_, []) => one(call, org),
        (_, ["settings"]) => settings(call, org),
        ("POST", ["transfer-owner"]) => transfer_owner(call, org),
        ("GET", ["roles"]) => list::<Role>(call, org),
        ("GET", ["roles", role]) => show::<Role>(call, find::<Role>(call, org, "role", role)?),
        (_, ["members"]) => members(call, org),
        (_, ["members", member]) => {
            let member = find::<Member>(call, org, "member", member)?;
            one_member(call, org, member)
        }
        (_, ["apps"]) => apps::collection(call, org),
        _ => Err(nowhere()),
    }
}

fn one(call: &mut Call<'_>, org: Id) -> Handled {
    match call.method {
        "GET" => {}
        "PATCH" => {
            let body = call.body()?;
            let body = if call.cluster.switches.owner_patch_refused { body.forbid(&["owner_url"])? } else { body };
            call.cluster.change_org(org, &body.read()?)?;
        }
        "DELETE" => {
            let gone = value::<ConsumerOrg>(call, org);
            call.cluster.remove_org(org);
            return Ok(deleted(call, &gone));
        }
        _ => return Err(nowhere()),
    }
    show::<ConsumerOrg>(call, org)
}

fn settings(call: &mut Call<'_>, org: Id) -> Handled {
    if call.method == "PUT"
        && let Some(ttl) = call.body()?.get("invitation_ttl").and_then(serde_json::Value::as_u64)
    {
        call.cluster.change::<ConsumerOrg>(org, |row| row.invitation_ttl = ttl);
    }
    let row = &call.cluster.consumer_orgs[org];
    let url = format!("{}/settings", call.view().consumer_org(row.catalog, org));
    let setting = serde_json::json!({
        "type": "consumer_org_setting", "api_version": "2.0.0", "name": "consumer-org-setting", "invitation_ttl": row.invitation_ttl, "url": url,
    });
    Ok(Answer::ok(&setting))
}

/// Section 8.2. Of the two ways to name the new owner, only the member is known here: worlds have no associates.
fn transfer_owner(call: &mut Call<'_>, org: Id) -> Handled {
    let body = call.body()?;
    let member = child_at::<Member>(call.cluster, org, "members", body.required("new_owner_member_url")?)?;
    let old_owner_roles = roles_at(call, org, body.texts("old_owner_new_role_urls").unwrap_or_default())?;
    let delete_old_owner = call.query("delete_old_owner") == Some("true");
    call.cluster.transfer_owner(org, member, &TransferTerms { delete_old_owner, old_owner_roles })?;
    show::<ConsumerOrg>(call, org)
}

fn roles_at(call: &Call<'_>, org: Id, urls: Vec<&str>) -> Result<Vec<Id>, Refusal> {
    urls.into_iter().map(|url| child_at::<Role>(call.cluster, org, "roles", url)).collect()
}

fn members(call: &mut Call<'_>, org: Id) -> Handled {
    match call.method {
        "GET" => list::<Member>(call, org),
        "POST" => {
            let body = call.body()?;
            let url = body.get("user").and_then(|user| user["url"].as_str());
            let user = user_at(call.cluster, url.ok_or_else(|| Refusal::invalid("The user property is required."))?)?;
            let roles = roles_at(call, org, body.texts("role_urls").unwrap_or_default())?;
            let member = call.cluster.create_member(org, user, roles, &body.read()?)?;
            Ok(Answer::created(&value::<Member>(call, member)))
        }
        "DELETE" => clear_members(call, org),
        _ => Err(nowhere()),
    }
}

/// The owner's member stays.
fn clear_members(call: &mut Call<'_>, org: Id) -> Handled {
    call.confirmed(&ConsumerOrg::table(call.cluster)[org].head.name)?;
    let owner = call.cluster.consumer_orgs[org].owner;
    let others: Vec<Id> =
        call.cluster.members.rows_under(org).filter(|row| row.user != owner).map(|row| row.head.id).collect();
    for member in others {
        call.cluster.remove_member(member)?;
    }
    Ok(Answer::empty())
}

fn one_member(call: &mut Call<'_>, org: Id, member: Id) -> Handled {
    match call.method {
        "GET" => {}
        "PATCH" => {
            let body = call.body()?;
            let roles = body.texts("role_urls").map(|urls| roles_at(call, org, urls)).transpose()?;
            call.cluster.change_member(member, roles, &body.read()?)?;
        }
        "DELETE" => {
            let gone = value::<Member>(call, member);
            call.cluster.remove_member(member)?;
            return Ok(deleted(call, &gone));
        }
        _ => return Err(nowhere()),
    }
    show::<Member>(call, member)
}
