//! How far marks are believed that consumers can write: with support only, on both sides.

use super::{Case, check};

const KEY: &str = "MARK_KEY=0123456789abcdef0123456789abcdef";

/// The source's `acme`, of `olga`, is claimed by `claim`, an organization of the target's.
#[track_caller]
fn check_claim(claim: &str, settings: &str, plan: &str) {
    check(Case {
        source: "user lur/olga
                 org acme owner=lur/olga
                 app acme/shop",
        target: &format!("user lur/olga\n{claim}"),
        settings,
        plan,
        ..Case::default()
    });
}

/// Nothing is written, and nothing made in its place.
#[track_caller]
fn check_disbelieved(claim: &str, settings: &str, why: &str) {
    let name = claim.split_whitespace().nth(1).unwrap();
    check_claim(
        claim,
        settings,
        &format!(
            "unfinished withheld create consumer_orgs acme: consumer organization {name} bears the mark of acme, but somebody else may have written that: {why}
             unfinished withheld create applications acme/shop: hangs on acme, which is withheld
             count consumer_orgs only_on_target=0"
        ),
    );
}

#[test]
fn a_mark_without_support_is_a_conflict() {
    let unlike = "neither name nor owner is the same";
    check_disbelieved("org other-org owner=lur/other mark=acme", "", unlike);
    check_disbelieved("org other-org owner=lur/other mark=acme@", "", unlike);
    check_disbelieved("org other-org owner=lur/other mark=acme by=other", "", unlike);
    check_disbelieved("org other-org owner=- mark=acme", "", unlike);
    let consumer = "a consumer made the object";
    for claim in [
        "org other-org owner=lur/other mark=acme by=consumer",
        "org other-org owner=lur/olga mark=acme by=consumer",
        "org acme owner=lur/olga mark=acme by=consumer",
    ] {
        check_disbelieved(claim, "", consumer);
    }
}

#[test]
fn a_name_or_an_owner_is_support_where_nothing_better_is_known() {
    check_claim(
        "org old owner=lur/olga mark=acme",
        "",
        "update consumer_orgs acme /name
         create applications acme/shop",
    );
    check_claim("org acme owner=lur/olga mark=acme by=other", "", "create applications acme/shop");
    check_claim(
        "org acme owner=- mark=acme",
        "",
        "update consumer_orgs acme /owner
         create applications acme/shop",
    );
}

#[test]
fn who_made_it_goes_before_name_and_owner() {
    check_claim(
        "org other-org owner=- mark=acme by=us",
        "",
        "update consumer_orgs acme /name /owner
         create applications acme/shop",
    );
}

#[test]
fn a_seal_goes_before_who_made_it() {
    for seal in ["right", "previous"] {
        check_claim(
            &format!("org other-org owner=- mark=acme by=consumer seal={seal}"),
            KEY,
            "update consumer_orgs acme /name /owner
             create applications acme/shop",
        );
    }
    check_disbelieved(
        "org acme owner=lur/olga mark=acme by=us seal=wrong",
        KEY,
        "its `source_seal` was not made with MARK_KEY",
    );
    check_disbelieved("org other-org owner=lur/other mark=acme", KEY, "neither name nor owner");
    // Without a key nobody can judge it.
    check_claim("org acme owner=lur/olga mark=acme seal=wrong", "", "create applications acme/shop");
}

#[test]
fn a_seal_can_be_required() {
    let required = format!("{KEY} REQUIRE_SEAL=true");
    check_disbelieved(
        "org acme owner=lur/olga mark=acme by=us",
        &required,
        "it bears no `source_seal`, and REQUIRE_SEAL=true asks for one",
    );
    check_claim("org acme owner=lur/olga mark=acme seal=right", &required, "create applications acme/shop");
}

#[test]
fn adopt_pairs_what_it_names() {
    let claim = "org other-org owner=lur/olga mark=acme by=consumer";
    check_claim(
        claim,
        "ADOPT=other-org",
        "update consumer_orgs acme /name
         create applications acme/shop",
    );
    check_disbelieved(claim, "ADOPT=all", "a consumer made");
    check_claim("org acme owner=lur/olga mark=acme by=consumer", "ADOPT=all", "create applications acme/shop");
}

