//! Who may see and subscribe to a product: as its document says it by name, and as the world keeps it.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::build::Stored;
use super::{Audience, Cluster, ConsumerOrg, Group, Id, Refusal, Visibility};

impl Default for Visibility {
    /// Everyone sees it, everyone who is logged in may subscribe.
    fn default() -> Self {
        Self { view: Audience::of("public"), subscribe: Audience::of("authenticated") }
    }
}

impl Audience {
    /// An audience without orgs and groups.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), enabled: true, orgs: Vec::new(), groups: Vec::new() }
    }

    pub(super) fn check_kind(&self) -> Result<(), Refusal> {
        match self.kind.as_str() {
            "public" | "authenticated" | "custom" => Ok(()),
            kind => Err(Refusal::invalid(format!("The visibility type '{kind}' is not allowed."))),
        }
    }
}

impl Cluster {
    /// What a product document says (section 14.1). Its `orgs` and `groups` may be names, ids or URLs.
    pub(super) fn visibility_in(&self, catalog: Id, document: &Value) -> Result<Visibility, Refusal> {
        let said = &document["visibility"];
        let default = Visibility::default();
        Ok(Visibility {
            view: self.audience_in(catalog, &said["view"], &default.view)?,
            subscribe: self.audience_in(catalog, &said["subscribe"], &default.subscribe)?,
        })
    }

    fn audience_in(&self, catalog: Id, said: &Value, default: &Audience) -> Result<Audience, Refusal> {
        let kind = said["type"].as_str().unwrap_or(&default.kind).to_owned();
        let enabled = said["enabled"].as_bool().unwrap_or(default.enabled);
        let (mut orgs, mut groups) = (Vec::new(), Vec::new());
        if self.switches.publish_reads_orgs {
            orgs = self.all_named::<ConsumerOrg>(catalog, "consumer org", &said["orgs"])?;
            // `tags` is what earlier releases called the groups.
            for list in ["groups", "tags"] {
                groups.extend(self.all_named::<Group>(catalog, "group", &said[list])?);
            }
        }
        let audience = Audience { kind, enabled, orgs, groups };
        audience.check_kind()?;
        Ok(audience)
    }

    fn all_named<T: Stored>(&self, catalog: Id, kind: &str, names: &Value) -> Result<Vec<Id>, Refusal> {
        let names = names.as_array().into_iter().flatten();
        let found = |name: &Value| {
            let name = name.as_str().unwrap_or_default();
            self.one_named::<T>(catalog, name)
                .ok_or_else(|| Refusal::invalid(format!("The {kind} '{name}' in the visibility was not found.")))
        };
        names.map(found).collect()
    }

    fn one_named<T: Stored>(&self, catalog: Id, name: &str) -> Option<Id> {
        let table = T::table(self);
        let tail = name.rsplit('/').next().unwrap_or_default();
        let tail = percent_decode_str(tail).decode_utf8_lossy();
        table.find(catalog, name).or_else(|| table.find(catalog, &tail)).map(|row| row.head().id)
    }
}
