//! What goes wrong: faults at any request, somebody else at work, the end of a run before its time.

use std::ops::Range;

use apic_configsync::sandbox::{
    Cluster, Effect, Fault, Id,
    api_connect::{Outcome, Reply, handle},
    world::{App, ConsumerOrg, Credential, Member, Subscription, User, build::Stored},
};
use rand::{RngExt, rngs::StdRng};
use serde_json::{Map, Value, json};

use super::{forgery::Forgery, wire::Number};
use crate::random_world::{Deed, perform};

type Request = ::http::Request<bytes::Bytes>;

/// The number of a request of one side, counted from 0 in each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Where {
    pub(crate) on_source: bool,
    pub(crate) number: u32,
}

/// Something that goes wrong with some requests of one side.
#[derive(Debug, Clone)]
pub(crate) struct Mishap {
    pub(crate) on_source: bool,
    place: Place,
    effect: Effect,
}

#[derive(Debug, Clone)]
enum Place {
    /// Whatever these requests are.
    Numbers(Range<u32>),
    /// Whatever is asked of one branch of the API, or what is asked of it in one way; for ever where no number is given.
    Branch { method: &'static str, path: &'static str, skip: u32, times: Option<u32> },
}

const METHODS: [&str; 7] = ["*", "*", "GET", "GET", "POST", "PATCH", "DELETE"];
const BRANCHES: [&str; 9] =
    ["", "/token", "/consumer-orgs", "/apps", "/credentials", "/subscriptions", "/members", "/users", "/products"];
const BRANCHES_OF_PRODUCTS: [&str; 5] = ["/products", "/apis", "/publish", "/document", "/configured-gateway-services"];

impl Mishap {
    pub(super) fn draw(rng: &mut StdRng, with_products: bool) -> Self {
        let place = if rng.random_bool(0.5) {
            let from = rng.random_range(0..80);
            let many = [1, 1, 2, 5, 12][rng.random_range(0..5)];
            Place::Numbers(from..from + many)
        } else {
            let of_products = with_products && rng.random_bool(0.5);
            let branches: &[&str] = if of_products { &BRANCHES_OF_PRODUCTS } else { &BRANCHES };
            Place::Branch {
                method: METHODS[rng.random_range(0..METHODS.len())],
                path: branches[rng.random_range(0..branches.len())],
                skip: [0, 0, 1, 2, 3, 5][rng.random_range(0..6)],
                times: rng.random_bool(0.7).then(|| rng.random_range(1..8)),
            }
        };
        Self { on_source: rng.random_bool(0.5), place, effect: effect(rng) }
    }

    /// As the sandbox takes it. What alters lists is for reads alone; all else may hit any request.
    pub(super) fn fault(&self) -> Fault {
        let method = if alters_lists(&self.effect) { "GET" } else { "*" };
        match &self.place {
            Place::Numbers(numbers) => {
                let (numbers, lists_only) = (numbers.clone(), shortens_lists(&self.effect));
                Fault::on(method, "", self.effect.clone()).when(move |request| {
                    let number = request.extensions().get::<Number>();
                    number.is_some_and(|number| numbers.contains(&number.0)) && (!lists_only || is_about_list(request))
                })
            }
            Place::Branch { method: wanted, path, skip, times } => {
                let method = if method == "*" { wanted } else { method };
                let fault = Fault::on(method, path, self.effect.clone()).after(*skip);
                let fault = if shortens_lists(&self.effect) { fault.when(is_about_list) } else { fault };
                match times {
                    Some(times) => fault.times(*times),
                    None => fault,
                }
            }
        }
    }
}

fn alters_lists(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Replace(_)
            | Effect::DropRow(_)
            | Effect::RepeatRow(_)
            | Effect::WrongTotal(_)
            | Effect::EmptyList
            | Effect::Filter(_)
            | Effect::Hide(_)
    )
}

