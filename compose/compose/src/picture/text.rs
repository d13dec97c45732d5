//! Measures and wraps the text of pictures.

use unicode_width::UnicodeWidthChar;

/// The most columns of a line; longer text is continued in the next.
pub(super) const COLUMNS: usize = 46;

/// Text as it can be shown: characters that cannot be seen, change the direction of others or are not allowed in XML are
/// written as escapes.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' | '\'' => shown.push(c),
            c if c.escape_debug().count() > 1 => shown.extend(c.escape_debug()),
            // Some combining marks are no escapes for Rust, but would be drawn over what stands before.
            c if c.width().unwrap_or(0) == 0 => shown.extend(c.escape_unicode()),
            // XML has no such characters.
            '\u{fffe}' | '\u{ffff}' => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The columns that a text takes in a font whose characters are equally wide.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text in lines of at most [`COLUMNS`] columns, broken at blanks where there are some. What continues a line is
/// indented.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in visible(text).split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.trim_start().is_empty());
        if gap == 1 && columns(&line) + gap + columns(word) > COLUMNS {
            lines.push(std::mem::replace(&mut line, INDENT.into()));
        } else if gap == 1 {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line) + c.width().unwrap_or(0) > COLUMNS {
                lines.push(std::mem::replace(&mut line, INDENT.into()));
            }
            line.push(c);
        }
    }
    if !line.trim_start().is_empty() {
        lines.push(line);
    }
    lines
}

/// What stands in front of a continued line.
const INDENT: &str = "  ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long_and_nothing_is_lost() {
        let words = format!("tcp://{}.example.com:443 and more", "a".repeat(200));
        for text in [
            words.as_str(),
            "",
            "one",
            &"字".repeat(60),
            "a  b",
            "\u{202e}x\n",
        ] {
            let lines = wrapped(text);
            assert!(
                lines.iter().all(|line| columns(line) <= COLUMNS),
                "{lines:?}"
            );
            let joined: String = lines.concat();
            let plain = |text: &str| text.replace(' ', "");
            assert_eq!(plain(&joined), plain(&visible(text)));
        }
    }

    #[test]
    fn every_character_can_be_seen() {
        assert_eq!(
            visible("a\u{202e}b\n\0\u{301}\u{ffff}'\"\\"),
            "a\\u{202e}b\\n\\0\\u{301}\\u{ffff}'\"\\"
        );
    }
}
