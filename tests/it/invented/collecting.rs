//! Collecting: each list is read once, when its parents are known, and none that is of no concern.

use std::sync::Mutex;

use apic_configsync::engine::{
    catalog::{CatalogError, Listing, Reader, Requests},
    collect::{collect, collect_alone},
    model::{Document, Handle, Inventory, Kind, KindId, KindTable, Name, Resource, Side, kind::ListMode},
    plan::Policy,
};
use async_trait::async_trait;
use serde_json::Map;

use super::{fake::Fake, policy, table};

const DEEP: &str = "comment acme/plans/1/c text=x
    comment acme/ideas/2/d text=x
    feed acme/plans/f bundle=pets pin=some-pin";

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

fn addresses(inventory: &Inventory) -> Vec<String> {
    let address = |idx| {
        let address = inventory.address(idx);
        format!("{} {address}", inventory.kinds.row(address.kind).name)
    };
    sorted(inventory.ids().map(address).collect())
}

const ALL: [&str; 10] = [
    "boards acme/ideas",
    "boards acme/plans",
    "bundles pets",
    "cards acme/ideas/2",
    "cards acme/plans/1",
    "comments acme/ideas/2/d",
    "comments acme/plans/1/c",
    "feeds acme/plans/f",
    "sites main",
    "workspaces acme",
];

/// The lists of the whole catalog, each once.
const WHOLE: [&str; 5] = ["bundles", "labels", "schemas", "sites", "workspaces"];

#[tokio::test]
async fn each_list_is_read_once_when_its_parents_are_known() {
    let (source, target) = (Fake::read(Side::Source, DEEP), Fake::read(Side::Target, DEEP));
    let (from, to) = collect(&source, &target, &Policy::default()).await;
    assert_eq!(addresses(&from), ALL);
    assert_eq!(addresses(&to), ALL);
    assert!(from.gaps.is_empty() && to.gaps.is_empty());
    let nested = [
        "boards acme",
        "cards acme.ideas",
        "cards acme.plans",
        "comments acme.ideas.2",
        "comments acme.plans.1",
        "feeds acme.ideas",
        "feeds acme.plans",
    ];
    let expected = sorted(WHOLE.iter().chain(&nested).map(ToString::to_string).collect());
    assert_eq!(sorted(source.asked()), expected);
    assert_eq!(target.asked().len(), expected.len());
}

#[tokio::test]
async fn a_source_alone_is_read_to_the_same_depth() {
    let source = Fake::read(Side::Source, DEEP);
    let collected = collect_alone(&source, &Policy::default()).await;
    assert_eq!(addresses(&collected.inventory), ALL);
    assert_eq!(collected.listed.len(), ALL.len());
}

#[tokio::test]
async fn what_is_out_of_scope_is_not_listed_at_any_depth() {
    let (source, target) = (Fake::read(Side::Source, DEEP), Fake::read(Side::Target, DEEP));
    collect(&source, &target, &policy("only=boards:plans")).await;
    for fake in [source, target] {
        let asked = fake.asked();
        assert!(!asked.iter().any(|list| list.contains("ideas")), "{asked:?}");
        assert!(asked.iter().any(|list| list.starts_with("comments ")), "{asked:?}");
    }
    let alone = Fake::read(Side::Source, DEEP);
    collect_alone(&alone, &policy("only=boards:plans")).await;
    assert!(!alone.asked().iter().any(|list| list.contains("ideas")));
}

#[tokio::test]
async fn a_pair_is_in_scope_by_the_sources_name_at_any_depth() {
    let source = Fake::read(Side::Source, DEEP);
    let target = Fake::read(
        Side::Target,
        "board acme/old mark=acme/plans
         card acme/old/1 mark=acme/plans/1
         comment acme/old/1/gone text=x",
    );
    let (_, to) = collect(&source, &target, &policy("only=boards:plans")).await;
    assert!(addresses(&to).contains(&"comments acme/old/1/gone".to_owned()), "{:?}", addresses(&to));
}

#[tokio::test]
async fn a_list_that_is_lost_far_below_is_a_gap_of_its_branch() {
    let source = Fake::read(Side::Source, &format!("{DEEP}\ngap comments acme/plans/1"));
    let target = Fake::read(Side::Target, DEEP);
    let (from, _) = collect(&source, &target, &Policy::default()).await;
    let gaps: Vec<(KindId, &str)> = from.gaps.iter().map(|gap| (gap.kind, gap.at.as_str())).collect();
    assert_eq!(gaps, [(table::COMMENTS, "acme/plans/1")]);
}