/// An empty list in the place of one object is a server's word that there is none, as a 404 is.
fn shortens_lists(effect: &Effect) -> bool {
    matches!(effect, Effect::Replace(_))
}

fn is_about_list(request: &Request) -> bool {
    let query = request.uri().query();
    query.is_some_and(|query| query.contains("limit="))
}

/// What may go wrong. A JSON 404 for what is there is not among it: that is the server's own word that there is none,
/// and nobody could know better.
fn effect(rng: &mut StdRng) -> Effect {
    match rng.random_range(0..24) {
        0 => Effect::status([500, 503, 504, 408][rng.random_range(0..4)]),
        1 => Effect::status([400, 403, 409, 401][rng.random_range(0..4)]),
        2 => Effect::ingress([502, 503, 504][rng.random_range(0..3)]),
        3 => Effect::ingress(404),
        4 => Effect::throttle(rng.random_range(0..90)),
        5 => Effect::status(429),
        6 => Effect::RefuseConnection,
        7 | 8 => Effect::Reset,
        9..=11 => Effect::LoseAnswer,
        12 => Effect::Truncate,
        13 => Effect::HtmlPage,
        14 => Effect::ExpireTokens,
        15 => Effect::DropRow(rng.random_range(0..3)),
        16 => Effect::RepeatRow(rng.random_range(0..3)),
        17 => Effect::WrongTotal(rng.random_range(0..9)),
        18 => Effect::EmptyList,
        19 => {
            let hidden = rng.random_range(0..4_usize);
            let shown = move |row: &Value| weight(row) % 4 != hidden;
            if rng.random_bool(0.5) { Effect::filter(shown) } else { Effect::hide(shown) }
        }
        20 => Effect::Replace(
            [json!({}), json!([]), json!({"results": [{}]}), json!({"results": null})][rng.random_range(0..4)].clone(),
        ),
        21 => Effect::Replace(json!({"results": []})),
        _ => Effect::Delay(std::time::Duration::from_secs(rng.random_range(1..60))),
    }
}

/// Some number that stays with a row.
fn weight(row: &Value) -> usize {
    let text = row["name"].as_str().unwrap_or_default();
    text.bytes().map(usize::from).sum()
}

/// Whether effects of this kind make a list that looks whole and is not. Against such a list nothing helps but that
/// deletions are confirmed one by one; what it hides is not brought over, and the run cannot know. Where the true totals
/// are told, a row that is missing is noticed; where pages are as long as was asked for and totals those of all rows, a
/// wrong one is.
pub(super) fn is_lie(kind: &str, lists: Lists) -> bool {
    match kind {
        "EmptyList" | "Filter" | "Replace" => true,
        "DropRow" | "Hide" => !lists.tells_totals,
        "WrongTotal" => lists.cuts_pages,
        _ => false,
    }
}

/// How a server lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lists {
    /// Whether each page tells how many rows there are on all.
    pub(super) tells_totals: bool,
    /// Whether pages may be shorter than was asked for, or tell nothing but their own length.
    pub(super) cuts_pages: bool,
}

/// What somebody else does just before a request is looked at.
#[derive(Debug, Clone)]
pub(crate) enum Intrusion {
    /// What consumers may do at any time.
    Deed(Where, Deed),
    /// Metadata is taken away from something, marks included.
    Unmark(Where, u64),
    /// Somebody is a moment faster: what the next request would make is made by hand, so that it bears no mark. Where the
    /// path is not empty, it waits for a creation there.
    Forestall(Where, &'static str),
    /// A consumer writes metadata.
    Forge(Where, Forgery),
}

impl Intrusion {
    pub(super) fn place(&self) -> Where {
        match self {
            Self::Deed(place, _) | Self::Unmark(place, _) | Self::Forestall(place, _) | Self::Forge(place, _) => *place,
        }
    }

