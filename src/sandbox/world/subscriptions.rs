//! Subscriptions (section 13) and the approvals that they and apps may wait for (section 17).

use super::fields::HeadFields;
use super::{Cluster, Head, Id, Product, Refusal, Subject, Subscription, Task, name_is_free};

const SUBSCRIPTION: super::Kind = ("Subscription", "subscription");

impl Cluster {
    /// Subscribes an app to a plan of a published product.
    pub fn create_subscription(
        &mut self,
        app: Id,
        product: Id,
        plan: &str,
        head: &HeadFields,
    ) -> Result<Id, Refusal> {
        let (catalog, org) = {
            let app = &self.apps[app];
            (app.catalog, app.org)
        };
        let (name, title, plan_title) = self.subscribable(product, plan)?;
        self.not_yet_subscribed(app, product, plan)?;
        let approval = self.products[product]
            .plan(plan)
            .and_then(|it| it["approval"].as_bool())
            == Some(true);
        let waits = approval && self.switches.approval_plan_pends;
        let asked = head.state.clone().unwrap_or_else(|| "enabled".to_owned());
        let named = HeadFields {
            name: head.name.clone().or(Some(name)),
            title: head.title.clone().or(Some(title)),
            ..head.clone()
        };
        let head = self.head(&named, self.switches.metadata.subscriptions)?;
        name_is_free(&self.subscriptions, app, &head.name, None, SUBSCRIPTION)?;
        self.stamp();
        let tasks = if waits {
            vec![self.open_task(catalog, Subject::Subscription(head.id))]
        } else {
            Vec::new()
        };
        let state = if waits { "pending".to_owned() } else { asked };
        let row = Subscription {
            head,
            catalog,
            org,
            app,
            product,
            plan: plan.to_owned(),
            plan_title,
            state,
            tasks,
        };
        Ok(self.subscriptions.insert(row))
    }

    /// The name and title that the server gives a subscription, and the plan's title.
    fn subscribable(&self, product: Id, plan: &str) -> Result<(String, String, String), Refusal> {
        let product = &self.products[product];
        let (name, version) = (&product.head.name, &product.version);
        if product.state != "published" {
            return Err(Refusal::invalid(format!(
                "The product '{name}:{version}' cannot be subscribed to because its state is '{}'.",
                product.state
            )));
        }
        let found = product.plan(plan).ok_or_else(|| {
            Refusal::invalid(format!(
                "The plan '{plan}' was not found in the product '{name}:{version}'."
            ))
        })?;
        let plan_title = found["title"].as_str().unwrap_or(plan).to_owned();
        Ok((
            format!("{name}-{}-{plan}", version.replace('.', "-")),
            format!("{name} {version} {plan}"),
            plan_title,
        ))
    }

    fn not_yet_subscribed(&self, app: Id, product: Id, plan: &str) -> Result<(), Refusal> {
        let same_plan = self
            .subscriptions
            .keyed(app, &format!("{product}/{plan}"))
            .is_some();
        let other_plan = self.switches.one_plan_per_product
            && self
                .subscriptions
                .rows_under(app)
                .any(|row| row.product == product);
        if same_plan || other_plan {
            let product = &self.products[product];
            let product = format!("{}:{}", product.head.name, product.version);
            return Err(Refusal::AlreadySubscribed {
                product,
                plan: plan.to_owned(),
            });
        }
        Ok(())
    }

    /// Changes the state, title, summary, name or metadata of a subscription.
    pub fn change_subscription(
        &mut self,
        subscription: Id,
        fields: &HeadFields,
    ) -> Result<(), Refusal> {
        let mut row = self.subscriptions[subscription].clone();
        self.change_head(&mut row.head, fields, self.switches.metadata.subscriptions)?;
        name_is_free(
            &self.subscriptions,
            row.app,
            &row.head.name,
            Some(subscription),
            SUBSCRIPTION,
        )?;
        if let Some(state) = &fields.state {
            row.state.clone_from(state);
        }
        self.put(row);
        Ok(())
    }

    /// Deletes a subscription.
    pub fn remove_subscription(&mut self, subscription: Id) {
        self.drop_subscription(subscription);
        self.stamp();
    }

    pub(super) fn drop_subscription(&mut self, subscription: Id) {
        for task in self
            .subscriptions
            .remove(subscription)
            .map(|row| row.tasks)
            .unwrap_or_default()
        {
            self.tasks.remove(task);
        }
    }

    pub(super) fn open_task(&mut self, catalog: Id, subject: Subject) -> Id {
        let id = self.next_id();
        let at = self.clock.now();
        let title = match subject {
            Subject::App(_) => "Upgrade app to production",
            Subject::Subscription(_) => "Approve subscription",
        };
        let head = Head {
            id,
            name: id.to_string(),
            title: title.to_owned(),
            summary: None,
            metadata: None,
            created_at: at,
            updated_at: at,
        };
        self.tasks.insert(Task {
            head,
            catalog,
            subject,
            state: "pending".to_owned(),
        })
    }

    /// Settles a task: `approved` lets its subject go on, `rejected` stops it.
    pub fn settle_task(&mut self, task: Id, state: &str) -> Result<(), Refusal> {
        if !matches!(state, "approved" | "rejected") {
            return Err(Refusal::invalid(
                "The state of a task can only be changed to 'approved' or 'rejected'.",
            ));
        }
        let approved = state == "approved";
        let now = self.stamp();
        match self.tasks[task].subject {
            Subject::App(app) => self.apps.change(app, |row| {
                if let Some(next) = row.lifecycle_state_pending.take().filter(|_| approved) {
                    row.lifecycle_state = next;
                }
                row.tasks.retain(|open| *open != task);
                row.head.updated_at = now;
            }),
            Subject::Subscription(subscription) => self.subscriptions.change(subscription, |row| {
                let next = if approved { "enabled" } else { "disabled" };
                next.clone_into(&mut row.state);
                row.tasks.retain(|open| *open != task);
                row.head.updated_at = now;
            }),
        }
        let mut row = self.tasks[task].clone();
        state.clone_into(&mut row.state);
        self.put(row);
        Ok(())
    }
}

impl Product {
    /// A plan of the product's document.
    #[must_use]
    pub fn plan(&self, name: &str) -> Option<&serde_json::Value> {
        self.document["plans"].get(name)
    }
}
