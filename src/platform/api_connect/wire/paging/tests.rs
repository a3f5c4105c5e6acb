//! Servers whose lists do not end, and what they cost. The bounds are smaller here than in the program.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};

use crate::{
    http::{Chunks, LoginMethod, LoginRequest, Options, RetryPolicy, Token, Transport, TransportError},
    platform::api_connect::wire::paging::*,
};

/// Answers a page by its offset and limit.
struct Server<F> {
    page: F,
    asked: AtomicUsize,
}

impl<F: Fn(usize, usize) -> Value + Send + Sync> Transport for Server<F> {
    fn send(
        &self,
        request: ::http::Request<Chunks>,
        _: Duration,
    ) -> BoxFuture<'_, Result<::http::Response<Bytes>, TransportError>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let of = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map_or(0, |(_, value)| value.parse().unwrap())
        };
        self.asked.fetch_add(1, Ordering::Relaxed);
        let page = (self.page)(of("offset"), of("limit")).to_string();
        async move { Ok(::http::Response::new(Bytes::from(page))) }.boxed()
    }
}

struct NoLogin;

impl LoginMethod for NoLogin {
    fn request(&self) -> LoginRequest {
        LoginRequest { path: "/token".into(), body: String::new().into(), hint: String::new() }
    }

    fn token(&self, _: &[u8]) -> Result<Token, String> {
        Ok(Token { value: "t".into(), lifetime: None })
    }
}

fn client(server: Arc<dyn Transport>) -> Client {
    let options = Options {
        says_duplicate: |message| message.to_lowercase().contains("already exists"),
        side: "source",
        base: "https://host.test/api".parse().unwrap(),
        timeout: Duration::from_secs(30),
        reads: 16,
        writes: 1,
        retry: RetryPolicy::instant(),
    };
    Client::new(options, server, Arc::new(NoLogin))
}

/// The list that such a server gives, and how many pages were asked for.
async fn list(rows: usize, page: impl Fn(usize, usize) -> Value + Send + Sync + 'static) -> (Pages, usize) {
    let server = Arc::new(Server { page, asked: AtomicUsize::new(0) });
    let client = client(server.clone());
    client.login().await.unwrap();
    server.asked.store(0, Ordering::Relaxed);
    let pages = read_all(&client, "/apps", &[], &PageSize::of(rows)).await.unwrap();
    (pages, server.asked.load(Ordering::Relaxed))
}

fn rows(from: usize, number: usize) -> Vec<Value> {
    (from..from + number).map(|row| json!({"id": row.to_string()})).collect()
}

#[track_caller]
fn assert_endless(pages: &Pages) {
    let doubt = pages.doubt.as_deref().unwrap_or_default();
    assert!(doubt.contains("it does not end"), "{doubt:?}");
    assert!(pages.objects.is_empty());
}

#[tokio::test]
async fn pages_without_end_end() {
    let (pages, asked) = list(100, |offset, limit| json!({"results": rows(offset, limit)})).await;
    assert_endless(&pages);
    assert_eq!(asked, MOST_ROWS / 100 + 1);
    let (pages, asked) = list(100, |offset, _| json!({"results": rows(offset, 1)})).await;
    assert_endless(&pages);
    assert_eq!(asked, MOST_PAGES + 1);
}

#[tokio::test]
async fn a_total_without_end_ends_too() {
    for total in [json!(u64::MAX), json!(1_000_000_000)] {
        let told = total.clone();
        let (pages, asked) =
            list(100, move |offset, limit| json!({"total_results": told, "results": rows(offset, limit)})).await;
        assert_endless(&pages);
        assert!(asked < MOST_ROWS / 100 + 2 * IN_FLIGHT, "{total}: {asked}");
    }
}

#[tokio::test]
async fn the_first_page_again_and_again_is_no_list_without_end() {
    let (pages, asked) = list(10, |_, limit| json!({"results": rows(0, limit)})).await;
    assert_eq!((pages.objects.len(), asked), (10, 2));
    let (pages, asked) = list(10, |_, limit| json!({"results": vec![json!({}); limit]})).await;
    assert!(pages.doubt.is_some());
    assert_eq!((pages.objects.len(), asked), (1, 2 * READINGS));
}

/// A list that is as long as may be is no list without end.
#[tokio::test]
async fn a_long_list_is_whole() {
    let (pages, _) = list(100, |offset, limit| {
        let rows = rows(offset, limit.min(MOST_ROWS - offset));
        json!({"total_results": rows.len(), "results": rows})
    })
    .await;
    assert_eq!((pages.objects.len(), pages.doubt), (MOST_ROWS, None));
}

/// A row that makes no sense is told in few words, however long it is.
#[test]
fn little_is_kept_of_a_row_that_makes_no_sense() {
    let row: Object = serde_json::from_value(json!({"id": "a".repeat(1_000_000)})).unwrap();
    let kept = unusable(&row, &row.lacks("name"));
    assert_eq!(kept.id, None);
    assert!(kept.lack.len() < 1_000, "{}", kept.lack.len());
}
