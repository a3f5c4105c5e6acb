//! Users, consumer orgs, roles and members (sections 5, 6, 8, 9).

use secrecy::ExposeSecret;

use super::fields::{Field, HeadFields, UserFields};
use super::objects::fold;
use super::{Cluster, ConsumerOrg, Id, Member, Refusal, Role, User, name_is_free};
use crate::sandbox::switches::Metadata;

/// The roles that every consumer org has its own copies of (section 6).
pub const ROLES: [&str; 5] = ["administrator", "developer", "member", "owner", "viewer"];

const ORG: super::Kind = ("Consumer Org", "consumer_org");
const MEMBER: super::Kind = ("Member", "member");

/// What becomes of the former owner.
#[derive(Debug, Clone, Default)]
pub struct TransferTerms {
    /// His member is deleted.
    pub delete_old_owner: bool,
    /// His new roles; none given leaves it to [`Switches::old_owner_role`](crate::sandbox::Switches::old_owner_role).
    pub old_owner_roles: Vec<Id>,
}

impl Cluster {
    /// Makes a user; the username must be new in its registry.
    pub fn create_user(&mut self, registry: Id, head: &HeadFields, fields: &UserFields) -> Result<Id, Refusal> {
        let username = fields.username.clone().filter(|name| !name.is_empty());
        let username = username.ok_or_else(|| Refusal::invalid("The username property is required."))?;
        let (case_sensitive, identity_provider) = {
            let registry = &self.registries[registry];
            (registry.case_sensitive, registry.identity_provider.clone())
        };
        if self.users.keyed(registry, &fold(&username, case_sensitive)).is_some() {
            return Err(Refusal::UserTaken { username, identity_provider });
        }
        self.check_email(fields, None)?;
        self.check_password(fields)?;
        let named = HeadFields { name: head.name.clone().or_else(|| Some(username.clone())), ..head.clone() };
        let head = self.head(&named, self.switches.metadata.users)?;
        let own = head.id;
        let head = head.made_by(own);
        self.stamp();
        let mut user = User {
            head,
            registry,
            case_sensitive,
            identity_provider,
            username,
            email: None,
            first_name: None,
            last_name: None,
            state: "enabled".to_owned(),
            password: None,
        };
        user.take(fields);
        Ok(self.users.insert(user))
    }

    /// Changes a user.
    pub fn change_user(&mut self, user: Id, head: &HeadFields, fields: &UserFields) -> Result<(), Refusal> {
        self.check_email(fields, Some(user))?;
        self.check_password(fields)?;
        let mut row = self.users[user].clone();
        self.change_head(&mut row.head, head, self.switches.metadata.users)?;
        row.take(fields);
        self.put(row);
        Ok(())
    }

    fn check_email(&self, fields: &UserFields, of: Option<Id>) -> Result<(), Refusal> {
        let Field::Set(email) = &fields.email else {
            return Ok(());
        };
        if !self.switches.unique_emails {
            return Ok(());
        }
        let registries = self.registries.under(self.provider_org.head.id);
        let mut users = registries.iter().flat_map(|it| self.users.rows_under(*it));
        let is_taken = users.any(|user| {
            let known = user.email.as_ref();
            Some(user.head.id) != of && known.is_some_and(|known| known.to_lowercase() == email.to_lowercase())
        });
        if is_taken {
            return Err(Refusal::EmailTaken(email.clone()));
        }
        Ok(())
    }

    fn check_password(&self, fields: &UserFields) -> Result<(), Refusal> {
        let Some(password) = fields.password.as_ref().filter(|_| self.switches.password_rule) else {
            return Ok(());
        };
        let text: Vec<char> = password.0.expose_secret().chars().collect();
        let classes: [fn(&char) -> bool; 4] =
            [|it| it.is_lowercase(), |it| it.is_uppercase(), |it| it.is_numeric(), |it| !it.is_alphanumeric()];
        let has_all = classes.iter().all(|class| text.iter().any(class));
        let has_twice = text.windows(2).any(|pair| pair[0] == pair[1]);
        if text.len() < 8 || !has_all || has_twice {
            return Err(Refusal::invalid(
                "The password must have at least 8 characters with small letters, capitals, digits and special characters, \
                 and no character twice in a row.",
            ));
        }
        Ok(())
    }

    /// Deletes a user who neither owns nor belongs to a consumer org.
    pub fn remove_user(&mut self, user: Id) -> Result<(), Refusal> {
        let member = self.members.rows_under(user).next();
        if member.is_some() || self.logins.iter().any(|login| login.user == user) {
            return Err(Refusal::invalid(
                "The user cannot be deleted because it is an owner or a member of an organization.",
            ));
        }
        self.users.remove(user);
        self.stamp();
        Ok(())
    }

