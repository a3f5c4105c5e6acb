//! The suites, once for each platform.

use super::{api_connect, snapshot};

/// What is read keeps the reading half of the contract.
macro_rules! reading {
    ($($platform:ident: $world:ty;)+) => {$(
        mod $platform {
            #[allow(unused_imports, reason = "worlds are named by paths from the parent module")]
            use super::*;
            use crate::contract::reading;

            type World = $world;

            #[tokio::test]
            async fn handles_stay() {
                reading::handles_stay::<World>().await;
            }

            #[tokio::test]
            async fn losses_are_told() {
                reading::losses_are_told::<World>().await;
            }

            #[tokio::test]
            async fn what_is_listed_is_read() {
                reading::what_is_listed_is_read::<World>().await;
            }

            #[tokio::test]
            async fn nothing_listed_is_said_to_be_gone() {
                reading::nothing_listed_is_said_to_be_gone::<World>().await;
            }

            #[tokio::test]
            async fn what_never_was_is_absent() {
                reading::what_never_was_is_absent::<World>().await;
            }

            #[tokio::test]
            async fn details_complete_what_is_listed() {
                reading::details_complete_what_is_listed::<World>().await;
            }

            #[tokio::test]
            async fn secrets_do_not_print() {
                reading::secrets_do_not_print::<World>().await;
            }
        }
    )+};
}

/// What is written keeps the writing half.
macro_rules! writing {
    ($($platform:ident: $world:ty;)+) => {$(
        mod $platform {
            #[allow(unused_imports, reason = "worlds are named by paths from the parent module")]
            use super::*;
            use crate::contract::writing;

            type World = $world;

            #[tokio::test]
            async fn what_is_made_is_there() {
                writing::what_is_made_is_there::<World>().await;
            }

            #[tokio::test]
            async fn a_creation_whose_answer_is_lost_makes_no_double() {
                writing::a_creation_whose_answer_is_lost_makes_no_double::<World>().await;
            }

            #[tokio::test]
            async fn a_change_whose_answer_is_lost_is_made_once() {
                writing::a_change_whose_answer_is_lost_is_made_once::<World>().await;
            }

            #[tokio::test]
            async fn a_removal_twice_is_no_error() {
                writing::a_removal_twice_is_no_error::<World>().await;
            }

            #[tokio::test]
            async fn what_others_changed_is_left_alone() {
                writing::what_others_changed_is_left_alone::<World>().await;
            }

            #[tokio::test]
            async fn what_others_changed_is_not_removed() {
                writing::what_others_changed_is_not_removed::<World>().await;
            }

            #[tokio::test]
            async fn steps_and_answers_print_no_secrets() {
                writing::steps_and_answers_print_no_secrets::<World>().await;
            }
        }
    )+};
}

reading! {
    of_api_connect_as_source: api_connect::ReadSide<{ api_connect::SOURCE }>;
    of_api_connect_as_target: api_connect::ReadSide<{ api_connect::TARGET }>;
    of_snapshots: snapshot::Captured;
}

writing! {
    to_api_connect: api_connect::Pair;
}
