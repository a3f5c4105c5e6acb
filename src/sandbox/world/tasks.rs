//! The approvals that products, apps and subscriptions may wait for (section 17).

use super::{Cluster, Head, Id, Refusal, Subject, Task};

/// No recording tells the real words (section 17).
const SELF_APPROVAL: &str = "The task cannot be approved by its originator because task_self_approval is set to 'false' in the \
     catalog settings.";

impl Cluster {
    pub(super) fn open_task(&mut self, catalog: Id, subject: Subject) -> Id {
        let id = self.next_id();
        let at = self.clock.now();
        let title = match subject {
            Subject::App(_) => "Upgrade app to production",
            Subject::Subscription(_) => "Approve subscription",
            Subject::Product(_) => "Publish product",
        };
        let head = Head {
            id,
            name: id.to_string(),
            title: title.to_owned(),
            summary: None,
            metadata: None,
            maker: None,
            created_at: at,
            updated_at: at,
        };
        self.tasks.insert(Task { head, catalog, subject, originator: self.acting, state: "pending".to_owned() })
    }

    /// Settles a task: `approved` lets its subject go on, `rejected` stops it.
    pub fn settle_task(&mut self, task: Id, state: &str) -> Result<(), Refusal> {
        if !matches!(state, "approved" | "rejected") {
            return Err(Refusal::invalid("The state of a task can only be changed to 'approved' or 'rejected'."));
        }
        let approved = state == "approved";
        let row = &self.tasks[task];
        let is_own = row.originator.is_some() && row.originator == self.acting;
        if approved && is_own && !self.is_set(row.catalog, "task_self_approval") {
            return Err(Refusal::Conflict(SELF_APPROVAL.to_owned()));
        }
        match self.tasks[task].subject {
            Subject::App(app) => self.settle_app(app, task, approved),
            Subject::Subscription(subscription) => {
                self.settle_subscription(subscription, task, approved);
            }
            Subject::Product(product) => self.settle_product(product, task, approved),
        }
        let mut row = self.tasks[task].clone();
        state.clone_into(&mut row.state);
        self.put(row);
        Ok(())
    }

    fn settle_app(&mut self, app: Id, task: Id, approved: bool) {
        let Some(mut row) = self.apps.get(app).cloned() else {
            return;
        };
        if let Some(next) = row.lifecycle_state_pending.take().filter(|_| approved) {
            row.lifecycle_state = next;
        }
        row.tasks.retain(|open| *open != task);
        self.put(row);
    }

    fn settle_subscription(&mut self, subscription: Id, task: Id, approved: bool) {
        let Some(mut row) = self.subscriptions.get(subscription).cloned() else {
            return;
        };
        let next = if approved { "enabled" } else { "disabled" };
        next.clone_into(&mut row.state);
        row.tasks.retain(|open| *open != task);
        self.put(row);
    }

    /// A product whose publication was rejected is as good as staged.
    fn settle_product(&mut self, product: Id, task: Id, approved: bool) {
        let Some(mut row) = self.products.get(product).cloned() else {
            return;
        };
        row.tasks.retain(|open| *open != task);
        if approved {
            self.enter(&mut row, "published");
        } else {
            "staged".clone_into(&mut row.state);
        }
        self.put(row);
    }
}