    /// Whether it happens when this request arrives.
    pub(super) fn meets(&self, arrived: Where, request: &Request) -> bool {
        let place = self.place();
        match self {
            Self::Forestall(_, path) => {
                let is_due = arrived.on_source == place.on_source && arrived.number >= place.number;
                is_due && request.uri().path().ends_with(path) && unmarked(request).is_some()
            }
            _ => arrived == place,
        }
    }

    pub(super) fn is_on_target(&self) -> bool {
        !self.place().on_source
    }

    /// Does it to one side. Gives the thing whose metadata a consumer has written.
    pub(super) fn happen(&self, cluster: &mut Cluster, other: &Cluster, request: &Request) -> Option<Id> {
        match self {
            Self::Forge(_, forgery) => return forgery.happen(cluster, other),
            Self::Forestall(..) => {
                let reply = unmarked(request).map(|request| handle(cluster, &request));
                if let Some(id) = reply.and_then(|reply| id_of(&reply)) {
                    made_by_owner(cluster, id);
                }
            }
            Self::Deed(_, deed) => perform(cluster, std::slice::from_ref(deed)),
            Self::Unmark(_, choice) => match choice % 5 {
                0 => unmark::<ConsumerOrg>(cluster, choice / 5),
                1 => unmark::<App>(cluster, choice / 5),
                2 => unmark::<Member>(cluster, choice / 5),
                3 => unmark::<Credential>(cluster, choice / 5),
                _ => unmark::<Subscription>(cluster, choice / 5),
            },
        }
        None
    }
}

/// What a reply says was made.
fn id_of(reply: &Reply) -> Option<Id> {
    let Outcome::Answer(answer) = &reply.outcome else {
        return None;
    };
    let body: Value = serde_json::from_slice(answer.body()).ok()?;
    body["id"].as_str()?.parse().ok()
}

/// Who was faster has no login like the tool's, but is the owner of what he makes, or has registered himself.
fn made_by_owner(cluster: &mut Cluster, id: Id) {
    if cluster.users.get(id).is_some() {
        return cluster.made_by::<User>(id, id);
    }
    let app = cluster.apps.get(id).map(|app| app.org);
    let org = app.unwrap_or(id);
    let Some(owner) = cluster.consumer_orgs.get(org).map(|org| org.owner) else {
        return;
    };
    if app.is_some() {
        cluster.made_by::<App>(id, owner);
    } else {
        cluster.made_by::<ConsumerOrg>(id, owner);
    }
}

/// A creation as somebody would send it by hand. No fault is meant for it.
fn unmarked(request: &Request) -> Option<Request> {
    let is_creation = request.method() == ::http::Method::POST;
    let body = serde_json::from_slice(request.body()).ok();
    let mut body: Map<String, Value> = body.filter(|_| is_creation)?;
    body.remove("metadata")?;
    let mut request = request.clone();
    *request.body_mut() = serde_json::to_vec(&body).ok()?.into();
    request.extensions_mut().clear();
    Some(request)
}

fn unmark<T: Stored>(cluster: &mut Cluster, choice: u64) {
    let orgs = cluster.consumer_orgs.under(cluster.home);
    let mut all = T::table(cluster).under(cluster.home).to_vec();
    if all.is_empty() {
        let under = orgs.iter().flat_map(|org| T::table(cluster).under(*org));
        all = under.copied().collect();
    }
    if let Some(id) = usize::try_from(choice).ok().and_then(|choice| all.get(choice % all.len().max(1)).copied()) {
        cluster.change::<T>(id, |row| row.head_mut().metadata = None);
    }
}

/// How a run ends before its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) place: Where,
    pub(crate) how: How,
}

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// The process is gone before the request is looked at.
    KilledBefore,
    /// The process is gone after the request took effect.
    KilledAfter,
    /// SIGTERM.
    Stopped,
}

impl Ending {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        let hows = [How::KilledBefore, How::KilledAfter, How::Stopped];
        Self {
            place: Where { on_source: rng.random_bool(0.3), number: rng.random_range(0..70) },
            how: hows[rng.random_range(0..3)],
        }
    }
}
