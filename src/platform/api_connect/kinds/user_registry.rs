//! The user registries of a catalog, by name and type (api-connect-rest.md section 4).

use serde_json::Map;

use crate::{
    engine::{
        catalog::{CatalogError, Listing},
        model::{Handle, Kind, Resource, address::encode},
    },
    platform::api_connect::{
        kinds::{
            REGISTRIES,
            operations::{DEFAULTS, KindOperations},
            prerequisite,
        },
        wire::{object::Object, paging::Pages},
    },
};

/// Registries are matched by name and type.
pub(super) const KIND: Kind = prerequisite::row("user_registries", "user registry");

pub(super) const OPERATIONS: KindOperations =
    KindOperations { list: |reader, _| Box::pin(async { Ok(reader.registries.listing()) }), ..DEFAULTS };

/// A registry that is configured in a catalog.
#[derive(Debug, Clone)]
pub(crate) struct UserRegistry {
    /// `{org}/{registry}`: it may live under another provider organization than the catalog.
    pub(crate) handle: Handle,
    /// The name that the target has for it.
    pub(crate) name: String,
    /// The name that its own side has for it.
    pub(crate) own_name: String,
    /// `lur`, `ldap`, `authurl`, `oidc`.
    pub(crate) registry_type: String,
    /// True for one that keeps passwords itself.
    pub(crate) is_local: bool,
    /// True where `Alice` and `alice` are the same person on the target.
    pub(crate) folds_case: bool,
    /// True where they are two on its own side, as far as the server says so.
    pub(crate) case_sensitive: Option<bool>,
}

impl UserRegistry {
    pub(crate) fn read(configured: &Object) -> Result<Self, CatalogError> {
        let name = configured.text("name").ok_or_else(|| configured.lacks("name"))?;
        let handle =
            configured.points_at("user_registry_url", 2).ok_or_else(|| configured.lacks("user_registry_url"))?;
        let registry_type = configured.text("registry_type").unwrap_or_default();
        Ok(Self {
            handle,
            name: name.to_owned(),
            own_name: name.to_owned(),
            is_local: registry_type == "lur",
            registry_type: registry_type.to_owned(),
            folds_case: configured.flag("case_sensitive") == Some(false),
            case_sensitive: configured.flag("case_sensitive"),
        })
    }
}

/// The registries of a catalog.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserRegistries {
    pub(crate) all: Vec<UserRegistry>,
    /// Why these may not be all of them.
    doubt: Option<String>,
}

impl UserRegistries {
    pub(crate) fn read(configured: &Pages) -> Result<Self, CatalogError> {
        let all = configured.objects.iter().map(UserRegistry::read);
        Ok(Self { all: all.collect::<Result<_, _>>()?, doubt: configured.doubt.clone() })
    }

    pub(crate) fn at(&self, handle: &Handle) -> Option<&UserRegistry> {
        self.all.iter().find(|registry| registry.handle == *handle)
    }

    /// The registry that answers to one of the other side.
    pub(crate) fn partner(&self, other: &UserRegistry) -> Option<&UserRegistry> {
        self.all.iter().find(|registry| registry.name == other.name && registry.registry_type == other.registry_type)
    }

    /// Gives the source's registries the names that they have on the target, and folds names as the target does.
    pub(crate) fn take_target_names(&mut self, target: &mut Self, mapping: &[(String, String)]) {
        for registry in &mut self.all {
            if let Some((_, name)) = mapping.iter().find(|(source, _)| *source == registry.own_name) {
                registry.name.clone_from(name);
            }
        }
        for registry in &mut self.all {
            let partner = target
                .all
                .iter_mut()
                .find(|other| other.name == registry.name && other.registry_type == registry.registry_type);
            if let Some(partner) = partner {
                // The target decides what may stand beside each other there.
                registry.folds_case = partner.folds_case;
            }
        }
    }

    pub(crate) fn listing(&self) -> Listing {
        let resources = self.all.iter().map(resource).collect();
        Listing { resources, doubt: self.doubt.clone(), ..Listing::default() }
    }
}

/// A mapping's text with one more pair, as an operator would have to write it.
pub(crate) fn mapping_with(present: &[(String, String)], pair: (&str, &str)) -> String {
    let present = present.iter().map(|(ours, theirs)| (&**ours, &**theirs));
    let pairs = present.chain([pair]);
    let texts = pairs.map(|(ours, theirs)| format!("{ours},{theirs}"));
    texts.collect::<Vec<_>>().join(";")
}

fn resource(registry: &UserRegistry) -> Resource {
    let name = encode(&registry.name);
    let key = format!("{name} ({})", registry.registry_type);
    Resource {
        key: Some(key.into()),
        ..prerequisite::resource(REGISTRIES, registry.handle.as_str(), &name, Map::new())
    }
}
