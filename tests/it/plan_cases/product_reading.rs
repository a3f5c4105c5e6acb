//! Documents are read when a hint does not vouch for them, and what was not read is not compared.

use super::{Case, check_products, hints::check_wanted};

const SETTINGS: &str = "SyncProductsAndAPIs=true";
const SOURCE: &str = "product shop:1 apis=pets:1,toys:1 digest=s
    api pets:1 digest=p
    api toys:1 digest=t";

/// What both sides' states come to, as the model puts them together.
fn joined(product: &str, pets: &str, toys: &str) -> String {
    use apic_configsync::{engine::model::Side, platform::api_connect::PRODUCTS};
    let text = SOURCE
        .replace("digest=s", &format!("digest={product}"))
        .replace("digest=p", &format!("digest={pets}"))
        .replace("digest=t", &format!("digest={toys}"));
    let inventory = super::notation::Catalog::read(Side::Source, &text).inventory();
    let product = &inventory.kind(PRODUCTS)[0];
    product.state.clone().unwrap().into()
}

fn copy(hint: &str) -> String {
    format!(
        "product shop:1 apis=pets:1,toys:1 hint={hint} mark
         api pets:1 mark
         api toys:1 mark"
    )
}

const ALL: &str = "pets:1 toys:1 shop:1";

#[test]
fn what_a_hint_vouches_for_is_not_read() {
    let hint = joined("s", "p", "t");
    check_wanted(SOURCE, &copy(&hint), SETTINGS, ("", ""));
    check_products(Case {
        source: SOURCE,
        target: &copy(&hint),
        plan: "count products unchanged=1
               count apis unchanged=2",
        ..Case::default()
    });
}

#[test]
fn a_hint_of_another_state_of_any_of_them_is_none() {
    for hint in [joined("x", "p", "t"), joined("s", "x", "t"), joined("s", "p", "x")] {
        check_wanted(SOURCE, &copy(&hint), SETTINGS, (ALL, ALL));
    }
    check_wanted(SOURCE, &copy("").replace("hint=", ""), SETTINGS, (ALL, ALL));
}

#[test]
fn a_hint_for_states_of_both_sides_counts_as_long_as_both_last() {
    let digests = |text: &str| {
        text.replace("hint", "digest=u hint")
            .replace("api pets:1", "api pets:1 digest=q")
            .replace("api toys:1", "api toys:1 digest=v")
    };
    let hint = format!("{}.{}", joined("s", "p", "t"), joined("u", "q", "v"));
    check_wanted(SOURCE, &digests(&copy(&hint)), SETTINGS, ("", ""));
    let hint = format!("{}.{}", joined("s", "p", "t"), joined("u", "x", "v"));
    check_wanted(SOURCE, &digests(&copy(&hint)), SETTINGS, (ALL, ALL));
}

#[test]
fn a_state_that_is_not_known_vouches_for_nothing() {
    let source = SOURCE.replace(" digest=t", "");
    let hint = joined("s", "p", "t");
    check_wanted(&source, &copy(&hint), SETTINGS, (ALL, ALL));
}

#[test]
fn a_deep_comparison_trusts_no_hint() {
    let hint = joined("s", "p", "t");
    let settings = format!("{SETTINGS} DEEP_COMPARE=true");
    check_wanted(SOURCE, &copy(&hint), &settings, (ALL, ALL));
}

#[test]
fn a_new_product_is_read_on_the_source_with_all_its_apis() {
    check_wanted(SOURCE, "api pets:1", SETTINGS, (ALL, ""));
}

#[test]
fn what_was_read_already_is_not_read_again() {
    let source = SOURCE.replace("digest=p", "doc=P");
    check_wanted(&source, &copy("x"), SETTINGS, ("toys:1 shop:1", ALL));
}

#[test]
fn what_stays_at_home_or_out_of_scope_is_not_read() {
    let staged = SOURCE.replace("digest=s", "digest=s state=staged");
    check_wanted(&staged, &copy("x"), SETTINGS, ("", ""));
    let retired = SOURCE.replace("digest=s", "digest=s state=retired");
    check_wanted(&retired, &copy("x"), SETTINGS, ("", ""));
    let excluded = format!("{SETTINGS} EXCLUDE_PRODUCTS=shop:*");
    check_wanted(SOURCE, &copy("x"), &excluded, ("", ""));
    check_wanted(SOURCE, &copy("x"), "", ("", ""));
}

#[test]
fn what_was_not_read_is_not_compared() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=B title=new
                 api pets:1 doc=Q",
        target: "product a:1 apis=pets:1 title=old mark
                 api pets:1 mark",
        plan: "update products a:1 /title
               count apis unchanged=1",
        ..Case::default()
    });
}

