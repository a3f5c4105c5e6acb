//! Products and APIs alone need these: documents that are carried byte by byte, publishing, visibility and lifecycles.

pub(super) mod api_dependencies;
pub(super) mod documents;
pub(super) mod lifecycle;
pub(super) mod migration;
pub(super) mod normal_form;
pub(super) mod part_names;
pub(super) mod publish;
pub(super) mod publish_refusal;
pub(super) mod sent_document;
pub(super) mod versioned;
pub(super) mod visibility;
