//! Snapshots under the reading half of the contract: what is captured from a server that loses something says so for ever.

use std::sync::Arc;

use apic_configsync::{
    engine::{catalog::Reader, model::KindId},
    outfile::OutFile,
    platform::{
        api_connect::KINDS,
        snapshot::{
            Snapshot, capture,
            file::{Encryption, EncryptionKind, Format, Keys, Origin},
        },
    },
};
use async_trait::async_trait;
use serde_json::Map;

use super::{
    api_connect::{ReadSide, SOURCE, now},
    world::{Loss, ReadWorld},
};

const PLATFORM: &str = "api-connect";

/// A catalog of a server, which is captured whenever a reader is asked for.
pub(super) struct Captured(ReadSide<SOURCE>);

#[async_trait]
impl ReadWorld for Captured {
    fn filled() -> Self {
        Self(ReadSide::filled())
    }

    async fn reader(&self, loss: Option<(KindId, Loss)>) -> Result<Arc<dyn Reader>, String> {
        let source = self.0.reader(loss).await?;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.snapshot");
        let place = OutFile::prepare(&path).unwrap();
        let origin = Origin {
            snapshot: Format,
            platform: PLATFORM.to_owned(),
            version: "0.1.0".to_owned(),
            server: "https://source.test/api".to_owned(),
            catalog: "provider/sandbox".to_owned(),
            catalog_id: source.id().to_owned(),
            taken_at: now(),
            scope: Map::new(),
            secrets: true,
            encryption: EncryptionKind::None,
        };
        capture(&*source, &self.0.0.options(), origin, place, &Encryption::None).await.unwrap();
        let snapshot = Snapshot::open(&path, PLATFORM, &KINDS, &Keys::default()).unwrap();
        Ok(Arc::new(snapshot))
    }

    fn lost(&self) -> usize {
        self.0.lost()
    }

    fn repeat_all_in_refusals(&self) -> bool {
        false
    }

    fn assert_hidden(&self, what: &str, text: &str) {
        self.0.assert_hidden(what, text);
    }

    fn lists_nothing_of(&self, kind: &str) -> bool {
        self.0.lists_nothing_of(kind)
    }
}
