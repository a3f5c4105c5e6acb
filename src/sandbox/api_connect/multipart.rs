//! The body of a publish: named parts with file names and content types (section 14.2).

use std::collections::HashMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use multer::{Field, Multipart};
use serde_json::Value;

use crate::sandbox::world::{Refusal, Wsdl};

/// What a publish sends.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) product: Option<Value>,
    pub(super) apis: Vec<Value>,
    pub(super) wsdls: HashMap<String, Wsdl>,
    pub(super) gateway_service_urls: Option<Vec<String>>,
}

impl Parts {
    /// Reads the whole body, which is there: so the reader never has to wait.
    pub(super) fn read(content_type: Option<&str>, body: &Bytes) -> Result<Self, Refusal> {
        let boundary = content_type.and_then(|it| multer::parse_boundary(it).ok());
        let boundary =
            boundary.ok_or_else(|| Refusal::invalid("The request must be of the type multipart/form-data."))?;
        let body = stream::iter([Ok::<_, Infallible>(body.clone())]);
        let parts = Self::collect(Multipart::new(body, boundary)).now_or_never();
        parts.unwrap_or_else(|| Err(Refusal::invalid("The request body ends early.")))
    }

    async fn collect(mut multipart: Multipart<'static>) -> Result<Self, Refusal> {
        let mut parts = Self::default();
        while let Some(field) = multipart.next_field().await.map_err(malformed)? {
            let part = Part::read(field).await?;
            parts.take(part)?;
        }
        Ok(parts)
    }

    fn take(&mut self, part: Part) -> Result<(), Refusal> {
        match part.name.as_str() {
            "product" if self.product.is_none() => self.product = Some(part.json()?),
            "openapi" => self.apis.push(part.json()?),
            "wsdl" => {
                let wsdl = part.wsdl()?;
                self.wsdls.insert(part.file, wsdl);
            }
            "gateway_service_urls" if self.gateway_service_urls.is_none() => {
                let urls = serde_json::from_value(part.json()?);
                let refusal = |_| Refusal::invalid("The gateway_service_urls must be a list of URLs.");
                self.gateway_service_urls = Some(urls.map_err(refusal)?);
            }
            "product" | "gateway_service_urls" => {
                return Err(part.refused("was sent more than once"));
            }
            _ => return Err(part.refused("is not known")),
        }
        Ok(())
    }
}

struct Part {
    name: String,
    file: String,
    content_type: String,
    content: Bytes,
}

impl Part {
    async fn read(field: Field<'_>) -> Result<Self, Refusal> {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map_or("", |it| it.essence_str()).to_owned();
        let content = field.bytes().await.map_err(malformed)?;
        let part = Self { name, file: file.clone().unwrap_or_default(), content_type, content };
        if file.is_none() {
            return Err(part.refused("has no file name"));
        }
        Ok(part)
    }

    /// A document. The server takes YAML too, which no client of this sandbox sends.
    fn json(&self) -> Result<Value, Refusal> {
        if self.content_type != "application/json" {
            return Err(self.refused("must be of the type application/json"));
        }
        serde_json::from_slice(&self.content).map_err(|_| self.refused("is not valid JSON"))
    }

    fn wsdl(&self) -> Result<Wsdl, Refusal> {
        let content_type = match self.content_type.as_str() {
            "application/wsdl" | "application/wsdl+xml" | "text/xml" => "application/wsdl",
            "application/zip" => "application/zip",
            _ => {
                return Err(self.refused("must be of the type application/wsdl or application/zip"));
            }
        };
        Ok(Wsdl { content_type: content_type.to_owned(), content: self.content.to_vec() })
    }

    fn refused(&self, why: &str) -> Refusal {
        Refusal::invalid(format!("The part '{}' {why}.", self.name))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn malformed(error: multer::Error) -> Refusal {
    Refusal::invalid(format!("The request body is malformed: {error}"))
}