#[test]
fn the_rightful_copy_keeps_being_the_copy() {
    for forged in ["", " seal=wrong", " by=consumer"] {
        check(Case {
            source: "org acme owner=lur/olga
                     app acme/shop",
            target: &format!(
                "org acme at=2 owner=lur/olga mark
                 org other-org at=1 owner=lur/other mark=acme{forged}
                 app other-org/own mark=gone
                 app other-org/shop mark=acme/shop"
            ),
            plan: "create applications acme/shop
                   withheld update consumer_orgs other-org: consumer organization other-org bears the mark of acme, whose copy is acme, and nothing speaks for it",
            ..Case::default()
        });
    }
}

#[test]
fn of_two_that_bear_one_mark_more_evidence_goes_before_age() {
    let two = |first: &str, second: &str, settings: &str| {
        check(Case {
            source: "org acme id=1 owner=lur/olga title=new",
            target: &format!(
                "user lur/olga
                 org acme at=1 title=old mark=1 {first}
                 org late at=2 title=old mark=1 {second}"
            ),
            settings,
            plan: "withheld update consumer_orgs acme /name /title: name acme is held
                   withheld update consumer_orgs acme: consumer organization acme bears the same mark as late (id t-late), which has more that speaks for it",
            ..Case::default()
        });
    };
    two("owner=lur/other", "owner=lur/olga", "");
    two("owner=lur/olga by=other", "owner=lur/olga by=us", "");
    two("owner=lur/olga by=us", "owner=lur/olga seal=right", KEY);
}

#[test]
fn a_copy_that_claims_to_be_anothers_is_not_made_twice() {
    let (source, target) = (
        "org acme
         org beta owner=lur/bob",
        "org acme mark
         org beta owner=lur/bob mark=acme by=consumer",
    );
    check(Case {
        source,
        target,
        plan: "withheld create consumer_orgs beta: consumer organization beta bears the mark of acme, whose copy is acme",
        ..Case::default()
    });
    check(Case {
        source,
        target,
        settings: "ADOPT=beta",
        plan: "update consumer_orgs beta /metadata/source_id marked beta@prod",
        ..Case::default()
    });
}

#[test]
fn a_source_object_that_points_at_a_stranger_gets_nothing() {
    for mark in ["born-there", "born-there@"] {
        for (by, why) in [("", "neither name nor owner"), (" by=consumer", "a consumer made")] {
            check(Case {
                source: &format!(
                    "org mine owner=lur/y mark={mark}{by}
                     app mine/shop"
                ),
                target: "user lur/y
                         org born-there owner=lur/x
                         app born-there/own",
                plan: &format!(
                    "unfinished withheld create consumer_orgs mine: consumer organization born-there is what the metadata of mine on the source names as its original, but somebody else may have written that: {why}
                     unfinished withheld create applications mine/shop: hangs on mine"
                ),
                ..Case::default()
            });
        }
    }
}

#[test]
fn a_source_object_that_points_at_anothers_copy_is_carried_like_any_other() {
    check(Case {
        source: "org acme
                 org mine owner=lur/y mark=acme by=consumer",
        target: "user lur/y
                 org acme mark",
        plan: "create consumer_orgs mine",
        ..Case::default()
    });
}

#[test]
fn a_reverse_mark_has_the_support_that_a_mark_has() {
    let reverse = |source: &str, settings: &str, plan: &str| {
        check(Case {
            source: &format!("user lur/olga\n{source}"),
            target: "org old owner=lur/olga",
            settings,
            plan,
            ..Case::default()
        });
    };
    let paired = "update consumer_orgs acme /name";
    reverse("org acme owner=lur/olga mark=old", "", paired);
    reverse("org acme owner=lur/olga mark=old by=us", "", paired);
    reverse("org acme owner=lur/olga mark=old by=consumer seal=right", KEY, paired);
    reverse(
        "org acme owner=lur/olga mark=old by=us seal=wrong",
        KEY,
        "withheld create consumer_orgs acme: consumer organization old is what the metadata of acme",
    );
    reverse(
        "org acme owner=lur/olga mark=old by=consumer",
        "ADOPT=old",
        "update consumer_orgs acme /name /metadata/source_id",
    );
}

