//! Publishing: a Product with its APIs in one request (api-connect-rest.md section 14.2).

use bytes::Bytes;
use serde_json::Value;

use super::{
    documents::{DOCUMENT, WSDL},
    kinds::{GATEWAY_SERVICES, PRODUCTS, SPACES, product},
    multipart::{Part, form},
    product_document::{named_in, rewritten},
    refusal::explain,
    spaces::Place,
    versioned,
    wire::Object,
    writer::ApiConnectTarget,
};
use crate::{
    catalog::{CatalogError, Places},
    http::{Answer, HttpError, Method, Payload, Repeat, Write},
    model::{Address, Document, Handle},
    plan::Package,
};

/// Tries of one creation, looked up in between.
const TRIES: u32 = 4;

/// A Product to publish.
pub(super) struct Publication {
    path: String,
    place: Place,
    /// By name and version, as it is found when the answer is lost.
    name: Handle,
    body: Payload,
}

impl Publication {
    /// Puts the documents together; references of the Product's own are addresses of the source.
    pub(super) fn new(
        target: &ApiConnectTarget,
        address: &Address,
        document: &Document,
        package: &Package,
        places: &Places<'_>,
    ) -> Result<Self, CatalogError> {
        let place = place(document, places)?;
        let own = package.own.of_role(DOCUMENT).ok_or_else(|| {
            CatalogError::Nonsense("its document was not read, so it cannot be published".into())
        })?;
        let mut parts = vec![Part {
            name: "product",
            file_name: own.name.clone(),
            media_type: own.media_type.clone(),
            content: rewritten(&own.bytes, document, package)?,
        }];
        parts.extend(files(package, "openapi", DOCUMENT));
        parts.extend(files(package, "wsdl", WSDL));
        parts.extend(gateway_services(target, document, places)?);
        Ok(Self {
            path: target.reader.site.in_place(&place, "publish"),
            place,
            name: Handle::new(&named_in(&address.path)),
            body: form(&parts),
        })
    }
}

fn place(document: &Document, places: &Places<'_>) -> Result<Place, CatalogError> {
    let space = document.field(product::SPACE);
    let Some(path) = space.as_str() else {
        return Ok(Place::Catalog);
    };
    let handle = places
        .handle(SPACES, path)
        .ok_or_else(|| CatalogError::Lacks(format!("the space {path} is not on the target")))?;
    Ok(Place::of_handle(handle.as_str()))
}

fn files<'a>(
    package: &'a Package,
    name: &'static str,
    role: &'static str,
) -> impl Iterator<Item = Part> + 'a {
    let files = package
        .carried
        .iter()
        .filter_map(move |(_, files)| files.of_role(role));
    files.map(move |file| Part {
        name,
        file_name: file.name.clone(),
        media_type: file.media_type.clone(),
        content: file.bytes.clone(),
    })
}

/// Without this part the server publishes to all gateway services of a fitting type.
fn gateway_services(
    target: &ApiConnectTarget,
    document: &Document,
    places: &Places<'_>,
) -> Result<Option<Part>, CatalogError> {
    let urls = gateway_urls(target, &gateways(document, places)?);
    let is_empty = urls.as_array().is_none_or(Vec::is_empty);
    Ok((!is_empty).then(|| Part {
        name: "gateway_service_urls",
        file_name: "gateway_service_urls.json".into(),
        media_type: "application/json".into(),
        content: Bytes::from(urls.to_string()),
    }))
}

/// The target's gateway services that a Product shall run on, in order.
pub(super) fn gateways(
    document: &Document,
    places: &Places<'_>,
) -> Result<Vec<Handle>, CatalogError> {
    let named = document.field(product::GATEWAYS);
    let paths = named.as_array().into_iter().flatten();
    let mut handles = paths
        .filter_map(Value::as_str)
        .map(|path| {
            places.handle(GATEWAY_SERVICES, path).ok_or_else(|| {
                CatalogError::Lacks(format!("the gateway service {path} is not on the target"))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    handles.sort_unstable();
    Ok(handles)
}

pub(super) fn gateway_urls(target: &ApiConnectTarget, services: &[Handle]) -> Value {
    let url = |service| Value::from(target.url(&target.reader.site.gateway_service(service)));
    services.iter().map(url).collect()
}

impl ApiConnectTarget {
    /// Publishes a Product that is not there. Where the answer is lost, it is looked up before it is sent again.
    pub(super) async fn publish_new(&self, new: &Publication) -> Result<Object, CatalogError> {
        let (mut lost, mut tries) = (false, 1);
        loop {
            let error = match self.publish(new, Repeat::Never).await {
                Ok(answer) => return self.published(new, &answer).await,
                Err(error) => error,
            };
            lost |= error.answer_was_lost();
            if !lost && !error.is_duplicate() {
                return Err(explain(error, new.body.len(), false));
            }
            match self.find(new).await? {
                Some(found) if lost => return Ok(found),
                Some(_) => {
                    return Err(CatalogError::Changed(
                        "a Product of that name and version has appeared on the target meanwhile; the next run looks again"
                            .into(),
                    ));
                }
                None if error.answer_was_lost() && tries < TRIES => {
                    if !self.client.back_off(tries).await {
                        return Err(explain(error.not_repeated(), new.body.len(), false));
                    }
                    tries += 1;
                }
                None => return Err(explain(error, new.body.len(), false)),
            }
        }
    }

    /// Publishes a Product over itself, which does no harm when it happens twice.
    pub(super) async fn publish_again(
        &self,
        changed: &Publication,
    ) -> Result<Object, CatalogError> {
        match self.publish(changed, Repeat::Safe).await {
            Ok(answer) => self.shown(changed, &answer)?.ok_or_else(|| {
                CatalogError::Nonsense(format!(
                    "POST {} succeeded without a readable answer: what is there may be what was there before; the next \
                     run compares and publishes again where it must",
                    changed.path
                ))
            }),
            Err(error) => Err(explain(error, changed.body.len(), true)),
        }
    }

    async fn publish(&self, what: &Publication, repeat: Repeat) -> Result<Answer, HttpError> {
        let write = Write {
            method: Method::Post,
            path: &what.path,
            query: &[],
            body: Some(what.body.clone()),
            repeat,
            timeout: Some(self.publish_timeout),
        };
        self.client.write(write).await
    }

    /// The Product that was not there before the publish: some servers answer without it.
    async fn published(&self, what: &Publication, answer: &Answer) -> Result<Object, CatalogError> {
        if let Some(product) = self.shown(what, answer)? {
            return Ok(product);
        }
        self.find(what).await?.ok_or_else(|| {
            CatalogError::Nonsense(format!(
                "POST {} succeeded without a readable answer, and what it published cannot be found",
                what.path
            ))
        })
    }

    /// The Product in the answer to a publish, where it can be read there. A proxy may answer 200 with a page of its own.
    fn shown(&self, what: &Publication, answer: &Answer) -> Result<Option<Object>, CatalogError> {
        let shown: Option<Object> = answer.json().ok();
        let product = shown.filter(|product| product.text("id").is_some());
        if let Some(product) = &product {
            self.reader.spaces.note(product.id()?, &what.place);
        }
        Ok(product)
    }

    async fn find(&self, what: &Publication) -> Result<Option<Object>, CatalogError> {
        let collection = versioned::collection(PRODUCTS);
        let site = &self.reader.site;
        let path = site.versioned(&what.place, collection, &what.name);
        let found = self.reader.get(&path).await?;
        if let Some(product) = &found {
            self.reader.spaces.note(product.id()?, &what.place);
        }
        Ok(found)
    }
}
