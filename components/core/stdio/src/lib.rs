//! Standard streams: a text in front of each line of what is written, and why a stream of the host failed.
#![no_std]

extern crate alloc;

mod failure;

use alloc::boxed::Box;

pub use failure::Failure;

/// Puts a text in front of each line of a stream of bytes, however the stream is cut into writes.
///
/// A line ends with `\n`. The text is put in front of its first byte, so a stream that ends with `\n` does not end
/// with the text.
#[derive(Clone, Debug)]
pub struct LinePrefix {
    prefix: Box<[u8]>,
    /// Whether the next byte is the first of its line.
    at_line_start: bool,
}

impl LinePrefix {
    /// For a stream that has not begun.
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.as_bytes().into(),
            at_line_start: true,
        }
    }

    /// How many bytes of the stream become at most `length` with the text in it, whatever they are; at least one.
    pub fn most(&self, length: usize) -> usize {
        // Of lines that are empty, each byte has the text before it.
        (length / (self.prefix.len() + 1)).max(1)
    }

    /// Appends the next `bytes` of the stream to `output`, with the text where it belongs.
    pub fn apply(&mut self, bytes: &[u8], output: &mut impl for<'a> Extend<&'a u8>) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            if self.at_line_start {
                output.extend(&*self.prefix);
            }
            output.extend(piece);
            self.at_line_start = piece.ends_with(b"\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    fn prefixed(writes: &[&str]) -> String {
        let mut lines = LinePrefix::new("app: ");
        let mut output = Vec::new();
        for bytes in writes {
            lines.apply(bytes.as_bytes(), &mut output);
        }
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn each_line_has_the_text_once() {
        assert_eq!(prefixed(&["one\ntwo\n"]), "app: one\napp: two\n");
        assert_eq!(prefixed(&["\n\nx"]), "app: \napp: \napp: x");
        assert_eq!(prefixed(&["", ""]), "");
    }

    #[test]
    fn a_line_may_come_in_pieces() {
        assert_eq!(
            prefixed(&["o", "ne", "", "\n", "two", "\nthree"]),
            "app: one\napp: two\napp: three"
        );
    }

    proptest! {
        #[test]
        fn most_is_as_much_as_never_becomes_too_long(prefix in "[ab]{1,20}", length in 0..200usize) {
            let of = |count: usize| {
                let (mut lines, mut output) = (LinePrefix::new(&prefix), Vec::new());
                lines.apply(&vec![b'\n'; count], &mut output);
                output.len()
            };
            let most = LinePrefix::new(&prefix).most(length);
            prop_assert!(most >= 1 && (most == 1 || of(most) <= length));
            prop_assert!(of(most + 1) > length);
        }

        #[test]
        fn how_a_stream_is_cut_makes_no_difference(text in "[a\n]{0,40}", cuts in prop::collection::vec(0..40usize, 0..8)) {
            let mut lines = LinePrefix::new("> ");
            let (mut output, mut rest) = (Vec::new(), text.as_bytes());
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                lines.apply(piece, &mut output);
                rest = after;
            }
            lines.apply(rest, &mut output);
            let mut whole = Vec::new();
            LinePrefix::new("> ").apply(text.as_bytes(), &mut whole);
            prop_assert_eq!(&output, &whole);
            let without: String = String::from_utf8(output).unwrap().split_inclusive('\n')
                .map(|line| line.strip_prefix("> ").unwrap()).collect();
            prop_assert_eq!(without, text);
        }
    }
}
