//! Where things are on the target, as far as the suites have brought them there.

use std::{collections::HashMap, sync::Mutex};

use apic_configsync::engine::{
    catalog::TargetLookup,
    model::{Address, Handle, KindId},
    plan::Plan,
};

/// What a plan found on the target, and what was made since.
pub(super) struct Known {
    handles: Mutex<HashMap<Address, Handle>>,
    originals: HashMap<(KindId, Box<str>), Address>,
}

impl Known {
    pub(super) fn of(plan: &Plan) -> Self {
        let originals = plan.originals.iter().map(|(id, address)| (id.clone(), address.clone()));
        Self { handles: Mutex::new(plan.present.iter().cloned().collect()), originals: originals.collect() }
    }

    pub(super) fn add(&self, address: &Address, handle: Handle) {
        self.handles.lock().unwrap().insert(address.clone(), handle);
    }
}

impl TargetLookup for Known {
    fn handle(&self, kind: KindId, path: &str) -> Option<Handle> {
        self.handles.lock().unwrap().get(&Address::new(kind, path)).cloned()
    }

    fn original(&self, kind: KindId, id: &str) -> Option<Address> {
        self.originals.get(&(kind, id.into())).cloned()
    }
}
