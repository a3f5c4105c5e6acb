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
mod connect_error;
mod error;
mod exchange;
mod pace;
mod payload;
mod proxies;
mod request_secrets;
mod retry;
mod server_state;
mod server_time;
pub mod sockets;
pub mod tls;
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
