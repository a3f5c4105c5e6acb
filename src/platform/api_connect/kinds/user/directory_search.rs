//! Users made by a search: where a registry does not let users be made, its search of the directory behind it makes
//! the record that an organization's owner or member needs (api-connect-rest.md section 5).

use std::{collections::HashSet, sync::Mutex};

use serde_json::{Map, json};

use crate::{
    engine::{catalog::CatalogError, model::Handle},
    http::{HttpError, Method},
    platform::api_connect::{
        kinds::{user, user_registry::UserRegistry},
        wire::{object::Object, routes},
        writer::ApiConnectTarget,
        writes::{
            creation::{Creation, CreationOutcome},
            patch::json_write,
            recheck::Rechecked,
        },
    },
};

/// Registries that were seen to refuse new users and to make them by search.
#[derive(Debug, Default)]
pub(crate) struct SearchedRegistries(Mutex<HashSet<Handle>>);

impl SearchedRegistries {
    pub(crate) fn contains(&self, registry: &Handle) -> bool {
        self.known().contains(registry)
    }

    fn note(&self, registry: &Handle) {
        self.known().insert(registry.clone());
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<Handle>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Tells refusals that may mean that the registry lets nobody be made in it: a search may make the user all the same.
pub(crate) fn may_help(registry: &UserRegistry, error: &CatalogError) -> bool {
    let Some(refusal) = HttpError::of(error) else {
        return false;
    };
    match refusal.status {
        Some(403 | 405) => true,
        Some(400 | 404 | 422 | 501) => !registry.is_local,
        _ => false,
    }
}

/// Lets the registry make somebody by looking for him. What it then shows of him is made what it should be, as far as
/// the server allows. `None` where the search is refused too.
pub(crate) async fn make_user(
    target: &ApiConnectTarget,
    registry: &UserRegistry,
    username: &str,
    creation: &Creation<'_>,
) -> Result<Option<DirectoryUser>, CatalogError> {
    // Where users may not be listed, he may have been there before.
    if let Some(known) = user::find_by_name(target, registry, username).await? {
        let object = target.adopt_if_ours(creation, known).await?;
        let outcome = CreationOutcome { object, is_new: false };
        return Ok(Some(DirectoryUser::Found(outcome, None)));
    }
    let Some(answer) = search(target, registry, username).await? else {
        return Ok(None);
    };
    target.searched_registries.note(&registry.handle);
    let Some(found) = user::user_in_answer(&answer, registry, username) else {
        return Ok(Some(DirectoryUser::Unknown));
    };
    let (object, remark) = match target.adopt(creation, found.clone(), true).await {
        Ok(object) => (object, None),
        Err(error) if HttpError::behind(&error).is_some_and(is_refusal) => {
            let remark = format!("is as the registry's directory has it: {error}");
            (found, Some(remark))
        }
        Err(error) => return Err(error),
    };
    let outcome = CreationOutcome { object, is_new: true };
    Ok(Some(DirectoryUser::Found(outcome, remark)))
}

/// The outcome of a search.
pub(crate) enum DirectoryUser {
    /// The record is there; with what the operator should know.
    Found(CreationOutcome, Option<String>),
    /// The directory does not know him.
    Unknown,
}

/// Asks the registry to look in its directory. To ask twice does no harm, but after a lost answer a look is enough.
async fn search(
    target: &ApiConnectTarget,
    registry: &UserRegistry,
    username: &str,
) -> Result<Option<Object>, CatalogError> {
    let path = routes::search_in(&registry.handle);
    let body = Map::from_iter([("username".to_owned(), json!(username)), ("remote".to_owned(), json!(true))]);
    let look = || async {
        let known = user::find_by_name(target, registry, username).await?;
        Ok(known.map_or(Rechecked::Unchanged, Rechecked::Done))
    };
    let write = json_write(Method::Post, &path, Some(&body));
    match target.write_with_recheck(write, look).await.map_err(CatalogError::from) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if HttpError::of(&error).is_some_and(is_refusal) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_refusal(error: &HttpError) -> bool {
    matches!(error.status, Some(400..=499))
}
