//! Servers that are limited, slow or noisy, and many requests to them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::time::Duration;

use apic_configsync::{
    http::{Chunks, Client, LoginMethod, LoginRequest, Options, RetryPolicy, Token, Transport, TransportError},
    sandbox::RateLimit,
};
use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use tokio::time::{Instant, sleep};

/// How it went.
pub(super) struct Served {
    pub(super) took: Duration,
    pub(super) failed: usize,
    pub(super) most_in_flight: usize,
    pub(super) mean_in_flight: f64,
    pub(super) admitted: u64,
    pub(super) refused: u64,
}

impl Served {
    pub(super) fn per_second(&self) -> f64 {
        f64::from(u32::try_from(self.admitted).unwrap()) / self.took.as_secs_f64()
    }

    pub(super) fn refused_share(&self) -> f64 {
        let [admitted, refused] = [self.admitted, self.refused].map(|count| f64::from(u32::try_from(count).unwrap()));
        refused / (admitted + refused)
    }
}

type Latency = Box<dyn Fn(u64) -> Duration + Send + Sync>;

/// A server of which only the pace matters: what it answers is of no interest.
pub(super) struct Server {
    latency: Latency,
    limit: Option<Mutex<RateLimit>>,
    /// A change of the limit after so many requests.
    change: Option<(u64, u32)>,
    single: Option<tokio::sync::Mutex<()>>,
    number: AtomicU64,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    busy: Mutex<Duration>,
}

/// Without any limit; the latency depends on the request's number.
pub(super) fn healthy(latency: impl Fn(u64) -> Duration + Send + Sync + 'static) -> Server {
    Server {
        latency: Box::new(latency),
        limit: None,
        change: None,
        single: None,
        number: AtomicU64::new(0),
        in_flight: AtomicUsize::new(0),
        most_in_flight: AtomicUsize::new(0),
        busy: Mutex::default(),
    }
}

/// It works on one request after the other, for so long.
pub(super) fn one_at_a_time(work: Duration) -> Server {
    Server { single: Some(tokio::sync::Mutex::default()), ..healthy(move |_| work) }
}

/// It takes so many requests per second.
pub(super) fn limited(latency: Duration, limit: RateLimit) -> Server {
    Server { limit: Some(Mutex::new(limit)), ..healthy(move |_| latency) }
}

impl Server {
    /// Another limit once so many requests have come.
    pub(super) fn changing(mut self, after: u64, per_second: u32) -> Self {
        self.change = Some((after, per_second));
        self
    }

    /// Sends so many reads, as many at once as the client allows.
    pub(super) async fn serve(self, requests: usize) -> Served {
        let server = Arc::new(self);
        let client = Client::new(options(), Arc::clone(&server) as Arc<dyn Transport>, Arc::new(Anybody));
        client.login().await.unwrap();
        server.most_in_flight.store(0, Ordering::SeqCst);
        let began = Instant::now();
        let reads = (0..requests).map(|_| client.get("/apps", &[]));
        let failed = join_all(reads).await.iter().filter(|it| it.is_err()).count();
        let took = began.elapsed();
        let limit = server.limit.as_ref().map(|limit| limit.lock().unwrap().clone());
        Served {
            took,
            failed,
            most_in_flight: server.most_in_flight.load(Ordering::SeqCst),
            mean_in_flight: server.busy.lock().unwrap().as_secs_f64() / took.as_secs_f64(),
            admitted: limit.as_ref().map_or(0, RateLimit::admitted),
            refused: limit.as_ref().map_or(0, RateLimit::refused),
        }
    }

    fn admits(&self, number: u64) -> bool {
        let Some(limit) = &self.limit else {
            return true;
        };
        let mut limit = limit.lock().unwrap();
        if let Some((_, per_second)) = self.change.filter(|(after, _)| *after == number) {
            limit.per_second = per_second;
        }
        limit.admits(Instant::now())
    }

    fn refusal(&self) -> http::Response<Bytes> {
        let limit = self.limit.as_ref().unwrap().lock().unwrap();
        let mut response = http::Response::builder().status(429);
        if let Some(seconds) = limit.retry_after() {
            response = response.header("retry-after", seconds);
        }
        response.body(Bytes::new()).unwrap()
    }
}

fn options() -> Options {
    Options {
        says_duplicate: |message| message.to_lowercase().contains("already exists"),
        side: "source",
        base: "https://host.example/api".parse().unwrap(),
        timeout: Duration::from_secs(240),
        reads: 16,
        writes: 8,
        retry: RetryPolicy::default(),
    }
}

impl Transport for Server {
    fn send(
        &self,
        _: http::Request<Chunks>,
        _: Duration,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        async move {
            let began = Instant::now();
            let number = self.number.fetch_add(1, Ordering::SeqCst);
            let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_in_flight.fetch_max(in_flight, Ordering::SeqCst);
            let admitted = self.admits(number);
            {
                let _turn = match &self.single {
                    Some(single) => Some(single.lock().await),
                    None => None,
                };
                sleep((self.latency)(number)).await;
            }
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
            *self.busy.lock().unwrap() += began.elapsed();
            Ok(if admitted {
                http::Response::new(Bytes::from_static(br#"{"access_token":"t"}"#))
            } else {
                self.refusal()
            })
        }
        .boxed()
    }
}

struct Anybody;

impl LoginMethod for Anybody {
    fn request(&self) -> LoginRequest {
        LoginRequest { path: "/token".to_owned(), body: "{}".into(), hint: String::new() }
    }

    fn token(&self, _: &[u8]) -> Result<Token, String> {
        Ok(Token { value: "t".into(), lifetime: None })
    }
}
