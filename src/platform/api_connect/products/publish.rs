//! Publishing: a Product with its APIs in one request (api-connect-rest.md section 14.2).

use bytes::Bytes;
use serde_json::Value;

use crate::{
    engine::{
        catalog::{CatalogError, Places},
        change::{Bundle, Change},
        model::{Address, Document, File, Files, Handle, mark::SOURCE_ID},
    },
    http::{Answer, HttpError, Method, Payload, Write},
    platform::{
        api_connect::{
            kinds::{GATEWAY_SERVICES, SPACES, api, product},
            products::{
                documents::{DOCUMENT, WSDL},
                part_names::{PRODUCT, PartNames},
                publish_refusal::explain,
                sent_document::{exact_name, rewritten},
                versioned::{self, PublishedKind},
            },
            wire::{
                multipart::{FormPart, form},
                object::Object,
                routes::Place,
            },
            writer::ApiConnectTarget,
            writes::{patch::json_write, recheck::Rechecked},
        },
        write_once::{Look, Pause, WriteFailure, WriteOnce, Written, write_once},
    },
};

/// A Product to publish.
pub(crate) struct ProductPublication {
    path: String,
    place: Place,
    /// By name and version, as it is found when the answer is lost.
    name: Handle,
    body: Payload,
}

impl ProductPublication {
    /// Puts the documents together; references of the Product's own are addresses of the source.
    pub(crate) fn new(
        target: &ApiConnectTarget,
        address: &Address,
        document: &Document,
        package: &Bundle,
        places: &Places<'_>,
    ) -> Result<Self, CatalogError> {
        let place = place(document, places)?;
        let own = package
            .own
            .of_role(DOCUMENT)
            .ok_or_else(|| CatalogError::Malformed("its document was not read, so it cannot be published".into()))?;
        let mut names = PartNames::fixed_by(package)?;
        let mut parts = vec![FormPart {
            name: "product",
            file_name: names.take(PRODUCT),
            media_type: own.media_type.clone(),
            content: rewritten(&own.bytes, document, package)?,
        }];
        parts.extend(files(package, "openapi", DOCUMENT, &mut names));
        parts.extend(files(package, "wsdl", WSDL, &mut names));
        parts.extend(gateway_services(target, document, places, &mut names)?);
        Ok(Self {
            path: target.reader.paths.in_place(&place, "publish"),
            place,
            name: Handle::new(&exact_name(address, &package.own)),
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
        .ok_or_else(|| CatalogError::MissingOnTarget(format!("the space {path} is not on the target")))?;
    Ok(Place::of_handle(handle.as_str()))
}

fn files(package: &Bundle, name: &'static str, role: &'static str, names: &mut PartNames) -> Vec<FormPart> {
    let carried = package.carried.iter();
    carried
        .filter_map(|(_, files)| files.of_role(role))
        .map(|file| FormPart {
            name,
            file_name: names.of(file),
            media_type: file.media_type.clone(),
            content: file.bytes.clone(),
        })
        .collect()
}

/// Without this part the server publishes to all gateway services of a fitting type.
fn gateway_services(
    target: &ApiConnectTarget,
    document: &Document,
    places: &Places<'_>,
    names: &mut PartNames,
) -> Result<Option<FormPart>, CatalogError> {
    let urls = gateway_urls(target, &gateways(document, places)?);
    let is_empty = urls.as_array().is_none_or(Vec::is_empty);
    Ok((!is_empty).then(|| FormPart {
        name: "gateway_service_urls",
        file_name: names.take("gateway_service_urls.json"),
        media_type: "application/json".into(),
        content: Bytes::from(urls.to_string()),
    }))
}

/// The target's gateway services that a Product shall run on, in order.
pub(crate) fn gateways(document: &Document, places: &Places<'_>) -> Result<Vec<Handle>, CatalogError> {
    let named = document.field(product::GATEWAYS);
    let paths = named.as_array().into_iter().flatten();
    let mut handles = paths
        .filter_map(Value::as_str)
        .map(|path| {
            places.handle(GATEWAY_SERVICES, path).ok_or_else(|| {
                CatalogError::MissingOnTarget(format!("the gateway service {path} is not on the target"))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    handles.sort_unstable();
    Ok(handles)
}

pub(crate) fn gateway_urls(target: &ApiConnectTarget, services: &[Handle]) -> Value {
    let url = |service| Value::from(target.url(&target.reader.paths.gateway_service(service)));
    services.iter().map(url).collect()
}

/// The things whose documents a publish sends, by name and version, with these documents.
fn documents_of<'a>(
    what: &'a ProductPublication,
    package: &'a Bundle,
) -> impl Iterator<Item = (&'static PublishedKind, Handle, &'a Files)> {
    let carried = package.carried.iter();
    let carried = carried.map(|(api, files)| (&api::PUBLISHED, Handle::new(&exact_name(api, files)), files));
    std::iter::once((&product::PUBLISHED, what.name.clone(), &package.own)).chain(carried)
}

/// The publication of a Product that is not there, on its way.
struct FirstPublish<'a> {
    target: &'a ApiConnectTarget,
    new: &'a ProductPublication,
    package: &'a Bundle,
}

impl WriteOnce for FirstPublish<'_> {
    type Answered = Answer;
    type Found = Object;

    // A Product that proves to be published needs no pause.
    const PAUSE: Pause = Pause::AfterLook;

    async fn send(&mut self, earlier: Option<&HttpError>) -> Result<Answer, HttpError> {
        let write = Write { earlier, ..self.target.publishing(self.new) };
        self.target.client.write(write).await
    }

    fn needs_look(&self, failure: &HttpError) -> bool {
        failure.answer_was_lost() || failure.is_duplicate()
    }

    async fn look(&mut self, failure: &HttpError) -> Result<Look<Object>, CatalogError> {
        let Self { target, new, package } = self;
        match target.find(new).await? {
            None => Ok(Look::NoEffect),
            Some(found) if failure.answer_was_lost() && target.is_made_of(new, package).await? => Ok(Look::Done(found)),
            Some(_) => Err(CatalogError::Changed(
                "a Product of that name and version has appeared on the target meanwhile; the next run looks again"
                    .into(),
            )),
        }
    }
}

impl ApiConnectTarget {
    /// Publishes a Product that is not there. Where the answer is lost, it is looked up before it is sent again; what
    /// is found then is only taken as published if it has the documents that were sent.
    pub(crate) async fn publish_new(&self, new: &ProductPublication, package: &Bundle) -> Result<Object, CatalogError> {
        let mut attempt = FirstPublish { target: self, new, package };
        match write_once(&self.client, &mut attempt).await {
            Ok(Written::Answered(answer)) => self.published(new, &answer).await,
            Ok(Written::Found(product)) => Ok(product),
            Err(WriteFailure::Failed(error)) => Err(explain(error, new.body.len(), false)),
            Err(WriteFailure::Prevented(error)) => Err(error),
        }
    }

    /// Tells whether a Product and its APIs have the documents that a publication sends. A WSDL need not be shown.
    async fn is_made_of(&self, what: &ProductPublication, package: &Bundle) -> Result<bool, CatalogError> {
        for (kind, name, wanted) in documents_of(what, package) {
            let found = self.documents(&what.place, kind, &name).await?;
            let is_there = |file: &File| {
                let now = found.of_role(file.role);
                now.map_or(file.role == WSDL, |now| now.says_the_same(file))
            };
            if !wanted.iter().all(is_there) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Publishes a Product over itself. A publish that failed is looked for in the documents.
    pub(crate) async fn publish_again(
        &self,
        changed: &ProductPublication,
        update: &Change,
        package: &Bundle,
    ) -> Result<Object, CatalogError> {
        let look = || self.recheck_published(changed, update, package);
        match self.write_with_recheck(self.publishing(changed), look).await {
            Ok(answer) => self.shown(changed, answer)?.ok_or_else(|| {
                CatalogError::Malformed(format!(
                    "POST {} succeeded without a readable answer: what is there may be what was there before; the next \
                     run compares and publishes again where it must",
                    changed.path
                ))
            }),
            Err(WriteFailure::Failed(error)) => Err(explain(error, changed.body.len(), true)),
            Err(WriteFailure::Prevented(error)) => Err(error),
        }
    }

    /// Looks at a Product after a publish over it that failed. The documents tell: they are those that were sent, those
    /// that were there before, or others.
    async fn recheck_published(
        &self,
        changed: &ProductPublication,
        update: &Change,
        package: &Bundle,
    ) -> Result<Rechecked, CatalogError> {
        let Some(product) = self.find(changed).await? else {
            return Ok(Rechecked::Gone);
        };
        let mark = product.mark();
        let before = update.seen.as_ref().map(|seen| &seen.mark);
        if mark.is_some() && before.is_some_and(|before| *before != mark) {
            return Ok(Rechecked::Changed(vec![SOURCE_ID.to_owned()]));
        }
        let (mut missing, mut others) = (false, Vec::new());
        for (kind, name, wanted) in documents_of(changed, package) {
            let found = self.documents(&changed.place, kind, &name).await?;
            for file in wanted.iter() {
                let now = found.of_role(file.role);
                let is_old = |now: &File| {
                    let replaced = package.replaces.as_ref();
                    replaced.is_none_or(|digests| digests.contains(now.digest()))
                };
                match now {
                    Some(now) if now.says_the_same(file) => {}
                    Some(now) if !is_old(now) => others.push(name.as_str().to_owned()),
                    _ => missing = true,
                }
            }
        }
        Ok(if !others.is_empty() {
            Rechecked::Changed(others)
        } else if missing {
            Rechecked::Unchanged
        } else {
            Rechecked::Done(product)
        })
    }

    /// The documents that a place of the target has of a thing, none where it has no such thing.
    async fn documents(&self, place: &Place, kind: &PublishedKind, name: &Handle) -> Result<Files, CatalogError> {
        let path = self.reader.paths.versioned(place, kind.collection, name);
        let Some(object) = self.reader.get(&path).await? else {
            return Ok(Files::default());
        };
        self.reader.spaces.note(object.id()?, place);
        let thing = versioned::resource(&self.reader, kind, &object)?;
        Ok(self.reader.complete(&thing).await?.files)
    }

    fn publishing<'a>(&self, what: &'a ProductPublication) -> Write<'a> {
        Write {
            timeout: Some(self.publish_timeout),
            body: Some(what.body.clone()),
            ..json_write(Method::Post, &what.path, None)
        }
    }

    /// The Product that was not there before the publish: some servers answer without it.
    async fn published(&self, what: &ProductPublication, answer: &Answer) -> Result<Object, CatalogError> {
        if let Some(product) = self.shown(what, answer.json().unwrap_or_default())? {
            return Ok(product);
        }
        self.find(what).await?.ok_or_else(|| {
            CatalogError::Malformed(format!(
                "POST {} succeeded without a readable answer, and what it published cannot be found",
                what.path
            ))
        })
    }

    /// The Product in the answer to a publish, where it can be read there. A proxy may answer 200 with a page of its
    /// own.
    fn shown(&self, what: &ProductPublication, answer: Object) -> Result<Option<Object>, CatalogError> {
        let product = Some(answer).filter(|product| product.text("id").is_some());
        if let Some(product) = &product {
            self.reader.spaces.note(product.id()?, &what.place);
        }
        Ok(product)
    }

    async fn find(&self, what: &ProductPublication) -> Result<Option<Object>, CatalogError> {
        let path = self.reader.paths.versioned(&what.place, product::PUBLISHED.collection, &what.name);
        let found = self.reader.get(&path).await?;
        if let Some(product) = &found {
            self.reader.spaces.note(product.id()?, &what.place);
        }
        Ok(found)
    }
}
