//! The notation of a plan: text, one line per step and per thing that is withheld.
//!
//! ```text
//! update consumer_orgs acme /owner after create acme/lur/bob
//! delete applications acme/old takes acme/old/key-1
//! withheld create applications acme/shop: app acme/shop exists on the target without a mark
//! ```
//!
//! A reason may be cut short. Whatever a case does not speak of is not compared: the clauses `after`, `takes`, `asks`, `brings`,
//! `along`, `bare`, `approves` (itself, once it is done), `marked`, `hinted`, `writes`, `unless`, `behind` (what is awaited
//! whatever comes of it), `publishes` (with which APIs), `noted` (how the note begins), `unfinished` (first in the line of
//! what is withheld: it makes the run incomplete) and the values of fields (`/title A->B`), the lines `count`, `marks`,
//! `gap`, `remark` (`remarks 0` where there shall be none), `refused` and `approved`.

use std::fmt::Write;

use apic_configsync::{
    engine::{
        change::{Bundle, ChildMade, FieldChange, MetadataWrite},
        model::Address,
        plan::{Action, Limits, Plan, Step, StepId, Withheld, approve},
    },
    platform::api_connect::KINDS,
};
use serde_json::Value;

/// What a case speaks of.
pub(super) struct Talk<'a>(pub(super) &'a str);

impl Talk<'_> {
    fn speaks_of(&self, word: &str) -> bool {
        self.0.split_whitespace().any(|other| other == word)
    }

    /// The plan's lines, as far as the case speaks of them.
    pub(super) fn lines(&self, plan: &Plan) -> Vec<String> {
        let steps = plan.steps.iter().map(|step| self.step(plan, step));
        let withheld = plan.withheld.iter().map(|withheld| self.withheld(withheld));
        let mut lines: Vec<String> = steps.chain(withheld).collect();
        let spoken = self.0.lines().map(str::trim);
        lines.extend(spoken.filter_map(|line| count(plan, line)));
        if self.speaks_of("marks") {
            let marks = plan.marks;
            lines.push(format!("marks seen={} resolved={}", marks.seen, marks.resolved));
        }
        if self.speaks_of("remarks") {
            lines.push(format!("remarks {}", plan.remarks.len()));
        }
        if self.speaks_of("remark") {
            let remarks = plan.remarks.iter();
            lines.extend(remarks.map(|it| format!("remark {}: {}", it.check, it.message)));
        }
        if self.speaks_of("gap") {
            let gaps = plan.gaps.iter();
            lines.extend(gaps.map(|gap| {
                let kind = KINDS.row(gap.kind).name;
                format!("gap {} {kind}: {}", gap.side, gap.reason)
            }));
        }
        lines
    }

    /// What the limits say to the plan.
    pub(super) fn verdict(&self, plan: Plan, limits: &Limits) -> Vec<String> {
        match approve(plan, limits) {
            _ if !self.speaks_of("refused") && !self.speaks_of("approved") => Vec::new(),
            Ok(_) => vec!["approved".into()],
            Err(refused) => {
                let line = |limit: &str, message: &str| format!("refused {limit}: {message}");
                let refusals = refused.refusals.iter();
                refusals.map(|refusal| line(refusal.limit, &refusal.message)).collect()
            }
        }
    }

    fn step(&self, plan: &Plan, step: &Step) -> String {
        let mut line = name(step);
        for change in step.fields() {
            line += &self.field(change);
        }
        self.add_package(&mut line, step.package());
        self.add_action(&mut line, &step.action);
        if step.approves && self.speaks_of("approves") {
            line += " approves";
        }
        if self.speaks_of("after") && !step.needs.is_empty() {
            write!(line, " after {}", Self::needs(plan, &step.needs)).unwrap();
        }
        if self.speaks_of("behind") && !step.after.is_empty() {
            write!(line, " behind {}", Self::needs(plan, &step.after)).unwrap();
        }
        if let Some(displaced) = step.displaces.filter(|_| self.speaks_of("unless")) {
            write!(line, " unless {}", short(&plan.steps[displaced.number()])).unwrap();
        }
        if let Some(note) = step.note.as_ref().filter(|_| self.speaks_of("noted")) {
            let start = note.split(':').next().unwrap_or_default();
            write!(line, " noted {start}").unwrap();
        }
        line
    }

    fn add_package(&self, line: &mut String, package: Option<&Bundle>) {
        if let Some(package) = package.filter(|_| self.speaks_of("publishes")) {
            let carried: Vec<&str> = package.carried.iter().map(|(api, _)| &*api.path).collect();
            write!(line, " publishes {}", carried.join(",")).unwrap();
        }
    }

    fn needs(plan: &Plan, needs: &[StepId]) -> String {
        let needed = needs.iter().map(|need| short(&plan.steps[need.number()]));
        needed.collect::<Vec<_>>().join(", ")
    }

    fn add_action(&self, line: &mut String, action: &Action) {
        match action {
            Action::Create(create) => {
                match &create.brings {
                    ChildMade::Child(child) if self.speaks_of("brings") => {
                        write!(line, " brings {}", child.0).unwrap();
                    }
                    ChildMade::Nothing if self.speaks_of("bare") => *line += " bare",
                    _ => {}
                }
                if create.comes_along && self.speaks_of("along") {
                    *line += " along";
                }
                self.add_metadata(line, &create.metadata);
            }
            Action::Update(update) => {
                if let Some(write) = &update.metadata {
                    self.add_metadata(line, write);
                }
            }
            Action::Approve(_) => {}
            Action::Delete(delete) => {
                if self.speaks_of("takes") && !delete.cascade.is_empty() {
                    let taken: Vec<String> = delete.cascade.iter().map(Address::to_string).collect();
                    write!(line, " takes {}", taken.join(", ")).unwrap();
                }
                if let Some(original) = delete.original.as_ref().filter(|_| self.speaks_of("asks")) {
                    write!(line, " asks {}", original.as_str()).unwrap();
                }
            }
        }
    }

    fn add_metadata(&self, line: &mut String, write: &MetadataWrite) {
        if let Some(mark) = write.mark.as_ref().filter(|_| self.speaks_of("marked")) {
            let by = mark.catalog.as_deref().unwrap_or_default();
            write!(line, " marked {}@{by}", mark.id).unwrap();
        }
        if let Some(state) = write.state.as_ref().filter(|_| self.speaks_of("hinted")) {
            let own = write.own_state.iter().map(|own| format!(".{own}"));
            write!(line, " hinted {state}{}", own.collect::<String>()).unwrap();
        }
        if self.speaks_of("writes") {
            write!(line, " writes {}", Value::from(write.own.clone())).unwrap();
        }
    }

    fn withheld(&self, withheld: &Withheld) -> String {
        let (verb, address) = (withheld.verb.word(), &withheld.address);
        let fields: String = withheld.fields.iter().map(|change| self.field(change)).collect();
        let kind = KINDS.row(address.kind).name;
        let is_told = withheld.cause.is_incomplete() && self.speaks_of("unfinished");
        let unfinished = if is_told { "unfinished " } else { "" };
        format!("{unfinished}withheld {verb} {kind} {address}{fields}: {}", withheld.cause.reason())
    }

    fn field(&self, change: &FieldChange) -> String {
        if self.0.contains("->") {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!(" {} {}->{}", change.path, text(&change.before), text(&change.after))
        } else {
            format!(" {}", change.path)
        }
    }
}

