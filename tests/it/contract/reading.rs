//! What every `Reader` keeps. Each function is a test that a platform runs with its own world (see [`super::suites`]).

use std::collections::BTreeSet;

use apic_configsync::engine::{
    catalog::{CatalogError, Listing, Reader},
    model::{
        Handle, KindId, Resource,
        kind::{ListMode, Role},
    },
};

use super::world::{LOSSES, Loss, ReadWorld};

/// One list as it was read.
pub(super) struct ListRead {
    pub(super) kind: KindId,
    under: Option<Handle>,
    result: Result<Listing, CatalogError>,
}

impl ListRead {
    /// Whether it says that it may not be all.
    fn is_in_doubt(&self) -> bool {
        self.result.as_ref().map_or(true, |listing| listing.doubt.is_some() || !listing.unusable.is_empty())
    }

    pub(super) fn resources(&self) -> &[Resource] {
        self.result.as_ref().map_or(&[], |listing| &listing.resources)
    }
}

/// Reads all lists, each once its parents are known.
pub(super) async fn walk(reader: &dyn Reader) -> Vec<ListRead> {
    let kinds = reader.kinds();
    let mut lists: Vec<ListRead> = Vec::new();
    for kind in kinds.ids() {
        let row = kinds.row(kind);
        let parents: Vec<Option<Resource>> = match (row.reading, row.parent) {
            (ListMode::Never, _) => Vec::new(),
            (ListMode::Whole, _) | (ListMode::PerParent, None) => vec![None],
            (ListMode::PerParent, Some(parent)) => {
                let of_parent = lists.iter().filter(|list| list.kind == parent);
                of_parent.flat_map(|list| list.resources().iter().cloned().map(Some)).collect()
            }
        };
        for parent in parents {
            let result = reader.list(kind, parent.as_ref()).await;
            lists.push(ListRead { kind, under: parent.map(|parent| parent.handle), result });
        }
    }
    lists
}

fn resources(lists: &[ListRead]) -> impl Iterator<Item = &Resource> {
    lists.iter().flat_map(ListRead::resources)
}

fn handles(lists: &[ListRead], kind: KindId) -> BTreeSet<Handle> {
    resources(lists).filter(|it| it.kind == kind).map(|it| it.handle.clone()).collect()
}

/// A world without losses, and its lists.
async fn sound<W: ReadWorld>() -> (W, Vec<ListRead>) {
    let world = W::filled();
    let reader = world.reader(None).await.unwrap();
    let lists = walk(&*reader).await;
    for list in &lists {
        let name = reader.kinds().row(list.kind).name;
        assert!(!list.is_in_doubt(), "{name}: {:?}", list.result);
    }
    (world, lists)
}

/// Lists name each thing once, under what it lives under, and the same things by the same handles every time.
pub(super) async fn handles_stay<W: ReadWorld>() {
    let (world, lists) = sound::<W>().await;
    let reader = world.reader(None).await.unwrap();
    let again = walk(&*reader).await;
    let later = walk(&*reader).await;
    for kind in reader.kinds().ids() {
        let name = reader.kinds().row(kind).name;
        let known = handles(&lists, kind);
        assert!(!known.is_empty(), "the world has no {name}");
        assert_eq!(resources(&lists).filter(|it| it.kind == kind).count(), known.len(), "{name} are listed twice");
        assert_eq!(known, handles(&again, kind), "{name} have other handles for another connection");
        assert_eq!(known, handles(&later, kind), "{name} have other handles the second time");
        let parents = reader.kinds().row(kind).parent.map(|parent| handles(&lists, parent));
        let is_at_home = |it: &&Handle| match &parents {
            Some(parents) => it.parent().is_some_and(|parent| parents.contains(parent)),
            None => true,
        };
        assert!(known.iter().all(|it| is_at_home(&it)), "{name} stand under nothing that is listed: {known:?}");
    }
    for list in lists.iter().filter(|list| list.under.is_some()) {
        let under = list.under.as_ref().map(Handle::as_str);
        assert!(list.resources().iter().all(|it| it.handle.parent() == under), "{under:?} has what is elsewhere");
    }
}

