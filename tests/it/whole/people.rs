//! People in whole runs: namesakes, those who were there before, addresses that may exist once, directories, passwords.

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    sandbox::{
        Cluster, Effect, Fault, Id, seed,
        switches::Metadata,
        world::{Registry, User},
    },
};

use crate::stage::{Stage, assert_told, change, counts, exits, shown};

fn email(cluster: &mut Cluster, user: Id, address: &str) {
    cluster.change::<User>(user, |row| row.email = Some(address.into()));
}

fn id(cluster: &Cluster, registry: &str, name: &str) -> Id {
    cluster.user(registry, name).unwrap().head.id
}

fn assert_incomplete(report: &Report) {
    let status = report.exit_status;
    assert_eq!(status, ExitStatus::Incomplete, "{}", shown(report));
}

fn finding<'a>(report: &'a Report, check: &str) -> &'a str {
    let found = report.findings.iter().find(|it| it.check == check);
    let found = found.unwrap_or_else(|| panic!("no finding {check} in {}", shown(report)));
    &found.message
}

/// `Bob` and `bob` of a registry that tells them apart on the source alone; both are members of `acme`, and each owns an
/// organization.
fn two_bobs() -> Stage {
    let (mut source, mut target) = seed::pair();
    let registry = source.add_registry("oidc", "oidc");
    source.change::<Registry>(registry, |row| row.case_sensitive = true);
    target.add_registry("oidc", "oidc");
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    for (name, role, org) in [("Bob", "administrator", "senior"), ("bob", "viewer", "junior")] {
        let user = source.add_user("oidc", name);
        email(&mut source, user, &format!("bob.{org}@example.com"));
        source.add_member(acme, user, &[role]);
        source.add_org(org, user);
        source.tick(60);
    }
    Stage::of((source, target))
}

fn assert_senior_alone(stage: &Stage, report: &Report) {
    let names = "user oidc/bob and user oidc/Bob are one to the target";
    assert_told(report, "users", "oidc/bob", names);
    assert_told(report, "members", "acme/oidc/bob", names);
    assert_told(report, "consumer_orgs", "junior", "hangs on oidc/bob");
    let target = stage.target();
    let bob = target.user("oidc", "Bob").unwrap();
    assert_eq!(bob.username, "Bob");
    assert_eq!(bob.email.as_deref(), Some("bob.senior@example.com"));
    assert!(target.org("junior").is_none());
    let acme = target.org("acme").unwrap().head.id;
    let roles: Vec<String> = target
        .member(acme, bob.head.id)
        .unwrap()
        .roles
        .iter()
        .map(|role| target.roles[*role].head.name.clone())
        .collect();
    assert_eq!(roles, ["administrator"]);
}

#[tokio::test]
async fn of_two_people_who_are_one_on_the_target_the_same_one_is_always_carried() {
    for metadata in [Metadata::Stored, Metadata::Ignored, Metadata::Refused] {
        for hidden in [false, true] {
            let stage = two_bobs();
            stage.target().switches.metadata.users = metadata;
            stage.target().switches.registry_listing_refused = hidden;
            let report = stage.sync().await;
            assert_incomplete(&report);
            assert!(finding(&report, "case_sensitive").contains("user registry oidc"));
            assert_senior_alone(&stage, &report);
            for _ in 0..3 {
                stage.again().await;
                let report = stage.plan().await;
                assert_incomplete(&report);
                assert_senior_alone(&stage, &report);
            }
        }
    }
}

#[tokio::test]
async fn registries_that_count_case_alike_are_not_told() {
    let stage = two_bobs();
    let report = stage.check().await;
    assert!(finding(&report, "case_sensitive").contains("true on the source and false on the target"));
    {
        let mut target = stage.target();
        let org = target.provider_org.head.id;
        let registry = target.registries.find(org, "oidc").unwrap().head.id;
        target.change::<Registry>(registry, |row| row.case_sensitive = true);
    }
    let report = stage.settle().await;
    assert!(report.findings.iter().all(|it| it.check != "case_sensitive"));
    stage.assert_mirrored();
}

/// Nobody lists the target's `bob`: whose he is shows when `Bob` is refused.
#[tokio::test]
async fn a_namesake_whom_no_list_shows_is_not_taken_for_the_other() {
    let hide = |stage: &Stage, named: &str| {
        let junior = id(&stage.source(), "oidc", "bob");
        let catalog = stage.source().home;
        let mut target = stage.target();
        target.switches.registry_listing_refused = true;
        let there = target.add_user("oidc", named);
        target.mark::<User>(there, junior, catalog);
        target.users[there].email.clone()
    };
    for (named, told) in [("bob", "which has one of them already"), ("Bob", "bears the mark of the latter")] {
        let stage = two_bobs();
        let before = hide(&stage, named);
        for _ in 0..2 {
            let report = stage.sync().await;
            assert_incomplete(&report);
            assert_told(&report, "users", "oidc/Bob", told);
            assert_told(&report, "users", "oidc/Bob", "oidc/bob");
            let result = change(&report, "users", "oidc/Bob").result;
            assert_eq!(result, ChangeResult::Withheld);
            let target = stage.target();
            let there = target.user("oidc", named).unwrap();
            assert_eq!(there.email, before, "{}", shown(&report));
            assert!(target.org("senior").is_none() && target.org("junior").is_none());
        }
    }
}

