//! Credentials (section 12): client ids unique in a catalog, secrets shown once and known by their hash afterwards.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::fields::{CredentialFields, Field, HeadFields};
use super::{Cluster, Credential, Id, Refusal, Secret, name_is_free};

const CREDENTIAL: super::Kind = ("Credential", "credential");

/// A credential as its maker sees it, once.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The credential.
    pub credential: Id,
    /// Its client id.
    pub client_id: String,
    /// Its secret in clear; `None` when it was made from a hash.
    pub client_secret: Option<SecretString>,
}

/// `client_secret_hashed` of a secret: Base64(SHA-256(UTF-8)), unsalted (section 12, recomputed for recorded pairs).
#[must_use]
pub fn hash_of(secret: &str) -> String {
    STANDARD.encode(Sha256::digest(secret.as_bytes()))
}

impl Credential {
    /// The hash of the secret, whichever of the two the server keeps.
    #[must_use]
    pub fn hash(&self) -> SecretString {
        match &self.secret {
            Secret::Clear(secret) => SecretString::from(hash_of(secret.expose_secret())),
            Secret::Hashed(hash) => hash.clone(),
        }
    }
}

impl Cluster {
    /// Makes a credential; what is not given is generated.
    pub fn create_credential(
        &mut self,
        app: Id,
        head: &HeadFields,
        fields: &CredentialFields,
    ) -> Result<Issued, Refusal> {
        let (catalog, org, app_title) = {
            let app = &self.apps[app];
            (app.catalog, app.org, app.head.title.clone())
        };
        let client_id = match &fields.client_id {
            Field::Set(client_id) => client_id.clone(),
            Field::Null => return Err(Refusal::invalid("The client_id property cannot be null.")),
            Field::Absent => self.random_hex(),
        };
        self.client_id_is_free(catalog, &client_id, None)?;
        let clear = match (&fields.client_secret, &fields.client_secret_hashed) {
            (None, Some(_)) => None,
            (Some(secret), _) => Some(secret.0.clone()),
            (None, None) => Some(SecretString::from(self.random_hex())),
        };
        let secret = self.kept_secret(catalog, clear.as_ref(), fields)?;
        let named = self.credential_head(app, &app_title, head);
        let head = self.head(&named, self.switches.metadata.credentials)?;
        let head = head.made_by(self.consumer_orgs[org].owner);
        name_is_free(&self.credentials, app, &head.name, None, CREDENTIAL)?;
        self.stamp();
        let credential =
            self.credentials.insert(Credential { head, catalog, org, app, client_id: client_id.clone(), secret });
        Ok(Issued { credential, client_id, client_secret: clear })
    }

    /// Without a name the server chooses one; `credential-for-{app}-{n}` is what was recorded for a second one.
    fn credential_head(&self, app: Id, app_title: &str, head: &HeadFields) -> HeadFields {
        if head.name.is_some() || head.title.is_some() {
            return head.clone();
        }
        let stem = format!("credential-for-{}", self.apps[app].head.name);
        let taken = |name: &String| self.credentials.named(app, name).is_some();
        let name = (0..=self.credentials.under(app).len()).map(|n| format!("{stem}-{n}")).find(|name| !taken(name));
        HeadFields { name, title: Some(format!("Credential for {app_title}")), ..head.clone() }
    }

    pub(super) fn client_id_is_free(&self, catalog: Id, client_id: &str, own: Option<Id>) -> Result<(), Refusal> {
        match self.credentials.keyed(catalog, client_id) {
            Some(other) if Some(other.head.id) != own => Err(Refusal::ClientIdTaken(client_id.to_owned())),
            _ => Ok(()),
        }
    }

