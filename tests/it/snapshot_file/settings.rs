//! Keys as people give them.

use std::fs;

use apic_configsync::platform::snapshot::file::{Encryption, Identities, KeyError, Keys, Passphrase, Recipients};

use crate::snapshot_file::made::{IDENTITY, RECIPIENT, keys, origin, read, records, refused, written};

#[test]
fn recipients_stand_in_the_setting_or_in_a_file() {
    let other = age::x25519::Identity::generate();
    let public = other.to_public().to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipients.txt");
    fs::write(&path, format!("# operations\n{RECIPIENT}\n\n  # audit\r\n{public}\r\n")).unwrap();
    let mine = Keys { identities: Identities::from_text(&other.to_string()).ok(), passphrase: None };
    for setting in [format!("{RECIPIENT}, {public}"), path.to_str().unwrap().to_owned()] {
        let recipients = Recipients::from_setting(&setting).unwrap();
        assert_eq!(format!("{recipients:?}"), format!("[{RECIPIENT:?}, {public:?}]"));
        let file = written(origin(), records(), &Encryption::Recipients(recipients));
        assert_eq!(read(&file, &mine).unwrap(), read(&file, &keys()).unwrap());
    }
    let file = written(origin(), records(), &Encryption::Recipients(Recipients::from_setting(RECIPIENT).unwrap()));
    refused(&file, &mine);
}

#[test]
fn what_is_no_public_key_is_named_by_its_place_and_not_by_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &str| {
        let path = folder.path().join("keys");
        fs::write(&path, text).unwrap();
        Recipients::from_setting(path.to_str().unwrap()).unwrap_err()
    };
    assert!(matches!(file("# none\n\n"), KeyError::Empty));
    assert!(matches!(file(&format!("{RECIPIENT}\nssh-ed25519 AAAA\n")), KeyError::NoPublicKey(2)));
    let error = file(&format!("\n{IDENTITY}\n"));
    assert!(matches!(error, KeyError::PrivateKey(2)) && !error.to_string().contains(&IDENTITY[16..]), "{error}");
    assert!(matches!(file(&format!("{RECIPIENT}\n").repeat(257)), KeyError::TooMany(257)));
    assert!(matches!(Recipients::from_setting("age1abc"), Err(KeyError::NoPublicKey(1))));
    assert!(matches!(Recipients::from_setting(&format!("{RECIPIENT},")), Err(KeyError::NoPublicKey(2))));
    assert!(matches!(Recipients::from_setting("/no/such/file"), Err(KeyError::Unreadable(_))));
    assert!(matches!(file(&"#\n".repeat(1 << 20)), KeyError::Unreadable(_)));
    let path = folder.path().to_str().unwrap();
    assert!(matches!(Recipients::from_setting(path), Err(KeyError::Unreadable(_))));
}

#[test]
fn as_many_recipients_as_are_taken_can_be_read_again() {
    let recipients = Recipients::from_setting(&[RECIPIENT; 256].join(",")).unwrap();
    let file = written(origin(), records(), &Encryption::Recipients(recipients));
    assert!(read(&file, &keys()).is_ok());
}

#[test]
fn what_is_no_identity_is_named_by_its_line_and_not_by_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity");
    fs::write(&path, format!("# created: today\n# public key: {RECIPIENT}\n{IDENTITY}\n")).unwrap();
    assert!(Identities::from_file(&path).is_ok());
    for (text, line) in [(format!("{IDENTITY}\nhush"), 2), (RECIPIENT.to_owned(), 1)] {
        let error = Identities::from_text(&text.into()).unwrap_err();
        assert!(matches!(error, KeyError::NoIdentity(it) if it == line));
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    assert!(matches!(Identities::from_text(&"# none".to_owned().into()), Err(KeyError::Empty)));
    assert!(matches!(Passphrase::new(String::new().into()), Err(KeyError::Empty)));
}
