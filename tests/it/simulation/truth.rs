//! Whether a report tells the truth about its run.

use apic_configsync::{
    engine::{
        model::address,
        report::{ChangeReport, ChangeResult, ExitStatus, GapReport, Report, Severity},
    },
    platform,
};

/// What is known of a run beside its report.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Circumstances {
    /// Whether a list was shown that looked whole and was not, or a request arrived after its sender had given up, or
    /// somebody else had his hands on a side: then a run may believe in good faith that all is done.
    pub(super) deceived: bool,
    /// Whether the run was told to stop.
    pub(super) stopped: bool,
    /// Whether the sides are alike now.
    pub(super) mirrored: bool,
    /// How many writes the target saw of this run.
    pub(super) writes: u64,
}

/// What is untrue of a report.
pub(super) fn untruths(report: &Report, known: Circumstances) -> Vec<String> {
    let mut untruths = Vec::new();
    let mut insist = |holds: bool, what: &str| {
        if !holds {
            untruths.push(what.to_owned());
        }
    };
    insist(report.source.requests.writes == 0, "the report counts writes on the source");
    for deleted in report.changes.iter().filter(|it| is_deletion(it)) {
        let mut gaps = report.gaps.iter();
        let gap =
            gaps.find(|gap| covers(gap, deleted) && names_one_thing(gap, report) && !is_row_of_another(gap, deleted));
        let address = &deleted.address;
        insist(gap.is_none(), &format!("{address} was to be deleted on the word of {gap:?}"));
    }
    match report.exit_status {
        ExitStatus::Success => {
            insist(report.gaps.is_empty(), "exit 0 although a list was incomplete");
            insist(!report.changes.iter().any(is_undone), "exit 0 although a step was not done");
            insist(known.mirrored || known.deceived, "exit 0, and the target is no mirror");
        }
        ExitStatus::Incomplete => insist(
            !report.gaps.is_empty() || report.changes.iter().any(is_unfinished),
            "exit 3 without a reason in the report",
        ),
        ExitStatus::Refused => insist(!report.refusals.is_empty(), "exit 4 without a limit that refused"),
        ExitStatus::PreflightFailed => {
            let has_error = report.findings.iter().any(|it| it.severity == Severity::Error);
            insist(has_error, "exit 6 without a finding");
            insist(known.writes == 0, "exit 6 although something was written");
        }
        ExitStatus::Terminated => insist(known.stopped, "exit 143 without a signal"),
        other => insist(false, &format!("exit {}", other.code())),
    }
    insist(
        !known.stopped || report.exit_status == ExitStatus::Terminated,
        "stopped, and the exit status does not say so",
    );
    untruths
}

fn is_undone(change: &ChangeReport) -> bool {
    matches!(change.result, ChangeResult::Failed | ChangeResult::Skipped | ChangeResult::Pending)
}

/// Whether a change is, or may be, a reason for exit 3.
fn is_unfinished(change: &ChangeReport) -> bool {
    is_undone(change) || change.result == ChangeResult::Withheld
}

/// Whether a deletion was tried.
fn is_deletion(change: &ChangeReport) -> bool {
    change.action == "delete" && change.result != ChangeResult::Withheld
}

/// Whether the place of a gap, and all that it lies in, is called so on both sides: names move when things are renamed or
/// removed.
fn names_one_thing(gap: &GapReport, report: &Report) -> bool {
    let ends = gap.under.match_indices('/').map(|(end, _)| end);
    let mut places = ends.chain([gap.under.len()]).map(|end| &gap.under[..end]);
    !places.any(|place| report.changes.iter().any(|change| moves_name(change, place)))
}

/// Whether a change takes a name from what bears it on the target, or gives it to something that bore another.
fn moves_name(change: &ChangeReport, place: &str) -> bool {
    let mut renamed = change.fields.iter().filter(|field| field.path == "/name");
    let is_named_so = change.address == place;
    let split = |address| str::rsplit_once(address, '/').unwrap_or(("", address));
    let ((parent, name), (changed_in, _)) = (split(place), split(change.address.as_str()));
    is_named_so && change.action == "delete"
        || renamed.any(|field| is_named_so || (parent == changed_in && field.before == address::decode(name)))
}

/// Whether it is one row that could not be used, and not the original of what is deleted: that was listed by another row of the
/// target, and what it lives in has its original elsewhere.
fn is_row_of_another(gap: &GapReport, change: &ChangeReport) -> bool {
    let is_row = gap.reason.contains("cannot be used, and nothing");
    is_row && (gap.side == "target" || gap.kind != change.kind)
}

/// Whether a list that was incomplete is the one that would tell of an object, or of what it lives under.
fn covers(gap: &GapReport, change: &ChangeReport) -> bool {
    let kinds = platform::kinds();
    let is_of_kind = match (kinds.named(gap.kind), kinds.named(change.kind)) {
        (Some(gap), Some(change)) => kinds.is_or_holds(gap, change),
        _ => false,
    };
    let below = change.address.strip_prefix(&gap.under);
    is_of_kind && below.is_some_and(|rest| gap.under.is_empty() || rest.starts_with('/'))
}
