//! Servers, or whoever stands before them, that answer with too much of everything: size, depth, pages, codings, headers.
//! Each run has little memory, ends, and deletes nothing.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use apic_configsync::sandbox::{Effect, Fault, seed};
use serde_json::{Value, json};

use super::{
    excess::{ALTERATIONS, Alteration, body, gzip, with, zlib},
    pair::{Pair, size},
    program::Ended,
};

/// Half a gigabyte of memory that can be written to.
const LITTLE_MEMORY: &str = "ulimit -d 524288; exec \"$@\"";

/// A run against a source that answers such a request so.
fn run(path: &str, alter: Alteration) -> Ended {
    let pair = Pair::of(seed::large_synced(size(2))).with("RUN_DEADLINE", "100").with("LOG_LEVEL", "warn");
    let effect = Effect::alter(move |_, answer| alter(answer));
    pair.source().faults.add(Fault::on("*", path, effect));
    let ended = pair.run_as(&["sync"], |program, variables| program.with(variables).within(LITTLE_MEMORY));
    let deletes = pair.target().requests().iter().filter(|it| it.method == "DELETE").count();
    assert_eq!(deletes, 0);
    ended
}

#[test]
fn a_list_of_too_much_is_a_gap() {
    for (name, alter) in ALTERATIONS {
        let ended = run("/apps?", *alter);
        assert_eq!(ended.code, Some(3), "{name}: {}{}", ended.stdout, ended.stderr);
        assert_ne!(ended.gaps(), 0, "{name}: {}", ended.stdout);
    }
}

#[test]
fn a_login_of_too_much_ends_the_run_before_it_begins() {
    for (name, alter) in ALTERATIONS.iter().skip(3).filter(|(name, _)| *name != "depth") {
        let ended = run("/token", *alter);
        assert_eq!(ended.code, Some(6), "{name}: {}{}", ended.stdout, ended.stderr);
    }
}

type Packing = fn(&[u8]) -> Vec<u8>;

/// Packs every answer, as a proxy does that was not asked.
fn packing(pair: &Pair, coding: &'static str, pack: Packing) {
    for mut side in [pair.source(), pair.target()] {
        let effect = Effect::alter(move |_, answer| {
            let packed = pack(answer.body());
            with(body(answer, packed), "content-encoding", coding)
        });
        side.faults.add(Fault::on("*", "", effect));
    }
}

/// `br` without any compression: stored blocks.
fn brotli(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let (mut bits, mut count) = (0_u64, 1);
    for block in content.chunks(1 << 16) {
        bits |= ((block.len() as u64 - 1) << 3 | 1 << 19) << count;
        packed.extend(&bits.to_le_bytes()[..(count + 20_usize).div_ceil(8)]);
        packed.extend(block);
        (bits, count) = (0, 0);
    }
    packed.push(if count == 0 { 3 } else { 6 });
    packed
}

fn zstd(content: &[u8]) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    compress_to_vec(content, CompressionLevel::Fastest)
}

#[test]
fn a_proxy_that_compresses_unasked_goes_unnoticed() {
    let codings: [(&str, Packing); 4] = [("gzip", gzip), ("deflate", zlib), ("br", brotli), ("zstd", zstd)];
    for (coding, pack) in codings {
        let pair = Pair::of(seed::small()).with("SyncProductsAndAPIs", "true");
        packing(&pair, coding, pack);
        pair.run(&["check"]).exits(0);
        pair.run(&["sync"]).exits(0).with_outcome("applied");
        pair.run(&["sync"]).exits(0).with_outcome("in_sync");
    }
}

#[test]
fn a_coding_that_nobody_knows_is_named_with_the_proxy() {
    let pair = Pair::first_sync();
    packing(&pair, "compress", <[u8]>::to_vec);
    let ended = pair.run(&["check"]).exits(6);
    ended.says(&["`Content-Encoding: compress`", "proxy"]);
}

/// Compressed, and nobody says so.
#[test]
fn a_token_that_cannot_be_read_is_told_as_what_it_is() {
    let pair = Pair::first_sync();
    let silent = Effect::alter(|_, answer| {
        let packed = gzip(answer.body());
        body(answer, packed)
    });
    pair.source().faults.add(Fault::on("*", "", silent));
    pair.run(&["check"]).exits(6).says(&["compressed", "`Content-Encoding`"]);
}

#[test]
fn a_token_may_say_how_long_it_lives_as_it_likes() {
    let lifetimes = [
        json!("28800"),
        json!(28800.0),
        json!(28800.5),
        json!(0),
        json!(-1),
        json!(null),
        json!(1e18),
        json!("soon"),
        json!([1]),
    ];
    for lifetime in lifetimes {
        let pair = Pair::first_sync();
        let said = lifetime.clone();
        let effect = Effect::alter(move |_, answer| {
            let mut token: Value = serde_json::from_slice(answer.body()).unwrap();
            token["expires_in"] = said.clone();
            body(answer, token.to_string())
        });
        pair.source().faults.add(Fault::on("POST", "/token", effect));
        pair.run(&["plan"]).exits(0);
        let source = pair.source();
        let logins = source.requests().iter().filter(|it| it.path.ends_with("/token")).count();
        assert!(logins <= 3, "{lifetime}: {logins} logins");
    }
}

#[test]
fn a_secret_whose_line_end_is_not_dropped_is_explained_where_it_is_refused() {
    let with_ends = |ends: &'static str| {
        Pair::first_sync().run_edited(&["check"], |variables| {
            variables.get_mut("SOURCE_ADMIN_PASSWORD").unwrap().push_str(ends);
        })
    };
    with_ends("\n").exits(0);
    with_ends("\n\n").exits(6).says(&["answered 401", "SOURCE_ADMIN_PASSWORD ends with a line end"]);
}

/// Counts who comes.
fn elsewhere() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let visitors = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&visitors);
    thread::spawn(move || {
        for _ in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, visitors)
}

#[test]
fn no_redirect_is_followed_to_another_host() {
    for status in [302, 307, 308] {
        for path in ["/token", "/apps?", "/consumer-orgs"] {
            let (address, visitors) = elsewhere();
            let pair = Pair::first_sync();
            let effect = Effect::alter(move |request, answer| {
                let mut away = with(answer, "location", &format!("http://{address}{}", request.uri()));
                *away.status_mut() = http::StatusCode::from_u16(status).unwrap();
                away
            });
            for mut side in [pair.source(), pair.target()] {
                side.faults.add(Fault::on("*", path, effect.clone()));
            }
            let ended = pair.run(&["sync"]).says(&["which is not followed"]);
            assert!(matches!(ended.code, Some(3 | 6)), "{}", ended.stdout);
            assert_eq!(visitors.load(Ordering::SeqCst), 0, "{status} {path}");
        }
    }
}

/// The addresses in answers are read for what they name, not for where it is.
#[test]
fn no_address_in_an_answer_leads_to_another_host() {
    let (address, visitors) = elsewhere();
    let pair = Pair::of(seed::small()).with("SyncProductsAndAPIs", "true");
    for mut side in [pair.source(), pair.target()] {
        let address = address.clone();
        let effect = Effect::alter(move |request, answer| {
            let here = request.headers()["host"].to_str().unwrap();
            let text = String::from_utf8_lossy(answer.body()).replace(here, &address);
            body(answer, text)
        });
        side.faults.add(Fault::on("*", "", effect));
    }
    pair.run(&["sync"]).exits(0).with_outcome("applied");
    pair.run(&["sync"]).exits(0).with_outcome("in_sync");
    assert_eq!(visitors.load(Ordering::SeqCst), 0);
}
