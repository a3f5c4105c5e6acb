//! Core types that hold secrets cannot be printed: no `Display`, no `Serialize`, and a `Debug` that hides them.

use std::fmt::{Debug, Display};

use apic_configsync::{
    config::{Config, Environment, FlagValues, Identity, LoginSettings, Settings, Side},
    engine::model::{File, Files, Secret},
    http::{Chunks, ClientIdentity, LoginRequest, Payload, SocketOptions, Sockets, Token, Write},
    platform,
    sandbox::InProcess,
};
use secrecy::{SecretSlice, SecretString};
use serde::Serialize;

use crate::config::{config, environment};

/// Does not compile when a type has a trait: the name `some_item` would then be ambiguous.
macro_rules! lack {
    ($trait:path: $($type:ty),+ $(,)?) => { $( const _: fn() = || {
        trait AmbiguousIfImplemented<A> {
            fn some_item() {}
        }
        impl<T: ?Sized> AmbiguousIfImplemented<()> for T {}
        struct HasIt;
        impl<T: ?Sized + $trait> AmbiguousIfImplemented<HasIt> for T {}
        let _ = <$type as AmbiguousIfImplemented<_>>::some_item;
    }; )+ };
}

lack!(Display: Secret, SecretString, SecretSlice<u8>, Token, LoginRequest, Payload, Chunks, Write<'static>);
lack!(Display: ClientIdentity, SocketOptions, Sockets, Environment, FlagValues, Config, Settings, LoginSettings, Identity);
lack!(Display: File, Files, platform::Carriers);
lack!(Serialize: Secret, SecretString, SecretSlice<u8>, Token, LoginRequest, Payload, Chunks, Write<'static>);
lack!(Serialize: ClientIdentity, SocketOptions, Sockets, Environment, FlagValues, Config, Settings, Side, LoginSettings, Identity);
lack!(Serialize: platform::Carriers);
// What carries documents, tokens or whole worlds has no `Debug` either.
lack!(Debug: platform::Carriers, InProcess);

const HUSH: &str = "hush-hush";

#[track_caller]
fn assert_hidden(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!text.contains(HUSH), "{text}");
    }
}

#[test]
fn a_secret_is_three_stars() {
    assert_eq!(format!("{:?}", Secret::from(HUSH.to_owned())), "***");
}

#[test]
fn what_logs_in_shows_no_secret() {
    assert_hidden(&Token { value: HUSH.into(), lifetime: None });
    assert_hidden(&LoginRequest { path: "/token".into(), body: HUSH.into(), hint: String::new() });
    assert_hidden(&ClientIdentity { certificates: Vec::new(), key: HUSH.into() });
    assert_hidden(&LoginSettings::ApiKey(HUSH.into()));
}

#[test]
fn what_travels_shows_no_content() {
    let payload = Payload::json(&[HUSH]).unwrap();
    assert_hidden(&payload);
    assert_hidden(&Chunks::from(bytes::Bytes::from_static(HUSH.as_bytes())));
    let proxy = SecretString::from(format!("http://user:{HUSH}@proxy.test:3128"));
    let options = SocketOptions {
        https_proxy: Some(proxy.clone()),
        http_proxy: Some(proxy),
        ..crate::http_edge::socket_options()
    };
    assert_hidden(&options);
    assert_hidden(&Sockets::new(&options).unwrap());
}

#[test]
fn a_configuration_shows_no_secret() {
    let proxy = format!("http://user:{HUSH}@proxy.test:3128");
    let variables = [
        ("SOURCE_ADMIN_PASSWORD", HUSH),
        ("TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET", HUSH),
        ("HTTPS_PROXY", proxy.as_str()),
    ];
    assert_hidden(&environment(&variables));
    assert_hidden(&config(&variables));
}
