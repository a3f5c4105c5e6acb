//! What is put to use for APIs in a catalog or space, in the shape of other configured objects.

use serde_json::{Value, json};

use super::list::Shape;
use super::render::Render;
use super::render_products::scope;
use super::urls::View;
use crate::sandbox::world::{ApiUserRegistry, GatewayService, Id, Namespace, OauthProvider, TlsClientProfile};

/// A kind that is put to use in a namespace and has a collection there.
pub(super) trait Configured: Render {
    /// The last segment of the collection's path.
    const COLLECTION: &'static str;
    /// Where it is put to use.
    fn home(&self) -> Namespace;
}

/// The URLs of configured objects, each in the form of its home.
pub(super) fn configured<T: Configured>(ids: &[Id], view: View<'_>) -> Vec<String> {
    let rows = ids.iter().filter_map(|id| T::table(view.cluster).get(*id));
    rows.map(|row| view.in_namespace(row.home(), T::COLLECTION, row.head().id)).collect()
}

/// What every configured object shows of where it is.
fn placed<T: Configured>(row: &T, view: View<'_>) -> Value {
    let Namespace { catalog, space } = row.home();
    json!({
        "scope": scope(space), "catalog_url": view.catalog(catalog),
        "space_url": space.map(|space| view.beside_catalog(catalog, "spaces", space)),
        "url": view.in_namespace(row.home(), T::COLLECTION, row.head().id),
    })
}

/// An object of the provider organization that a configured one stands for.
fn original(view: View<'_>, collection: &str, id: Id) -> Value {
    format!("{}/{collection}/{id}", view.org()).into()
}

impl Configured for OauthProvider {
    const COLLECTION: &'static str = "configured-oauth-providers";
    fn home(&self) -> Namespace {
        self.namespace()
    }
}

impl Render for OauthProvider {
    const TYPE: &'static str = "configured_oauth_provider";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let mut fields = placed(self, view);
        fields["oauth_provider_url"] = original(view, "oauth-providers", self.head.id);
        fields
    }
}

impl Configured for ApiUserRegistry {
    const COLLECTION: &'static str = "configured-api-user-registries";
    fn home(&self) -> Namespace {
        self.namespace()
    }
}

impl Render for ApiUserRegistry {
    const TYPE: &'static str = "configured_api_user_registry";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let mut fields = placed(self, view);
        fields["user_registry_url"] = original(view, "user-registries", self.head.id);
        fields
    }
}

impl Configured for TlsClientProfile {
    const COLLECTION: &'static str = "configured-tls-client-profiles";
    fn home(&self) -> Namespace {
        self.namespace()
    }
}

impl Render for TlsClientProfile {
    const TYPE: &'static str = "configured_tls_client_profile";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let mut fields = placed(self, view);
        fields["version"] = self.version.clone().into();
        fields["tls_client_profile_url"] = original(view, "tls-client-profiles", self.head.id);
        fields
    }
}

impl Configured for GatewayService {
    const COLLECTION: &'static str = "configured-gateway-services";
    fn home(&self) -> Namespace {
        self.namespace()
    }
}

impl Render for GatewayService {
    const TYPE: &'static str = "configured_gateway_service";
    fn fields(&self, view: View<'_>, _: &Shape) -> Value {
        let mut fields = placed(self, view);
        fields["gateway_service_type"] = self.gateway_type.clone().into();
        fields["gateway_service_url"] = original(view, "gateway-services", self.head.id);
        fields
    }
    fn extra(&self, name: &str, _: View<'_>) -> Option<Value> {
        match name {
            "gateway_processing_status" => Some(json!({"loaded": true, "number_of_outstanding_sent_events": 0})),
            "events" => Some(json!([])),
            _ => None,
        }
    }
}
