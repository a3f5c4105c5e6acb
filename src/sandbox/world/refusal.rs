//! Why the world does not do what it was asked, in the words of the real server where they were recorded.

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No login, or one that is over.
    #[error("{0}")]
    Unauthorized(String),
    /// The login lacks this permission.
    #[error("the permission '{0}' is missing")]
    Forbidden(String),
    /// There is no such thing, or the login can't see it.
    #[error("{0}")]
    NotFound(String),
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The state of the world forbids it.
    #[error("{0}")]
    Conflict(String),
    /// A name is taken (text recorded, section 2.5).
    #[error(
        "The {label} cannot be created with name '{name}'. Another resource of type {kind} (id: {id}) already exists with the same name."
    )]
    NameTaken {
        /// The kind as the message spells it.
        label: &'static str,
        /// The `type` of the object.
        kind: &'static str,
        /// The name in question.
        name: String,
        /// Who has it.
        id: super::Id,
    },
    /// A username is taken (text recorded).
    #[error("The user with username {username} already exists in the {identity_provider} identity provider.")]
    UserTaken {
        /// The name in question.
        username: String,
        /// Where it is taken.
        identity_provider: String,
    },
    /// Somebody on the site has that e-mail address.
    #[error("A user with the email address {0} already exists.")]
    EmailTaken(String),
    /// There is such a thing, but nothing is done to it in this way.
    #[error("{0}")]
    NotAllowed(String),
    /// A client id is taken (text recorded).
    #[error("The client_id {0} already exists in catalog.")]
    ClientIdTaken(String),
    /// The app has that subscription.
    #[error("The app is already subscribed to the plan '{plan}' of the product '{product}'.")]
    AlreadySubscribed {
        /// `name:version`.
        product: String,
        /// The plan's name.
        plan: String,
    },
    /// The same thing is there, in other words than those of [`Refusal::NameTaken`].
    #[error("{0}")]
    AlreadyThere(String),
    /// The request names what does not exist; the details stand in `errors`.
    #[error("{message}")]
    Details {
        /// What came of it.
        message: String,
        /// What is wrong, one by one.
        errors: Vec<String>,
    },
    /// Hashes are not accepted (text recorded).
    #[error(
        "The client_secret_hashed property cannot be changed because the hash_client_secret is set to 'false' in the catalog settings."
    )]
    HashingOff,
}

impl Refusal {
    /// Whether the server calls it a duplicate.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(
            self,
            Self::NameTaken { .. }
                | Self::UserTaken { .. }
                | Self::EmailTaken(_)
                | Self::ClientIdTaken(_)
                | Self::AlreadySubscribed { .. }
                | Self::AlreadyThere(_)
        )
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    pub(crate) fn not_found(kind: &str, name: &str) -> Self {
        Self::NotFound(format!("The {kind} '{name}' was not found."))
    }
}