    /// Makes a consumer org, its five roles, and the member of its owner (section 8.1).
    pub fn create_org(&mut self, catalog: Id, head: &HeadFields, owner: Id) -> Result<Id, Refusal> {
        self.check_user_of_catalog(catalog, owner)?;
        let state = head.state.clone().unwrap_or_else(|| "enabled".to_owned());
        let head = self.head(head, self.switches.metadata.consumer_orgs)?;
        let head = head.made_by(owner);
        name_is_free(&self.consumer_orgs, catalog, &head.name, None, ORG)?;
        let org = self.consumer_orgs.insert(ConsumerOrg { head, catalog, owner, state, invitation_ttl: 172_800 });
        for role in ROLES {
            self.create_role(org, role)?;
        }
        let roles = self.roles.named(org, "owner").map(|role| role.head.id).into_iter().collect();
        let head = self.head(&self.member_head(org, owner, &HeadFields::default()), Metadata::Ignored)?;
        self.members.insert(Member { head: head.made_by(owner), org, user: owner, roles, state: "enabled".to_owned() });
        self.stamp();
        Ok(org)
    }

    fn create_role(&mut self, org: Id, name: &str) -> Result<(), Refusal> {
        let title = name[..1].to_uppercase() + &name[1..];
        let head = self.head(&HeadFields { title: Some(title), ..HeadFields::named(name) }, Metadata::Ignored)?;
        self.roles.insert(Role { head, org });
        Ok(())
    }

    fn check_user_of_catalog(&self, catalog: Id, user: Id) -> Result<(), Refusal> {
        let registry = self.users[user].registry;
        if self.configured_registries.rows_under(catalog).any(|row| row.registry == registry) {
            return Ok(());
        }
        Err(Refusal::invalid("The owner_url must be a user of a user registry that is configured in the catalog."))
    }

    /// Changes the title, summary, name, state or metadata of a consumer org.
    pub fn change_org(&mut self, org: Id, fields: &HeadFields) -> Result<(), Refusal> {
        let mut row = self.consumer_orgs[org].clone();
        self.change_head(&mut row.head, fields, self.switches.metadata.consumer_orgs)?;
        name_is_free(&self.consumer_orgs, row.catalog, &row.head.name, Some(org), ORG)?;
        if let Some(state) = &fields.state {
            row.state.clone_from(state);
        }
        self.put(row);
        Ok(())
    }

    /// Deletes a consumer org with everything in it; the accounts of its people stay.
    pub fn remove_org(&mut self, org: Id) {
        for app in self.apps.under(org).to_vec() {
            self.remove_app(app);
        }
        for member in self.members.under(org).to_vec() {
            self.members.remove(member);
        }
        for role in self.roles.under(org).to_vec() {
            self.roles.remove(role);
        }
        let groups: Vec<Id> =
            self.groups.rows_under(self.consumer_orgs[org].catalog).map(|group| group.head.id).collect();
        for group in groups {
            self.groups.change(group, |row| row.orgs.retain(|listed| *listed != org));
        }
        self.consumer_orgs.remove(org);
        self.stamp();
    }

    /// Hands a consumer org to one of its members (section 8.2).
    pub fn transfer_owner(&mut self, org: Id, new_owner: Id, terms: &TransferTerms) -> Result<(), Refusal> {
        let old_user = self.consumer_orgs[org].owner;
        let new_user = self.members[new_owner].user;
        if new_user == old_user {
            return Ok(());
        }
        let owner = self.role_ids(org, &["owner"])?;
        let old_roles = match terms.old_owner_roles.as_slice() {
            [] => self.role_ids(org, &[self.switches.old_owner_role])?,
            named => named.to_vec(),
        };
        let keep = self.switches.new_owner_keeps_roles;
        let now = self.stamp();
        self.members.change(new_owner, |row| {
            let before = std::mem::replace(&mut row.roles, owner);
            row.roles.extend(before.into_iter().filter(|_| keep));
            row.head.updated_at = now;
        });
        let old_member = self.members.keyed(org, &old_user.to_string()).map(|row| row.head.id);
        match old_member {
            Some(old) if terms.delete_old_owner => drop(self.members.remove(old)),
            Some(old) => self.members.change(old, |row| {
                row.roles = old_roles;
                row.head.updated_at = now;
            }),
            None => {}
        }
        self.consumer_orgs.change(org, |row| {
            row.owner = new_user;
            row.head.updated_at = now;
        });
        Ok(())
    }

