//! The form of a kept plan: JSON with a digest over all the rest.
//!
//! The digest guards against accident and careless edits: a file cut off, a line deleted to be rid of a step. It is no
//! signature and no protection against an attacker: whoever may write the file can compute a new digest, and may just as
//! well run this program. What an edited file can bring about is bounded all the same, because only steps that a fresh
//! plan has too are ever carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{CatalogPair, CatalogRef, Fingerprint, KeptPlan, KeptRefusal, KeptStep, fingerprint::hex};
use crate::engine::{
    change::FieldChange,
    change::FieldReport,
    model::{Address, KindTable},
    plan::Verb,
};

const FORMAT: &str = "apic-configsync plan";
const VERSION: u64 = 1;

/// Why a file cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("cannot be read: {0}; give the file that `plan --out FILE` wrote")]
    Unreadable(std::io::Error),
    /// It is something else, or only a part of a plan.
    #[error("is no kept plan ({0}); give the file that `plan --out FILE` wrote, whole and as it was written")]
    NoPlan(String),
    /// Another release of this program wrote it.
    #[error(
        "is a kept plan of version {0}, this release applies version {VERSION}; make a new one with `plan --out FILE`"
    )]
    OtherVersion(String),
    /// It is not as it was written.
    #[error(
        "was altered after it was written: its digest does not match; make a new one with `plan --out FILE`, and \
         leave things out with the settings of the scope rather than by editing"
    )]
    Altered,
}

/// A kept plan as JSON, ending with a newline.
///
/// # Errors
/// Never with the types as they are; what serde says otherwise.
pub fn render(plan: &KeptPlan, kinds: &KindTable) -> serde_json::Result<String> {
    let form = Form {
        format: FORMAT.into(),
        version: VERSION,
        made_at: plan.made_at,
        source: plan.between.source.clone(),
        target: plan.between.target.clone(),
        refusals: plan.refusals.clone(),
        steps: plan.steps.iter().map(|step| StepForm::of(step, kinds)).collect(),
    };
    let mut whole = serde_json::to_value(&form)?;
    let digest = digest(&whole);
    whole["digest"] = digest.into();
    crate::visible::pretty_json(&whole)
}

/// Reads what [`render`] wrote.
///
/// # Errors
/// Whatever else it is.
pub fn parse(bytes: &[u8], kinds: &KindTable) -> Result<KeptPlan, Unusable> {
    let no_plan = |error: serde_json::Error| Unusable::NoPlan(error.to_string());
    let mut whole: Value = serde_json::from_slice(bytes).map_err(no_plan)?;
    if whole["format"] != FORMAT {
        let reason = format!("it lacks \"format\": \"{FORMAT}\"");
        return Err(Unusable::NoPlan(reason));
    }
    if whole["version"] != VERSION {
        return Err(Unusable::OtherVersion(whole["version"].to_string()));
    }
    let claimed = whole.as_object_mut().and_then(|whole| whole.remove("digest"));
    if claimed != Some(digest(&whole).into()) {
        return Err(Unusable::Altered);
    }
    let form: Form = serde_json::from_value(whole).map_err(no_plan)?;
    form.plan(kinds)
}

/// SHA-256 over JSON without blanks and with sorted keys, which is what [`Value`] prints.
fn digest(whole: &Value) -> String {
    format!("sha256:{}", hex(&Sha256::digest(whole.to_string())))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    version: u64,
    made_at: Timestamp,
    source: CatalogRef,
    target: CatalogRef,
    refusals: Vec<KeptRefusal>,
    steps: Vec<StepForm>,
}

