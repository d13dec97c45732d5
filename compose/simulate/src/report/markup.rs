//! Texts in HTML and XML.

/// A text between tags of HTML. Characters that a terminal would obey are replaced.
pub(super) fn escaped(text: &str) -> String {
    with(text, |character| match character {
        character if character.is_control() && character != '\n' => Some("\u{fffd}"),
        _ => None,
    })
}

/// A text in an attribute or between tags of XML, without the characters that XML cannot have.
pub(super) fn attribute(text: &str) -> String {
    with(text, |character| match character {
        // In an attribute, a reader would make spaces of these.
        '\n' => Some("&#10;"),
        '\t' => Some("&#9;"),
        '\u{fffe}' | '\u{ffff}' | '\0'..' ' => Some("\u{fffd}"),
        _ => None,
    })
}

/// The text with references in place of what would be markup, and with these others.
fn with(text: &str, others: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let reference = match character {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '"' => Some("&quot;"),
            other => others(other),
        };
        match reference {
            Some(reference) => out.push_str(reference),
            None => out.push(character),
        }
    }
    out
}
