//! Hints and clocks.