#[test]
fn what_a_hint_vouches_for_leaves_a_shared_api_to_others() {
    check_products(Case {
        source: "product a:1 apis=pets:1 digest=s
                 product b:1 apis=pets:1 doc=B digest=s
                 api pets:1 doc=P digest=p",
        target: "product a:1 apis=pets:1 mark
                 product b:1 apis=pets:1 doc=C mark
                 api pets:1 doc=Q mark",
        plan: "update products b:1 /document/v /apis/pets:1
               update apis pets:1 /document/v after update b:1
               count products unchanged=1",
        ..Case::default()
    });
}

#[test]
fn a_document_that_could_not_be_read_withholds_what_it_belongs_to() {
    check_products(Case {
        source: "product a:1 apis=pets:1
                 product b:1 doc=B
                 api pets:1 doc=P
                 gap products a:1",
        plan: "create products b:1
               withheld create products a:1: the source list of products is incomplete
               withheld create apis pets:1: hangs on a:1",
        ..Case::default()
    });
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 product b:1 apis=pets:1 doc=B title=new
                 api pets:1
                 gap apis pets:1",
        target: "product b:1 apis=pets:1 doc=B title=old mark
                 api pets:1 doc=P mark",
        plan: "withheld create products a:1: hangs on pets:1
               withheld update products b:1 /title: hangs on pets:1
               withheld update apis pets:1: the source list of apis is incomplete",
        ..Case::default()
    });
}

#[test]
fn a_hint_that_no_longer_holds_is_noted_anew() {
    let (old, new) = (joined("x", "p", "t"), joined("s", "p", "t"));
    let read = |text: &str| {
        text.replace("product shop:1", "product shop:1 doc=A")
            .replace("api pets:1", "api pets:1 doc=P")
            .replace("api toys:1", "api toys:1 doc=T")
    };
    check_products(Case {
        source: &read(SOURCE),
        target: &read(&copy(&old)),
        plan: &format!("update products shop:1 /metadata/source_hint {old}->{new}"),
        ..Case::default()
    });
}

#[test]
fn a_hint_is_noted_when_a_product_is_made_and_when_it_changes() {
    let source = "product a:1 apis=pets:1 doc=B digest=s
                  api pets:1 doc=P digest=p";
    check_products(Case {
        source,
        plan: "create products a:1
               create apis pets:1",
        ..Case::default()
    });
    check_products(Case {
        source,
        target: "product a:1 apis=pets:1 doc=A digest=u mark
                 api pets:1 doc=P digest=q mark",
        plan: "update products a:1 /document/v marked a:1@prod",
        ..Case::default()
    });
}

#[test]
fn a_hint_is_not_noted_while_one_of_the_apis_is_not_read() {
    let (old, new) = (joined("x", "p", "t"), joined("s", "p", "t"));
    assert_ne!(old, new);
    let read =
        |text: &str| text.replace("product shop:1", "product shop:1 doc=A").replace("api pets:1", "api pets:1 doc=P");
    check_products(Case { source: &read(SOURCE), target: &read(&copy(&old)), plan: "", ..Case::default() });
}

#[test]
fn on_apis_nothing_is_noted() {
    check_products(Case {
        source: "product a:1 apis=pets:1 doc=A
                 api pets:1 doc=P digest=p",
        target: "product a:1 apis=pets:1 doc=A mark
                 api pets:1 doc=P digest=q hint=x.q mark",
        plan: "",
        ..Case::default()
    });
}

const EQUAL: &str = "product shop:1 apis=pets:1 doc=A digest=s
                     api pets:1 doc=P digest=p";

#[test]
fn a_product_that_was_read_is_noted_when_it_has_settled() {
    let target = "product shop:1 apis=pets:1 doc=A mark
                  api pets:1 doc=P mark";
    check_products(Case {
        source: EQUAL,
        target,
        plan: "update products shop:1 /metadata/source_hint",
        ..Case::default()
    });
    check_products(Case { source: &EQUAL.replace("digest=p", ""), target, plan: "", ..Case::default() });
}

#[test]
fn a_state_that_is_entered_brings_its_note_along() {
    check_products(Case {
        source: &EQUAL.replace("digest=s", "digest=s state=deprecated"),
        target: "product shop:1 apis=pets:1 doc=A state=published hint=old mark
                 api pets:1 doc=P mark",
        plan: "update products shop:1 /state marked shop:1@prod",
        ..Case::default()
    });
}
