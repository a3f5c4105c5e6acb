//! The contract of the port: what every platform's `Reader` and `Writer` keep, whatever their servers do (architecture.md,
//! "The port"). The suites in [`reading`] and [`writing`] know no platform; one joins by a file of its own here that says how
//! to make its worlds and how to make things go wrong in them, and by its lines in [`suites`].

mod api_connect;
mod places;
mod reading;
mod snapshot;
mod suites;
mod world;
mod writing;
