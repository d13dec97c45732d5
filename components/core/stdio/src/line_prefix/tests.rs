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
    assert_eq!(
        prefixed(&["one\r\n\r\ntwo"]),
        "app: one\r\napp: \r\napp: two"
    );
    assert_eq!(prefixed(&["größer\t→ 🙂"]), "app: größer\t→ 🙂");
}

#[test]
fn a_line_may_come_in_pieces() {
    assert_eq!(
        prefixed(&["o", "ne", "", "\n", "two\r", "\nthree"]),
        "app: one\napp: two\r\napp: three"
    );
}

#[test]
fn the_text_is_put_again_where_it_could_be_written_over() {
    assert_eq!(
        prefixed(&[" 10%\r", " 20%\r\r", " 30%\r\n"]),
        "app:  10%\rapp:  20%\r\rapp:  30%\r\n"
    );
}

#[test]
fn what_moves_erases_or_hides_is_escaped() {
    assert_eq!(
        prefixed(&["\x1b[2K\x0b\x08\x7f\0\u{9b}2K\u{85}\u{2028}\u{202e}"]),
        r"app: \u{1b}[2K\u{b}\u{8}\u{7f}\u{0}\u{9b}2K\u{85}\u{2028}\u{202e}"
    );
    let mut output = Vec::new();
    let mut lines = LinePrefix::new("");
    // A control character of 8 bits, one that is encoded longer than need be, and Latin-1.
    lines.apply(b"\x9b2K \xc0\x9b \xe9t", &mut output);
    assert_eq!(output, b"\\x9b2K \xc0\\x9b \xe9t");
}

/// What a terminal shows: it understands what terminals understand that leads to another place or removes something.
struct Terminal {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Terminal {
    fn show(bytes: &[u8]) -> Vec<String> {
        let mut terminal = Self {
            rows: vec![Vec::new()],
            row: 0,
            column: 0,
        };
        let text = String::from_utf8_lossy(bytes);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => terminal.go(terminal.row + 1, 0),
                '\r' => terminal.column = 0,
                '\u{8}' | '\u{7f}' => terminal.column = terminal.column.saturating_sub(1),
                '\u{b}' | '\u{c}' | '\u{84}' => terminal.go(terminal.row + 1, terminal.column),
                '\t' => terminal.column = (terminal.column / 8 + 1) * 8,
                '\u{1b}' | '\u{9b}' => {
                    if character == '\u{1b}' {
                        match characters.next() {
                            Some('[') => {}
                            // To the line above, as reverse line feed does.
                            Some('M') => {
                                terminal.row = terminal.row.saturating_sub(1);
                                continue;
                            }
                            // Everything anew.
                            Some('c') => {
                                terminal.rows.iter_mut().for_each(Vec::clear);
                                terminal.go(0, 0);
                                continue;
                            }
                            _ => continue,
                        }
                    }
                    let mut number = String::new();
                    while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                        number.push(digit);
                    }
                    let number: usize = number.parse().unwrap_or(1).min(100);
                    match characters.next() {
                        Some('A') => terminal.row = terminal.row.saturating_sub(number),
                        Some('D') => terminal.column = terminal.column.saturating_sub(number),
                        Some('G') => terminal.column = number.saturating_sub(1),
                        Some('H') => terminal.go(number.saturating_sub(1), 0),
                        Some('J') => terminal.rows.iter_mut().for_each(Vec::clear),
                        Some('K') => terminal.rows[terminal.row].clear(),
                        _ => {}
                    }
                }
                character if character.is_control() => {}
                character => {
                    let (row, column) = (terminal.row, terminal.column);
                    let row = &mut terminal.rows[row];
                    if row.len() <= column {
                        row.resize(column + 1, ' ');
                    }
                    row[column] = character;
                    terminal.column += 1;
                }
            }
        }
        let rows = terminal.rows.into_iter();
        rows.map(|row| row.into_iter().collect()).collect()
    }

    fn go(&mut self, row: usize, column: usize) {
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        (self.row, self.column) = (row, column);
    }
}

/// Pieces of output that mean no good.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "[a-z ]{1,8}".prop_map(String::into_bytes),
        prop::sample::select(vec![
            "\n", "\r", "\r\n", "\t", "\x08", "\x0b", "\x0c", "\x7f", "\0", "\x1b", "\x1b[2K",
            "\x1b[1G", "\x1b[9D", "\x1b[1A", "\x1b[H", "\x1b[2J", "\x1bM", "\x1bc", "\u{85}",
            "\u{84}", "\u{9b}2K", "\u{9b}9D", "\u{2028}", "\u{2029}", "\u{202e}", "é", "🙂",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        any::<u8>().prop_map(|byte| vec![byte]),
        Just(b"\xc2".to_vec()),
        Just(b"\xe2\x80".to_vec()),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_line_that_is_shown_begins_with_the_text(bytes in hostile(), prefix in "[A-Z]{1,6}: ") {
        let (mut lines, mut output) = (LinePrefix::new(&prefix), Vec::new());
        lines.apply(&bytes, &mut output);
        for row in Terminal::show(&output) {
            prop_assert!(row.is_empty() || row.starts_with(&prefix), "{row:?} of {output:?}");
        }
    }

    #[test]
    fn most_never_becomes_too_long(bytes in hostile(), prefix in "[ab]{1,20}", length in 0..400usize, held in 0..4usize) {
        let mut lines = LinePrefix::new(&prefix);
        // What an earlier write has left.
        lines.apply(&"🙂".as_bytes()[..held], &mut Vec::new());
        let most = lines.most(length);
        let mut output = Vec::new();
        lines.apply(&bytes[..most.min(bytes.len())], &mut output);
        prop_assert!(most == 1 || output.len() <= length, "{most} of {bytes:?} became {}", output.len());
    }

    #[test]
    fn how_a_stream_is_cut_makes_no_difference(bytes in hostile(), cuts in prop::collection::vec(0..40usize, 0..8)) {
        let mut lines = LinePrefix::new("> ");
        let (mut output, mut rest) = (Vec::new(), &*bytes);
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            lines.apply(piece, &mut output);
            rest = after;
        }
        lines.apply(rest, &mut output);
        let mut whole = Vec::new();
        LinePrefix::new("> ").apply(&bytes, &mut whole);
        prop_assert_eq!(&output, &whole);
    }

    #[test]
    fn text_of_printable_characters_is_kept(text in "[a-z é→\t\n]{0,40}") {
        let mut output = Vec::new();
        LinePrefix::new("> ").apply(text.as_bytes(), &mut output);
        let without: String = String::from_utf8(output).unwrap().split_inclusive('\n')
            .map(|line| line.strip_prefix("> ").unwrap()).collect();
        prop_assert_eq!(without, text);
    }
}