/// A list that loses something says so, and is never just shorter. What it does not show is not said to be gone.
pub(super) async fn losses_are_told<W: ReadWorld>() {
    let (world, whole) = sound::<W>().await;
    let kinds = world.reader(None).await.unwrap().kinds();
    let mut silent = Vec::new();
    for kind in kinds.ids().filter(|kind| !world.lists_nothing_of(kinds.row(*kind).name)) {
        for loss in LOSSES {
            silent.extend(silence_after::<W>(&whole, kind, loss).await);
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// What a reader keeps silent about when it has lost something of a list.
async fn silence_after<W: ReadWorld>(whole: &[ListRead], kind: KindId, loss: Loss) -> Vec<String> {
    let world = W::filled();
    let before = world.lost();
    let Ok(reader) = world.reader(Some((kind, loss))).await else {
        // Who cannot even connect takes no list for whole.
        return Vec::new();
    };
    let name = reader.kinds().row(kind).name;
    let lists = walk(&*reader).await;
    assert!(world.lost() > before, "{name} lost nothing to {loss:?}: this test says nothing");
    let mut silent = Vec::new();
    // What is told from one another by something else than an id has lost nothing with it.
    let is_harmless = loss == Loss::Ids && handles(whole, kind) == handles(&lists, kind);
    if !is_harmless && !lists.iter().any(|list| list.kind == kind && list.is_in_doubt()) {
        silent.push(format!("{name} do not tell the loss of {loss:?}"));
    }
    for handle in handles(whole, kind).difference(&handles(&lists, kind)) {
        if let Ok(None) = reader.read(kind, handle).await {
            silent.push(format!("{name} say after the loss of {loss:?} that {handle:?} is gone"));
        }
    }
    silent
}

/// What lists name is read by its handle, and is what they showed.
pub(super) async fn what_is_listed_is_read<W: ReadWorld>() {
    let (world, lists) = sound::<W>().await;
    let reader = world.reader(None).await.unwrap();
    for listed in resources(&lists).filter(|it| reader.kinds().row(it.kind).task == Role::Replicate) {
        let name = reader.kinds().row(listed.kind).name;
        let read = reader.read(listed.kind, &listed.handle).await;
        let read = read.unwrap_or_else(|error| panic!("{name} {:?}: {error}", listed.handle));
        let read = read.unwrap_or_else(|| panic!("{name} {:?} is listed and not there", listed.handle));
        assert_eq!((read.kind, &read.handle), (listed.kind, &listed.handle));
        assert_eq!((&read.name, &read.mark), (&listed.name, &listed.mark), "{name} {:?}", listed.handle);
    }
}

/// A server is not asked in vain for what has a place of its own: what nobody can read is never said to be absent.
pub(super) async fn nothing_listed_is_said_to_be_gone<W: ReadWorld>() {
    let (world, lists) = sound::<W>().await;
    let reader = world.reader(None).await.unwrap();
    for listed in resources(&lists) {
        let name = reader.kinds().row(listed.kind).name;
        let read = reader.read(listed.kind, &listed.handle).await;
        assert!(!matches!(read, Ok(None)), "{name} {:?} is listed, and said to be gone", listed.handle);
    }
}

/// What no catalog has reads as `None`.
pub(super) async fn what_never_was_is_absent<W: ReadWorld>() {
    let (world, lists) = sound::<W>().await;
    let reader = world.reader(None).await.unwrap();
    for kind in reader.kinds().ids().filter(|kind| reader.kinds().row(*kind).task == Role::Replicate) {
        let name = reader.kinds().row(kind).name;
        let known = handles(&lists, kind).into_iter().next().unwrap();
        let nobody = "00000000-0000-0000-0000-000000000000";
        let nobody = known.parent().map_or_else(|| Handle::new(nobody), |parent| Handle::new(parent).child(nobody));
        let read = reader.read(kind, &nobody).await;
        assert!(matches!(read, Ok(None)), "{name}: {read:?}");
    }
}

/// What lists leave out is read once and then whole, and reading it twice gives the same.
pub(super) async fn details_complete_what_is_listed<W: ReadWorld>() {
    let (world, lists) = sound::<W>().await;
    let reader = world.reader(None).await.unwrap();
    let mut unread = 0;
    for listed in resources(&lists).filter(|it| it.unread) {
        unread += 1;
        let read = reader.detail(listed).await.unwrap();
        assert!(!read.unread, "{:?} is still unread", listed.handle);
        assert_eq!((read.kind, &read.handle, &read.name), (listed.kind, &listed.handle, &listed.name));
        let again = reader.detail(listed).await.unwrap();
        assert_eq!(read.document, again.document);
        let digests = |it: &Resource| it.files.iter().map(|file| *file.digest()).collect::<Vec<_>>();
        assert_eq!(digests(&read), digests(&again));
    }
    assert!(unread > 0, "the world has nothing that lists leave out");
}

/// Neither what is read nor an error shows a secret to whoever prints it.
pub(super) async fn secrets_do_not_print<W: ReadWorld>() {
    let (world, lists) = sound::<W>().await;
    let reader = world.reader(None).await.unwrap();
    for list in &lists {
        world.assert_hidden("a list", &format!("{:?}", list.result));
    }
    for listed in resources(&lists) {
        let read = reader.read(listed.kind, &listed.handle).await;
        world.assert_hidden("an object", &format!("{read:?}"));
        world.assert_hidden("an object's details", &format!("{:?}", reader.detail(listed).await));
    }
    if !world.repeat_all_in_refusals() {
        return;
    }
    let mut errors = 0;
    for list in walk(&*reader).await {
        if let Err(error) = list.result {
            errors += 1;
            world.assert_hidden("an error", &format!("{error:?} {error}"));
        }
    }
    assert!(errors > 0, "nothing was refused");
}
