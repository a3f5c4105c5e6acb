//! Releases: one that was read is read again from what is shown of it, and their order is one.

use apic_configsync::engine::model::Release;

use super::tape::Tape;

/// Three texts.
pub(super) fn check(input: &[u8]) {
    let mut tape = Tape::new(input);
    let texts = [tape.text(), tape.text(), tape.text()];
    let read = texts.iter().filter_map(|text| Release::parse(text));
    let releases: Vec<Release> = read.collect();
    for one in &releases {
        assert!(one.to_string().chars().count() <= 40, "{one}");
        assert!(!one.is_below(one) && one.is_of_one_modification(one));
        for other in &releases {
            assert!(!(one.is_below(other) && other.is_below(one)), "{one} {other}");
            let alike = one.is_of_one_modification(other);
            assert_eq!(alike, other.is_of_one_modification(one), "{one} {other}");
        }
    }
}
