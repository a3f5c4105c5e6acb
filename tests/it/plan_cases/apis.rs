//! APIs: written along with the Products that name them, each of their changes counted once.

use super::{Case, Run, Talk, assert_lines, check_products, settings};

/// Two Products that share an API.
const SHARED: &str = "product a:1 apis=pets:1 doc=A
    product b:1 apis=pets:1 doc=B";

fn shared_copy(api: &str) -> String {
    format!("{}\n{api}", SHARED.replace("doc=", "mark doc="))
}

#[test]
fn an_api_that_two_new_products_share_is_made_once() {
    check_products(Case {
        source: &format!("{SHARED}\napi pets:1 doc=P"),
        plan: "create products a:1
               create products b:1
               create apis pets:1 along after create a:1 behind create b:1",
        ..Case::default()
    });
}

#[test]
fn a_second_product_with_an_api_that_is_there_brings_it_again() {
    check_products(Case {
        source: &format!("{SHARED}\napi pets:1 doc=P"),
        target: "product a:1 apis=pets:1 doc=A mark
                 api pets:1 doc=P mark",
        plan: "create products b:1 publishes pets:1
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn a_change_of_a_shared_api_is_one_change_and_rewrites_all_that_carry_it() {
    check_products(Case {
        source: &format!("{SHARED}\napi pets:1 doc=Q"),
        target: &shared_copy("api pets:1 doc=P mark"),
        plan: "update products a:1 /apis/pets:1 (document)->(document) publishes pets:1
               update products b:1 /apis/pets:1 (document)->(document) publishes pets:1
               update apis pets:1 /document/v (not shown)->(not shown) after update a:1 behind update b:1
               count products unchanged=0",
        ..Case::default()
    });
}

#[test]
fn an_api_that_joins_a_product_is_published_with_it() {
    check_products(Case {
        source: r#"product a:1 apis=pets:1,toys:1 doc={"apis":["pets:1","toys:1"]}
                   api pets:1 doc=P
                   api toys:1 doc=T"#,
        target: r#"product a:1 apis=pets:1 doc={"apis":["pets:1"]} mark
                   api pets:1 doc=P mark"#,
        plan: "update products a:1 /document/v/apis/1 /apis/toys:1 publishes pets:1,toys:1
               create apis toys:1 along after update a:1
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn a_wsdl_is_compared_byte_by_byte() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P wsdl=<a/><b/>",
        target: "product a:1 apis=pets:1 doc=A mark
                 api pets:1 doc=P wsdl=<a/> mark",
        plan: "update products a:1 /apis/pets:1 (document)->(document)
               update apis pets:1 /wsdl (application/wsdl, 4 bytes)->(application/wsdl, 8 bytes)",
        ..Case::default()
    });
}

#[test]
fn an_api_goes_offline_without_being_published() {
    check_products(Case {
        source: &format!("{SHARED}\napi pets:1 doc=P state=offline"),
        target: &shared_copy("api pets:1 doc=P mark"),
        plan: "update apis pets:1 /state online->offline
               count products unchanged=2",
        ..Case::default()
    });
}

/// A server may make another object of what is published over. Its mark is written again although a change of this moment
/// gets no hint yet; what bears none, because an operator has published it, gets none.
#[test]
fn what_is_published_over_bears_its_mark_afterwards() {
    let source = "product a:1 apis=pets:1 doc=C\napi pets:1 doc=P";
    for (mark, marked) in [("mark", " marked a:1@prod"), ("", "")] {
        check_products(Case {
            source,
            target: &format!("product a:1 apis=pets:1 doc=A {mark}\napi pets:1 doc=P {mark}"),
            plan: &format!("update products a:1 /document/v{marked}"),
            ..Case::default()
        });
    }
}

#[test]
fn what_publishing_puts_online_is_taken_offline_again() {
    check_products(Case {
        source: &format!("{SHARED}\napi pets:1 doc=P state=offline").replace("doc=A", "doc=C"),
        target: &shared_copy("api pets:1 doc=P mark state=offline"),
        plan: "update products a:1 /document/v
               finish apis pets:1 /state after update a:1
               count apis unchanged=1",
        ..Case::default()
    });
    check_products(Case {
        source: &format!("{SHARED}\napi pets:1 doc=Q state=offline"),
        target: &shared_copy("api pets:1 doc=P mark state=offline"),
        plan: "update products a:1 /apis/pets:1
               update products b:1 /apis/pets:1
               update apis pets:1 /document/v /state after update a:1 behind update b:1",
        ..Case::default()
    });
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P state=offline",
        plan: "create products a:1
               create apis pets:1",
        ..Case::default()
    });
}

#[test]
fn what_opening_puts_online_is_taken_offline_again() {
    for (state, own) in [("online", "update"), ("offline", "finish")] {
        check_products(Case {
            source: "product a:1 apis=pets:1 doc=A
                     product b:1 apis=pets:1 doc=B
                     api pets:1 doc=P state=offline",
            target: &format!(
                "product a:1 apis=pets:1 doc=A state=deprecated mark
                 product b:1 apis=pets:1 doc=B mark
                 api pets:1 doc=P state={state} mark"
            ),
            plan: &format!(
                "update products a:1 /state deprecated->published
                 {own} apis pets:1 /state online->offline behind update a:1"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn what_is_not_published_leaves_its_apis_alone() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A title=new
                 api pets:1 doc=P state=offline",
        target: "product a:1 apis=pets:1 doc=A title=old mark
                 api pets:1 doc=P state=offline mark",
        plan: "update products a:1 /title
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn an_api_whose_provider_is_missing_withholds_what_carries_it_and_nothing_else() {
    check_products(Case {
        source: "product a:1 apis=pets:1,toys:1 doc=A
                 product b:1 apis=pets:1 doc=B
                 product c:1 apis=toys:1 doc=C
                 api pets:1 doc=P oauth=login
                 api toys:1 doc=T oauth=other",
        target: "oauth other",
        plan: "create products c:1
               create apis toys:1
               withheld create products a:1: hangs on pets:1, which is withheld
               withheld create products b:1: hangs on pets:1, which is withheld
               withheld create apis pets:1: the target has no OAuth provider login (it has: other)",
        ..Case::default()
    });
}

#[test]
fn an_api_on_the_target_needs_its_provider_only_when_it_changes() {
    let source = "product a:1 apis=pets:1 doc=A title=new
                  api pets:1 doc=P tls=mutual registries=ldap";
    let target = "product a:1 apis=pets:1 doc=A title=old mark
                  api pets:1 doc=P mark";
    check_products(Case { source, target, plan: "update products a:1 /title", ..Case::default() });
    check_products(Case {
        source: &source.replace("doc=P", "doc=Q"),
        target,
        plan: "withheld update products a:1 /title: hangs on pets:1, which is withheld
               withheld update apis pets:1 /document/v: the target has no TLS client profile mutual",
        ..Case::default()
    });
}

#[test]
fn a_name_in_other_letters_is_taken() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P",
        target: "product z:1 apis=Pets:1 doc=Z
                 api Pets:1 doc=P",
        plan: "withheld create products a:1: hangs on pets:1, which is withheld
               withheld create apis pets:1: name (capital letters do not count) pets:1 is held on the target by API Pets:1, which stays",
        ..Case::default()
    });
}

#[test]
fn a_name_in_other_letters_is_free_when_its_holder_goes() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P",
        target: "product a:0 apis=Pets:1 doc=Z mark=gone
                 api Pets:1 doc=P mark=gone2",
        plan: "delete products a:0 takes Pets:1
               create products a:1 after delete a:0
               create apis pets:1 after create a:1",
        ..Case::default()
    });
}