fn name(step: &Step) -> String {
    let kind = KINDS.row(step.address.kind).name;
    format!("{} {kind} {}", verb(step), step.address)
}

fn short(step: &Step) -> String {
    format!("{} {}", verb(step), step.address)
}

/// A step that only makes room for another has a word of its own, and so has one that completes another.
fn verb(step: &Step) -> &'static str {
    match KINDS.row(step.address.kind).lifecycle {
        _ if matches!(step.action, Action::Approve(_)) => "approve",
        _ if !step.auxiliary => step.verb().word(),
        Some(_) => "finish",
        None => "park",
    }
}

/// The counts that a line like `count applications unchanged=1` names, as they are.
fn count(plan: &Plan, line: &str) -> Option<String> {
    let mut words = line.strip_prefix("count ")?.split_whitespace();
    let kind = words.next()?;
    let tally = plan.tallies[&KINDS.named(kind)?];
    let counts = words.filter_map(|word| word.split_once('=')).map(|(name, _)| {
        let count = match name {
            "source" => tally.source,
            "target" => tally.target,
            "unchanged" => tally.unchanged,
            "only_on_target" => tally.only_on_target,
            "managed" => tally.managed,
            "marked" => tally.marked,
            name => panic!("`{name}` is no count"),
        };
        format!(" {name}={count}")
    });
    Some(format!("count {kind}{}", counts.collect::<String>()))
}