/// A copy is no original: a consumer of the source gets nothing of what another object's copy holds, as long as its seal or its
/// maker shows whose copy it is.
#[test]
fn a_reverse_mark_weighs_less_than_the_seal_of_the_copy_that_it_names() {
    let names_copy = |copy: &str, settings: &str, plan: &str| {
        check(Case {
            source: "user lur/olga
                     org acme owner=lur/olga mark=old",
            target: &format!("org old owner=lur/olga mark=9 {copy}"),
            settings: &format!("{settings} DELETE_GRACE=0s"),
            plan,
            ..Case::default()
        });
    };
    let conflict = "withheld create consumer_orgs acme: consumer organization old is what the metadata of acme on the source \
                    names as its original, but somebody else may have written that: more speaks for the mark that this bears";
    names_copy("seal=right", KEY, conflict);
    names_copy("by=us", "", conflict);
    let paired = "update consumer_orgs acme /name";
    names_copy("", "", paired);
    names_copy("seal=wrong", KEY, paired);
}

/// Whoever gives his organization the name of another sync's gets into that by no mark of his own.
#[test]
fn a_reverse_mark_needs_more_than_a_name_where_another_sync_has_marked_what_it_names() {
    let names = |owner: &str, plan: &str| {
        check(Case {
            source: "user lur/olga
                     user lur/pete
                     org acme owner=lur/olga mark=9",
            target: &format!(
                "user lur/olga
                 user lur/pete
                 org acme id=9 owner={owner} mark=7@elsewhere"
            ),
            plan,
            ..Case::default()
        });
    };
    names("lur/pete", "withheld create consumer_orgs acme: consumer organization acme belongs to another sync");
    names("lur/olga", "count consumer_orgs unchanged=1");
}

#[test]
fn where_two_name_each_other_the_support_of_either_is_enough() {
    let mutual = |source: &str, target: &str, plan: &str| {
        check(Case {
            source: &format!("org acme owner=- mark=old {source}"),
            target: &format!("org old mark=acme {target}"),
            plan,
            ..Case::default()
        });
    };
    mutual("by=us", "by=consumer", "update consumer_orgs acme /name");
    mutual("by=consumer", "by=us", "update consumer_orgs acme /name");
    mutual(
        "by=consumer",
        "by=consumer",
        "withheld create consumer_orgs acme: consumer organization old bears the mark of acme, but somebody else",
    );
}

#[test]
fn a_deletion_asks_seal_and_maker() {
    let gone = |marked: &str, settings: &str, plan: &str| {
        check(Case {
            source: "org stays",
            target: &format!(
                "org stays mark seal=right
                 org acme mark=gone {marked}
                 app acme/shop mark=gone-too
                 credential acme/shop/key secret=hush-1 mark=gone-as-well"
            ),
            settings,
            plan,
            ..Case::default()
        });
    };
    let kept = "unfinished withheld delete consumer_orgs acme: its mark leads nowhere any more, but somebody else may have written it";
    gone("by=consumer", "", &format!("{kept}: a consumer made"));
    gone("by=us seal=wrong", KEY, &format!("{kept}: its `source_seal`"));
    gone("by=consumer", "DELETE_GRACE=24h", kept);
    gone("", &format!("{KEY} REQUIRE_SEAL=true"), kept);
    for (marked, settings) in [("", ""), ("by=us", ""), ("by=other", ""), ("by=consumer seal=right", KEY)] {
        gone(marked, settings, "delete consumer_orgs acme");
    }
}