/// Whoever writes the mark of another person into his own metadata is himself all the same.
#[tokio::test]
async fn a_person_whom_no_list_shows_is_known_by_his_name_whatever_he_claims() {
    let (mut source, mut target) = seed::pair();
    let [alice, mallory] = ["alice", "mallory"].map(|name| source.add_user("sandbox-catalog", name));
    let acme = source.add_org("acme", alice);
    source.add_member(acme, mallory, &["developer"]);
    target.switches.registry_listing_refused = true;
    let there = target.add_user("sandbox-catalog", "mallory");
    target.mark::<User>(there, alice, source.home);
    let stage = Stage::of((source, target));
    let report = stage.settle().await;
    exits(&report, ExitStatus::Success);
    let target = stage.target();
    let acme = target.org("acme").unwrap().head.id;
    assert_eq!(target.members.under(acme).len(), 2);
}

/// `u1` owns an organization; the target has a `u1` of its own.
fn there_before() -> Stage {
    let (mut source, mut target) = seed::pair();
    let user = source.add_user("sandbox-catalog", "u1");
    source.add_org("acme", user);
    let there = target.add_user("sandbox-catalog", "u1");
    email(&mut target, there, "elsewhere@example.net");
    Stage::of((source, target))
}

#[tokio::test]
async fn a_user_who_was_there_before_is_named_and_not_written() {
    for hidden in [false, true] {
        let stage = there_before();
        stage.target().switches.registry_listing_refused = hidden;
        let report = stage.settle().await;
        if !hidden {
            assert!(finding(&report, "users").contains("sandbox-catalog/u1 (email)"));
        }
        let report = stage.plan().await;
        assert_eq!(report.exit_status, ExitStatus::Success);
        assert!(finding(&report, "users").contains("sandbox-catalog/u1 (email)"));
        assert_eq!(counts(&report, "users").unchanged, 1);
        let target = stage.target();
        let there = target.user("sandbox-catalog", "u1").unwrap();
        assert_eq!(there.email.as_deref(), Some("elsewhere@example.net"));
        assert!(there.head.metadata.is_none());
        assert!(target.org("acme").is_some());
    }
}

#[tokio::test]
async fn a_change_of_somebody_whom_the_tool_made_is_carried_by_his_mark() {
    let (mut source, target) = seed::pair();
    let user = source.add_user("sandbox-catalog", "u1");
    source.add_org("acme", user);
    let stage = Stage::of((source, target));
    stage.settle().await;
    email(&mut stage.source(), user, "new@example.com");
    stage.settle().await;
    stage.assert_mirrored();
    {
        let mut target = stage.target();
        let copy = target.user("sandbox-catalog", "u1").unwrap().head.id;
        target.change::<User>(copy, |row| row.head.metadata = None);
    }
    email(&mut stage.source(), user, "newer@example.com");
    let told = stage.plan().await;
    let written = told.changes.iter().any(|it| it.kind == "users");
    let is_told = told.findings.iter().any(|it| it.check == "users");
    assert_ne!(written, is_told, "{}", shown(&told));
}

#[tokio::test]
async fn passwords_obey_the_usual_rules() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    for number in 0..80 {
        let user = source.add_user("sandbox-catalog", &format!("user-{number}"));
        source.add_member(acme, user, &["viewer"]);
    }
    let stage = Stage::of((source, target));
    assert!(stage.target().switches.password_rule);
    let report = stage.settle().await;
    assert_eq!(counts(&report, "users").created, 81);
}

/// The source's `u1` has the address that `u2` has on the target.
fn one_address() -> Stage {
    let (mut source, mut target) = seed::pair();
    target.switches.unique_emails = true;
    for (name, org) in [("u1", "first"), ("u3", "third")] {
        let user = source.add_user("sandbox-catalog", name);
        source.add_org(org, user);
    }
    let there = target.add_user("ldap", "u2");
    email(&mut target, there, "U1@example.com");
    Stage::of((source, target))
}

fn assert_first_alone_is_held_back(stage: &Stage, report: &Report) {
    assert_incomplete(report);
    assert_told(report, "users", "sandbox-catalog/u1", "e-mail u1@example.com");
    assert_eq!(counts(report, "users").failed, 0);
    let target = stage.target();
    assert!(target.org("first").is_none() && target.org("third").is_some());
    assert!(target.user("sandbox-catalog", "u1").is_none());
}

#[tokio::test]
async fn an_address_that_somebody_else_has_is_told_once_and_holds_back_only_what_needs_it() {
    let stage = one_address();
    let report = stage.sync().await;
    assert_first_alone_is_held_back(&stage, &report);
    assert_told(&report, "users", "sandbox-catalog/u1", "ldap/u2");
    stage.again().await;
    {
        let mut target = stage.target();
        let there = target.user("ldap", "u2").unwrap().head.id;
        email(&mut target, there, "u2@example.com");
    }
    stage.settle().await;
}

