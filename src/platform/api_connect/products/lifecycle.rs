//! The states of a Product, and the ways between them (api-connect-rest.md section 14.3).

use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::{
    engine::{catalog::CatalogError, model::Handle},
    platform::api_connect::{
        kinds::{PRODUCTS, product::STATE},
        writer::ApiConnectTarget,
        writes::{patch::Patch, recheck::Baseline},
    },
};

/// The moves that a server allows. Those stand first that keep subscriptions.
const MOVES: [(&str, &[&str]); 4] = [
    ("staged", &["published"]),
    ("published", &["deprecated", "staged", "retired"]),
    ("deprecated", &["published", "retired"]),
    ("retired", &["archived", "staged"]),
];

/// The shortest way from one state to another, without the first.
fn shortest_path(from: &str, to: &str) -> Option<Vec<&'static str>> {
    let mut open: VecDeque<Vec<&'static str>> = VecDeque::from([Vec::new()]);
    let mut seen = vec![from];
    if from == to {
        return Some(Vec::new());
    }
    while let Some(gone) = open.pop_front() {
        let at = gone.last().copied().unwrap_or(from);
        let moves = MOVES.iter().find(|(state, _)| *state == at);
        for next in moves.into_iter().flat_map(|(_, next)| *next) {
            let further: Vec<&'static str> = gone.iter().copied().chain([*next]).collect();
            if *next == to {
                return Some(further);
            }
            if !seen.contains(next) {
                seen.push(next);
                open.push_back(further);
            }
        }
    }
    None
}

impl ApiConnectTarget {
    /// Brings a Product into a state, from the one that the target says it is in. A move that has to be approved ends
    /// the way, and is told.
    pub(crate) async fn bring_product_to_state(&self, product: &Handle, wanted: &str) -> Result<bool, CatalogError> {
        let now = self.reader.object(PRODUCTS, product).await?;
        let mut now = now.ok_or_else(CatalogError::vanished)?;
        let state = now.text(STATE).unwrap_or_default();
        for next in shortest_path(state, wanted).ok_or_else(|| no_way(state, wanted))? {
            let body = Map::from_iter([(STATE.to_owned(), Value::from(next))]);
            let change = Patch {
                kind: PRODUCTS,
                object: product,
                body: body.clone(),
                metadata: None,
                baseline: Baseline::Read(&now),
                before: None,
            };
            if self.patch(change).await?.is_pending() {
                let product = product.as_str();
                tracing::info!(product, next, "the change of state waits for an approval");
                return Ok(true);
            }
            now = now.with(&body);
        }
        Ok(false)
    }
}

/// Why no way leads from one state to another, so that nothing is written for a change that cannot be made.
pub(crate) fn why_unreachable(from: &str, to: &str) -> Option<CatalogError> {
    shortest_path(from, to).is_none().then(|| no_way(from, to))
}

fn no_way(from: &str, to: &str) -> CatalogError {
    CatalogError::MissingOnTarget(match from {
        "pending" => {
            format!("it waits for an approval on the target, so it cannot become {to} yet")
        }
        _ => format!(
            "it is {from} on the target, from where no way leads to {to}: delete it there, and the next run publishes it anew"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_legal_and_short() {
        for (from, to, expected) in [
            ("published", "published", Some(vec![])),
            ("published", "deprecated", Some(vec!["deprecated"])),
            ("published", "archived", Some(vec!["retired", "archived"])),
            ("retired", "published", Some(vec!["staged", "published"])),
            ("retired", "deprecated", Some(vec!["staged", "published", "deprecated"])),
            ("archived", "published", None),
            ("pending", "published", None),
        ] {
            assert_eq!(shortest_path(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn a_way_that_keeps_subscriptions_goes_first() {
        assert_eq!(shortest_path("deprecated", "staged"), Some(vec!["published", "staged"]));
    }
}