#[test]
fn an_app_that_a_consumer_made_is_kept_and_his_revoked_key_is_not() {
    check(Case {
        source: "org acme
                 app acme/shop",
        target: "org acme mark
                 app acme/shop mark
                 credential acme/shop/key secret=hush-1 mark=gone by=consumer
                 app acme/old mark=gone by=consumer",
        plan: "delete credentials acme/shop/key
               withheld delete applications acme/old: its mark leads nowhere any more, but somebody else may have written it: a consumer made",
        settings: "ALLOW_EMPTY_SOURCE=credentials",
        ..Case::default()
    });
}

#[test]
fn a_re_mark_asks_seal_and_maker() {
    let made_anew = |marked: &str, settings: &str, plan: &str| {
        check(Case {
            source: "org acme id=2",
            target: &format!("org acme mark=1 {marked}"),
            settings,
            plan,
            ..Case::default()
        });
    };
    let kept = "withheld create consumer_orgs acme: consumer organization acme bears a mark that somebody else may have written";
    made_anew("by=consumer", "", &format!("{kept}: a consumer made"));
    made_anew("by=us seal=wrong", KEY, &format!("{kept}: its `source_seal`"));
    let paired = "update consumer_orgs acme /metadata/source_id";
    made_anew("by=us", "", paired);
    made_anew("by=consumer", "ADOPT=acme", paired);
    check(Case {
        source: "org acme
                 app acme/shop id=2",
        target: "org acme mark
                 app acme/shop mark=1 by=consumer",
        plan: "withheld create applications acme/shop: app acme/shop bears a mark that somebody else may have written",
        ..Case::default()
    });
}

#[test]
fn marks_of_users_never_pair() {
    let (source, target) = (
        "user lur/alice id=1 email=a@b.test mark=bob
         org acme",
        "user lur/alice email=a@b.test
         user lur/bob id=bob email=b@b.test mark=1
         org acme mark",
    );
    check(Case { source, target, plan: "count users unchanged=1", ..Case::default() });
    check(Case {
        source,
        target: &target.replace("lur/bob", "ldap/bob"),
        plan: "count users unchanged=1",
        ..Case::default()
    });
}

/// He says that he is the original of his copy: then that keeps the mark that it has, and nothing is written for it.
#[test]
fn a_user_who_points_at_his_copy_is_not_written_for_ever() {
    check(Case {
        source: "user lur/alice id=1 email=a@b.test mark=there
                 org acme",
        target: "user lur/alice id=there email=a@b.test mark=1@old
                 org acme mark",
        settings: "SOURCE_CATALOG_BEFORE=old",
        plan: "count users unchanged=1",
        ..Case::default()
    });
}

/// What the server keeps unique is found by that, whatever its mark says: a creation would be refused for ever.
#[test]
fn a_mark_that_leads_elsewhere_keeps_no_natural_key_from_its_partner() {
    check(Case {
        source: "org acme
                 org other
                 member acme/lur/bob
                 member other/lur/bob",
        target: "org acme mark
                 org other mark
                 member acme/lur/bob mark=other/lur/bob
                 member other/lur/bob mark",
        plan: "update members acme/lur/bob /metadata/source_id",
        ..Case::default()
    });
}

#[test]
fn a_mark_counts_only_under_the_partner_of_its_originals_parent() {
    check(Case {
        source: "org acme
                 org other
                 app acme/shop title=new
                 app other/till
                 credential other/till/key secret=hush-1 title=new",
        target: "org acme mark
                 org other mark
                 app acme/mine mark=other/till
                 app other/till mark
                 credential acme/mine/theirs secret=hush-2 mark=other/till/key
                 app other/shop id=9 title=old",
        plan: "create applications acme/shop
               create credentials other/till/key
               withheld update applications acme/mine: app acme/mine bears the mark of other/till, but stands outside other",
        ..Case::default()
    });
    check(Case {
        source: "org acme
                 org other
                 app acme/shop mark=9",
        target: "org acme mark
                 org other mark
                 app other/shop id=9",
        plan: "create applications acme/shop",
        ..Case::default()
    });
}
