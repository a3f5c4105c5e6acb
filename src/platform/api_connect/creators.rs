//! Makers: who made a thing, as `created_by` of newer releases tells it (api-connect-rest.md sections 1 and 21.1).

use tokio::sync::OnceCell;

use crate::{
    engine::{
        catalog::Listing,
        model::{Creator, Handle, Resource},
    },
    platform::api_connect::{reader::ApiConnect, wire::object::Object},
};

/// The user of this login, once somebody has asked.
#[derive(Debug, Default)]
pub(crate) struct OwnLogin(OnceCell<Option<LoginUser>>);

/// The user of a login, as the server tells him. It is not known which of the two `created_by` bears.
#[derive(Debug)]
struct LoginUser {
    id: String,
    handle: Option<Handle>,
}

impl LoginUser {
    fn is(&self, user: &Handle) -> bool {
        self.handle.as_ref() == Some(user) || self.id == user.id()
    }
}

impl ApiConnect {
    /// Says what the makers of listed things are to this catalog.
    pub(crate) async fn classify_creators(&self, listing: &mut Listing) {
        let things = listing.resources.iter_mut();
        for thing in things.chain(&mut listing.mentioned) {
            self.classify_creator(thing).await;
        }
    }

    /// Only a server that shows makers is asked who this login is.
    async fn classify_creator(&self, thing: &mut Resource) {
        if let Creator::Somebody(user) = &thing.maker {
            thing.maker = self.creator(user).await;
        }
    }

    /// Tells a user of this login from consumers and others. An own login that the server does not tell is nobody's.
    pub(crate) async fn creator(&self, user: &Handle) -> Creator {
        let registry = user.parent().map(Handle::new);
        if self.login_user().await.is_some_and(|me| me.is(user)) {
            Creator::OwnLogin
        } else if registry.is_some_and(|it| self.registries.at(&it).is_some()) {
            Creator::Consumer
        } else {
            Creator::Other
        }
    }

    async fn login_user(&self) -> Option<&LoginUser> {
        let ask = || async {
            match self.client.get_json::<Object>("/me", &[]).await {
                Ok(me) => Some(LoginUser { id: me.id().ok()?.to_owned(), handle: me.points_at("url", 3) }),
                Err(error) => {
                    let side = self.side;
                    tracing::debug!(%side, %error, "the server does not say who this login is");
                    None
                }
            }
        };
        self.own_login.0.get_or_init(ask).await.as_ref()
    }
}
