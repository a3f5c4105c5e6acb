//! What is odd about a world: everything that came to the simulation with the question of what a run may believe.

use super::{Dice, Draw, Oddity, Trial};
use crate::simulation::{
    forgery::Forgery, sight::Blindness, storing::Storing, surroundings::Surroundings, wire::OddDate,
};

/// What a world has of all this. Each is worth most where not everything else is odd too.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
struct Traits {
    forging: bool,
    blindness: bool,
    beside: bool,
    rebuilding: bool,
    odd_dates: bool,
    waiting: bool,
}

/// Makes half of the worlds odd.
pub(super) fn add(draw: &mut Draw, dice: &mut Dice) {
    if dice.one_in(2) {
        return;
    }
    draw.surroundings = Surroundings::draw(&mut dice.rng);
    if dice.one_in(6) {
        draw.surroundings.storing = Storing::draw(&mut dice.rng);
    }
    draw.surroundings.has_spaces = draw.with_products && dice.one_in(4);
    let traits = Traits {
        forging: dice.one_in(3),
        blindness: dice.one_in(4),
        beside: dice.one_in(8),
        rebuilding: !draw.with_products && dice.one_in(8),
        odd_dates: dice.one_in(4),
        waiting: dice.one_in(3),
    };
    if traits.beside {
        draw.beside = Some(dice.past(false, 15));
    }
    if draw.surroundings.vendor_came_from_elsewhere {
        draw.elsewhere = Some(dice.past(false, 15));
    }
    add_settings(draw, dice);
    for trial in &mut draw.trials {
        trial.oddity = oddity(traits, dice);
        add_late_forgeries(traits, trial, dice);
    }
    if traits.rebuilding {
        let at = usize::try_from(dice.between(0, 2)).unwrap_or(0) % draw.trials.len();
        draw.trials[at].oddity.is_rebuilt = true;
    }
}

fn add_settings(draw: &mut Draw, dice: &mut Dice) {
    let is_alone = !draw.stands_among_others();
    let mut set = |name: &'static str, value: &str| {
        draw.settings.retain(|(known, _)| *known != name);
        draw.settings.push((name, value.to_owned()));
    };
    if dice.one_in(3) {
        // Empty is unset: a day.
        set("DELETE_GRACE", dice.pick(&["", "24h"]));
    }
    if dice.one_in(3) {
        set("MARK_KEY", &"k".repeat(32));
        if dice.one_in(3) {
            set("REQUIRE_SEAL", "true");
        }
    }
    // An operator sets it only where no other source fills the target (interface.md).
    if is_alone && dice.one_in(6) {
        set("DELETE_VENDOR_MARKED", "true");
    }
}

fn oddity(traits: Traits, dice: &mut Dice) -> Oddity {
    let many = if traits.forging { dice.between(0, 4) } else { 0 };
    Oddity {
        hours: if traits.waiting { dice.pick(&[0, 1, 23, 25]) } else { 0 },
        forgeries: (0..many).map(|_| (dice.one_in(3), Forgery::draw(&mut dice.rng))).collect(),
        blindness: (traits.blindness && dice.one_in(2)).then(|| Blindness::draw(&mut dice.rng)),
        beside: (traits.beside && !dice.one_in(4)).then(|| dice.past(false, 6)),
        is_rebuilt: false,
        odd_date: (traits.odd_dates && dice.one_in(2)).then(|| OddDate::draw(&mut dice.rng)),
    }
}

/// Some write while a run goes on.
fn add_late_forgeries(traits: Traits, trial: &mut Trial, dice: &mut Dice) {
    if traits.forging && dice.one_in(3) {
        let place = super::Where { on_source: dice.one_in(3), number: dice.between(0, 40) };
        let forgery = Forgery::draw(&mut dice.rng);
        trial.intrusions.push(super::Intrusion::Forge(place, forgery));
    }
}