/// Where the other one lives in a registry that the catalog does not use, only the refusal shows it. Nothing is written.
#[tokio::test]
async fn an_address_of_somebody_whom_no_list_shows_is_told_by_the_refusal() {
    for status in [400, 409] {
        let stage = one_address();
        {
            let mut target = stage.target();
            target.switches.duplicate_status = status;
            unconfigure_ldap(&mut target);
        }
        let report = stage.sync().await;
        assert_first_alone_is_held_back(&stage, &report);
        let before = stage.target().dump();
        let report = stage.sync().await;
        assert_first_alone_is_held_back(&stage, &report);
        assert_eq!(before, stage.target().dump());
    }
}

/// Likewise where a user is there and only his address changes.
#[tokio::test]
async fn a_refused_change_of_address_is_told_as_that() {
    for listed in [true, false] {
        let stage = one_address();
        if !listed {
            unconfigure_ldap(&mut stage.target());
        }
        let user = id(&stage.source(), "sandbox-catalog", "u1");
        email(&mut stage.source(), user, "free@example.com");
        stage.settle().await;
        email(&mut stage.source(), user, "u1@example.com");
        for _ in 0..2 {
            let report = stage.sync().await;
            assert_incomplete(&report);
            let told = "e-mail u1@example.com";
            assert_told(&report, "users", "sandbox-catalog/u1", told);
            let result = change(&report, "users", "sandbox-catalog/u1").result;
            assert_eq!(result, ChangeResult::Withheld);
            assert_eq!(report.target.requests.writes, usize::from(!listed) as u64);
        }
    }
}

fn unconfigure_ldap(target: &mut Cluster) {
    let configured = target.configured_registries.rows_under(target.home);
    let ldap = configured.filter(|it| it.head.name == "ldap").map(|it| it.head.id);
    let ldap: Vec<Id> = ldap.collect();
    target.unconfigure_registry(ldap[0]);
}

#[tokio::test]
async fn an_address_that_passes_from_one_to_another_is_given_up_first() {
    let (mut source, mut target) = seed::pair();
    target.switches.unique_emails = true;
    let acme = source.add_user("sandbox-catalog", "old");
    source.add_org("acme", acme);
    let stage = Stage::of((source, target));
    stage.settle().await;
    {
        let mut source = stage.source();
        email(&mut source, acme, "other@example.com");
        let new = source.add_user("sandbox-catalog", "new");
        email(&mut source, new, "old@example.com");
        source.add_org("beta", new);
    }
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_site_in_which_addresses_repeat_is_taken_at_its_word() {
    let (mut source, target) = seed::pair();
    let one = source.add_user("sandbox-catalog", "one");
    source.add_org("first", one);
    let stage = Stage::of((source, target));
    stage.settle().await;
    {
        let mut source = stage.source();
        let two = source.add_user("ldap", "two");
        email(&mut source, two, "one@example.com");
        source.add_org("second", two);
    }
    stage.settle().await;
    stage.assert_mirrored();
}

/// A directory's person owns an organization; the target's registry makes nobody but by search.
fn directory(status: u16) -> Stage {
    let (mut source, mut target) = seed::pair();
    for name in ["paul", "Mary"] {
        let user = source.add_user("ldap", name);
        source.add_org(&format!("{}-org", name.to_lowercase()), user);
    }
    target.switches.foreign_post_refused = Some(status);
    let org = target.provider_org.head.id;
    let ldap = target.registries.find(org, "ldap").unwrap().head.id;
    target.change::<Registry>(ldap, |row| {
        row.directory = vec!["paul".into(), "mary".into()];
    });
    Stage::of((source, target))
}

#[tokio::test]
async fn where_post_is_refused_a_search_makes_the_user() {
    for status in [400, 403, 405] {
        for metadata in [Metadata::Stored, Metadata::Refused] {
            for hidden in [false, true] {
                let stage = directory(status);
                stage.target().switches.metadata.users = metadata;
                stage.target().switches.registry_listing_refused = hidden;
                stage.settle().await;
                stage.assert_mirrored();
            }
        }
    }
}

#[tokio::test]
async fn a_search_whose_answer_is_lost_is_looked_after_first() {
    let stage = directory(405);
    let lost = Fault::on("POST", "/search", Effect::LoseAnswer).once();
    stage.target().faults.add(lost);
    stage.settle().await;
    let searched = |cluster: &Cluster| {
        let requests = cluster.requests().iter();
        requests.filter(|it| it.path.contains("/search")).count()
    };
    assert_eq!(searched(&stage.target()), 2, "one for each, none repeated");
}

#[tokio::test]
async fn somebody_whom_the_directory_does_not_know_is_told() {
    let stage = directory(403);
    {
        let mut target = stage.target();
        let org = target.provider_org.head.id;
        let ldap = target.registries.find(org, "ldap").unwrap().head.id;
        target.change::<Registry>(ldap, |row| row.directory.clear());
    }
    let report = stage.sync().await;
    assert_incomplete(&report);
    assert_told(&report, "users", "ldap/paul", "its directory does not know");
    assert!(stage.target().org("paul-org").is_none());
}
