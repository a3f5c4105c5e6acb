//! What every `Writer` keeps. Each function is a test that a platform runs with its own world (see [`super::suites`]).
//!
//! What is made, changed and removed is what the planner asks for: a platform need not say how its things are made, and is
//! tried with nothing but what a run would send.

use std::{collections::BTreeMap, sync::Arc};

use apic_configsync::engine::{
    catalog::{CatalogError, Reader, TargetLookup, Writer},
    change::NewObject,
    collect::collect,
    model::{Address, Handle, KindId, Resource, kind::RemovalRule},
    plan::{Action, Plan, Step, plan},
};

use super::{
    places::Known,
    reading::{ListRead, walk},
    world::WriteWorld,
};

/// A plan, and the connection that it is carried out by.
struct Run {
    source: Arc<dyn Reader>,
    target: Arc<dyn Writer>,
    plan: Plan,
    known: Known,
}

impl Run {
    async fn draw_up(world: &impl WriteWorld) -> Self {
        let (source, target) = world.connect().await;
        let policy = world.policy();
        let (from, to) = collect(&*source, &*target, &policy).await;
        let plan = plan(&from, &to, &policy);
        assert!(plan.gaps.is_empty(), "{:?}", plan.gaps);
        let known = Known::of(&plan);
        Self { source, target, plan, known }
    }

    fn name(&self, kind: KindId) -> &'static str {
        self.plan.kinds.row(kind).name
    }

    /// The steps, each after those that it waits for.
    fn in_order(&self) -> Vec<&Step> {
        let mut done = vec![false; self.plan.steps.len()];
        let mut ordered = Vec::new();
        while ordered.len() < done.len() {
            let is_ready = |number: usize| {
                let step = &self.plan.steps[number];
                !done[number] && step.needs.iter().chain(&step.after).all(|other| done[other.number()])
            };
            let next = (0..done.len()).find(|number| is_ready(*number)).unwrap();
            done[next] = true;
            ordered.push(&self.plan.steps[next]);
        }
        ordered
    }

    async fn create(&self, address: &Address, new: &NewObject) -> Result<Handle, CatalogError> {
        let created = self.target.create(address, new, &self.known).await?;
        self.known.add(address, created.handle.clone());
        Ok(created.handle)
    }

    /// Where the object of a step is on the target.
    fn object(&self, step: &Step) -> Option<Handle> {
        match &step.action {
            Action::Create(_) => None,
            Action::Update(change) => Some(change.target.clone().unwrap_or_else(|| self.known_handle(step))),
            Action::Approve(request) => Some(request.target.clone()),
            Action::Delete(removal) => Some(removal.target.clone()),
        }
    }

    async fn carry_out(&self, step: &Step) -> Result<(), CatalogError> {
        match &step.action {
            Action::Create(new) => self.create(&step.address, new).await.map(drop),
            Action::Update(change) => {
                let target = self.object(step).unwrap();
                let updated = self.target.update(&step.address, &target, change, &self.known).await?;
                if let Some(moved) = updated.moved {
                    self.known.add(&step.address, moved);
                }
                Ok(())
            }
            Action::Approve(request) => {
                let approved = self.target.approve(&step.address, &request.target, &request.after, &self.known);
                approved.await.map(drop)
            }
            Action::Delete(removal) => self.target.delete(&step.address, removal).await,
        }
    }

    async fn carry_out_all(&self) {
        for step in self.in_order() {
            let done = self.carry_out(step).await;
            done.unwrap_or_else(|error| panic!("{}: {error}", self.told(step)));
        }
    }

    /// Where what a step made is on the target.
    fn known_handle(&self, step: &Step) -> Handle {
        self.known.handle(step.address.kind, &step.address.path).unwrap()
    }

    fn told(&self, step: &Step) -> String {
        format!("{} {} {}", step.verb().word(), self.name(step.address.kind), step.address)
    }

    async fn read(&self, kind: KindId, handle: &Handle) -> Option<Resource> {
        let read = self.target.read(kind, handle).await;
        read.unwrap_or_else(|error| panic!("{} {handle:?}: {error}", self.name(kind)))
    }
}

/// A pair of which the target has all that the source has.
async fn in_sync<W: WriteWorld>() -> W {
    let world = W::pair();
    let run = Run::draw_up(&world).await;
    run.carry_out_all().await;
    assert_at_rest(&world).await;
    world
}

async fn assert_at_rest(world: &impl WriteWorld) {
    let run = Run::draw_up(world).await;
    let left: Vec<String> = run.plan.steps.iter().map(|step| run.told(step)).collect();
    assert!(left.is_empty(), "there is still something to do: {left:?}");
}

