//! One thing as a server keeps it, and as it shows it.

use apic_configsync::engine::{
    change::{MetadataWrite, Missing},
    model::{Document, File, Files, Handle, KindId, Mark, Name, Resource, Secret, document::METADATA},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::table::KINDS;

/// A thing on a server. Its references are handles.
#[derive(Debug, Clone, Default)]
pub(super) struct Thing {
    /// Its own part of its address.
    pub(super) name: String,
    pub(super) fields: Map<String, Value>,
    pub(super) secret: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) mark: Option<Mark>,
    pub(super) hint: Option<Box<str>>,
    pub(super) missing_since: Option<i64>,
    pub(super) files: Vec<File>,
    pub(super) created_at: i64,
}

impl Thing {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// What a reference names.
    pub(super) fn named(&self, field: &str) -> Vec<Handle> {
        let handles = match self.fields.get(field) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        handles.into_iter().map(Handle::new).collect()
    }

    /// Takes what a run writes of its own: free metadata, the mark, and notes.
    pub(super) fn take_metadata(&mut self, write: &MetadataWrite) {
        self.metadata.clone_from(&write.own);
        if write.leaves_notes {
            return;
        }
        self.mark.clone_from(&write.mark);
        // What stands for the original alone is noted: the copy is nobody's to edit here.
        self.hint.clone_from(&write.state);
        match write.missing {
            Missing::Unsaid => {}
            Missing::Since { at, .. } => self.missing_since = Some(at),
            Missing::Found => self.missing_since = None,
        }
    }

    /// The thing as lists and single reads show it. Documents are read apart.
    pub(super) fn resource(&self, kind: KindId, handle: &Handle) -> Resource {
        let mut fields = self.fields.clone();
        if !self.metadata.is_empty() {
            fields.insert(METADATA.into(), self.metadata.clone().into());
        }
        let has_files = !KINDS.row(kind).files.is_empty();
        let name = Name::Plain(self.name.as_str().into());
        let document = Document::new(fields, self.secret.clone().map(Secret::from));
        Resource {
            mark: self.mark.clone(),
            hint: self.hint.clone(),
            missing_since: self.missing_since,
            state: has_files.then(|| self.state().into()),
            unread: has_files,
            created_at: self.created_at,
            ..Resource::new(kind, handle.clone(), name, document)
        }
    }

    /// The same with its documents. References stay what they are in `listed`.
    pub(super) fn completed(&self, listed: &Resource) -> Resource {
        Resource { files: Files::new(self.files.clone()), unread: false, ..listed.clone() }
    }

    /// What stands for the documents that are read apart.
    fn state(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            hash.update(&file.bytes);
        }
        URL_SAFE_NO_PAD.encode(&hash.finalize()[..9])
    }
}
