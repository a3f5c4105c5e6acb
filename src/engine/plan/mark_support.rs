//! Support: what speaks for a mark, or against it, beside the mark itself. Consumers can write the metadata of what is
//! theirs, so a mark is a claim and not a proof (behaviour.md, "A mark is a claim").

use super::{
    pair::Pairing,
    policy::{Fallback, Policy},
};
use crate::engine::model::{Creator, Idx, Inventory, Resource, Seal, kind::Trust};

/// The word of an object's seal and maker on the mark that it bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Testimony {
    /// Its seal, or else its maker, shows that this tool wrote it.
    For(Witness),
    /// They show that somebody else did.
    Against(Doubt),
    /// Neither can be judged.
    Silent,
}

/// Something that speaks for a mark; later ones weigh more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Witness {
    /// The name or the owner.
    Likeness,
    /// Who made the object.
    Maker,
    /// The seal.
    Seal,
}

/// Why a mark is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Its seal was made with another key, or for another mark.
    WrongSeal,
    /// It has no seal, and the operator asks for one.
    NoSeal,
    /// A consumer made the object.
    MadeByConsumer,
    /// Neither name nor owner is the original's.
    Unlike,
    /// The object that it names as its original bears a mark itself, of something else, for which more speaks.
    Outweighed,
}

impl Doubt {
    /// The doubt, for people.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::WrongSeal => "its `source_seal` was not made with MARK_KEY for this object",
            Self::NoSeal => "it bears no `source_seal`, and REQUIRE_SEAL=true asks for one",
            Self::MadeByConsumer => "a consumer made the object that bears it (`created_by`)",
            Self::Unlike => "neither name nor owner is the same",
            Self::Outweighed => "more speaks for the mark that this bears itself",
        }
    }
}

/// The operator may ask for a seal on every mark that needs support.
pub(super) fn needs_seal(trust: Trust, policy: &Policy) -> bool {
    policy.require_seal && matches!(trust, Trust::WithSupport { .. })
}

/// The seal of an object is asked first, and where that says nothing, its maker.
pub(super) fn testimony(bearer: &Resource, trust: Trust, policy: &Policy) -> Testimony {
    if policy.mark_keys.is_some() {
        match bearer.seal {
            Seal::Right | Seal::Previous | Seal::Provisional => {
                return Testimony::For(Witness::Seal);
            }
            Seal::Wrong => return Testimony::Against(Doubt::WrongSeal),
            Seal::Absent | Seal::Unjudged(_) => {}
        }
        if needs_seal(trust, policy) {
            return Testimony::Against(Doubt::NoSeal);
        }
    }
    match bearer.maker {
        Creator::OwnLogin => Testimony::For(Witness::Maker),
        Creator::Consumer => Testimony::Against(Doubt::MadeByConsumer),
        Creator::Unknown | Creator::Somebody(_) | Creator::Other => Testimony::Silent,
    }
}

/// An object must not be removed, or marked anew, on the word of a mark that its seal or maker refutes.
pub(super) fn refutation(bearer: &Resource, trust: Trust, policy: &Policy) -> Option<Doubt> {
    if matches!(trust, Trust::Always | Trust::Never) {
        return None;
    }
    match testimony(bearer, trust, policy) {
        Testimony::Against(doubt) => Some(doubt),
        Testimony::For(_) | Testimony::Silent => None,
    }
}

/// The weight of what speaks for a mark: the weightier witness first, then how like the two objects are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Support {
    witness: Witness,
    likeness: Likeness,
}

impl Support {
    /// Less speaks for this mark than seal or maker say for another.
    pub(super) fn is_less_than(self, other: Testimony) -> bool {
        matches!(other, Testimony::For(witness) if witness > self.witness)
    }

    /// Nothing but an equal name speaks for this mark.
    pub(super) fn is_of_a_name(self) -> bool {
        self.witness == Witness::Likeness && !self.likeness.owner
    }
}

/// In what two objects agree. A name can be chosen by anybody, an owner cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    owner: bool,
    name: bool,
}

/// Two inventories whose owners are paired already.
pub(super) struct SupportJudge<'a> {
    pub(super) source: &'a Inventory,
    pub(super) target: &'a Inventory,
    pub(super) policy: &'a Policy,
    pub(super) pairing: &'a Pairing,
}

impl SupportJudge<'_> {
    /// Finds the best support for the claim that two objects are one, where each of these marks makes it.
    ///
    /// # Errors
    /// The reason why nothing supports it.
    pub(super) fn support(&self, source: Idx, target: Idx, bearers: &[&Resource]) -> Result<Support, Doubt> {
        let trust = self.source.kinds.row(self.source[source].kind).trust;
        let likeness = self.likeness(source, target, trust);
        let judged = bearers.iter().map(|bearer| {
            let witness = match testimony(bearer, trust, self.policy) {
                Testimony::For(witness) => witness,
                Testimony::Against(doubt) => return Err(doubt),
                Testimony::Silent if likeness.owner || likeness.name => Witness::Likeness,
                Testimony::Silent => return Err(Doubt::Unlike),
            };
            Ok(Support { witness, likeness })
        });
        let best = |one: Result<Support, Doubt>, other| match (one, other) {
            (Ok(one), Ok(other)) => Ok(one.max(other)),
            (Err(_), Ok(other)) => Ok(other),
            (one, _) => one,
        };
        judged.reduce(best).unwrap_or(Err(Doubt::Unlike))
    }

    fn likeness(&self, source: Idx, target: Idx, trust: Trust) -> Likeness {
        Likeness {
            owner: match trust {
                Trust::WithSupport { owner } => self.have_one_owner(source, target, owner),
                Trust::Always | Trust::UnlessRefuted | Trust::Never => false,
            },
            name: self.source[source].key() == self.target[target].key(),
        }
    }

    /// Both name the same owner, or the target's names the fallback for an owner that it cannot have.
    pub(super) fn have_one_owner(&self, source: Idx, target: Idx, field: &str) -> bool {
        let kind = self.source[source].kind;
        let mut references = self.source.kinds.row(kind).references.iter();
        let Some(reference) = references.find(|reference| reference.field == field) else {
            return false;
        };
        let Some(there) = self.target.named(target, reference).first().copied() else {
            return false;
        };
        let named = self.source.named(source, reference).first().copied();
        let partner = named.and_then(|named| self.pairing.target(named));
        partner.map_or_else(
            || {
                let is_meant = |it: &&Fallback| it.kind == kind && it.field == field;
                let mut fallbacks = self.policy.stand_ins.iter().filter(is_meant);
                fallbacks.any(|it| *it.address == *self.target.address(there).path)
            },
            |partner| partner == there,
        )
    }
}
