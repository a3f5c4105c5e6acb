//! `POST …/publish` and `…/stage` of a catalog or a space (section 14.2).

use super::list::value;
use super::multipart::Parts;
use super::route::{Call, nowhere};
use super::urls::child_at;
use super::{Answer, Handled};
use crate::sandbox::world::publishing::{Publication, Release};
use crate::sandbox::world::{GatewayService, Id, Namespace, Product, Refusal};

/// Answers with the product. `migrate_subscriptions` is taken and ignored.
pub(super) fn publish(call: &mut Call<'_>, namespace: Namespace, release: Release) -> Handled {
    if call.method != "POST" {
        return Err(nowhere());
    }
    let parts = Parts::read(call.content_type, call.bytes())?;
    let product = parts.product.ok_or_else(|| Refusal::invalid("The product part is required."))?;
    let gateway_services = parts.gateway_service_urls.map(|urls| services_at(call, namespace, &urls)).transpose()?;
    let product = call.cluster.publish(Publication {
        namespace,
        release,
        product,
        apis: parts.apis,
        wsdls: parts.wsdls,
        gateway_services,
    })?;
    Ok(Answer::created(&value::<Product>(call, product)))
}

/// The gateway services of a namespace that these URLs mean; those that mean none stand in `errors`.
pub(super) fn services_at(call: &Call<'_>, namespace: Namespace, urls: &[String]) -> Result<Vec<Id>, Refusal> {
    let (mut services, mut errors) = (Vec::new(), Vec::new());
    for url in urls {
        match child_at::<GatewayService>(call.cluster, namespace.home(), "configured-gateway-services", url) {
            Ok(service) => services.push(service),
            Err(refusal) => errors.push(refusal.to_string()),
        }
    }
    if errors.is_empty() {
        return Ok(services);
    }
    let message = "The gateway_service_urls are not valid.".to_owned();
    Err(Refusal::Details { message, errors })
}
