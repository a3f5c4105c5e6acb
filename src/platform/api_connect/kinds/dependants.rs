//! What hangs on an object that is to be removed, as far as few requests show it: others may have put something there since
//! both catalogs were read. What cannot be looked at keeps the object.

use crate::{
    engine::{
        catalog::CatalogError,
        model::{Handle, KindId, Resource},
    },
    http::HttpError,
    platform::api_connect::{
        kinds::{
            APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, MEMBERS, PRODUCTS, SUBSCRIPTIONS, app, member, space::Place,
            subscription,
        },
        reader::ApiConnect,
        wire::paging,
    },
};

type Hanging = Vec<(KindId, Handle)>;

/// Reads the members of an organization, its apps with their credentials, and its subscriptions; the subscriptions of an
/// app, which tells its credentials itself; or the subscriptions to a Product.
pub(crate) async fn hanging(reader: &ApiConnect, on: &Resource) -> Result<Hanging, CatalogError> {
    match on.kind {
        CONSUMER_ORGS => of_organization(reader, &on.handle).await,
        APPLICATIONS => {
            let mut found = credentials(on);
            found.extend(subscriptions_of_app(reader, &on.handle).await?);
            Ok(found)
        }
        PRODUCTS => subscriptions_to_product(reader, &on.handle).await,
        _ => Ok(Vec::new()),
    }
}

async fn of_organization(reader: &ApiConnect, org: &Handle) -> Result<Hanging, CatalogError> {
    let path = reader.paths.consumer_org(org.id());
    let is_in_it = |it: &Resource| it.handle.as_str().split('/').next() == Some(org.id());
    let (members, apps, subscriptions) = tokio::try_join!(
        member::objects(reader, org),
        apps(reader, org),
        subscriptions(reader, ("consumer_org_url", &path), is_in_it),
    )?;
    let mut found = [apps, subscriptions].concat();
    for member in members.objects {
        found.push((MEMBERS, org.child(member.id()?)));
    }
    Ok(found)
}

async fn apps(reader: &ApiConnect, org: &Handle) -> Result<Hanging, CatalogError> {
    let path = reader.paths.of_consumer_org(org, "apps");
    let parse = |object: &_| app::resource(object, reader.side);
    let apps = paging::read_parsed(&reader.client, &path, &[], &reader.page, parse).await?;
    let with_credentials = |app: Resource| {
        let mut found = credentials(&app);
        found.push((APPLICATIONS, app.handle));
        found
    };
    Ok(apps.objects.into_iter().flat_map(with_credentials).collect())
}

fn credentials(app: &Resource) -> Hanging {
    let claims = app.claims.iter().flatten();
    claims.map(|id| (CREDENTIALS, app.handle.child(id))).collect()
}

async fn subscriptions_of_app(reader: &ApiConnect, app: &Handle) -> Result<Hanging, CatalogError> {
    let path = reader.paths.of_app(app, "subscriptions");
    let parse = |object: &_| subscription::resource(object);
    let found = paging::read_parsed(&reader.client, &path, &[], &reader.page, parse).await?;
    Ok(as_hanging(found.objects))
}

/// A Product is named in the catalog's form, even one of a space (section 13).
async fn subscriptions_to_product(reader: &ApiConnect, product: &Handle) -> Result<Hanging, CatalogError> {
    let path = reader.paths.versioned(&Place::Catalog, "products", product);
    let is_to_it = |it: &Resource| it.document.field(subscription::PRODUCT) == product.as_str();
    subscriptions(reader, ("product_url", &path), is_to_it).await
}

/// The catalog's subscriptions for which a filter holds, with the filter's path below the API's base. A server may show
/// more than was asked for, and one that does not know the filter is asked for all.
async fn subscriptions(
    reader: &ApiConnect,
    (filter, path): (&str, &str),
    is_meant: impl Fn(&Resource) -> bool,
) -> Result<Hanging, CatalogError> {
    let url = format!("{}{path}", reader.client.base_path());
    let list = reader.paths.of_catalog("subscriptions");
    let parse = |object: &_| subscription::resource(object);
    let query = [(filter, url.as_str())];
    let found = match paging::read_parsed(&reader.client, &list, &query, &reader.page, parse).await {
        Err(error) if HttpError::of(&error).is_some_and(|it| matches!(it.status, Some(400 | 404 | 405))) => {
            tracing::info!(%error, filter, "the target does not filter subscriptions: reading all of them");
            paging::read_parsed(&reader.client, &list, &[], &reader.page, parse).await?
        }
        found => found?,
    };
    let found = found.objects.into_iter().filter(is_meant).collect();
    Ok(as_hanging(found))
}

fn as_hanging(subscriptions: Vec<Resource>) -> Hanging {
    let subscriptions = subscriptions.into_iter();
    subscriptions.map(|it| (SUBSCRIPTIONS, it.handle)).collect()
}
