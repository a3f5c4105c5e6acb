//! Who made a thing, where servers say so (`created_by`).

use apic_configsync::{
    engine::model::{Creator, KindId},
    platform::{
        self, Carriers,
        api_connect::{APPLICATIONS, CONSUMER_ORGS, CREDENTIALS, USERS},
    },
    sandbox::{
        InProcess,
        switches::CreatedBy,
        world::{App, ConsumerOrg},
    },
};
use std::sync::Arc;

use super::replication::one_app;
use crate::stage::Stage;

/// Who made the things of a kind on the target, in the order of their names.
async fn makers(stage: &Stage, kind: KindId) -> Vec<Creator> {
    let carriers = Carriers {
        source: Arc::new(InProcess::new(Arc::clone(&stage.source))).into(),
        target: Arc::new(InProcess::new(Arc::clone(&stage.target))).into(),
        retry: stage.retry.clone(),
    };
    let now = stage.now.get();
    let config = stage.config();
    let access = platform::connect(platform::DEFAULT, &config, &carriers, now, (&stage.stop, None)).await;
    let target = access.catalogs.unwrap().target;
    let parents = match target.kinds().row(kind).parent {
        Some(parent) if kind == USERS => target.list(parent, None).await.unwrap().resources,
        _ => Vec::new(),
    };
    let mut things = Vec::new();
    if parents.is_empty() {
        things = target.list(kind, None).await.unwrap().resources;
    }
    for parent in &parents {
        things.extend(target.list(kind, Some(parent)).await.unwrap().resources);
    }
    things.sort_by(|a, b| a.name.text().cmp(b.name.text()));
    things.into_iter().map(|thing| thing.maker).collect()
}

/// A target with a copy, an organization of a consumer's own and one that an operator made.
async fn three_makers() -> Stage {
    let stage = one_app();
    stage.settle().await;
    {
        let mut target = stage.target();
        let zoe = target.add_user("sandbox-catalog", "zoe");
        target.add_org("born-there", zoe);
        let operated = target.add_org("operated", zoe);
        let people = target.users[target.logins[0].user].registry;
        let registry = target.registries[people].head.name.clone();
        let operator = target.add_user(&registry, "operator");
        target.made_by::<ConsumerOrg>(operated, operator);
        target.switches.created_by = CreatedBy::Everywhere;
    }
    stage
}

#[tokio::test]
async fn the_own_login_consumers_and_others_are_told_apart() {
    let stage = three_makers().await;
    let told = makers(&stage, CONSUMER_ORGS).await;
    assert_eq!(told, [Creator::OwnLogin, Creator::Consumer, Creator::Other]);
    assert_eq!(makers(&stage, APPLICATIONS).await, [Creator::OwnLogin]);
    assert_eq!(makers(&stage, CREDENTIALS).await, [Creator::OwnLogin]);
    let users = makers(&stage, USERS).await;
    assert_eq!(users, [Creator::OwnLogin, Creator::Consumer]);
}

#[tokio::test]
async fn a_login_that_cannot_be_told_is_nobodys() {
    let stage = three_makers().await;
    stage.target().switches.me_refused = true;
    let told = makers(&stage, CONSUMER_ORGS).await;
    assert_eq!(told, [Creator::Other, Creator::Consumer, Creator::Other]);
}

#[tokio::test]
async fn where_makers_are_not_shown_nobody_is_asked_for() {
    let stage = three_makers().await;
    stage.target().switches.created_by = CreatedBy::Hidden;
    assert_eq!(makers(&stage, CONSUMER_ORGS).await, vec![Creator::Unknown; 3]);
    let asked = |stage: &Stage| {
        let target = stage.target();
        let asked = target.requests().iter().filter(|it| it.path == "/api/me");
        asked.count()
    };
    assert_eq!(asked(&stage), 0);
    stage.target().switches.created_by = CreatedBy::OrgsAndSubscriptions;
    assert_eq!(makers(&stage, APPLICATIONS).await, [Creator::Unknown]);
    stage.again().await;
    assert_eq!(asked(&stage), 1);
}

/// Asked for a field that it does not know, an old release may refuse the whole list.
#[tokio::test]
async fn a_release_without_makers_lists_its_credentials() {
    let stage = one_app();
    for mut cluster in [stage.source(), stage.target()] {
        cluster.switches.unknown_fields_refused = true;
    }
    stage.settle().await;
    stage.assert_mirrored();
    stage.target().switches.created_by = CreatedBy::Everywhere;
    let shop = stage.target().app("acme", "shop").unwrap().head.id;
    stage.target().made_by_login::<App>(shop);
    assert_eq!(makers(&stage, CREDENTIALS).await, [Creator::OwnLogin]);
}
