//! Which rule a catalog allows by which marks of consumer organizations are believed, as the command `check` tells it
//! (behaviour.md, "A mark is a claim, not a proof").

use crate::{
    engine::{
        catalog::Reader,
        model::{Creator, Resource, Seal},
        report::Finding,
    },
    platform::api_connect::{kinds::CONSUMER_ORGS, reader::ApiConnect},
};

/// The finding about a catalog that is written to. A list that cannot be read is told elsewhere.
pub(crate) async fn finding(reader: &ApiConnect) -> Option<Finding> {
    let listing = reader.list(CONSUMER_ORGS, None).await.ok()?;
    match &reader.mark_keys {
        Some(_) => unsealed(reader, listing.resources),
        None => Some(without_key(reader, &listing.resources)),
    }
}

/// The same of a catalog that only the other direction writes to. That there is no key is told with the forward one.
pub(crate) async fn finding_in_reverse(reader: &ApiConnect) -> Option<Finding> {
    reader.mark_keys.as_ref()?;
    let listing = reader.list(CONSUMER_ORGS, None).await.ok()?;
    unsealed(reader, listing.resources)
}

/// Counts the marks that nobody has sealed, or somebody else.
fn unsealed(reader: &ApiConnect, orgs: Vec<Resource>) -> Option<Finding> {
    let catalog = reader.sealed_catalog(orgs)?;
    let orgs = catalog.kind(CONSUMER_ORGS).iter();
    let marked: Vec<&Seal> = orgs.filter(|org| org.mark.is_some()).map(|org| &org.seal).collect();
    let count = |seal: &Seal| marked.iter().filter(|other| **other == seal).count();
    let (bare, wrong) = (count(&Seal::Absent), count(&Seal::Wrong));
    (bare + wrong > 0).then(|| {
        Finding::warning(
            "MARK_KEY",
            format!(
                "of the {} marks on the {}'s consumer organizations {bare} bear no seal, and {wrong} one that was not made \
                 with MARK_KEY",
                marked.len(),
                reader.side
            ),
            "a sync seals those without, where name, owner or created_by speak for them (REQUIRE_SEAL=true trusts no other \
             afterwards); look who wrote the wrong ones, or set MARK_KEY to the key of the former runs",
        )
    })
}

fn without_key(reader: &ApiConnect, orgs: &[Resource]) -> Finding {
    let shows_makers = orgs.iter().any(|org| org.maker != Creator::Unknown);
    let marked = orgs.iter().filter(|org| org.mark.is_some()).count();
    let rule = if shows_makers {
        "by who made them (created_by), and by names and owners where that does not tell"
    } else {
        "by names and owners only, because it does not show who made them"
    };
    Finding::warning(
        "MARK_KEY",
        format!(
            "MARK_KEY is not set: no mark on the {}'s consumer organizations ({marked}) is sealed, so they are believed {rule}",
            reader.side
        ),
        "set MARK_KEY to a secret of 32 bytes or more, the same for both directions: consumers can write metadata",
    )
}
