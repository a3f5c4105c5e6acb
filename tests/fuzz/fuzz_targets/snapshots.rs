#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| apic_configsync_fuzz::fuzz("snapshots", input));