/// How many things of each kind the target lists.
async fn counts(world: &impl WriteWorld) -> BTreeMap<KindId, usize> {
    let (_, target) = world.connect().await;
    let lists = walk(&*target).await;
    let mut counts = BTreeMap::new();
    for list in &lists {
        *counts.entry(list.kind).or_default() += list.resources().len();
    }
    counts
}

fn assert_all_kinds_are_tried<'a>(run: &Run, tried: impl Iterator<Item = &'a Step>, except: &[&str]) {
    let tried: Vec<KindId> = tried.map(|step| step.address.kind).collect();
    for kind in run.plan.kinds.reported() {
        let name = run.name(kind);
        assert_eq!(
            tried.contains(&kind),
            !except.contains(&name),
            "of {name} nothing is tried, or against what is said"
        );
    }
}

/// What is made is read by the handle that its making gave, bears its mark, and is listed.
pub(super) async fn what_is_made_is_there<W: WriteWorld>() {
    let world = W::pair();
    let run = Run::draw_up(&world).await;
    let steps = run.in_order();
    let creations = steps.iter().copied().filter(|step| matches!(step.action, Action::Create(_)));
    assert_all_kinds_are_tried(&run, creations, world.never_made());
    let mut made: Vec<(&Step, Resource)> = Vec::new();
    for step in steps {
        let Action::Create(new) = &step.action else {
            run.carry_out(step).await.unwrap();
            continue;
        };
        let handle = run.create(&step.address, new).await;
        let handle = handle.unwrap_or_else(|error| panic!("{}: {error}", run.told(step)));
        let read = run.read(step.address.kind, &handle).await;
        let read = read.unwrap_or_else(|| panic!("{}: it is not there afterwards", run.told(step)));
        if !world.unmarked().contains(&run.name(step.address.kind)) {
            assert_eq!(read.claimed_mark(), new.metadata.mark, "{}", run.told(step));
        }
        made.push((step, read));
    }
    let lists = walk(&*run.target).await;
    let listed: Vec<&Resource> = lists.iter().flat_map(ListRead::resources).collect();
    for (step, read) in made {
        let mut same = listed.iter().filter(|it| (it.kind, &it.handle) == (read.kind, &read.handle));
        let found = same.next().unwrap_or_else(|| panic!("{}: no list shows it", run.told(step)));
        assert!(same.next().is_none(), "{}: it is listed twice", run.told(step));
        assert_eq!(found.mark, read.mark, "{}", run.told(step));
    }
    assert_at_rest(&world).await;
}

/// The answer to a creation is lost, whichever of its writes that is: it ends in the one object all the same. So does one
/// that is asked for again by who does not know that it was made.
pub(super) async fn a_creation_whose_answer_is_lost_makes_no_double<W: WriteWorld>() {
    let world = in_sync::<W>().await;
    let wanted = counts(&world).await;
    for lost in 1..=3 {
        let world = W::pair();
        let run = Run::draw_up(&world).await;
        let mut struck = 0;
        for step in run.in_order() {
            if matches!(step.action, Action::Create(_)) {
                world.lose_answer(lost);
            }
            let done = run.carry_out(step).await;
            done.unwrap_or_else(|error| panic!("{} without answer {lost}: {error}", run.told(step)));
            struck += usize::from(world.calm());
        }
        assert!(struck > 0 || lost > 1, "no answer was lost");
        assert_eq!(counts(&world).await, wanted, "answer {lost} was lost");
        assert_at_rest(&world).await;
    }
    let world = W::pair();
    let run = Run::draw_up(&world).await;
    for step in run.in_order() {
        run.carry_out(step).await.unwrap();
        if let Action::Create(new) = &step.action {
            let made = run.known_handle(step);
            // Whoever is told that there is one already has made no second one either.
            if let Ok(again) = run.create(&step.address, new).await {
                assert_eq!(again, made, "{}: again it is another one", run.told(step));
            }
            run.known.add(&step.address, made);
        }
    }
    assert_eq!(counts(&world).await, wanted, "what was asked for twice was made twice");
}

/// A change whose answer is lost is neither made twice nor given up.
pub(super) async fn a_change_whose_answer_is_lost_is_made_once<W: WriteWorld>() {
    let undisturbed = effects_of_changes::<W>(None).await;
    assert!(undisturbed.values().all(|effects| *effects > 0), "{undisturbed:?}");
    assert_eq!(effects_of_changes::<W>(Some(1)).await, undisturbed);
    assert_eq!(effects_of_changes::<W>(Some(2)).await, undisturbed);
}

