//! What hangs on an object that is to be removed, as far as one request shows it: others may have put something there
//! since both catalogs were read.

use super::{
    kinds::{APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, PRODUCTS, SUBSCRIPTIONS, app, subscription},
    paging,
    reader::ApiConnect,
};
use crate::{
    catalog::CatalogError,
    model::{Handle, KindId, Resource},
};

/// Reads the apps of an organization with their credentials, or the subscriptions to a Product. An app tells its
/// credentials itself.
pub(super) async fn hanging(
    reader: &ApiConnect,
    on: &Resource,
) -> Result<Vec<(KindId, Handle)>, CatalogError> {
    match on.kind {
        CONSUMER_ORGS => apps(reader, &on.handle).await,
        PRODUCTS => subscriptions(reader, &on.handle).await,
        APPLICATIONS => Ok(credentials(on)),
        _ => Ok(Vec::new()),
    }
}

async fn apps(reader: &ApiConnect, org: &Handle) -> Result<Vec<(KindId, Handle)>, CatalogError> {
    let path = reader.site.of_consumer_org(org, "apps");
    let turn = |object: &_| app::resource(object, reader.side);
    let apps = paging::each(&reader.client, &path, &[], &reader.page, turn).await?;
    let with_credentials = |app: Resource| {
        let mut found = credentials(&app);
        found.push((APPLICATIONS, app.handle));
        found
    };
    Ok(apps
        .objects
        .into_iter()
        .flat_map(with_credentials)
        .collect())
}

fn credentials(app: &Resource) -> Vec<(KindId, Handle)> {
    let claims = app.claims.iter().flatten();
    claims
        .map(|id| (CREDENTIALS, app.handle.child(id)))
        .collect()
}

/// A server that does not know the filter shows more than asked for, or refuses: then nothing is known.
async fn subscriptions(
    reader: &ApiConnect,
    product: &Handle,
) -> Result<Vec<(KindId, Handle)>, CatalogError> {
    let path = reader.site.of_catalog("subscriptions");
    let url = format!("/api{}", reader.product_path(product));
    let query = [("product_url", url.as_str())];
    let turn = |object: &_| subscription::resource(object);
    let found = match paging::each(&reader.client, &path, &query, &reader.page, turn).await {
        Ok(pages) => pages.objects,
        Err(CatalogError::Http(error)) if matches!(error.status, Some(400 | 404 | 405)) => {
            tracing::info!(%error, "the target does not say who subscribes to a Product");
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    let is_to_it = |it: &Resource| it.document.field(subscription::PRODUCT) == product.as_str();
    let found = found.into_iter().flatten().filter(is_to_it);
    Ok(found.map(|it| (SUBSCRIPTIONS, it.handle)).collect())
}
