//! Roles of consumer organizations: every organization has copies with ids of its own (api-connect-rest.md section 6).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use crate::{
    engine::{catalog::CatalogError, model::Handle},
    platform::api_connect::{reader::ApiConnect, wire::paging},
};

/// The roles of one organization, by id.
#[derive(Debug)]
pub(crate) struct OrgRoles {
    by_id: HashMap<String, String>,
}

impl OrgRoles {
    pub(crate) fn name(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(String::as_str)
    }

    /// The id of a role, or that it has to be made first.
    pub(crate) fn id(&self, name: &str) -> Result<String, CatalogError> {
        let found = self.by_id.iter().find(|(_, other)| *other == name).map(|(id, _)| id.clone());
        found.ok_or_else(|| {
            let mut known: Vec<&str> = self.by_id.values().map(String::as_str).collect();
            known.sort_unstable();
            CatalogError::MissingOnTarget(format!(
                "the organization has no role {name} on the target (it has: {}): add it to the catalog's consumer role defaults",
                known.join(", ")
            ))
        })
    }
}

/// The roles that have been read, each organization's once, and the role ids that members were listed with.
#[derive(Debug, Default)]
pub(crate) struct RoleCache {
    roles: Mutex<HashMap<Handle, Arc<OnceCell<Arc<OrgRoles>>>>>,
    of_members: Mutex<HashMap<Handle, Vec<String>>>,
}

impl RoleCache {
    pub(crate) async fn of(&self, reader: &ApiConnect, org: &Handle) -> Result<Arc<OrgRoles>, CatalogError> {
        let cell = {
            let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
            roles.entry(org.clone()).or_default().clone()
        };
        cell.get_or_try_init(|| read(reader, org)).await.cloned()
    }

    pub(crate) fn note(&self, member: &Handle, role_ids: Vec<String>) {
        self.of_members.lock().unwrap_or_else(PoisonError::into_inner).insert(member.clone(), role_ids);
    }

    pub(crate) fn noted(&self, member: &Handle) -> Option<Vec<String>> {
        self.of_members.lock().unwrap_or_else(PoisonError::into_inner).get(member).cloned()
    }
}

async fn read(reader: &ApiConnect, org: &Handle) -> Result<Arc<OrgRoles>, CatalogError> {
    let path = reader.paths.of_consumer_org(org, "roles");
    let pages = paging::read_all(&reader.client, &path, &[], &reader.page).await?;
    let mut by_id = HashMap::new();
    for role in &pages.objects {
        let name = role.text("name").ok_or_else(|| role.lacks("name"))?;
        by_id.insert(role.id()?.to_owned(), name.to_owned());
    }
    Ok(Arc::new(OrgRoles { by_id }))
}
