//! A captured catalog in the terms of the target: registries and gateway services by the names that they have there, and user
//! names folded as the target folds them.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;

use crate::{
    engine::{
        catalog::{CatalogError, Listing, Reader, Requests},
        model::{
            Handle, KindId, KindTable, Name, Release, Resource,
            address::{decode, encode},
        },
    },
    platform::api_connect::{
        check::preflight::Requirements,
        kinds::{GATEWAY_SERVICES, REGISTRIES, USERS, gateway_service::OWN_NAME, user_registry::UserRegistries},
    },
};

/// A catalog whose objects are given in the terms of the target.
pub(super) struct InTargetTerms {
    inner: Arc<dyn Reader>,
    registry_names: Vec<(String, String)>,
    gateway_names: Vec<(String, String)>,
    /// The keys of the target's registries to which `Alice` and `alice` are one person.
    folding: HashSet<String>,
}

impl InTargetTerms {
    pub(super) fn new(inner: Arc<dyn Reader>, target: &UserRegistries, requirements: &Requirements) -> Self {
        let folding = target.all.iter().filter(|registry| registry.folds_case);
        Self {
            inner,
            registry_names: requirements.registry_names.clone(),
            gateway_names: requirements.gateway_names.clone(),
            folding: folding.map(|it| registry_key(&encode(&it.name), &it.registry_type)).collect(),
        }
    }

    fn translated(&self, resource: Resource, parent: Option<&Resource>) -> Resource {
        match resource.kind {
            REGISTRIES => self.registry(resource),
            GATEWAY_SERVICES => self.gateway_service(resource),
            USERS => self.user(resource, parent),
            _ => resource,
        }
    }

    fn registry(&self, resource: Resource) -> Resource {
        let name = renamed(&self.registry_names, resource.name.text());
        let kind = resource.key().rsplit_once(" (").and_then(|(_, kind)| kind.strip_suffix(')'));
        let key = registry_key(&name, kind.unwrap_or_default());
        Resource { name: Name::Plain(name.into()), key: Some(key.into()), ..resource }
    }

    fn gateway_service(&self, resource: Resource) -> Resource {
        let own = resource.document.field(OWN_NAME);
        let name = renamed(&self.gateway_names, &encode(own.as_str().unwrap_or_default()));
        let place = resource.name.text().rsplit_once('/').map(|(place, _)| place.to_owned());
        let address = place.map_or_else(|| name.clone(), |place| format!("{place}/{name}"));
        Resource { name: Name::Plain(address.into()), ..resource }
    }

    fn user(&self, resource: Resource, registry: Option<&Resource>) -> Resource {
        let folds = registry.is_some_and(|registry| self.folding.contains(registry.key()));
        let key = folds.then(|| encode(&decode(resource.name.text()).to_lowercase()).into());
        Resource { key, ..resource }
    }
}

/// The name that a mapping gives to what has this one. Both are encoded.
fn renamed(mapping: &[(String, String)], name: &str) -> String {
    let own = decode(name);
    mapping.iter().find(|(ours, _)| *ours == own).map_or_else(|| name.to_owned(), |(_, theirs)| encode(theirs))
}

fn registry_key(name: &str, registry_type: &str) -> String {
    format!("{name} ({registry_type})")
}

#[async_trait]
impl Reader for InTargetTerms {
    fn kinds(&self) -> &'static KindTable {
        self.inner.kinds()
    }

    fn id(&self) -> &str {
        self.inner.id()
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let listing = self.inner.list(kind, parent).await?;
        let resources = listing.resources.into_iter().map(|it| self.translated(it, parent)).collect();
        Ok(Listing { resources, ..listing })
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        self.inner.detail(resource).await
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Result<Option<Resource>, CatalogError> {
        self.inner.read(kind, handle).await
    }

    async fn release(&self) -> Option<Release> {
        self.inner.release().await
    }

    fn requests(&self) -> Requests {
        self.inner.requests()
    }
}
