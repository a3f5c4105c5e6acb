//! Subscriptions (section 13).

use super::fields::HeadFields;
use super::{Cluster, Id, Product, Refusal, Subject, Subscription, name_is_free};

const SUBSCRIPTION: super::Kind = ("Subscription", "subscription");

impl Cluster {
    /// Subscribes an app to a plan of a published product.
    pub fn create_subscription(&mut self, app: Id, product: Id, plan: &str, head: &HeadFields) -> Result<Id, Refusal> {
        let (catalog, org) = {
            let app = &self.apps[app];
            (app.catalog, app.org)
        };
        let (name, title, plan_title) = self.subscribable(product, plan)?;
        self.not_yet_subscribed(app, product, plan)?;
        let approval = self.products[product].plan(plan).and_then(|it| it["approval"].as_bool()) == Some(true);
        let waits = approval && self.switches.approval_plan_pends;
        let asked = head.state.clone().unwrap_or_else(|| "enabled".to_owned());
        let named = HeadFields {
            name: head.name.clone().or(Some(name)),
            title: head.title.clone().or(Some(title)),
            ..head.clone()
        };
        let head = self.head(&named, self.switches.metadata.subscriptions)?;
        let head = head.made_by(self.consumer_orgs[org].owner);
        name_is_free(&self.subscriptions, app, &head.name, None, SUBSCRIPTION)?;
        self.stamp();
        let tasks = if waits { vec![self.open_task(catalog, Subject::Subscription(head.id))] } else { Vec::new() };
        let state = if waits { "pending".to_owned() } else { asked };
        let row = Subscription {
            head,
            catalog,
            org,
            app,
            product,
            mcp_server: None,
            plan: plan.to_owned(),
            plan_title,
            state,
            tasks,
        };
        Ok(self.subscriptions.insert(row))
    }

    /// Subscribes an app to a plan of an MCP server, `name:version`.
    pub fn subscribe_to_mcp_server(&mut self, app: Id, server: &str, plan: &str) -> Id {
        let (catalog, org) = {
            let app = &self.apps[app];
            (app.catalog, app.org)
        };
        let named = HeadFields::named(&format!("{}-{plan}", server.replace([':', '.'], "-")));
        let head = super::build::sure(self.head(&named, self.switches.metadata.subscriptions));
        self.stamp();
        let nothing = self.next_id();
        self.subscriptions.insert(Subscription {
            head,
            catalog,
            org,
            app,
            product: nothing,
            mcp_server: Some(server.to_owned()),
            plan: plan.to_owned(),
            plan_title: plan.to_owned(),
            state: "enabled".to_owned(),
            tasks: Vec::new(),
        })
    }

    /// The name and title that the server gives a subscription, and the plan's title.
    fn subscribable(&self, product: Id, plan: &str) -> Result<(String, String, String), Refusal> {
        let product = &self.products[product];
        let (name, version) = (&product.head.name, &product.version);
        let open = match product.state.as_str() {
            "published" => true,
            "deprecated" => self.switches.deprecated_takes_subscriptions,
            _ => false,
        };
        if !open {
            return Err(Refusal::invalid(format!(
                "The product '{name}:{version}' cannot be subscribed to because its state is '{}'.",
                product.state
            )));
        }
        let found = product.plan(plan).ok_or_else(|| {
            Refusal::invalid(format!("The plan '{plan}' was not found in the product '{name}:{version}'."))
        })?;
        let plan_title = found["title"].as_str().unwrap_or(plan).to_owned();
        Ok((format!("{name}-{}-{plan}", version.replace('.', "-")), format!("{name} {version} {plan}"), plan_title))
    }

    pub(super) fn not_yet_subscribed(&self, app: Id, product: Id, plan: &str) -> Result<(), Refusal> {
        let same_plan = self.subscriptions.keyed(app, &format!("{product}/{plan}")).is_some();
        let other_plan =
            self.switches.one_plan_per_product && self.subscriptions.rows_under(app).any(|row| row.product == product);
        if same_plan || other_plan {
            let product = &self.products[product];
            let product = format!("{}:{}", product.head.name, product.version);
            return Err(Refusal::AlreadySubscribed { product, plan: plan.to_owned() });
        }
        Ok(())
    }

    /// Changes the state, title, summary, name or metadata of a subscription.
    pub fn change_subscription(&mut self, subscription: Id, fields: &HeadFields) -> Result<(), Refusal> {
        let mut row = self.subscriptions[subscription].clone();
        self.change_head(&mut row.head, fields, self.switches.metadata.subscriptions)?;
        name_is_free(&self.subscriptions, row.app, &row.head.name, Some(subscription), SUBSCRIPTION)?;
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
        for task in self.subscriptions.remove(subscription).map(|row| row.tasks).unwrap_or_default() {
            self.tasks.remove(task);
        }
    }
}

impl Product {
    /// A plan of the product's document.
    #[must_use]
    pub fn plan(&self, name: &str) -> Option<&serde_json::Value> {
        self.document["plans"].get(name)
    }
}
