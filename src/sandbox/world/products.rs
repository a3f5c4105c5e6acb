//! Products and APIs (sections 14, 15): found, and taken away.

use super::build::Stored;
use super::{Api, Cluster, Id, Product};

impl Cluster {
    /// The product at `name:version` in the home catalog, or at `space/name:version` in one of its spaces.
    #[must_use]
    pub fn product(&self, address: &str) -> Option<&Product> {
        self.at_address(address)
    }

    /// The API at `name:version` in the home catalog, or at `space/name:version` in one of its spaces.
    #[must_use]
    pub fn api(&self, address: &str) -> Option<&Api> {
        self.at_address(address)
    }

    fn at_address<T: Stored>(&self, address: &str) -> Option<&T> {
        let table = T::table(self);
        // A version may have a slash in it.
        table.named(self.home, address).or_else(|| {
            let (space, address) = address.split_once('/')?;
            table.named(self.spaces.named(self.home, space)?.head.id, address)
        })
    }

    /// The object at `name` and `version`, or at an id, among those that a catalog or a space shows. The catalog's own
    /// go before those of its spaces.
    pub(crate) fn versioned<T: Stored>(&self, home: Id, path: &[&str]) -> Option<&T> {
        let table = T::table(self);
        let by_id = match path {
            [one] => one.parse().ok().and_then(|id| table.get(id)),
            _ => None,
        };
        let address = path.join(":");
        by_id
            .filter(|row| row.listed_under().contains(&home))
            .or_else(|| table.named(home, &address))
            .or_else(|| table.rows_under(home).find(|row| row.address() == address))
    }

    /// Deletes a product, its subscriptions, and the APIs that no other product uses.
    pub fn remove_product(&mut self, product: Id) {
        self.drop_subscriptions_of(product);
        let Some(row) = self.products.remove(product) else {
            return;
        };
        for task in row.tasks {
            self.tasks.remove(task);
        }
        if self.switches.unused_apis_removed {
            self.remove_unused(row.catalog, row.apis);
        }
        self.stamp();
    }

    fn remove_unused(&mut self, catalog: Id, apis: Vec<Id>) {
        let products = self.products.rows_under(catalog);
        let still_used: Vec<Id> = products.flat_map(|other| other.apis.clone()).collect();
        for api in apis.into_iter().filter(|api| !still_used.contains(api)) {
            self.apis.remove(api);
        }
    }

    pub(super) fn drop_subscriptions_of(&mut self, product: Id) {
        for subscription in self.subscriptions.under(product).to_vec() {
            self.drop_subscription(subscription);
        }
    }
}
