//! The builder: walks the source from parents to children and decides what becomes of each thing.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap, HashSet},
};

use super::{
    Action, Cause, Plan, Policy, Step, StepId, Tally, Verb, Withheld,
    carry::CarriedPart,
    claims::ValueHolders,
    evidence::Evidence,
    gaps::Gaps,
    grace::Graces,
    leftover,
    lifecycle::Dependents,
    limits::withhold_steps,
    pair::{MatchedBy, Pairing},
    scope::Scope,
    sight::OutOfSight,
    site_unique::SiteValues,
    stand_in::{FallbackReference, Substitution, understudies},
};
use crate::engine::{
    change::FieldChange,
    model::{Address, Idx, Inventory, Kind, KindId, kind::Role},
};

/// A plan in the making.
pub(super) struct Builder<'a> {
    pub(super) source: &'a Inventory,
    pub(super) target: &'a Inventory,
    pub(super) policy: &'a Policy,
    pub(super) pairing: &'a Pairing,
    pub(super) scope: &'a Scope,
    pub(super) gaps: Gaps<'a>,
    pub(super) holders: ValueHolders,
    pub(super) taken: SiteValues,
    /// What this run removes, with the step that does it.
    pub(super) going: HashMap<Idx, StepId>,
    /// For each unique field: who holds what a paired target object shall get.
    pub(super) wanted: HashMap<(&'static str, Idx), Idx>,
    /// The update step of a target object.
    pub(super) updates: HashMap<Idx, StepId>,
    /// The step that makes room on a cycle of claims.
    pub(super) parkings: HashMap<(&'static str, Idx), StepId>,
    /// Source objects that were decided before their turn, because a claim waits for them.
    pub(super) early: HashSet<Idx>,
    /// The places that the source does not list.
    pub(super) out_of_sight: OutOfSight,
    /// What is missing from the source and kept for now.
    pub(super) graces: Graces,
    /// The steps that approve target objects.
    pub(super) approvals: BTreeMap<Idx, StepId>,
    /// The stand-ins that the operator named.
    pub(super) understudies: Vec<FallbackReference<'a>>,
    /// The new things that name one of them.
    pub(super) substitutions: BTreeMap<Idx, Substitution>,
    /// What others carry, as far as somebody has asked.
    pub(super) loads: HashMap<Idx, CarriedPart>,
    pub(super) carriers_on_target: OnceCell<HashMap<Idx, Vec<Idx>>>,
    /// The steps that enter closed states.
    pub(super) closings: BTreeMap<Idx, StepId>,
    /// Whether this run marks the first originals that people name.
    pub(super) begins_to_manage: OnceCell<bool>,
    pub(super) evidence: Evidence,
    pub(super) lives_on_source: OnceCell<Dependents>,
    pub(super) lives_on_target: OnceCell<Dependents>,
    pub(super) fates: Vec<Decision>,
    pub(super) plan: Plan,
}

/// What becomes of a source object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is none of this run's business, or not decided yet.
    Out,
    /// The target has it, or will have it whatever its own update does.
    Present,
    /// A step makes it.
    Creating(StepId),
    /// It is not carried. Whether that makes the run incomplete.
    Withheld(bool),
    /// The target has none, and this run does not make any.
    Absent,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        source: &'a Inventory,
        target: &'a Inventory,
        policy: &'a Policy,
        pairing: &'a Pairing,
        scope: &'a Scope,
    ) -> Self {
        let mut gaps = source.gaps.to_vec();
        gaps.extend(target.gaps.iter().cloned());
        let out_of_sight = OutOfSight::of(target, pairing);
        gaps.extend(out_of_sight.gaps(target));
        Self {
            source,
            target,
            policy,
            pairing,
            scope,
            gaps: Gaps::new(source, target, pairing),
            holders: ValueHolders::new(target),
            taken: SiteValues::new(source, target, policy, pairing, scope),
            going: HashMap::new(),
            wanted: HashMap::new(),
            updates: HashMap::new(),
            parkings: HashMap::new(),
            early: HashSet::new(),
            out_of_sight,
            graces: Graces::default(),
            approvals: BTreeMap::new(),
            understudies: understudies(target, policy),
            substitutions: BTreeMap::new(),
            loads: HashMap::new(),
            carriers_on_target: OnceCell::new(),
            closings: BTreeMap::new(),
            begins_to_manage: OnceCell::new(),
            evidence: Evidence::new(source.kinds),
            lives_on_source: OnceCell::new(),
            lives_on_target: OnceCell::new(),
            fates: vec![Decision::Out; source.len()],
            plan: Plan {
                kinds: source.kinds,
                excluded: policy.excluded.clone(),
                steps: Vec::new(),
                withheld: Vec::new(),
                gaps,
                tallies: source.kinds.reported().map(|kind| (kind, Tally::default())).collect::<BTreeMap<_, _>>(),
                present: Vec::new(),
                marks: pairing.marks,
                remarks: Vec::new(),
                originals: BTreeMap::new(),
                trial: None,
                only_on_target: Vec::new(),
            },
        }
    }

    pub(super) fn build(mut self) -> Plan {
        self.plan_deletions();
        self.find_moves();
        for idx in self.source.ids() {
            if !self.early.contains(&idx) {
                self.fates[idx.number()] = self.settle(idx);
            }
        }
        self.take_along_what_nothing_carries();
        self.settle_carried();
        self.plan_links();
        self.complete_births();
        self.report_left_alone();
        self.report_narrowed();
        self.link_steps();
        self.note_one_another();
        self.count();
        self.remark_on_unmarked();
        self.note_present();
        self.plan.withheld.sort_by(|a, b| (&a.address, a.verb).cmp(&(&b.address, b.verb)));
        let mut held = self.premature_deletions();
        held.extend(self.needless_creations());
        withhold_steps(self.plan, held)
    }

    /// Order that does not follow from parents and references.
    fn link_steps(&mut self) {
        self.link_named_children();
        self.link_site_unique();
        self.link_born();
        self.link_displaced();
        self.link_renamed();
        self.link_closings();
        self.link_living();
        self.link_approvals();
        self.link_shared_loads();
    }

    /// Decides one source object.
    fn settle(&mut self, idx: Idx) -> Decision {
        let kind = self.source[idx].kind;
        if !self.is_replicated(kind) {
            return if self.pairing.target(idx).is_some() { Decision::Present } else { Decision::Absent };
        }
        if !self.scope.source(idx) || self.source.kinds.is_carried(kind) {
            return Decision::Out;
        }
        if let Some(cause) = self.hindrance_above(idx) {
            return self.hold_back(idx, cause);
        }
        if let Some(reason) = self.pairing.contested.get(&idx) {
            return self.hold_back(idx, Cause::Conflict(reason.clone()));
        }
        match (self.pairing.target(idx), self.pairing.how(idx)) {
            (None, _) if self.source[idx].uncarried.is_some() => {
                let reason = self.source[idx].uncarried.as_deref().unwrap_or_default();
                self.hold_back(idx, Cause::Missing(reason.to_owned()))
            }
            (Some(_), _) if self.source[idx].uncarried.is_some() => self.leave_unchanged(kind),
            (Some(_), _) if self.source[idx].pending => self.leave_unchanged(kind),
            (Some(_), _) if self.reason_to_stay_home(idx).is_some() => self.leave_unchanged(kind),
            (Some(target), Some(how)) => self.update(idx, target, how),
            _ if self.source[idx].pending => self.hold_back(idx, Cause::PendingOnSource),
            _ => self.create(idx),
        }
    }

    /// Why a thing cannot be where its parent is not.
    fn hindrance_above(&self, idx: Idx) -> Option<Cause> {
        let parent = self.source.parent(idx)?;
        match self.fates[parent.number()] {
            Decision::Withheld(incomplete) => {
                Some(Cause::Follows { top: self.source.address(parent).path.to_string(), incomplete })
            }
            Decision::Absent => Some(Cause::Missing(self.absence(parent))),
            _ => None,
        }
    }

    /// What the target lacks.
    pub(super) fn absence(&self, idx: Idx) -> String {
        let address = self.source.address(idx);
        self.lack_of(address.kind, &address.path)
    }

    /// That the target has nothing of that name, and what it has instead.
    pub(super) fn lack_of(&self, kind: KindId, path: &str) -> String {
        let row = self.source.kinds.row(kind);
        let known: Vec<String> = self
            .target
            .of_kind(kind)
            .filter(|_| row.task == Role::Prerequisite)
            .map(|idx| self.target.address(idx).path.to_string())
            .collect();
        let known = if known.is_empty() { String::new() } else { format!(" (it has: {})", known.join(", ")) };
        let advice = match row.task {
            Role::Prerequisite => " (`check` says how to add it)",
            Role::Replicate => "",
        };
        format!("the target has no {} {path}{known}{advice}", row.singular)
    }

    pub(super) fn is_replicated(&self, kind: KindId) -> bool {
        self.policy.replicates(self.source.kinds, kind)
    }

    pub(super) fn row(&self, kind: KindId) -> &'static Kind {
        self.source.kinds.row(kind)
    }

    pub(super) fn leave_unchanged(&mut self, kind: KindId) -> Decision {
        if let Some(tally) = self.plan.tallies.get_mut(&kind) {
            tally.unchanged += 1;
        }
        Decision::Present
    }

    /// Records that a source object is not carried, or not brought up to date.
    pub(super) fn hold_back(&mut self, idx: Idx, cause: Cause) -> Decision {
        let incomplete = cause.is_incomplete();
        let target = self.pairing.target(idx);
        self.note_held(idx, incomplete);
        let verb = target.map_or(Verb::Create, |_| Verb::Update);
        let fields = self.own_documents(idx, target);
        self.withhold(self.source.address(idx), verb, fields, cause);
        Decision::Withheld(incomplete)
    }

    pub(super) fn withhold(&mut self, address: Address, verb: Verb, fields: Vec<FieldChange>, cause: Cause) {
        self.plan.withheld.push(Withheld { address, verb, fields, cause });
    }

    pub(super) fn add(&mut self, address: Address, action: Action, mut needs: Vec<StepId>) -> StepId {
        needs.sort();
        needs.dedup();
        let id = StepId(u32::try_from(self.plan.steps.len()).unwrap_or(u32::MAX));
        self.plan.steps.push(Step {
            address,
            action,
            needs,
            after: Vec::new(),
            displaces: None,
            auxiliary: false,
            approves: false,
            note: None,
        });
        id
    }

    /// The second of two objects with one mark, and what stands in a wrong place.
    fn report_left_alone(&mut self) {
        let mut left: Vec<_> = self.pairing.left_alone.iter().collect();
        left.sort();
        for (target, reason) in left {
            let above = self.target.lineage(*target).skip(1).any(|idx| self.is_contested(idx));
            if above || !self.is_replicated(self.target[*target].kind) || !self.scope.target(*target) {
                continue;
            }
            let address = self.target.address(*target);
            let singular = self.row(address.kind).singular;
            let cause = Cause::Conflict(format!("{singular} {address} {reason}"));
            self.withhold(address, Verb::Update, Vec::new(), cause);
        }
    }

    fn count(&mut self) {
        for idx in self.source.ids().filter(|idx| self.scope.source(*idx)) {
            let kind = self.source[idx].kind;
            let counted_here = !self.is_replicated(kind) && self.pairing.target(idx).is_some();
            let Some(tally) = self.plan.tallies.get_mut(&kind) else {
                continue;
            };
            tally.source += 1;
            tally.unchanged += usize::from(counted_here);
        }
        for idx in self.target.ids().filter(|idx| self.scope.target(*idx)) {
            self.count_target(idx);
        }
        let remark = leftover::remark(self.source.kinds, &self.plan.only_on_target);
        self.plan.remarks.extend(remark);
    }

    fn count_target(&mut self, idx: Idx) {
        let resource = &self.target[idx];
        let marked = self.is_ours(idx);
        let paired = self.pairing.source(idx).is_some();
        let going = self.going.contains_key(&idx);
        let contested = self.target.lineage(idx).any(|idx| self.is_contested(idx));
        let Some(tally) = self.plan.tallies.get_mut(&resource.kind) else {
            return;
        };
        tally.target += 1;
        tally.marked += usize::from(marked);
        tally.managed += usize::from(marked || paired || going);
        if !marked && !paired && !going && !contested {
            tally.only_on_target += 1;
            let leftover = self.leftover(idx);
            self.plan.only_on_target.push(leftover);
        }
    }

    /// Whether something on the source lays claim to a target object that it does not get.
    pub(super) fn is_contested(&self, target: Idx) -> bool {
        self.pairing.left_alone.contains_key(&target) || self.pairing.rivals.contains(&target)
    }

    /// Where the steps will find what they point at.
    fn note_present(&mut self) {
        for idx in self.source.ids().filter(|idx| self.source.kinds.is_pointed_at(self.source[*idx].kind)) {
            let partner = self.pairing.target(idx);
            if let Some(target) = partner.or_else(|| self.namesake(idx)) {
                self.plan.present.push((self.source.address(idx), self.target[target].handle.clone()));
            }
        }
        self.note_stand_ins();
    }
}

impl MatchedBy {
    /// Whether a pair found in this way bears the source's mark.
    pub(super) fn is_marked(self) -> bool {
        self != Self::ReverseMark
    }
}
