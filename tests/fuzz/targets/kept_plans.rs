//! Kept plans: what was kept is read back, and what was edited is refused.

use apic_configsync::{
    engine::{
        change::FieldChange,
        model::{Address, KindId},
        plan::Verb,
        plan_file::{
            CatalogPair, CatalogRef, Fingerprint, KeptPlan, KeptRefusal, KeptStep,
            form::{parse, render},
        },
    },
    platform::kinds,
};
use jiff::Timestamp;
use serde_json::Value;

use super::tape::Tape;

/// A file; an edit of one; or a plan to keep.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    match tape.roll(3) {
        0 => check_file(tape.rest()),
        1 => check_edit(tape),
        _ => check_kept(&plan(&mut tape)),
    }
}

fn check_file(bytes: &[u8]) {
    if let Ok(plan) = parse(bytes, kinds()) {
        check_kept(&plan);
    }
}

fn check_kept(plan: &KeptPlan) {
    let text = render(plan, kinds()).unwrap();
    match parse(text.as_bytes(), kinds()) {
        Ok(read) => assert_eq!(&read, plan, "{text}"),
        Err(error) => panic!("what was kept {error}: {text}"),
    }
}

/// Where to edit, how much goes, and what comes instead.
fn check_edit(mut tape: Tape) {
    let original = plan(&mut Tape::new(b"\x02https://h/api\nacme\nprod\n1\n/title\n\"a\"\n\"b\"\n"));
    let text = render(&original, kinds()).unwrap();
    let at = usize::from(tape.byte()) * 256 + usize::from(tape.byte());
    let start = at % text.len();
    let end = (start + usize::from(tape.byte())).min(text.len());
    let mut edited = text.as_bytes()[..start].to_vec();
    edited.extend_from_slice(tape.rest());
    edited.extend_from_slice(&text.as_bytes()[end..]);
    let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let says_the_same = value(&edited) == value(text.as_bytes());
    match parse(&edited, kinds()) {
        Ok(read) => assert!(says_the_same && read == original, "accepted: {}", String::from_utf8_lossy(&edited)),
        Err(error) => assert!(!says_the_same, "{error}: only the spelling differs"),
    }
}

/// A plan with texts as they come.
fn plan(tape: &mut Tape) -> KeptPlan {
    let place =
        |tape: &mut Tape| CatalogRef { server: tape.text(), org: tape.text(), catalog: tape.text(), id: tape.text() };
    let (source, target) = (place(tape), place(tape));
    let made_at = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(i64::from(tape.byte()));
    let refusals = KeptRefusal { limit: tape.text(), message: tape.text() };
    let mut steps = Vec::new();
    while !tape.is_over() {
        steps.push(step(tape));
    }
    KeptPlan { made_at, between: CatalogPair { source, target }, refusals: vec![refusals], steps }
}

fn step(tape: &mut Tape) -> KeptStep {
    let verbs = [Verb::Create, Verb::Update, Verb::Delete];
    let kind = u8::try_from(kinds().reported().count()).unwrap();
    let kind: KindId = kinds().reported().nth(tape.roll(kind)).unwrap();
    KeptStep {
        verb: verbs[tape.roll(3)],
        auxiliary: tape.roll(2) == 1,
        fingerprint: Fingerprint::parse(&format!("{:064x}", tape.byte())).unwrap(),
        address: Address::new(kind, &tape.text()),
        fields: vec![FieldChange { path: tape.text(), before: value(tape), after: value(tape) }],
    }
}

/// JSON where it is some, else a text. A file that holds a value nests deeper than the value itself.
fn value(tape: &mut Tape) -> Value {
    let line = tape.line();
    let depth = line.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    let json = serde_json::from_slice(line).ok().filter(|_| depth < 100);
    json.unwrap_or_else(|| String::from_utf8_lossy(line).into())
}