/// A reader of a few things of any table.
struct Lists {
    kinds: &'static KindTable,
    things: Vec<Resource>,
    asked: Mutex<Vec<Option<Handle>>>,
}

impl Lists {
    fn of(kinds: &'static KindTable, things: &[(u8, &str)]) -> Self {
        let things = things.iter().map(|(kind, handle)| thing(KindId(*kind), handle)).collect();
        Self { kinds, things, asked: Mutex::default() }
    }
}

fn thing(kind: KindId, handle: &str) -> Resource {
    let handle = Handle::new(handle);
    let name = Name::Plain(handle.id().into());
    Resource::new(kind, handle, name, Document::new(Map::new(), None))
}

#[async_trait]
impl Reader for Lists {
    fn kinds(&self) -> &'static KindTable {
        self.kinds
    }

    fn id(&self) -> &'static str {
        "lists"
    }

    async fn list(&self, kind: KindId, parent: Option<&Resource>) -> Result<Listing, CatalogError> {
        let under = parent.map(|parent| parent.handle.clone());
        self.asked.lock().unwrap().push(under.clone());
        let is_there = |it: &&Resource| under.as_ref().is_none_or(|under| it.handle.parent() == Some(under.as_str()));
        let resources = self.things.iter().filter(|it| it.kind == kind).filter(is_there).cloned().collect();
        Ok(Listing { resources, ..Listing::default() })
    }

    async fn detail(&self, resource: &Resource) -> Result<Resource, CatalogError> {
        Ok(resource.clone())
    }

    async fn read(&self, _: KindId, _: &Handle) -> Result<Option<Resource>, CatalogError> {
        Ok(None)
    }

    fn requests(&self) -> Requests {
        Requests::default()
    }
}

async fn assert_all_is_found(lists: &Lists) {
    let (from, to) = collect(lists, lists, &Policy::default()).await;
    assert_eq!((from.len(), to.len()), (lists.things.len(), lists.things.len()));
    assert!(from.gaps.is_empty(), "{:?}", from.gaps);
    lists.asked.lock().unwrap().clear();
    let alone = collect_alone(lists, &Policy::default()).await;
    assert_eq!(alone.inventory.len(), lists.things.len());
    let asked = lists.asked.lock().unwrap();
    let mut each: Vec<_> = asked.iter().flatten().collect();
    each.sort();
    let before = each.len();
    each.dedup();
    assert_eq!(each.len(), before, "a list was read twice: {asked:?}");
}

const fn kind(name: &'static str, parent: Option<KindId>, reading: ListMode) -> Kind {
    Kind { name, singular: name, parent, reading, ..Kind::PLAIN }
}

/// Lists of the whole catalog and lists of single parents, one below the other.
static MIXED: KindTable = KindTable::new(&[
    kind("house", None, ListMode::Whole),
    kind("floor", Some(KindId(0)), ListMode::Whole),
    kind("room", Some(KindId(1)), ListMode::PerParent),
    kind("desk", Some(KindId(2)), ListMode::Whole),
    kind("drawer", Some(KindId(3)), ListMode::PerParent),
    kind("paper", Some(KindId(4)), ListMode::PerParent),
]);

#[tokio::test]
async fn lists_of_either_sort_may_stand_below_one_another() {
    let things =
        [(0, "h"), (1, "h/f"), (2, "h/f/r"), (3, "h/f/r/d"), (4, "h/f/r/d/w"), (5, "h/f/r/d/w/p"), (5, "h/f/r/d/w/q")];
    assert_all_is_found(&Lists::of(&MIXED, &things)).await;
}

/// Desks that are called after people, who are listed at the same time.
static NAMED: KindTable = KindTable::new(&[
    kind("person", None, ListMode::Whole),
    kind("desk", None, ListMode::Whole),
    kind("drawer", Some(KindId(1)), ListMode::PerParent),
]);

#[tokio::test]
async fn a_parent_whose_name_hangs_on_another_list_is_not_passed_over() {
    let mut lists = Lists::of(&NAMED, &[(0, "ann"), (1, "d"), (2, "d/top")]);
    lists.things[1].name = Name::Of { kind: KindId(0), handle: Handle::new("ann"), rest: None };
    assert_all_is_found(&lists).await;
}
