//! Writes that are sent again: never before somebody has looked what became of the first.

use std::collections::BTreeSet;

use apic_configsync::sandbox::api_connect::Outcome;
use bytes::Bytes;

/// The changes and removals of which nobody knows what became, by path.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    unsettled: BTreeSet<String>,
}

impl Repeats {
    /// Notes a request and what became of it. True if it is one that was repeated blindly.
    pub(super) fn note(&mut self, request: &::http::Request<Bytes>, outcome: &Outcome) -> bool {
        let path = request.uri().path();
        if request.method() == ::http::Method::GET {
            self.unsettled.remove(path);
            return false;
        }
        if request.method() == ::http::Method::POST {
            return false;
        }
        let is_blind = self.unsettled.remove(path);
        if may_pass(outcome) {
            self.unsettled.insert(path.to_owned());
        }
        is_blind
    }
}

/// Whether the failure is one after which a write may be tried again. A rejected token is none: its request has had no
/// effect, and nobody waits before it is sent with another.
fn may_pass(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Answer(answer) => {
            let status = answer.status();
            status.is_server_error() || status.as_u16() == 429
        }
        Outcome::Refused | Outcome::Reset | Outcome::Truncated { .. } => true,
    }
}
