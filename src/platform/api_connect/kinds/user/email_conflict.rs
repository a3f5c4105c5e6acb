//! Refusals because somebody else on the site has an e-mail address (api-connect-rest.md section 21.1): told as what
//! they are, and never taken for a user name that is there already.

use crate::{engine::catalog::CatalogError, http::HttpError};

/// Words for the address, as they stand by themselves in a message.
const WORDS: [&str; 6] = ["email", "e-mail", "emails", "e-mails", "email_address", "mail"];

/// Words for its being somebody else's.
const TAKEN: [&str; 6] = ["already", "exist", "taken", "in use", "unique", "duplicate"];

/// Puts a refusal of a user's address into words; all else stays what it is.
pub(crate) fn explain(error: CatalogError, username: &str, address: Option<&str>) -> CatalogError {
    let Some(refusal) = HttpError::behind(&error) else {
        return error;
    };
    let Some(address) = address.filter(|it| is_about(refusal, username, it)) else {
        return error;
    };
    CatalogError::Taken(format!(
        "its e-mail {address} (email) is that of another user on the target's site, perhaps of a registry that this \
         catalog does not use: change one of the two; {refusal}"
    ))
}

fn is_about(refusal: &HttpError, username: &str, address: &str) -> bool {
    let is_told = |message: &String| speaks_of_address(message, username, address);
    matches!(refusal.status, Some(400 | 409 | 422)) && refusal.messages().iter().any(is_told)
}

/// A user name may be any word, so what stands where the name is told does not count.
fn speaks_of_address(message: &str, username: &str, address: &str) -> bool {
    let message = message.to_lowercase();
    let (username, address) = (username.to_lowercase(), address.to_lowercase());
    let words = message.split_whitespace();
    let words: Vec<&str> = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let is_name = |at: usize| {
        let before = at.checked_sub(1).map(|before| words[before]);
        words[at] == username && matches!(before, Some("username" | "user" | "name"))
    };
    let mut places = 0..words.len();
    let is_told = places.any(|at| WORDS.contains(&words[at]) && words[at] != address && !is_name(at));
    is_told && TAKEN.iter().any(|taken| message.contains(taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_the_address_is_told_from_one_about_the_name() {
        let about = |message: &str| speaks_of_address(message, "email", "u1@example.com");
        for message in [
            "A user with e-mail u1@example.com already exists in the site.",
            "The email address u1@example.com is already in use.",
            "'email' must be unique (Email: \"u1@example.com\" is a duplicate, see e-mail).",
        ] {
            assert!(about(message), "{message}");
        }
        for message in [
            "The user with username email already exists in the email-idp identity provider.",
            "The e-mail address is not valid.",
            "The user with username u1 already exists in the mail-idp identity provider.",
        ] {
            assert!(!about(message), "{message}");
        }
    }
}
