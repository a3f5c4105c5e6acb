//! Counts by kind.

/// The objects of a kind, counted by what becomes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// In scope on the source.
    pub source: usize,
    /// In scope on the target.
    pub target: usize,
    /// Paired, and nothing to do.
    pub unchanged: usize,
    /// Only on the target, and not the tool's: left alone.
    pub only_on_target: usize,
    /// Those on the target that the tool is answerable for: marked, paired, or to be deleted.
    pub managed: usize,
    /// Those on the target that bear a mark of this source or of the vendor's tool.
    pub marked: usize,
}
