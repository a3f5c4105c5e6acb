//! The file of a snapshot from outside: what comes back, what is refused, and what never shows.

mod bad_files;
mod fuzz;
pub(crate) mod made;
mod places;
mod round_trips;
mod secrecy;
mod settings;
