//! Objects, lists and paths as they travel between the server and this program, whatever kind they are of.

pub(super) mod hint_age;
pub(super) mod masks;
pub(super) mod multipart;
pub(super) mod object;
pub(super) mod paging;
pub(super) mod routes;
pub(super) mod splice;

/// A refusal says so where something of that name or key is there already (api-connect-rest.md section 2.5).
pub(super) fn says_duplicate(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("already exists") || message.contains("already subscribed")
}

#[cfg(test)]
mod tests {
    use super::says_duplicate;

    #[test]
    fn a_duplicate_is_known_by_its_words() {
        for message in ["The client_id x Already exists in catalog.", "app is already subscribed to plan"] {
            assert!(says_duplicate(message), "{message}");
        }
        assert!(!says_duplicate("a conflict of another kind"));
    }
}
