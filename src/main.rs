//! The binary: the only place that touches the process.

fn main() {}
