//! What a platform says of itself to be held to the contract.

use std::sync::Arc;

use apic_configsync::engine::{
    catalog::{Reader, Writer},
    model::{Handle, KindId},
    plan::Policy,
};
use async_trait::async_trait;

/// What may become of a list on its way, for as long as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// All pages but the first are empty.
    Pages,
    /// The first page lacks a row.
    Row,
    /// The total that the server tells is not the number of rows.
    Total,
    /// Nobody answers.
    Answer,
    /// Rows come without what tells them from one another.
    Ids,
}

pub(super) const LOSSES: [Loss; 5] = [Loss::Pages, Loss::Row, Loss::Total, Loss::Answer, Loss::Ids];

/// A catalog that is read.
#[async_trait]
pub(super) trait ReadWorld: Send + Sync {
    /// One with several things of each kind, so that lists have more than one page.
    fn filled() -> Self;

    /// What reads it, while a list suffers a loss. Where connecting itself finds out what is amiss, it says so.
    async fn reader(&self, loss: Option<(KindId, Loss)>) -> Result<Arc<dyn Reader>, String>;

    /// How often the loss took something away so far.
    fn lost(&self) -> usize;

    /// From now on every request is refused in words that repeat it, with all that it holds. A platform without requests
    /// says that there is nothing to repeat.
    fn repeat_all_in_refusals(&self) -> bool;

    /// Insists that a text shows no secret of this world.
    fn assert_hidden(&self, what: &str, text: &str);

    /// Whether no request lists things of a kind in this world, so that no list of it can lose anything.
    fn lists_nothing_of(&self, kind: &str) -> bool;
}

/// A source, and a target that is written.
#[async_trait]
pub(super) trait WriteWorld: Send + Sync {
    /// A source with something of each kind, and a target with no more than what must be there already.
    fn pair() -> Self;

    /// What reads the source, and what writes the target. Connecting again forgets what an earlier connection has learnt.
    async fn connect(&self) -> (Arc<dyn Reader>, Arc<dyn Writer>);

    /// What a run is to do.
    fn policy(&self) -> Policy;

    /// People change something of each kind on the source.
    fn change_source(&self);

    /// People remove from the source what the target got, as far as that can be removed.
    fn empty_source(&self);

    /// The `n`th write to the target from now on takes effect, and its answer is lost.
    fn lose_answer(&self, n: u32);

    /// The next write to the target takes no effect and has no answer, and just before it others change the object. Where
    /// the platform has no way to do that to the kind, it says so.
    fn change_meanwhile(&self, kind: KindId, handle: &Handle) -> bool;

    /// Nothing goes wrong any more. Says whether anything has since the last time.
    fn calm(&self) -> bool;

    /// How many requests have changed the target so far.
    fn effects(&self) -> usize;

    /// Insists that a text shows no secret of either side.
    fn assert_hidden(&self, what: &str, text: &str);

    /// Kinds that the platform never makes by a step of their own, or not in this pair.
    fn never_made(&self) -> &'static [&'static str];

    /// Kinds that get no mark when they are made.
    fn unmarked(&self) -> &'static [&'static str];
}
