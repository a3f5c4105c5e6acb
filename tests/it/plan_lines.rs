//! Lines of plan cases, whatever table of kinds they are about: how one is read, and how those of a plan are compared.

/// A line of the notation: a word for a kind, an address, and options such as `mark=a`.
pub(crate) struct Line {
    pub(crate) word: String,
    pub(crate) path: String,
    pub(crate) options: Vec<(String, String)>,
}

impl Line {
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let option = |word: String| match word.split_once('=') {
            Some((key, value)) => (key.to_owned(), value.to_owned()),
            None => (word, String::new()),
        };
        Some(Self { word: words.next()?, path: words.next()?, options: words.map(option).collect() })
    }

    pub(crate) fn plain(word: &str, path: &str) -> Self {
        Self { word: word.into(), path: path.into(), options: Vec::new() }
    }

    pub(crate) fn option(&self, key: &str) -> Option<&str> {
        let of_key = self.options.iter().find(|(other, _)| other == key);
        of_key.map(|(_, value)| value.as_str())
    }
}

/// Each expected line is a whole line, or the start of one that gives a reason.
#[track_caller]
pub(crate) fn assert_lines(what: &str, actual: &[String], expected: &str) {
    let mut expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut actual: Vec<&str> = actual.iter().map(String::as_str).collect();
    expected.sort_unstable();
    actual.sort_unstable();
    let fits = |(actual, expected): (&&str, &&str)| {
        actual == expected || (actual.contains(": ") && expected.contains(':') && actual.starts_with(*expected))
    };
    let same = actual.len() == expected.len() && actual.iter().zip(&expected).all(fits);
    assert!(same, "{what}\n--- is\n{}\n--- expected\n{}\n", actual.join("\n"), expected.join("\n"));
}
