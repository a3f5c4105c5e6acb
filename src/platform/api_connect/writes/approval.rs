//! Giving the approvals that objects on the target wait for (api-connect-rest.md section 17).

use serde_json::{Map, Value};

use crate::{
    engine::{
        catalog::{Approval, CatalogError, Places},
        model::{Document, Handle, KindId},
    },
    http::{HttpError, Method},
    platform::{
        api_connect::{
            kinds::operations_of,
            wire::{object::Object, paging},
            writer::ApiConnectTarget,
            writes::{patch::json_write, recheck::Rechecked},
        },
        write_once::WriteFailure,
    },
};

/// Approves the tasks of one object, each once, and gives the object what it could not have before.
pub(crate) async fn approve(
    target: &ApiConnectTarget,
    kind: KindId,
    object: &Handle,
    document: &Document,
    places: &Places<'_>,
) -> Result<Approval, CatalogError> {
    let shown = read(target, kind, object).await?;
    if shown.is_waiting() {
        if let Some(reason) = unwanted_upgrade(&shown, document) {
            return Ok(Approval::Waiting(reason));
        }
        if let Err(error) = approve_tasks(target, object, &shown).await {
            return waiting(error);
        }
    }
    let now = read(target, kind, object).await?;
    if now.is_waiting() {
        let reason = "no open task of it is to be seen, or there are further ones".to_owned();
        return Ok(Approval::Waiting(reason));
    }
    complete(target, kind, object, &now, document, places).await
}

async fn read(target: &ApiConnectTarget, kind: KindId, object: &Handle) -> Result<Object, CatalogError> {
    let found = target.reader.object(kind, object).await?;
    found.ok_or_else(CatalogError::vanished)
}

/// An upgrade that somebody asked for on the target, and that the source does not have, is not this run's to approve.
fn unwanted_upgrade(shown: &Object, document: &Document) -> Option<String> {
    let asked = shown.text("lifecycle_state_pending")?;
    let wanted = document.field("lifecycle_state");
    (wanted != asked).then(|| format!("the source does not have the {asked} that it waits for"))
}

async fn approve_tasks(target: &ApiConnectTarget, object: &Handle, shown: &Object) -> Result<(), CatalogError> {
    for path in task_paths(target, object, shown).await? {
        let body = Map::from_iter([("state".to_owned(), Value::from("approved"))]);
        let write = json_write(Method::Patch, &path, Some(&body));
        match target.write_with_recheck(write, || recheck_task(target, &path)).await {
            // The object shows in the end whether it was approved.
            Err(WriteFailure::Failed(error)) if error.answer_was_lost() => {}
            sent => drop(sent?),
        }
    }
    Ok(())
}

/// Looks whether a task still waits after an approval that failed. The object shows in the end what was decided.
async fn recheck_task(target: &ApiConnectTarget, path: &str) -> Result<Rechecked, CatalogError> {
    let task = target.reader.get(path).await?;
    Ok(match task {
        Some(task) if waits(&task) => Rechecked::Unchanged,
        task => Rechecked::Done(task.unwrap_or_default()),
    })
}

/// The open tasks of an object: those that it names itself, or else those of the catalog whose content it is.
async fn task_paths(target: &ApiConnectTarget, object: &Handle, shown: &Object) -> Result<Vec<String>, CatalogError> {
    let site = &target.reader.paths;
    let named = shown.texts("task_urls").unwrap_or_default();
    let named: Vec<String> = named.into_iter().filter_map(|url| site.task(url)).collect();
    let mut open = Vec::new();
    for path in named {
        let task = target.reader.get(&path).await?;
        if task.is_some_and(|task| is_open(&task, object)) {
            open.push(path);
        }
    }
    if !open.is_empty() {
        return Ok(open);
    }
    let path = site.of_catalog("tasks");
    let tasks = paging::read_all(&target.reader.client, &path, &[], &target.reader.page).await?;
    let of_it = |task: &&Object| task.text("content_url").is_some() && is_open(task, object);
    let found = tasks.objects.iter().filter(of_it);
    Ok(found.filter_map(|task| site.task(task.text("url")?)).collect())
}

/// Tells tasks that wait, and are about this object as far as they say what they are about.
fn is_open(task: &Object, object: &Handle) -> bool {
    let ids = object.as_str().split('/').count();
    let content = task.points_at("content_url", ids);
    content.is_none_or(|content| content == *object) && waits(task)
}

fn waits(task: &Object) -> bool {
    task.text("state").is_none_or(|state| state == "pending")
}

async fn complete(
    target: &ApiConnectTarget,
    kind: KindId,
    object: &Handle,
    now: &Object,
    document: &Document,
    places: &Places<'_>,
) -> Result<Approval, CatalogError> {
    let waits_again = match operations_of(kind).settle_approved {
        Some(settle) => settle(target, (object, now), document, places).await?,
        None if target.reader.path(kind, object).is_some() => target.settle_state(kind, object, now, document).await?,
        None => false,
    };
    Ok(if waits_again {
        Approval::Waiting("what follows its approval waits for another".to_owned())
    } else {
        Approval::Given
    })
}

/// A server that refuses has the last word; whatever else goes wrong is a failure.
fn waiting(error: CatalogError) -> Result<Approval, CatalogError> {
    let refuses = |error: &HttpError| matches!(error.status, Some(400..=499));
    match HttpError::of(&error) {
        Some(refusal) if refuses(refusal) => Ok(Approval::Waiting(refusal.to_string())),
        _ => Err(error),
    }
}
