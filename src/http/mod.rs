//! The one way to a server: every request goes through here, where authentication,
//! retries, pacing and counting happen.
//!
//! [`Client`] reads, [`WriteClient`] also writes. Both speak REST with JSON over a
//! [`Transport`], and know nothing of the platform behind it but what its [`LoginMethod`] says.

mod answer;
mod auth;
mod body;
mod budget;
mod cause;
mod chunks;
mod client;
pub mod coding;
mod discretion;
mod error;
mod exchange;
mod line;
mod obstacle;
mod pace;
mod payload;
mod proxies;
mod retry;
pub mod sockets;
pub mod tls;
mod told;
pub mod transport;

pub use answer::Answer;
pub use auth::{LoginMethod, LoginRequest, Token};
pub use cause::Cause;
pub use chunks::Chunks;
pub use client::{Client, Method, Options, Write, WriteClient};
pub use error::{FailedRequest, HttpError};
pub use payload::Payload;
pub use retry::{RetryPolicy, Retryable};
pub use sockets::{SocketOptions, Sockets, Unusable};
pub use tls::ClientIdentity;
pub use transport::{Transport, TransportError};
