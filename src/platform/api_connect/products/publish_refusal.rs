//! Refusals of a publish in words that say what to do (api-connect-rest.md sections 2.4 and 14.2).

use crate::{
    engine::catalog::CatalogError,
    http::{Cause, HttpError, TransportError},
};

/// Words of a server that tell that the target lacks something which an operator has to put there.
const ABOUT_MISSING: [&str; 5] = ["billing", "oauth", "tls", "registry", "gateway"];

/// The default limit of the usual ingress, in bytes.
const USUAL_LIMIT: usize = 1_000_000;

/// Explains why a publish of so many bytes failed; `again` where the Product is there already.
pub(crate) fn explain(mut error: HttpError, sent: usize, again: bool) -> CatalogError {
    if error.status == Some(413) {
        error.hint = Some(too_large(sent));
        return error.into();
    }
    if matches!(error.cause, Cause::Transport(TransportError::Broken(_))) && sent > USUAL_LIMIT {
        error.hint = Some(format!("if it happens again: {}", too_large(sent)));
        return error.into();
    }
    // Other refusals are about the login, the way there or the server's load.
    if !matches!(error.status, Some(400 | 404 | 409 | 422)) {
        return error.into();
    }
    let said = error.messages().join("; ").to_lowercase();
    if is_name_clash(&error, &said) {
        return CatalogError::MissingOnTarget(format!(
            "{error}; names of APIs clash whatever their case: rename the API, or remove the other one from the target"
        ));
    }
    if again && is_production_mode(&error, &said) {
        return CatalogError::MissingOnTarget(format!(
            "{error}; the target does not take a published version again: set config_sync_target_catalog to true or \
             production_mode to false in the target catalog's settings, or publish a new version on the source"
        ));
    }
    if ABOUT_MISSING.iter().any(|word| said.contains(word)) {
        return CatalogError::MissingOnTarget(error.to_string());
    }
    error.into()
}

fn too_large(sent: usize) -> String {
    format!(
        "the publish has {sent} bytes: raise the limit of the target's platform API ingress above that \
         (nginx.ingress.kubernetes.io/proxy-body-size, or client_max_body_size of nginx)"
    )
}

/// The server keeps the names of APIs unique in small letters, and says so by the constraint's name or in words.
fn is_name_clash(error: &HttpError, said: &str) -> bool {
    if said.contains("production") {
        return false;
    }
    let names_an_api =
        said.split(|c: char| !c.is_alphanumeric()).any(|word| word == "api") && !said.contains("product");
    said.contains("api_lower_namespace") || (names_an_api && (error.status == Some(409) || error.is_duplicate()))
}

fn is_production_mode(error: &HttpError, said: &str) -> bool {
    matches!(error.status, Some(400 | 409))
        && (error.status == Some(409) || error.is_duplicate() || said.contains("production"))
}