impl Form {
    fn plan(self, kinds: &KindTable) -> Result<KeptPlan, Unusable> {
        let steps = self.steps.into_iter().map(|step| step.step(kinds));
        Ok(KeptPlan {
            made_at: self.made_at,
            between: CatalogPair { source: self.source, target: self.target },
            refusals: self.refusals,
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepForm {
    kind: String,
    address: String,
    action: String,
    fields: Vec<FieldReport>,
    auxiliary: bool,
    fingerprint: String,
}

impl StepForm {
    fn of(step: &KeptStep, kinds: &KindTable) -> Self {
        Self {
            kind: kinds.row(step.address.kind).name.to_owned(),
            address: step.address.path.to_string(),
            action: step.verb.word().to_owned(),
            fields: step.fields.iter().map(FieldReport::from).collect(),
            auxiliary: step.auxiliary,
            fingerprint: step.fingerprint.to_string(),
        }
    }

    fn step(self, kinds: &KindTable) -> Result<KeptStep, Unusable> {
        let unknown = |what: &str, found: &str| Unusable::NoPlan(format!("no {what}: {found:?}"));
        let kind = kinds.named(&self.kind);
        let verbs = [Verb::Create, Verb::Update, Verb::Delete];
        let verb = verbs.into_iter().find(|verb| verb.word() == self.action);
        Ok(KeptStep {
            address: Address::new(kind.ok_or_else(|| unknown("kind", &self.kind))?, &self.address),
            verb: verb.ok_or_else(|| unknown("action", &self.action))?,
            fields: self.fields.into_iter().map(change).collect(),
            auxiliary: self.auxiliary,
            fingerprint: Fingerprint::parse(&self.fingerprint)
                .ok_or_else(|| unknown("fingerprint", &self.fingerprint))?,
        })
    }
}

fn change(field: FieldReport) -> FieldChange {
    FieldChange { path: field.path, before: field.before, after: field.after }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::model::invented::{KINDS, kind};

    fn plan() -> KeptPlan {
        let place = |id: &str| CatalogRef {
            server: "https://api.example.com/api".into(),
            org: "acme".into(),
            catalog: "production".into(),
            id: id.into(),
        };
        let step = |path: &str, verb| KeptStep {
            address: Address::new(kind("rooms"), path),
            verb,
            fields: vec![FieldChange { path: "/title".into(), before: Value::Null, after: json!("größer als 1") }],
            auxiliary: false,
            fingerprint: Fingerprint::parse(&"5a".repeat(32)).unwrap(),
        };
        KeptPlan {
            made_at: "2026-11-21T10:00:00Z".parse().unwrap(),
            between: CatalogPair { source: place("one"), target: place("two") },
            refusals: vec![KeptRefusal { limit: "MAX_DELETE_PERCENT".into(), message: "too many".into() }],
            steps: vec![step("acme/shop", Verb::Update), step("acme/old", Verb::Delete)],
        }
    }

    fn rendered() -> Value {
        serde_json::from_str(&render(&plan(), &KINDS).unwrap()).unwrap()
    }

    fn parsed(whole: &Value) -> Result<KeptPlan, Unusable> {
        parse(whole.to_string().as_bytes(), &KINDS)
    }

    /// What somebody makes of a file who computes the digest anew.
    fn resealed(mut whole: Value) -> Value {
        whole.as_object_mut().unwrap().remove("digest");
        whole["digest"] = digest(&whole).into();
        whole
    }

    /// All places of a value, itself included.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    places(value, &format!("{at}/{key}"), found);
                }
            }
            Value::Array(values) => {
                for (place, value) in values.iter().enumerate() {
                    places(value, &format!("{at}/{place}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(parsed(&rendered()).unwrap(), plan());
        let text = render(&plan(), &KINDS).unwrap();
        assert!(text.contains("\n  \"steps\": [\n") && text.ends_with("}\n"), "{text}");
    }

    /// Found by fuzzing: read inexactly, a number is no longer the one that the digest was made of.
    #[test]
    fn a_number_with_many_digits_is_read_as_it_was_written() {
        for number in ["31.245270191439438", "2.2250738585072011e-308"] {
            let mut kept = plan();
            let number: f64 = number.parse().unwrap();
            kept.steps[0].fields[0].after = json!([number]);
            let text = render(&kept, &KINDS).unwrap();
            let read = parse(text.as_bytes(), &KINDS);
            assert_eq!(read.unwrap(), kept, "{text}");
        }
    }

    #[test]
    fn blanks_and_the_order_of_keys_are_nobodys_alteration() {
        let compact = rendered().to_string();
        assert_eq!(parse(compact.as_bytes(), &KINDS).unwrap(), plan());
    }

    #[test]
    fn every_single_alteration_is_noticed() {
        let whole = rendered();
        let mut all = Vec::new();
        places(&whole, "", &mut all);
        assert!(all.len() > 40, "{all:?}");
        for place in all {
            for other in [json!("altered"), json!(7), json!([]), Value::Null] {
                let mut altered = whole.clone();
                let value = altered.pointer_mut(&place).unwrap();
                if *value != other {
                    *value = other;
                    assert!(parsed(&altered).is_err(), "{place} may be altered: {altered}");
                }
            }
        }
    }

    #[test]
    fn nothing_can_be_added_or_taken_away() {
        let mut shorter = rendered();
        shorter["steps"].as_array_mut().unwrap().pop();
        let mut longer = rendered();
        longer["remark"] = "harmless".into();
        let mut unsealed = rendered();
        unsealed.as_object_mut().unwrap().remove("digest");
        for altered in [shorter, longer, unsealed] {
            assert!(matches!(parsed(&altered), Err(Unusable::Altered)), "{altered}");
        }
    }

    #[test]
    fn half_a_file_is_no_plan() {
        let text = render(&plan(), &KINDS).unwrap();
        let text = text.trim_end();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let half = parse(&text.as_bytes()[..end], &KINDS);
            assert!(matches!(half, Err(Unusable::NoPlan(_))), "{end}");
        }
    }

    #[test]
    fn other_json_is_no_plan() {
        for other in [json!({}), json!([]), json!("plan"), json!(null), json!({"steps": []})] {
            assert!(matches!(parsed(&other), Err(Unusable::NoPlan(_))), "{other}");
        }
    }

    #[test]
    fn another_version_is_named_and_not_called_an_alteration() {
        let mut other = rendered();
        other["version"] = 2.into();
        let error = parsed(&resealed(other)).unwrap_err();
        assert!(error.to_string().contains("version 2"), "{error}");
    }

    #[test]
    fn what_is_sealed_anew_must_still_make_sense() {
        for (place, value) in [
            ("/steps/0/kind", json!("gadgets")),
            ("/steps/0/action", json!("destroy")),
            ("/steps/0/fingerprint", json!("5A".repeat(32))),
            ("/steps/0/fingerprint", json!("5a")),
            ("/steps/0/fingerprint", json!("5a".repeat(33))),
            ("/steps/0/fingerprint", json!("größe".repeat(12))),
            ("/steps/0/address", json!(7)),
            ("/source/id", json!(null)),
            ("/made_at", json!("yesterday")),
        ] {
            let mut whole = rendered();
            *whole.pointer_mut(place).unwrap() = value;
            let parsed = parsed(&resealed(whole));
            assert!(matches!(parsed, Err(Unusable::NoPlan(_))), "{place}");
        }
    }
}
