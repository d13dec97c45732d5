//! A text in front of each line.

use alloc::boxed::Box;
use core::fmt::Write as _;
use core::str;

use crate::is_printable;

/// Puts a text in front of each line of a stream of bytes, however the stream is cut into writes, so that no bytes of
/// the stream can remove or overwrite the text on a terminal.
///
/// - A line ends with `\n`. The text is put in front of the first byte of each line, so a stream that ends with `\n`
///   does not end with the text.
/// - A `\r` that no `\n` follows leads back to the beginning of the line, so the text is put again after it.
/// - Tabs, and characters that [are printable](is_printable), are passed on. All other characters are passed on as
///   escapes such as `\u{1b}`, because with them a terminal would move, erase, hide or reorder parts of the line. Bytes
///   that are not UTF-8 are passed on, except that bytes which older terminals take for control characters are escaped,
///   as in `\x9b`.
///
/// A character that the end of a write cuts in two is held until it is complete.
#[derive(Clone, Debug)]
pub struct LinePrefix {
    prefix: Box<[u8]>,
    position: Position,
    /// The first bytes of a character, the rest of which has not been written yet.
    held: Held,
}

/// The position of a stream in its current line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// Before the first byte of a line.
    Start,
    /// After a `\r`, which may belong to a `\n` or lead back to the text.
    Returned,
    /// Behind the text.
    Within,
}

/// Up to three bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    bytes: [u8; 4],
    length: usize,
}

impl Held {
    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The most bytes that one byte can become, besides the text: an escape such as `\u{1b}`.
const MOST_OF_A_BYTE: usize = 6;

/// The most bytes that bytes held from an earlier write can become, in addition to those of the next byte.
const MOST_OF_HELD: usize = 3 * 4;

impl LinePrefix {
    /// A prefix for a stream that has not begun. The text is passed on unchanged.
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.as_bytes().into(),
            position: Position::Start,
            held: Held::default(),
        }
    }

    /// How many bytes of the stream, whatever they are, become at most `length` bytes together with the text; at least
    /// one.
    pub fn most(&self, length: usize) -> usize {
        // In a stream of empty lines, each byte has the text before it.
        let each = self.prefix.len() + MOST_OF_A_BYTE;
        (length.saturating_sub(MOST_OF_HELD) / each).max(1)
    }

    /// Appends the next `bytes` of the stream to `output`, with the text where it belongs.
    pub fn apply(&mut self, bytes: &[u8], output: &mut impl for<'a> Extend<&'a u8>) {
        let mut rest = bytes;
        // First comes a character that began in an earlier write.
        while self.held.length > 0 {
            let Some((&next, after)) = rest.split_first() else {
                return;
            };
            let mut joined = self.held;
            joined.bytes[joined.length] = next;
            joined.length += 1;
            match str::from_utf8(joined.as_bytes()) {
                Ok(text) => {
                    self.held = Held::default();
                    self.characters(text, output);
                    rest = after;
                }
                Err(error) if error.error_len().is_none() => {
                    self.held = joined;
                    rest = after;
                }
                // The held bytes begin no character, but the next byte may begin one.
                Err(_) => {
                    let held = core::mem::take(&mut self.held);
                    self.invalid(held.as_bytes(), output);
                }
            }
        }
        while !rest.is_empty() {
            let error = match str::from_utf8(rest) {
                Ok(text) => return self.characters(text, output),
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            self.characters(str::from_utf8(valid).unwrap_or_default(), output);
            match error.error_len() {
                Some(length) => {
                    self.invalid(&after[..length], output);
                    rest = &after[length..];
                }
                None => {
                    self.held.bytes[..after.len()].copy_from_slice(after);
                    self.held.length = after.len();
                    return;
                }
            }
        }
    }

    fn characters(&mut self, text: &str, output: &mut impl for<'a> Extend<&'a u8>) {
        // Text that is passed on unchanged goes out in one piece.
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let plain = rest
                .find(|c: char| c != '\t' && !is_printable(c))
                .unwrap_or(rest.len());
            if plain > 0 {
                self.begin(output);
                let (piece, after) = rest.split_at(plain);
                output.extend(piece.as_bytes());
                rest = after;
                continue;
            }
            rest = &rest[character.len_utf8()..];
            match character {
                '\n' => {
                    // The `\n` of `\r\n` belongs to the line of the `\r`.
                    if self.position == Position::Start {
                        self.begin(output);
                    }
                    output.extend(b"\n");
                    self.position = Position::Start;
                }
                '\r' => {
                    if self.position == Position::Start {
                        self.begin(output);
                    }
                    output.extend(b"\r");
                    self.position = Position::Returned;
                }
                _ => {
                    self.begin(output);
                    let _ = write!(Text(output), "{}", character.escape_unicode());
                }
            }
        }
    }

    fn invalid(&mut self, bytes: &[u8], output: &mut impl for<'a> Extend<&'a u8>) {
        for byte in bytes {
            self.begin(output);
            match byte {
                0x80..=0x9f => {
                    let _ = write!(Text(output), "\\x{byte:02x}");
                }
                _ => output.extend([byte]),
            }
        }
    }

    /// Puts the text, if the line does not have it yet. Something other than the end of a line must follow.
    fn begin(&mut self, output: &mut impl for<'a> Extend<&'a u8>) {
        if self.position != Position::Within {
            output.extend(&*self.prefix);
            self.position = Position::Within;
        }
    }
}

/// Text that is appended to bytes.
struct Text<'a, E>(&'a mut E);

impl<E: for<'a> Extend<&'a u8>> core::fmt::Write for Text<'_, E> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0.extend(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