    /// What the server keeps of a secret: the clear one only while hashing is off, a foreign hash only while it is on.
    fn kept_secret(
        &self,
        catalog: Id,
        clear: Option<&SecretString>,
        fields: &CredentialFields,
    ) -> Result<Secret, Refusal> {
        let hashing = self.is_set(catalog, "hash_client_secret");
        match (&fields.client_secret_hashed, clear) {
            (Some(_), _) if !hashing => Err(Refusal::HashingOff),
            (Some(hash), _) => Ok(Secret::Hashed(hash.0.clone())),
            (None, Some(clear)) if hashing => Ok(Secret::Hashed(SecretString::from(hash_of(clear.expose_secret())))),
            (None, Some(clear)) => Ok(Secret::Clear(clear.clone())),
            (None, None) => Err(Refusal::invalid("The client_secret property is missing.")),
        }
    }

    /// Changes a credential. Its own present `client_id` is no duplicate (section 12).
    pub fn change_credential(
        &mut self,
        credential: Id,
        head: &HeadFields,
        fields: &CredentialFields,
    ) -> Result<(), Refusal> {
        let mut row = self.credentials[credential].clone();
        match &fields.client_id {
            Field::Null => return Err(Refusal::invalid("The client_id property cannot be null.")),
            Field::Set(client_id) => {
                self.client_id_is_free(row.catalog, client_id, Some(credential))?;
                row.client_id.clone_from(client_id);
            }
            Field::Absent => {}
        }
        if fields.client_secret.is_some() || fields.client_secret_hashed.is_some() {
            let clear = fields.client_secret.as_ref().map(|secret| &secret.0);
            row.secret = self.kept_secret(row.catalog, clear, fields)?;
        }
        self.change_head(&mut row.head, head, self.switches.metadata.credentials)?;
        name_is_free(&self.credentials, row.app, &row.head.name, Some(credential), CREDENTIAL)?;
        self.put(row);
        Ok(())
    }

    /// Gives a credential a new secret and, unless only the secret was asked for, a new client id.
    pub fn reset_credential(&mut self, credential: Id, client_id_too: bool) -> Result<Issued, Refusal> {
        let secret = SecretString::from(self.random_hex());
        let client_id = if client_id_too { Field::Set(self.random_hex()) } else { Field::Absent };
        let fields = CredentialFields {
            client_id,
            client_secret: Some(super::fields::SecretText(secret.clone())),
            client_secret_hashed: None,
        };
        self.change_credential(credential, &HeadFields::default(), &fields)?;
        let client_id = self.credentials[credential].client_id.clone();
        Ok(Issued { credential, client_id, client_secret: Some(secret) })
    }

    /// Deletes a credential.
    pub fn remove_credential(&mut self, credential: Id) -> Result<(), Refusal> {
        let app = self.credentials[credential].app;
        if self.switches.last_credential_protected && self.credentials.under(app).len() == 1 {
            return Err(last_credential());
        }
        self.credentials.remove(credential);
        self.stamp();
        Ok(())
    }

    /// Deletes all credentials of an app, or none of them where the last one may not go.
    pub fn clear_credentials(&mut self, app: Id) -> Result<(), Refusal> {
        let credentials = self.credentials.under(app).to_vec();
        if self.switches.last_credential_protected && !credentials.is_empty() {
            return Err(last_credential());
        }
        for credential in credentials {
            self.credentials.remove(credential);
            self.stamp();
        }
        Ok(())
    }

    /// Whether a gateway of the home catalog would let these values in.
    #[must_use]
    pub fn verify(&self, client_id: &str, secret: &str) -> bool {
        let known = self.credentials.keyed(self.home, client_id);
        known.is_some_and(|row| row.hash().expose_secret() == hash_of(secret))
    }
}

fn last_credential() -> Refusal {
    Refusal::invalid("The last credential of an app cannot be deleted.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_the_recorded_server_does() {
        assert_eq!(hash_of("passw0rd"), "jw4vduIrQ+KFUYmHfn3B4efZjCJsldskfNHVR5KDNKk=");
        assert_eq!(hash_of("s3cr3t-value"), "Hz+nSxIIhCqtC2hfDNBgU6noTw638sHJTJbqJcsTzXc=");
    }
}
