//! Servers that store something else than they are sent, or leave out what they have.

use apic_configsync::sandbox::{Cluster, Switches};
use rand::{RngExt, rngs::StdRng};

/// What a pair of servers makes of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storing {
    /// The target takes what it is sent.
    Faithful,
    EmailsLowered,
    TextsTrimmed,
    /// Longer than any mark, seal or client id.
    TextsCut,
    EndpointsSorted,
    /// A change of this field is ignored.
    IgnoredOnPatch(&'static str),
    /// A new thing gets no such field.
    IgnoredOnPost(&'static str),
    /// The source does not show this field.
    LeftOut(&'static [&'static str]),
}

/// Fields that a target may ignore, none of which a mark depends on.
const IGNORED: [&str; 6] = ["title", "summary", "image_endpoint", "redirect_endpoints", "email", "metadata/note"];

impl Storing {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        let ignored = IGNORED[rng.random_range(0..IGNORED.len())];
        match rng.random_range(0..8) {
            0 => Self::EmailsLowered,
            1 => Self::TextsTrimmed,
            2 => Self::TextsCut,
            3 => Self::EndpointsSorted,
            4 | 5 => Self::IgnoredOnPatch(ignored),
            6 => Self::IgnoredOnPost(ignored),
            _ => Self::LeftOut(&["state"]),
        }
    }

    pub(super) fn prepare(self, cluster: &mut Cluster, is_source: bool) {
        let switches = &mut cluster.switches;
        match self {
            Self::LeftOut(fields) if is_source => switches.left_out = fields,
            _ if is_source => {}
            _ => self.prepare_target(switches),
        }
    }

    fn prepare_target(self, switches: &mut Switches) {
        match self {
            Self::Faithful | Self::LeftOut(_) => {}
            Self::EmailsLowered => switches.emails_lowered = true,
            Self::TextsTrimmed => switches.texts_trimmed = true,
            Self::TextsCut => switches.texts_cut = Some(60),
            Self::EndpointsSorted => switches.endpoints_sorted = true,
            Self::IgnoredOnPatch(field) => switches.ignored_on_patch = Some(field),
            Self::IgnoredOnPost(field) => switches.ignored_on_post = Some(field),
        }
    }

    /// Whether a difference is one that no run can see: the order of addresses says nothing, and what the source leaves out
    /// counts as its default.
    pub(super) fn excuses(self, difference: &str) -> bool {
        match self {
            Self::EndpointsSorted => difference.contains(" > redirect_endpoints"),
            Self::LeftOut(_) => difference.contains(" > state: "),
            _ => false,
        }
    }
}
