//! Apps (section 11): each is born with a credential, and takes its credentials and subscriptions along when it goes.

use super::credentials::Issued;
use super::fields::{AppFields, CredentialFields, Field, HeadFields};
use super::{App, Cluster, Id, Refusal, Subject, name_is_free};

const APP: super::Kind = ("App", "app");

impl Cluster {
    /// Makes an app with its first credential, which is all that ever shows its secret.
    pub fn create_app(&mut self, org: Id, head: &HeadFields, fields: &AppFields) -> Result<(Id, Issued), Refusal> {
        let catalog = self.consumer_orgs[org].catalog;
        if let Some(client_id) = &fields.client_id {
            self.client_id_is_free(catalog, client_id, None)?;
        }
        let state = self.first_state(head);
        let head = self.head(head, self.switches.metadata.applications)?;
        let head = head.made_by(self.consumer_orgs[org].owner);
        name_is_free(&self.apps, org, &head.name, None, APP)?;
        let (name, title) = (head.name.clone(), head.title.clone());
        let lifecycle_state = if self.application_lifecycle(catalog) { "development" } else { "production" };
        let app = self.apps.insert(App {
            head,
            catalog,
            org,
            state,
            lifecycle_state: lifecycle_state.to_owned(),
            lifecycle_state_pending: None,
            redirect_endpoints: Vec::new(),
            certificate: None,
            image_endpoint: None,
            tasks: Vec::new(),
        });
        let mut row = self.apps[app].clone();
        self.take_app_fields(&mut row, fields);
        self.apps.change(app, |place| *place = row);
        let credential = HeadFields {
            title: Some(format!("Credential for {title}")),
            summary: Field::Set(format!("Credential for {title}")),
            ..HeadFields::named(&format!("credential-for-{name}"))
        };
        let values = CredentialFields {
            client_id: fields.client_id.clone().map_or(Field::Absent, Field::Set),
            client_secret: fields.client_secret.clone(),
            client_secret_hashed: None,
        };
        let issued = self.create_credential(app, &credential, &values)?;
        Ok((app, issued))
    }

    fn first_state(&self, head: &HeadFields) -> String {
        let asked = head.state.clone().filter(|_| self.switches.app_created_disabled);
        asked.unwrap_or_else(|| "enabled".to_owned())
    }

    /// Changes an app; a move to production waits for approval where the catalog says so.
    pub fn change_app(&mut self, app: Id, head: &HeadFields, fields: &AppFields) -> Result<(), Refusal> {
        let mut row = self.apps[app].clone();
        self.change_head(&mut row.head, head, self.switches.metadata.applications)?;
        name_is_free(&self.apps, row.org, &row.head.name, Some(app), APP)?;
        if let Some(state) = &head.state {
            row.state.clone_from(state);
        }
        self.take_app_fields(&mut row, fields);
        self.put(row);
        Ok(())
    }

    fn take_app_fields(&mut self, row: &mut App, fields: &AppFields) {
        match &fields.redirect_endpoints {
            Field::Absent => {}
            Field::Null => row.redirect_endpoints.clear(),
            Field::Set(endpoints) => row.redirect_endpoints.clone_from(endpoints),
        }
        fields.application_public_certificate_entry.put_into(&mut row.certificate);
        fields.image_endpoint.put_into(&mut row.image_endpoint);
        if let Some(lifecycle) = &fields.lifecycle_state {
            self.move_lifecycle(row, lifecycle);
        }
    }

    fn move_lifecycle(&mut self, row: &mut App, lifecycle: &str) {
        let waits =
            lifecycle == "production" && row.lifecycle_state != "production" && self.application_lifecycle(row.catalog);
        if !waits {
            lifecycle.clone_into(&mut row.lifecycle_state);
            row.lifecycle_state_pending = None;
        } else if row.lifecycle_state_pending.is_none() {
            row.lifecycle_state_pending = Some(lifecycle.to_owned());
            row.tasks.push(self.open_task(row.catalog, Subject::App(row.head.id)));
        }
    }

    /// Deletes an app with its credentials and subscriptions.
    pub fn remove_app(&mut self, app: Id) {
        for credential in self.credentials.under(app).to_vec() {
            self.credentials.remove(credential);
        }
        for subscription in self.subscriptions.under(app).to_vec() {
            self.drop_subscription(subscription);
        }
        for task in self.apps[app].tasks.clone() {
            self.tasks.remove(task);
        }
        self.apps.remove(app);
        self.stamp();
    }
}
