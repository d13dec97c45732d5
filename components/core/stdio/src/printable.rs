//! Printable characters.

/// Whether a character is only shown at its place, and changes nothing else on a terminal or in a line of text: it is
/// no control character (C0, DEL and C1), it does not end a line as U+2028 and U+2029 do, and it does not change the
/// order of other characters (Unicode's Bidi_Control).
pub fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
