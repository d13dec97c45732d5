//! Which characters only show themselves.

/// Whether a character shows itself at its place, and does nothing else to a terminal, or to a line of text: it is no
/// control character (C0, DEL and C1), does not end a line as U+2028 and U+2029 do, and is none of those that change
/// the order in which others are shown (Unicode's Bidi_Control).
pub fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
