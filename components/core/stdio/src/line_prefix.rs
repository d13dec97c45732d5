//! A text in front of each line.

use alloc::boxed::Box;
use core::fmt::Write as _;
use core::str;

use crate::is_printable;

/// Puts a text in front of each line of a stream of bytes, however the stream is cut into writes, so that nothing in the
/// stream can take it away or write over it where the stream is shown.
///
/// - A line ends with `\n`. The text is put in front of its first byte, so a stream that ends with `\n` does not end with
///   the text.
/// - After a `\r` that no `\n` follows, which leads back to where the text stands, the text is put again.
/// - Tabs, and characters that [are printable](is_printable), are passed on. All other control characters, and what
///   changes the order of characters, are passed on as escapes such as `\u{1b}`: a terminal would move, erase or hide
///   what is in the line. Bytes that are no UTF-8 are passed on, but those that older terminals take for control
///   characters are escaped as `\x9b`.
///
/// A character that is cut by the end of a write is held until it is complete.
#[derive(Clone, Debug)]
pub struct LinePrefix {
    prefix: Box<[u8]>,
    position: Position,
    /// The first bytes of a character, the rest of which has not been written yet.
    held: Held,
}

/// Where in a line a stream is.
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

/// The most that one byte can become, besides the text: an escape such as `\u{1b}`.
const MOST_OF_A_BYTE: usize = 6;

/// The most that bytes held from an earlier write can become beyond what the next byte can.
const MOST_OF_HELD: usize = 3 * 4;

impl LinePrefix {
    /// For a stream that has not begun. The text is passed on as it is.
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.as_bytes().into(),
            position: Position::Start,
            held: Held::default(),
        }
    }

    /// How many bytes of the stream become at most `length` with the text in it, whatever they are; at least one.
    pub fn most(&self, length: usize) -> usize {
        // Of lines that are empty, each byte has the text before it.
        let each = self.prefix.len() + MOST_OF_A_BYTE;
        (length.saturating_sub(MOST_OF_HELD) / each).max(1)
    }

    /// Appends the next `bytes` of the stream to `output`, with the text where it belongs.
    pub fn apply(&mut self, bytes: &[u8], output: &mut impl for<'a> Extend<&'a u8>) {
        let mut rest = bytes;
        // A character that began before.
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
                // What was held begins no character; the next byte may begin one.
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
        // What is passed on as it is goes in one piece.
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
                    // The end of `\r\n` is on the line of the `\r`.
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

    /// Puts the text, where something other than the end of a line follows and the text is not there.
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
