//! Seals: what shows that this tool, and nobody else who may write metadata, wrote a mark and the notes beside it
//! (behaviour.md, "A mark is a claim, not a proof").

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::{Kind, KindId, KindTable, Secret, kind::Identity};

/// The operator's key for seals, and the one before it.
#[derive(Debug, Clone)]
pub struct MarkKeys {
    /// `MARK_KEY`: what is written is sealed with it.
    pub key: Secret,
    /// `MARK_KEY_PREVIOUS`: seals made with it still count.
    pub previous: Option<Secret>,
}

/// What a seal speaks for. Absent parts are empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sealed<'a> {
    /// The kind, by the report's name.
    pub kind: &'a str,
    /// What ties it to one object: the object's own id, or its parent's id, `/` and its natural key.
    pub bound: &'a str,
    /// The metadata's `source_catalog`.
    pub source_catalog: &'a str,
    /// The metadata's `source_id`.
    pub source_id: &'a str,
    /// The metadata's `source_hint`.
    pub source_hint: &'a str,
    /// The metadata's `source_missing_since`, as it is written there.
    pub source_missing_since: &'a str,
    /// The metadata's `source_not_taken`, as it is written there.
    pub source_not_taken: &'a str,
}

impl Sealed<'_> {
    fn text(&self) -> String {
        json!([
            self.kind,
            self.bound,
            self.source_catalog,
            self.source_id,
            self.source_hint,
            self.source_missing_since,
            self.source_not_taken
        ])
        .to_string()
    }
}

/// Where a kind's seals tie them to. Organizations, which people name and which nothing holds, are known by their own ids;
/// all else by what it is called where it is.
#[must_use]
pub fn is_bound_by_id(row: &Kind) -> bool {
    row.identity == Identity::Named && row.parent.is_none()
}

/// What ties the seal of an organization to it that has no id yet. It holds as long as that is its name.
#[must_use]
pub fn bound_to_name(name: &str) -> String {
    format!("new:{name}")
}

/// What ties the seal of anything else to its object: the id of what it is in, and its natural key. `parent` is the handle of
/// what it is in, or the catalog's id for what is in nothing else.
///
/// The key counts in small letters: which names a server folds differs from registry to registry, and what folds is decided
/// by the target, so by the direction; two things of one parent that differ in case alone could at most bear each other's
/// seals. Of one that begins with what is above the thing that it names, as a member's does with his registry, that is left
/// out: registries are called otherwise in the other direction.
#[must_use]
pub fn bound_to_key(kinds: &KindTable, kind: KindId, parent: &str, key: &str) -> String {
    let parent = parent.rsplit('/').next().unwrap_or_default();
    let named = kinds.row(kind).references.iter();
    let single = named.filter(|it| !it.bond.is_list() && !it.bond.is_link());
    let above = single.map(|it| kinds.depth(it.kind)).max().unwrap_or(0);
    let own = key.splitn(above + 1, '/').last().unwrap_or_default();
    format!("{parent}/{}", own.to_lowercase())
}

impl MarkKeys {
    /// The seal of a mark: unpadded Base64 (URL alphabet) of an HMAC-SHA256.
    #[must_use]
    pub fn seal(&self, sealed: &Sealed<'_>) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.key, sealed).finalize().into_bytes())
    }

    /// What a seal is worth that was found on an object.
    #[must_use]
    pub fn judge(&self, sealed: &Sealed<'_>, seal: &str) -> Seal {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(seal) else {
            return Seal::Wrong;
        };
        let is_made_with = |key: &Secret| mac(key, sealed).verify_slice(&bytes).is_ok();
        if is_made_with(&self.key) {
            Seal::Right
        } else if self.previous.as_ref().is_some_and(is_made_with) {
            Seal::Previous
        } else {
            Seal::Wrong
        }
    }
}

fn mac(key: &Secret, sealed: &Sealed<'_>) -> Hmac<Sha256> {
    // HMAC takes keys of every length (RFC 2104), so this key is always taken as it is.
    let mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes());
    let mut mac = mac.unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default()));
    mac.update(sealed.text().as_bytes());
    mac
}

/// What an object's `source_seal` is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Seal {
    /// It bears none.
    #[default]
    Absent,
    /// It bears one that nobody has judged: there is no key, or the catalog is not joined yet.
    Unjudged(Box<SealNotes>),
    /// Made with the present key.
    Right,
    /// Made for a new object of this name, so that it is replaced by one of its own at once.
    Provisional,
    /// Made with the key before it, so that it is replaced when the object is next written.
    Previous,
    /// Made by somebody else, or for another mark, another object or other notes.
    Wrong,
}

impl Seal {
    /// Whether it was made by somebody who has a key, for this object, its mark and its notes.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Right | Self::Previous | Self::Provisional)
    }
}

/// A seal as it was read, and the notes that it speaks for as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealNotes {
    /// The seal itself.
    pub seal: String,
    /// `source_missing_since`.
    pub missing_since: String,
    /// `source_not_taken`.
    pub not_taken: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(key: &str, previous: Option<&str>) -> MarkKeys {
        MarkKeys { key: key.to_owned().into(), previous: previous.map(|key| key.to_owned().into()) }
    }

    fn mark() -> Sealed<'static> {
        Sealed {
            kind: "consumer_orgs",
            bound: "t-acme",
            source_catalog: "prod",
            source_id: "acme",
            ..Sealed::default()
        }
    }

    #[test]
    fn the_text_is_compact_and_absent_parts_are_empty() {
        assert_eq!(mark().text(), r#"["consumer_orgs","t-acme","prod","acme","","",""]"#);
    }

    #[test]
    fn the_seal_is_what_another_implementation_makes() {
        // python3: base64.urlsafe_b64encode(hmac.digest(b"k" * 32, text, "sha256")).rstrip(b"=")
        assert_eq!(keys(&"k".repeat(32), None).seal(&mark()), "ozRLwA737ZzY0VubdiQvJu4VssxrgY_22wGBJ-VEt5g");
    }

    #[test]
    fn a_seal_counts_for_its_own_mark_and_key_alone() {
        let (own, other) = ("k".repeat(32), "o".repeat(32));
        let seal = keys(&own, None).seal(&mark());
        assert_eq!(keys(&own, None).judge(&mark(), &seal), Seal::Right);
        assert_eq!(keys(&other, Some(&own)).judge(&mark(), &seal), Seal::Previous);
        assert_eq!(keys(&other, None).judge(&mark(), &seal), Seal::Wrong);
        assert_eq!(keys(&own, None).judge(&mark(), "no seal!"), Seal::Wrong);
        let forged = Sealed { bound: "t-other", ..mark() };
        assert_eq!(keys(&own, None).judge(&forged, &seal), Seal::Wrong);
    }
}
