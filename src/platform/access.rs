//! What connecting to two catalogs comes to.

use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::{
    catalog::{Reader, Writer},
    report::Finding,
};

/// What connecting to two catalogs leads to.
#[derive(Default)]
pub struct Access {
    /// Both catalogs, unless something stands in the way.
    pub catalogs: Option<Catalogs>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What stands in the way of a run with the sides swapped, as far as it shows already.
    pub reverse: Vec<Finding>,
    /// Whether both sides answer with one catalog id, which may be a mistake in the configuration.
    pub same_catalog: Option<SameCatalog>,
}

/// Two catalogs that can be worked with.
pub struct Catalogs {
    /// The catalog that is read.
    pub source: Arc<dyn Reader>,
    /// The catalog that is made like it.
    pub target: Arc<dyn Writer>,
    /// The closer look of the command `check`.
    pub inspection: Box<dyn Inspection>,
    /// Whether both are one catalog at two moments, of which one is in a file: then they are only compared.
    pub is_one_catalog: bool,
}

/// A closer look at two catalogs than a run takes before it begins.
#[async_trait]
pub trait Inspection: Send + Sync {
    /// Whether every list may be read, and whether the target has what the source's objects need.
    async fn inspect(&self) -> BothWays;

    /// What a run has found of the configuration on its way.
    fn found_on_the_way(&self) -> Vec<Finding>;
}

/// Two sides that answer with one catalog id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameCatalog {
    /// The id.
    pub id: String,
    /// Whether they are reached at one address too, so that there is no doubt.
    pub is_certain: bool,
}

/// What was found of each direction.
#[derive(Debug, Default)]
pub struct BothWays {
    /// From the source to the target, and what concerns both directions.
    pub forward: Vec<Finding>,
    /// From the target to the source.
    pub reverse: Vec<Finding>,
}

impl BothWays {
    /// Findings of the forward direction.
    #[must_use]
    pub fn forward(findings: Vec<Finding>) -> Self {
        Self { forward: findings, ..Self::default() }
    }

    /// Takes up what else was found.
    pub fn extend(&mut self, more: Self) {
        self.forward.extend(more.forward);
        self.reverse.extend(more.reverse);
    }
}
