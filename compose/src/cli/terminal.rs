//! Writing to standard output and standard error, whatever stands behind them.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::Result;
use super::message::Failure;

/// Writes a result to standard output. Whoever has read enough of it and gone is no failure.
pub(super) fn result(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    written_out(written.and_then(|()| stdout.flush()))
}

/// What comes of writing to standard output.
pub(super) fn written_out(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(format!(
            "standard output cannot be written: {error}"
        ))
        .hint("check what it is redirected to")),
        _ => Ok(()),
    }
}

/// Writes lines to standard error. That nobody reads them must not change what is done.
pub(super) fn message(lines: &str) {
    // In one piece, so that those of several threads are not mixed.
    let _ = io::stderr().write_all(format!("{lines}\n").as_bytes());
}

/// Text as one line of printable characters: names in a component could otherwise control the terminal, or look like a
/// message of ours.
pub(super) fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || changes_order(character) {
            let _ = write!(line, "{}", character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// The characters that are no control characters, and yet move others or end a line.
fn changes_order(character: char) -> bool {
    matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lines of printable characters, in the colours that they have if these are our own.
pub(super) fn printable_lines(text: &str, colored: bool) -> String {
    let line = |line: &str| {
        let mut parts = line.split("\x1b[");
        let mut printed = printable(parts.next().unwrap_or_default());
        for part in parts {
            let parameters = part.find(|c: char| !c.is_ascii_digit() && c != ';');
            let is_color = parameters.is_some_and(|end| part[end..].starts_with('m'));
            printed += if colored && is_color {
                "\x1b["
            } else {
                "\\u{1b}["
            };
            printed += &printable(part);
        }
        printed
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_controls_the_terminal() {
        assert_eq!(printable("a \x1b[31mb\nc\u{9b}"), r"a \u{1b}[31mb\nc\u{9b}");
        assert_eq!(printable("\u{202e}abc"), r"\u{202e}abc");
        assert_eq!(printable("größer → ´'\"\\"), "größer → ´'\"\\");
    }

    #[test]
    fn only_colours_are_kept() {
        let text = "\x1b[1;31ma\x1b[0m\x1b[2J\nb\x1b]0;c\x07";
        let kept = "\x1b[1;31ma\x1b[0m\\u{1b}[2J\nb\\u{1b}]0;c\\u{7}";
        assert_eq!(printable_lines(text, true), kept);
        let plain = kept.replace('\x1b', "\\u{1b}");
        assert_eq!(printable_lines(text, false), plain);
    }
}