/// How many requests change the target for each change that the source's people made.
async fn effects_of_changes<W: WriteWorld>(lost: Option<u32>) -> BTreeMap<String, usize> {
    let world = in_sync::<W>().await;
    world.change_source();
    let run = Run::draw_up(&world).await;
    let mut effects = BTreeMap::new();
    let steps = run.in_order();
    let changes = steps.iter().copied().filter(|step| matches!(step.action, Action::Update(_)));
    assert_all_kinds_are_tried(&run, changes, &[]);
    for step in steps {
        let before = world.effects();
        if let Some(lost) = lost {
            world.lose_answer(lost);
        }
        let done = run.carry_out(step).await;
        done.unwrap_or_else(|error| panic!("{} without answer {lost:?}: {error}", run.told(step)));
        let struck = world.calm();
        assert!(struck || lost != Some(1) || world.effects() == before, "{}: no answer was lost", run.told(step));
        // What comes with another write has none of its own.
        if world.effects() > before {
            effects.insert(run.told(step), world.effects() - before);
        }
    }
    assert_at_rest(&world).await;
    effects
}

/// Removing what is gone already is no error, nor is a removal whose answer is lost. What is gone reads as `None`.
pub(super) async fn a_removal_twice_is_no_error<W: WriteWorld>() {
    for lost in [false, true] {
        let world = in_sync::<W>().await;
        world.empty_source();
        let run = Run::draw_up(&world).await;
        let steps = run.in_order();
        let removals = steps.iter().copied().filter(|step| matches!(step.action, Action::Delete(_)));
        let kinds = run.plan.kinds;
        let never = kinds.reported().map(|kind| kinds.row(kind)).filter(|row| row.removal == RemovalRule::Never);
        let never: Vec<&str> = never.map(|row| row.name).collect();
        assert_all_kinds_are_tried(&run, removals, &never);
        for step in steps {
            if lost {
                world.lose_answer(1);
            }
            let done = run.carry_out(step).await;
            done.unwrap_or_else(|error| panic!("{} (answer lost: {lost}): {error}", run.told(step)));
            world.calm();
            if let Action::Delete(removal) = &step.action {
                let read = run.read(step.address.kind, &removal.target).await;
                assert!(read.is_none(), "{}: it is still there", run.told(step));
                let again = run.carry_out(step).await;
                again.unwrap_or_else(|error| panic!("{} again: {error}", run.told(step)));
            }
        }
        assert_at_rest(&world).await;
    }
}

/// A change that failed is not sent again over what others have made of the object meanwhile.
pub(super) async fn what_others_changed_is_left_alone<W: WriteWorld>() {
    let world = in_sync::<W>().await;
    world.change_source();
    let run = Run::draw_up(&world).await;
    let is_change = |step: &Step| matches!(step.action, Action::Update(_));
    assert_left_alone(&world, &run, is_change).await;
}

/// Nor is a removal.
pub(super) async fn what_others_changed_is_not_removed<W: WriteWorld>() {
    let world = in_sync::<W>().await;
    world.empty_source();
    let run = Run::draw_up(&world).await;
    let is_removal = |step: &Step| matches!(step.action, Action::Delete(_));
    assert_left_alone(&world, &run, is_removal).await;
}

async fn assert_left_alone(world: &impl WriteWorld, run: &Run, is_meant: impl Fn(&Step) -> bool) {
    let mut tried = 0;
    for step in run.in_order().into_iter().filter(|step| is_meant(step)) {
        let object = run.object(step).unwrap();
        if !world.change_meanwhile(step.address.kind, &object) {
            continue;
        }
        tried += 1;
        let before = world.effects();
        let done = run.carry_out(step).await;
        assert!(world.calm(), "{}: nothing was sent", run.told(step));
        assert!(matches!(done, Err(CatalogError::Changed(_))), "{}: {done:?}", run.told(step));
        assert_eq!(world.effects(), before, "{}: it was written all the same", run.told(step));
        assert!(run.read(step.address.kind, &object).await.is_some(), "{}: it is gone", run.told(step));
    }
    assert!(tried > 0, "nothing was tried");
}

/// Neither a step nor what comes of it shows a secret to whoever prints it.
pub(super) async fn steps_and_answers_print_no_secrets<W: WriteWorld>() {
    let world = W::pair();
    let run = Run::draw_up(&world).await;
    for step in run.in_order() {
        world.assert_hidden("a step", &format!("{step:?}"));
        let before = run.source.requests().writes;
        match &step.action {
            Action::Create(new) => {
                let created = run.target.create(&step.address, new, &run.known).await.unwrap();
                world.assert_hidden("an answer", &format!("{created:?}"));
                run.known.add(&step.address, created.handle);
            }
            _ => run.carry_out(step).await.unwrap(),
        }
        assert_eq!(run.source.requests().writes, before, "the source was written");
    }
    world.assert_hidden("a plan", &format!("{:?}", run.plan));
}
