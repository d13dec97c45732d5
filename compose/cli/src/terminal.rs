//! Makes text safe for terminals, and writes messages to standard error.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use interpose_stdio::is_printable;
use serde::Serialize;
use serde_json::Value;

/// Whether an application's last line on standard error is incomplete.
static LINE_IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Writes lines to standard error. A failure to write is ignored, because a reader that has gone must not change what
/// the command does.
pub fn message(lines: &str) {
    let before = match LINE_IS_OPEN.swap(false, Ordering::Relaxed) {
        true => "\n",
        false => "",
    };
    // One write, so that the lines of several threads do not mix.
    let _ = std::io::stderr().write_all(format!("{before}{lines}\n").as_bytes());
}

/// Makes the next message begin with a line break, because an application's last line on standard error is incomplete.
pub fn line_is_open() {
    LINE_IS_OPEN.store(true, Ordering::Relaxed);
}

/// A value as JSON in which control characters, and characters that change the direction of text, are escaped, so that
/// printing it cannot control a terminal. With `pretty`, the JSON has several lines.
pub fn json(value: &Value, pretty: bool) -> String {
    let text = if pretty {
        format!("{value:#}")
    } else {
        value.to_string()
    };
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        // Outside strings, JSON has none of these characters except the line breaks between its parts.
        if is_printable(character) || character == '\n' {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// A value as one line of JSON, escaped as by [`json`].
pub fn json_line(value: &impl Serialize) -> String {
    // Only maps whose keys are not texts fail to serialize, and this crate has none.
    json(&serde_json::to_value(value).unwrap_or_default(), false)
}

/// Text as one line of printable characters. Otherwise names in a component could control the terminal or imitate a
/// message of this tool.
pub fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_printable(character) {
            line.push(character);
        } else {
            let _ = write!(line, "{}", character.escape_default());
        }
    }
    line
}

/// A size for people.
pub fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// Text as lines of printable characters. With `colored`, sequences that set colours are kept.
pub fn printable_lines(text: &str, colored: bool) -> String {
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
    fn json_is_printable_and_means_the_same() {
        let every: String = (0..=0x2100)
            .filter_map(char::from_u32)
            .chain(['🙂'])
            .collect();
        let value = serde_json::json!({ "a": [every], "\u{9b}": "größer → ´'\"\\" });
        for pretty in [false, true] {
            let text = json(&value, pretty);
            let printable = |c: char| is_printable(c) || pretty && c == '\n';
            assert!(text.chars().all(printable), "{text:?}");
            assert_eq!(
                serde_json::from_str::<Value>(&text).ok().as_ref(),
                Some(&value)
            );
        }
        let text = json(&serde_json::json!("\u{7f}\u{9b}\u{202e}ö\n"), false);
        assert_eq!(text, r#""\u007f\u009b\u202eö\n""#);
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