    /// The ids of an org's roles of these names.
    pub fn role_ids(&self, org: Id, names: &[&str]) -> Result<Vec<Id>, Refusal> {
        names
            .iter()
            .map(|name| {
                self.roles.find(org, name).map(|role| role.head.id).ok_or_else(|| Refusal::not_found("role", name))
            })
            .collect()
    }

    /// Makes a member; a user is in an org once only.
    pub fn create_member(&mut self, org: Id, user: Id, roles: Vec<Id>, head: &HeadFields) -> Result<Id, Refusal> {
        if let Some(other) = self.members.keyed(org, &user.to_string()) {
            return Err(Refusal::NameTaken {
                label: MEMBER.0,
                kind: MEMBER.1,
                name: other.head.name.clone(),
                id: other.head.id,
            });
        }
        self.check_user_of_catalog(self.consumer_orgs[org].catalog, user)?;
        let roles = self.allowed_roles(org, user, roles)?;
        let state = head.state.clone().unwrap_or_else(|| "enabled".to_owned());
        let head = self.head(&self.member_head(org, user, head), self.switches.metadata.members)?;
        name_is_free(&self.members, org, &head.name, None, MEMBER)?;
        let head = head.made_by(self.consumer_orgs[org].owner);
        self.stamp();
        Ok(self.members.insert(Member { head, org, user, roles, state }))
    }

    /// A member is named after his user; where that name is taken in the org, the user's id is added.
    fn member_head(&self, org: Id, user: Id, head: &HeadFields) -> HeadFields {
        let row = &self.users[user];
        let own = &row.head.name;
        let free = if self.members.named(org, own).is_none() { own.clone() } else { format!("{own}-{user}") };
        let title = head.title.clone().or_else(|| Some(row.username.clone()));
        HeadFields { name: head.name.clone().or(Some(free)), title, ..head.clone() }
    }

    /// The owner keeps `owner`, nobody else gets it, and some servers add the base role.
    fn allowed_roles(&self, org: Id, user: Id, mut roles: Vec<Id>) -> Result<Vec<Id>, Refusal> {
        let owner = self.role_ids(org, &["owner"])?[0];
        let owns = self.consumer_orgs[org].owner == user;
        if roles.contains(&owner) != owns {
            if !owns {
                return Err(Refusal::invalid("The owner role can only be given by transfer-owner."));
            }
            roles.insert(0, owner);
        }
        if self.switches.base_role_added {
            roles.extend(self.role_ids(org, &["member"])?);
        }
        let mut seen = std::collections::HashSet::new();
        roles.retain(|role| seen.insert(*role));
        Ok(roles)
    }

    /// Changes a member's roles, names, state or metadata.
    pub fn change_member(&mut self, member: Id, roles: Option<Vec<Id>>, fields: &HeadFields) -> Result<(), Refusal> {
        let mut row = self.members[member].clone();
        self.change_head(&mut row.head, fields, self.switches.metadata.members)?;
        name_is_free(&self.members, row.org, &row.head.name, Some(member), MEMBER)?;
        if let Some(roles) = roles {
            row.roles = self.allowed_roles(row.org, row.user, roles)?;
        }
        if let Some(state) = &fields.state {
            row.state.clone_from(state);
        }
        self.put(row);
        Ok(())
    }

    /// Deletes a member, as a rule not the owner's.
    pub fn remove_member(&mut self, member: Id) -> Result<(), Refusal> {
        let row = &self.members[member];
        let owns = self.consumer_orgs[row.org].owner == row.user;
        if owns && self.switches.owner_member_protected {
            return Err(Refusal::invalid(
                "The owner of the consumer organization cannot be deleted. Transfer the ownership first.",
            ));
        }
        self.members.remove(member);
        self.stamp();
        Ok(())
    }

    /// Writes a changed row back, with the time of the change.
    pub(super) fn put<T: super::build::Stored>(&mut self, mut row: T) {
        row.head_mut().updated_at = self.stamp();
        let id = row.head().id;
        T::table_mut(self).change(id, |place| *place = row);
    }
}

impl User {
    fn take(&mut self, fields: &UserFields) {
        fields.email.put_into(&mut self.email);
        fields.first_name.put_into(&mut self.first_name);
        fields.last_name.put_into(&mut self.last_name);
        if let Some(password) = &fields.password {
            self.password = Some(password.0.clone());
        }
    }
}