#[test]
fn an_api_that_no_product_names_any_more_stays() {
    check_products(Case {
        source: "product a:1 doc=A",
        target: "product a:1 apis=pets:1 doc=B mark
                 api pets:1 doc=P mark",
        plan: "update products a:1 /document/v",
        ..Case::default()
    });
}

#[test]
fn what_the_source_does_not_list_may_be_on_the_target_all_the_same() {
    let source = "product a:1 apis=pets:1 doc=A
                  api pets:1 doc=P oauth=login
                  oauth login unlisted";
    check_products(Case {
        source,
        target: "oauth login",
        plan: "create products a:1
               create apis pets:1",
        ..Case::default()
    });
    check_products(Case {
        source,
        target: "oauth other",
        plan: "withheld create products a:1: hangs on pets:1, which is withheld
               withheld create apis pets:1: the target has no OAuth provider login",
        ..Case::default()
    });
}

#[test]
fn an_api_is_missing_as_long_as_one_that_would_carry_it_is() {
    for (first, second) in [("a:1", "b:1"), ("b:1", "a:1")] {
        check_products(Case {
            source: &format!(
                "product {first} apis=pets:1 doc=A state=staged
                 product {second} apis=pets:1 doc=B gateways=east
                 product c:1 apis=toys:1 doc=C state=staged
                 api pets:1 doc=P
                 api toys:1 doc=T"
            ),
            plan: &format!(
                "withheld create products {first}: is staged
                 unfinished withheld create products {second}: the target has no gateway service east
                 unfinished withheld create apis pets:1: hangs on a:1
                 withheld create products c:1: is staged
                 withheld create apis toys:1: hangs on c:1"
            ),
            ..Case::default()
        });
    }
}

#[test]
fn free_metadata_comes_along() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P meta.team=x",
        plan: r#"create products a:1 writes {}
                 create apis pets:1 writes {"team":"x"}"#,
        ..Case::default()
    });
}

#[test]
fn another_syncs_api_is_neither_changed_nor_published_over() {
    let target = "product a:1 apis=pets:1 doc=A mark
                  api pets:1 doc=P mark=9@elsewhere";
    let withheld = "withheld update apis pets:1: API pets:1 belongs to another sync";
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P state=offline",
        target,
        plan: withheld,
        ..Case::default()
    });
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 product b:1 apis=pets:1 doc=B
                 api pets:1 doc=Q",
        target,
        plan: &format!(
            "{}
             withheld update products a:1: hangs on pets:1
             withheld create products b:1: hangs on pets:1",
            withheld.replace(":1: API", ":1 /document/v: API")
        ),
        ..Case::default()
    });
}

#[test]
fn a_state_of_its_own_is_set_behind_what_publishes_it() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=B
                 api pets:1 doc=P",
        target: "product a:1 apis=pets:1 doc=A mark
                 api pets:1 doc=P state=offline mark",
        plan: "update products a:1 /document/v
               update apis pets:1 /state behind update a:1",
        ..Case::default()
    });
}

#[test]
fn a_deletion_that_makes_room_waits_for_nothing_that_needs_it() {
    let case = Case {
        source: "product a:1 apis=pets:1,toys:1 doc=A
                 api pets:1 doc=P
                 api toys:1 doc=T",
        target: "product a:0 apis=Pets:1,toys:1 doc=Z mark=gone
                 api Pets:1 doc=P mark=gone2
                 api toys:1 doc=T mark",
        settings: "SyncProductsAndAPIs=true",
        plan: "delete products a:0
               create products a:1 after delete a:0
               create apis pets:1 after create a:1",
        ..Case::default()
    };
    let (policy, _) = settings::wishes(case.settings);
    let talk = Talk(&format!("{} behind", case.plan));
    assert_lines("plan", &talk.lines(&Run::of(&case, policy).plan), case.plan);
}
