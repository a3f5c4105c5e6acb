//! What listens at the address is no API management server, or cannot be reached the way that is set.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
};

use super::{pair::Pair, program::Ended};

/// Runs a first sync whose source is at that address.
fn run_against(server: &str, settings: &[(&str, &str)]) -> Ended {
    let mut pair = Pair::first_sync().with("SOURCE_MGMT_SERVER", server);
    for (name, value) in settings {
        pair = pair.with(name, value);
    }
    let ended = pair.run(&["sync"]);
    assert_eq!(pair.writes(), 0);
    ended.exits(6).with_outcome("preflight_failed")
}

/// Gives whoever connects these bytes, whatever he asks; the host and port of it.
fn listening(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that goes away in the middle is the next one's gain.
            let _ = stream.and_then(|stream| give(stream, answer));
        }
    });
    address
}

/// Reads to the end afterwards: a socket that is closed with bytes unread resets the connection.
fn give(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    let _ = stream.read(&mut [0; 4096])?;
    stream.write_all(answer)?;
    stream.shutdown(Shutdown::Write)?;
    io::copy(&mut stream, &mut io::sink()).map(|_| ())
}

#[test]
fn half_a_token_is_no_token_and_is_not_shown() {
    let half =
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 33\r\n\r\n{\"access_token\": \"half-of-a-token";
    let ended = run_against(&format!("http://{}/api", listening(half)), &[]);
    assert!(!format!("{}{}{}", ended.stdout, ended.stderr, ended.report).contains("half-of-a-token"));
    ended.says(&["answered 200 without a usable token", "SOURCE_MGMT_SERVER"]);
}

#[test]
fn a_redirect_is_told_without_what_its_query_carries() {
    let away = b"HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\nlocation: https://sso.example.com/login?state=of-the-session\r\n\r\n";
    let ended = run_against(&format!("http://{}/api", listening(away)), &[]);
    assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("of-the-session"));
    ended.says(&["answered 302, a redirect to sso.example.com/login", "check SOURCE_MGMT_SERVER"]);
}

#[test]
fn another_protocol_is_a_failed_connection() {
    let ssh = listening(b"SSH-2.0-OpenSSH_9.6\r\n");
    run_against(&format!("http://{ssh}/api"), &[]).says(&["source: POST /api/token failed", "5 attempts"]);
    let plain = listening(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    run_against(&format!("https://{plain}/api"), &[]).says(&["source: POST /api/token failed", "TLS"]);
}

#[test]
fn a_server_that_never_answers_runs_into_the_timeout() {
    // Connections are made by the kernel, and nobody ever takes them up.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}/api", silent.local_addr().unwrap());
    let ended = run_against(&server, &[("HTTP_CLIENT_TIMEOUT", "1")]);
    ended.says(&["source: POST /api/token failed", "5 attempts"]);
}

#[test]
fn the_password_of_a_proxy_is_not_shown() {
    let proxy = "http://user:word-of-the-proxy@127.0.0.1:1";
    for server in ["http://platform.invalid/api", "https://platform.invalid/api"] {
        let ended = run_against(server, &[("HTTP_PROXY", proxy), ("HTTPS_PROXY", proxy), ("ALLOW_PLAIN_HTTP", "true")]);
        assert!(!format!("{}{}{}", ended.stdout, ended.stderr, ended.report).contains("word-of-the-proxy"));
    }
}
