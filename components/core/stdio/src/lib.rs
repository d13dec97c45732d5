//! What can be done to standard output: a text in front of each line.
#![no_std]

extern crate alloc;

use alloc::{boxed::Box, vec::Vec};

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

    /// Appends the next `bytes` of the stream to `output`, with the text where it belongs.
    pub fn apply(&mut self, bytes: &[u8], output: &mut Vec<u8>) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            if self.at_line_start {
                output.extend_from_slice(&self.prefix);
            }
            output.extend_from_slice(piece);
            self.at_line_start = piece.ends_with(b"\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec};

    use proptest::prelude::*;

    use super::*;

    fn prefixed(writes: &[&str]) -> String {
        let mut lines = LinePrefix::new("app: ");
        let mut output = vec![];
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
        fn how_a_stream_is_cut_makes_no_difference(text in "[a\n]{0,40}", cuts in prop::collection::vec(0..40usize, 0..8)) {
            let mut lines = LinePrefix::new("> ");
            let (mut output, mut rest) = (vec![], text.as_bytes());
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                lines.apply(piece, &mut output);
                rest = after;
            }
            lines.apply(rest, &mut output);
            let mut whole = vec![];
            LinePrefix::new("> ").apply(text.as_bytes(), &mut whole);
            prop_assert_eq!(&output, &whole);
            let without: String = String::from_utf8(output).unwrap().split_inclusive('\n')
                .map(|line| line.strip_prefix("> ").unwrap()).collect();
            prop_assert_eq!(without, text);
        }
    }
}
