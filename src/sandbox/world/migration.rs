//! One product takes over from another: superseding, replacing, and moving subscriptions (section 14.3).

use super::{Cluster, Id, Link, PlanMove, Product, Record, Refusal};

impl Cluster {
    /// The new product is published, the old one deprecated; its subscribers are pointed to the new one.
    pub fn supersede(&mut self, new: Id, old: Id, plans: Vec<PlanMove>) -> Result<(), Refusal> {
        self.can_take_over(new, old, &plans)?;
        self.make_public(new);
        let link = Link { product: new, plans };
        let mut row = self.products[old].clone();
        "deprecated".clone_into(&mut row.state);
        row.superseded_by = Some(link.clone());
        row.migration_target = Some(link);
        self.put(row);
        Ok(())
    }

    /// The new product is published and gets the old one's subscriptions, and the old one is retired.
    pub fn replace(&mut self, new: Id, old: Id, plans: Vec<PlanMove>) -> Result<(), Refusal> {
        self.can_take_over(new, old, &plans)?;
        for subscription in self.subscriptions.rows_under(old) {
            if !plans.iter().any(|plan| plan.source == subscription.plan) {
                return Err(Refusal::invalid(format!(
                    "The plan '{}' has subscriptions and must be mapped.",
                    subscription.plan
                )));
            }
        }
        let link = Link { product: new, plans };
        self.move_subscriptions(self.subscriptions.under(old).to_vec(), &link)?;
        self.make_public(new);
        let mut row = self.products[old].clone();
        self.enter(&mut row, "retired");
        self.put(row);
        Ok(())
    }

    /// Says which product the subscriptions of another one shall move to, later.
    pub fn set_migration_target(&mut self, old: Id, new: Id, plans: Vec<PlanMove>) -> Result<(), Refusal> {
        self.can_take_over(new, old, &plans)?;
        let mut row = self.products[old].clone();
        row.migration_target = Some(Link { product: new, plans });
        self.put(row);
        Ok(())
    }

    /// Moves all subscriptions of mapped plans to the product's migration target.
    pub fn execute_migration_target(&mut self, old: Id) -> Result<(), Refusal> {
        let link = self.products[old].migration_target.clone();
        let link = link.ok_or_else(|| Refusal::invalid("The product has no migration target set."))?;
        self.move_subscriptions(self.subscriptions.under(old).to_vec(), &link)
    }

    /// Moves those of the given subscriptions of a product whose plans are mapped.
    pub fn migrate_subscriptions(&mut self, old: Id, link: &Link, subscriptions: Vec<Id>) -> Result<(), Refusal> {
        self.can_take_over(link.product, old, &link.plans)?;
        self.move_subscriptions(subscriptions, link)
    }

    fn can_take_over(&self, new: Id, old: Id, plans: &[PlanMove]) -> Result<(), Refusal> {
        let (to, from) = (&self.products[new], &self.products[old]);
        if new == old {
            return Err(Refusal::invalid("A product cannot take over from itself."));
        }
        for (row, states) in [(to, ["staged", "published"]), (from, ["published", "deprecated"])] {
            if !states.contains(&row.state.as_str()) {
                return Err(Refusal::invalid(format!(
                    "The operation is not allowed because the state of the product '{}' is '{}'.",
                    row.address(),
                    row.state
                )));
            }
        }
        for plan in plans {
            has_plan(from, &plan.source)?;
            has_plan(to, &plan.target)?;
        }
        Ok(())
    }

    fn make_public(&mut self, product: Id) {
        let mut row = self.products[product].clone();
        if row.state != "published" {
            self.enter(&mut row, "published");
            self.put(row);
        }
    }

    /// Every subscription keeps its id; nothing moves when one can't.
    fn move_subscriptions(&mut self, subscriptions: Vec<Id>, link: &Link) -> Result<(), Refusal> {
        let mut moved = Vec::new();
        for subscription in subscriptions {
            let mut row = self.subscriptions[subscription].clone();
            let Some(plan) = link.plans.iter().find(|plan| plan.source == row.plan) else {
                continue;
            };
            self.not_yet_subscribed(row.app, link.product, &plan.target)?;
            let title = self.products[link.product].plan(&plan.target).and_then(|it| it["title"].as_str());
            title.unwrap_or(&plan.target).clone_into(&mut row.plan_title);
            row.plan.clone_from(&plan.target);
            row.product = link.product;
            moved.push(row);
        }
        for row in moved {
            self.put(row);
        }
        Ok(())
    }
}

fn has_plan(product: &Product, plan: &str) -> Result<(), Refusal> {
    if product.plan(plan).is_some() {
        return Ok(());
    }
    Err(Refusal::invalid(format!("The plan '{plan}' was not found in the product '{}'.", product.address())))
}
