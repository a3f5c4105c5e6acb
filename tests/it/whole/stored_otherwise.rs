//! A target that stores something else than it is sent: that is told, not written for ever, and carried once it can be.

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    sandbox::{
        Cluster, Switches, seed,
        switches::{CreatedBy, Metadata, MetadataByKind},
        world::{App, ConsumerOrg, Credential, Id, User},
    },
};

use crate::stage::{Stage, change, exits, shown};

/// An app of `acme` and its owner, with a key.
fn stage(set: impl Fn(&mut Switches)) -> Stage {
    let (mut source, mut target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    source.add_app_with(acme, "web", "web-id", "web-secret");
    set(&mut target.switches);
    Stage::of((source, target))
}

fn app(cluster: &Cluster) -> Id {
    cluster.app("acme", "web").unwrap().head.id
}

fn alice(cluster: &Cluster) -> Id {
    cluster.user("sandbox-catalog", "alice").unwrap().head.id
}

/// Insists that a run tells these fields of a thing as not taken, and those alone.
#[track_caller]
fn assert_untaken(report: &Report, kind: &str, address: &str, paths: &[&str]) {
    exits(report, ExitStatus::Incomplete);
    let mut withheld = report.changes.iter().filter(|it| it.result == ChangeResult::Withheld);
    let told = withheld.next().unwrap_or_else(|| panic!("{}", shown(report)));
    assert!(withheld.next().is_none(), "{}", shown(report));
    assert_eq!((told.kind, told.address.as_str(), told.action), (kind, address, "update"));
    let told_paths: Vec<&str> = told.fields.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(told_paths, paths, "{}", shown(report));
    let reason = format!("the target did not take {}", paths.join(", "));
    assert_eq!(told.reason.as_deref(), Some(&*reason));
}

/// Three runs: all tell it, the third writes nothing, and neither does any other.
async fn is_told_and_left(stage: &Stage, kind: &str, address: &str, paths: &[&str]) {
    for run in 1..=4 {
        let report = stage.sync().await;
        assert_untaken(&report, kind, address, paths);
        let writes = report.target.requests.writes;
        assert!(run < 3 || writes == 0, "run {run} wrote: {}", shown(&report));
    }
    let report = stage.plan().await;
    assert_untaken(&report, kind, address, paths);
    stage.set("ACKNOWLEDGE", address);
    let report = stage.sync().await;
    exits(&report, ExitStatus::Success);
    stage.set("ACKNOWLEDGE", "nothing");
}

fn notes(cluster: &Cluster) -> String {
    let heads = cluster.apps.rows_under(cluster.home).map(|row| &row.head);
    let users = cluster.users.get(alice(cluster)).map(|row| &row.head);
    let orgs = cluster.org("acme").map(|row| &row.head);
    let all = heads.chain(users).chain(orgs);
    let noted = all.filter_map(|head| head.metadata.as_ref()?.get("source_not_taken"));
    noted.filter_map(|it| it.as_str()).collect()
}

#[tokio::test]
async fn an_email_in_small_letters() {
    for (keeps, merged) in
        [(Metadata::Stored, false), (Metadata::Stored, true), (Metadata::Ignored, false), (Metadata::Refused, false)]
    {
        for later in ["new@example.com", "user@example.com"] {
            let stage = stage(|switches| {
                switches.emails_lowered = true;
                // A user that nothing shows to be of the tool's making is never written.
                switches.created_by = CreatedBy::Everywhere;
                switches.metadata_merged = merged;
                switches.metadata = MetadataByKind { users: keeps, ..MetadataByKind::default() };
            });
            let address = |stage: &Stage, text: &str| {
                let id = alice(&stage.source());
                let text = Some(text.to_owned());
                stage.source().change::<User>(id, |row| row.email = text.clone());
            };
            address(&stage, "User@Example.com");
            is_told_and_left(&stage, "users", "sandbox-catalog/alice", &["/email"]).await;
            address(&stage, later);
            if keeps == Metadata::Stored || later == "user@example.com" {
                stage.settle().await;
                let target = stage.target();
                let user = target.users.get(alice(&target)).unwrap();
                assert_eq!(user.email.as_deref(), Some(later));
                assert_eq!(notes(&target), "");
            }
        }
    }
}

#[tokio::test]
async fn texts_without_their_ends() {
    for cut in [None, Some(40)] {
        let stage = stage(|switches| {
            switches.texts_trimmed = cut.is_none();
            switches.texts_cut = cut;
        });
        let id = app(&stage.source());
        let title = format!("Web App with a title that is rather long{}", if cut.is_some() { " indeed" } else { " " });
        stage.source().retitle::<App>(id, &title);
        if cut.is_some() {
            // A note is longer than forty characters, so it is lost, and the title is sent in each run.
            let report = stage.sync().await;
            assert_untaken(&report, "applications", "acme/web", &["/title"]);
            continue;
        }
        is_told_and_left(&stage, "applications", "acme/web", &["/title"]).await;
        stage.source().retitle::<App>(id, "Web");
        stage.settle().await;
        stage.assert_mirrored();
        assert_eq!(notes(&stage.target()), "");
    }
}

#[tokio::test]
async fn the_order_of_redirect_endpoints_is_no_difference() {
    let stage = stage(|switches| switches.endpoints_sorted = true);
    let id = app(&stage.source());
    let endpoints = |list: [&str; 2]| list.map(str::to_owned).to_vec();
    let list = endpoints(["https://b.example/", "https://a.example/"]);
    stage.source().change::<App>(id, |row| row.redirect_endpoints.clone_from(&list));
    stage.settle().await;
    let list = endpoints(["https://c.example/", "https://a.example/"]);
    stage.source().change::<App>(id, |row| row.redirect_endpoints.clone_from(&list));
    stage.settle().await;
}

#[tokio::test]
async fn a_field_that_a_change_does_not_reach() {
    let stage = stage(|_| {});
    stage.settle().await;
    stage.target().switches.ignored_on_patch = Some("title");
    let id = app(&stage.source());
    stage.source().retitle::<App>(id, "Shop");
    is_told_and_left(&stage, "applications", "acme/web", &["/title"]).await;
    // Another change of the same thing goes its own way, and does not lose the note.
    stage.source().change::<App>(id, |row| row.head.summary = Some("S".into()));
    let report = stage.sync().await;
    let applied: Vec<_> = report.changes.iter().filter(|it| it.result == ChangeResult::Applied).collect();
    assert_eq!(applied.len(), 1, "{}", shown(&report));
    assert_eq!(applied[0].fields.len(), 1, "{}", shown(&report));
    let report = stage.sync().await;
    assert_untaken(&report, "applications", "acme/web", &["/title"]);
    assert_eq!(report.target.requests.writes, 0);
    // Somebody has changed it on the target: it is worth another try.
    stage.target().switches.ignored_on_patch = None;
    let copy = app(&stage.target());
    stage.target().retitle::<App>(copy, "Other");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_field_that_a_creation_does_not_reach() {
    let stage = stage(|switches| switches.ignored_on_post = Some("summary"));
    let id = app(&stage.source());
    stage.source().change::<App>(id, |row| row.head.summary = Some("S".into()));
    let report = stage.sync().await;
    assert_untaken(&report, "applications", "acme/web", &["/summary"]);
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_key_of_the_metadata() {
    let stage = stage(|_| {});
    stage.settle().await;
    stage.target().switches.ignored_on_patch = Some("metadata/k");
    let id = stage.source().org("acme").unwrap().head.id;
    let metadata = serde_json::json!({"k": "v", "other": "w"});
    stage.source().change::<ConsumerOrg>(id, |row| row.head.metadata = metadata.as_object().cloned());
    is_told_and_left(&stage, "consumer_orgs", "acme", &["/metadata/k"]).await;
    let stored = stage.target().org("acme").unwrap().head.metadata.clone().unwrap();
    assert_eq!(stored["other"], "w");
    stage.target().switches.ignored_on_patch = None;
    let metadata = serde_json::json!({"k": "x"});
    stage.source().change::<ConsumerOrg>(id, |row| row.head.metadata = metadata.as_object().cloned());
    stage.settle().await;
    assert_eq!(notes(&stage.target()), "");
}

#[tokio::test]
async fn a_name_that_is_ignored_or_refused() {
    for refused in [false, true] {
        let stage = stage(|_| {});
        stage.settle().await;
        if refused {
            stage.target().switches.renames_refused = true;
        } else {
            stage.target().switches.ignored_on_patch = Some("name");
        }
        let id = app(&stage.source());
        stage.source().rename::<App>(id, "shop");
        stage.source().retitle::<App>(id, "Shop");
        is_told_and_left(&stage, "applications", "acme/shop", &["/name"]).await;
        assert_eq!(stage.target().app("acme", "web").unwrap().head.title, "Shop");
        stage.source().rename::<App>(id, "web");
        stage.settle().await;
        stage.assert_mirrored();
    }
}

/// A state is never given up: it is sent, and told, in every run.
#[tokio::test]
async fn a_state_is_sent_in_every_run() {
    let stage = stage(|_| {});
    stage.settle().await;
    stage.target().switches.ignored_on_patch = Some("state");
    let id = app(&stage.source());
    stage.source().set_app_state(id, "disabled");
    for _ in 0..3 {
        let report = stage.sync().await;
        assert_untaken(&report, "applications", "acme/web", &["/state"]);
        assert_eq!(report.target.requests.writes, 1, "{}", shown(&report));
    }
    stage.target().switches.ignored_on_patch = None;
    stage.settle().await;
    stage.assert_mirrored();
}

/// Roles too.
#[tokio::test]
async fn roles_are_sent_in_every_run() {
    let stage = stage(|_| {});
    let (org, member) = {
        let mut source = stage.source();
        let bob = source.add_user("sandbox-catalog", "bob");
        let acme = source.org("acme").unwrap().head.id;
        (acme, source.add_member(acme, bob, &["developer"]))
    };
    stage.settle().await;
    stage.target().switches.ignored_on_patch = Some("role_urls");
    stage.source().set_roles(member, &["viewer"]);
    for _ in 0..3 {
        let report = stage.sync().await;
        assert_untaken(&report, "members", "acme/sandbox-catalog/bob", &["/roles"]);
        let told = change(&report, "members", "acme/sandbox-catalog/bob");
        assert_eq!(told.fields[0].after, serde_json::json!(["viewer"]));
    }
    stage.target().switches.ignored_on_patch = None;
    stage.settle().await;
    stage.assert_mirrored();
    assert!(stage.source().org("acme").is_some_and(|it| it.head.id == org));
}

/// A note is sealed with the mark, and a name that stays what it was is what the seal is tied to.
#[tokio::test]
async fn a_sealed_note_counts() {
    for refused in [false, true] {
        let stage = stage(|_| {}).with("MARK_KEY", "0123456789abcdef0123456789abcdef");
        stage.settle().await;
        if refused {
            stage.target().switches.renames_refused = true;
        } else {
            stage.target().switches.ignored_on_patch = Some("name");
        }
        let id = app(&stage.source());
        stage.source().rename::<App>(id, "shop");
        is_told_and_left(&stage, "applications", "acme/shop", &["/name"]).await;
        stage.source().retitle::<App>(id, "Shop");
        let report = stage.sync().await;
        assert_untaken(&report, "applications", "acme/shop", &["/name"]);
        is_told_and_left(&stage, "applications", "acme/shop", &["/name"]).await;
        stage.source().rename::<App>(id, "web");
        stage.settle().await;
        stage.assert_mirrored();
        assert_eq!(notes(&stage.target()), "");
    }
}

/// One that somebody else has written does not, and the value is sent again.
#[tokio::test]
async fn a_forged_note_does_not_count() {
    let stage = stage(|_| {}).with("MARK_KEY", "0123456789abcdef0123456789abcdef");
    stage.settle().await;
    stage.target().switches.ignored_on_patch = Some("title");
    let id = app(&stage.source());
    stage.source().retitle::<App>(id, "Shop");
    is_told_and_left(&stage, "applications", "acme/web", &["/title"]).await;
    let copy = app(&stage.target());
    stage.target().change::<App>(copy, |row| {
        let metadata = row.head.metadata.as_mut().unwrap();
        metadata.insert("source_seal".into(), "forged".into());
    });
    let report = stage.sync().await;
    assert!(report.target.requests.writes > 0, "{}", shown(&report));
    is_told_and_left(&stage, "applications", "acme/web", &["/title"]).await;
}

/// What was born on the target keeps no mark, and a note all the same.
#[tokio::test]
async fn an_original_that_does_not_take_a_value() {
    for key in [None, Some("0123456789abcdef0123456789abcdef")] {
        let stage = stage(|_| {});
        if let Some(key) = key {
            stage.set("MARK_KEY", key);
        }
        stage.source().set("hash_client_secret", true);
        stage.settle().await;
        let back = stage.swapped();
        back.again().await;
        back.target().switches.ignored_on_patch = Some("title");
        let copy = app(&stage.target());
        stage.target().retitle::<App>(copy, "Shop");
        is_told_and_left(&back, "applications", "acme/web", &["/title"]).await;
        let original = app(&stage.source());
        let metadata = |stage: &Stage| {
            let source = stage.source();
            source.apps.get(original).unwrap().head.metadata.clone()
        };
        assert!(!metadata(&stage).unwrap().contains_key("source_id"));
        back.target().switches.ignored_on_patch = None;
        stage.target().retitle::<App>(copy, "More");
        back.settle().await;
        assert_eq!(notes(&back.target()), "");
        stage.again().await;
    }
}

/// Credentials' names are the server's where it likes; a change of one is not sent for ever, and is no difference.
#[tokio::test]
async fn a_name_of_a_credential_that_is_not_taken_is_no_difference() {
    for refused in [false, true] {
        let stage = stage(|_| {});
        stage.settle().await;
        if refused {
            stage.target().switches.renames_refused = true;
        } else {
            stage.target().switches.ignored_on_patch = Some("name");
        }
        let id = {
            let source = stage.source();
            source.credentials(app(&source))[0].head.id
        };
        stage.source().rename::<Credential>(id, "another-name");
        stage.sync().await;
        stage.again().await;
    }
}

/// Credentials on a server that keeps no metadata on them: what is like the stored value is left, all else is sent again.
#[tokio::test]
async fn without_notes_only_what_is_alike_is_left() {
    let stage = stage(|switches| {
        switches.texts_trimmed = true;
        switches.metadata.credentials = Metadata::Ignored;
    });
    let id = {
        let source = stage.source();
        source.credentials(app(&source))[0].head.id
    };
    stage.settle().await;
    stage.source().retitle::<Credential>(id, " Key ");
    let report = stage.sync().await;
    assert_untaken(&report, "credentials", "acme/web/web-id", &["/title"]);
    for _ in 0..2 {
        let report = stage.sync().await;
        assert_untaken(&report, "credentials", "acme/web/web-id", &["/title"]);
        assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    }
    stage.source().retitle::<Credential>(id, "Other");
    stage.settle().await;
    stage.assert_mirrored();
}
