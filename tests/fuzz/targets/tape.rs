//! Choices and texts read from the bytes of an input.

/// What is left of an input. At its end every choice is 0 and every text is empty.
pub(super) struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u8) -> usize {
        usize::from(self.byte() % sides)
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// The bytes up to the next line feed.
    pub(super) fn line(&mut self) -> &'a [u8] {
        let mut halves = self.0.splitn(2, |byte| *byte == b'\n');
        let line = halves.next().unwrap_or_default();
        self.0 = halves.next().unwrap_or_default();
        line
    }

    /// The next line as text, whatever is no UTF-8 replaced.
    pub(super) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.line()).into_owned()
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}
