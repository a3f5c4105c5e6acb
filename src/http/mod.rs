//! The one way to a server: every request goes through here, where authentication,
//! retries, pacing and counting happen.

pub mod transport;
