//! What Products need of the target before they can be published there.

use apic_configsync::{
    engine::report::{ExitStatus, Severity},
    sandbox::{
        Cluster,
        world::build_products::{api_document, product_document},
    },
};
use serde_json::{Value, json};

use super::{publish, stage};
use crate::stage::{Stage, change, changes, counts, exits, shown};

/// A Product whose API names an OAuth provider, a TLS client profile and a registry, and one that names nothing.
fn demanding(source: &mut Cluster) {
    source.add_oauth_provider(None, "acme-oauth");
    source.add_tls_client_profile(None, "acme-tls", "1.0.0");
    source.add_api_user_registry(None, "acme-ldap");
    source.publish_in(
        None,
        product_document("secured", "1.0.0", &[("gold", false)], &["vault:1.0.0"]),
        vec![(vault(), None)],
    );
    publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
}

fn vault() -> Value {
    let mut vault = api_document("vault", "1.0.0");
    vault["securityDefinitions"] = json!({
        "o": {"type": "oauth2", "x-ibm-oauth-provider": "acme-oauth"},
        "b": {"type": "basic", "x-ibm-authentication-registry": "acme-ldap"},
    });
    vault["x-ibm-configuration"]["assembly"] = json!({"execute": [{"if": {"execute": [{"invoke": {"tls-profile": "acme-tls:1.0.0"}}, {"invoke": {"tls-profile": "$(profile)"}}]}}]});
    vault
}

#[tokio::test]
async fn a_missing_provider_profile_or_registry_withholds_only_what_names_it() {
    let stage = stage(demanding);
    for missing in ["OAuth provider acme-oauth", "TLS client profile acme-tls", "API user registry acme-ldap"] {
        let report = stage.sync().await;
        exits(&report, ExitStatus::Incomplete);
        let withheld = change(&report, "apis", "vault:1.0.0");
        assert!(withheld.reason.is_some(), "{}", shown(&report));
        assert!(change(&report, "products", "secured:1.0.0").reason.is_some());
        assert!(stage.target().product("petstore:1.0.0").is_some(), "{missing}");
        stage.again().await;
        let mut target = stage.target();
        match missing.split(' ').next() {
            Some("OAuth") => target.add_oauth_provider(None, "acme-oauth"),
            Some("TLS") => target.add_tls_client_profile(None, "acme-tls", "1.0.0"),
            _ => target.add_api_user_registry(None, "acme-ldap"),
        };
    }
    let report = stage.settle().await;
    assert_eq!(changes(&report, "products"), ["create secured:1.0.0"]);
    stage.assert_products_mirrored();
}

#[tokio::test]
async fn check_names_what_the_target_lacks_and_how_to_mend_it() {
    let stage = stage(|source| {
        demanding(source);
        source.add_gateway_service("frankfurt");
        source.add_group("partners", &[]);
    });
    let report = stage.check().await;
    for name in ["acme-oauth", "acme-tls", "acme-ldap", "frankfurt", "partners"] {
        let finding = report.findings.iter().find(|finding| finding.message.contains(name));
        let finding = finding.unwrap_or_else(|| panic!("nothing of {name}: {}", shown(&report)));
        assert_eq!(finding.severity, Severity::Warning);
        assert!(!finding.mend.is_empty());
    }
}

#[tokio::test]
async fn the_target_must_be_declared_a_target_of_config_sync() {
    for value in [None, Some(false)] {
        let stage = stage(|source| {
            publish(source, "petstore:1.0.0", &["gold"], &["pets:1.0.0"]);
        });
        undeclare(&stage, value);
        let report = stage.sync().await;
        exits(&report, ExitStatus::PreflightFailed);
        assert_eq!(report.target.requests.writes, 0);
        let finding = report.findings.iter().find(|finding| finding.check == "config_sync_target_catalog").unwrap();
        assert!(finding.mend.contains("config_sync_target_catalog") && finding.mend.contains("SyncProductsAndAPIs"));
        stage.set("SyncProductsAndAPIs", "false");
        stage.settle().await;
    }
}

fn undeclare(stage: &Stage, value: Option<bool>) {
    let mut target = stage.target();
    let home = target.home;
    target.change::<apic_configsync::sandbox::world::Catalog>(home, |catalog| {
        match value {
            Some(value) => catalog.settings.insert("config_sync_target_catalog".into(), value.into()),
            None => catalog.settings.remove("config_sync_target_catalog"),
        };
    });
}

#[tokio::test]
async fn a_billing_that_the_target_lacks_withholds_with_the_servers_reason() {
    let stage = stage(|source| {
        source.add_billing("stripe");
        let mut product = product_document("paid", "1.0.0", &[("gold", false)], &["pets:1.0.0"]);
        product["plans"]["gold"]["billing"] = json!({"billing": "stripe", "currency": "EUR", "price": 10, "period": 1});
        source.publish_in(None, product, vec![(api_document("pets", "1.0.0"), None)]);
    });
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(counts(&report, "products").withheld, 1, "{}", shown(&report));
    assert!(
        change(&report, "products", "paid:1.0.0").reason.as_deref().is_some_and(|reason| reason.contains("stripe"))
    );
    stage.target().add_billing("stripe");
    stage.settle().await;
    stage.assert_products_mirrored();
}
