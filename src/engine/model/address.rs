//! Names of things: the address that people read, and the handle that one server gives.

use std::{borrow::Borrow, fmt, sync::Arc};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::KindId;

/// What a thing is called in plans and reports: its kind and its natural key, e.g. `acme/mobile-app`.
///
/// A `/` or `%` inside a part is percent-encoded (interface.md, "Addresses").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The kind of thing.
    pub kind: KindId,
    /// The parts, joined by `/`.
    pub path: Arc<str>,
}

impl Address {
    /// An address from a path whose parts are already encoded.
    #[must_use]
    pub fn new(kind: KindId, path: &str) -> Self {
        Self { kind, path: Arc::from(path) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.path)
    }
}

/// One server's name for a thing: its ids from the catalog down, joined by `/`. The last is the thing's own id.
///
/// A handle means nothing to any other server; only its id travels, as a mark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(Arc<str>);

impl Handle {
    /// A handle from the ids that lead to the thing.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The handle of a child with this id.
    #[must_use]
    pub fn child(&self, id: &str) -> Self {
        Self(format!("{}/{id}", self.0).into())
    }

    /// The thing's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, id)| id)
    }

    /// The handle of what the thing lives under, as a string slice.
    #[must_use]
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// All ids, joined by `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Handle {
    fn borrow(&self) -> &str {
        &self.0
    }
}

const PART: &AsciiSet = &CONTROLS.add(b'/').add(b'%');

/// Encodes one part of an address. Only ASCII is encoded: names in other scripts stay readable.
#[must_use]
pub fn encode(part: &str) -> String {
    let mut encoded = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        encoded.extend(utf8_percent_encode(&rest[..start], PART));
        let end = rest[start..].find(|c: char| c.is_ascii()).map_or(rest.len(), |length| start + length);
        encoded.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    encoded.extend(utf8_percent_encode(rest, PART));
    encoded
}

/// The text of one encoded part.
#[must_use]
pub fn decode(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_survive_encoding() {
        for name in ["acme", "a/b", "100 %", "größe/∞", "日本", "a%2Fb", "", "tab\there"] {
            let encoded = encode(name);
            assert!(!encoded.contains('/'), "{encoded}");
            assert_eq!(decode(&encoded), name);
        }
        assert_eq!(encode("größe 1/2"), "größe 1%2F2");
    }

    #[test]
    fn a_handle_knows_its_id_and_parent() {
        let app = Handle::new("g1").child("a1");
        assert_eq!((app.id(), app.parent()), ("a1", Some("g1")));
        assert_eq!((Handle::new("g1").id(), Handle::new("g1").parent()), ("g1", None));
    }
}
