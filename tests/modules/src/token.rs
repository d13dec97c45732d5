//! Splits text into tokens: names, `::`, and single symbols. Comments and literals are dropped.

/// A token of Rust, as far as parsing paths needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or a keyword; a raw identifier without its `r#`.
    Name(String),
    /// `::`.
    Separator,
    /// Any other symbol. A literal is `'"'`.
    Symbol(char),
}

impl Token {
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Separator | Self::Symbol(_) => None,
        }
    }

    pub(crate) fn is(&self, symbol: char) -> bool {
        *self == Self::Symbol(symbol)
    }
}

/// The tokens of a text, with the line of each, counted from 1.
pub(crate) fn tokens(text: &str) -> Vec<(Token, usize)> {
    let mut reader = Reader {
        rest: text,
        line: 1,
    };
    let mut tokens = Vec::new();
    loop {
        let line = reader.line;
        let Some(first) = reader.rest.chars().next() else {
            return tokens;
        };
        if first.is_whitespace() {
            reader.skip(first.len_utf8());
        } else if reader.rest.starts_with("//") {
            reader.skip_to("\n");
        } else if reader.rest.starts_with("/*") {
            reader.skip_comment();
        } else if let Some(length) = literal(reader.rest) {
            reader.skip(length);
            tokens.push((Token::Symbol('"'), line));
        } else if first == '\'' {
            // This is a lifetime, because it is no literal.
            reader.skip(1 + word(&reader.rest[1..]));
        } else if is_of_word(first) {
            let raw = reader.rest.starts_with("r#");
            reader.skip(if raw { 2 } else { 0 });
            let name = reader.rest[..word(reader.rest)].to_owned();
            reader.skip(name.len());
            tokens.push((Token::Name(name), line));
        } else if reader.rest.starts_with("::") {
            reader.skip(2);
            tokens.push((Token::Separator, line));
        } else {
            reader.skip(first.len_utf8());
            tokens.push((Token::Symbol(first), line));
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }

    fn skip_to(&mut self, end: &str) {
        self.skip(self.rest.find(end).unwrap_or(self.rest.len()));
    }

    /// Skips a block comment, which may contain others.
    fn skip_comment(&mut self) {
        let mut depth = 0;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.skip(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.skip(2);
            } else {
                let Some(next) = self.rest.chars().next() else {
                    return;
                };
                self.skip(next.len_utf8());
            }
            if depth == 0 {
                return;
            }
        }
    }
}

fn is_of_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// The number of bytes at the start of a text that belong to a word.
fn word(text: &str) -> usize {
    text.find(|character| !is_of_word(character))
        .unwrap_or(text.len())
}

/// The length of the literal at the start of a text, if there is one: a number, a character, or a string of any kind.
fn literal(text: &str) -> Option<usize> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(word(text));
    }
    let prefix = ["br", "cr", "b", "c", "r"]
        .into_iter()
        .find(|prefix| {
            let rest = text.strip_prefix(*prefix);
            rest.is_some_and(|rest| rest.starts_with(['"', '\'', '#']))
        })
        .unwrap_or("");
    let body = &text[prefix.len()..];
    let length = if prefix.ends_with('r') {
        raw_string(body)
    } else if let Some(string) = body.strip_prefix('"') {
        Some(1 + escaped(string, '"'))
    } else {
        character(body)
    };
    length.map(|length| prefix.len() + length)
}

fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let body = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(hashes + 1 + length)
}

/// The length of a character literal; `None` for a lifetime.
fn character(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    let mut characters = body.chars();
    let is_character = match characters.next()? {
        '\\' => true,
        _ => characters.next() == Some('\''),
    };
    is_character.then(|| 1 + escaped(body, '\''))
}

/// The length of the text up to the first `end` (included) without a backslash in front.
fn escaped(text: &str, end: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == end => return at + end.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let names = tokens(text).into_iter();
        names
            .filter_map(|(token, _)| token.name().map(str::to_owned))
            .collect()
    }

    #[test]
    fn comments_and_literals_hold_no_names() {
        let text = r####"
            one // no::no
            /* no /* no */ no */ two
            "no \" no" three b"no" r"no\" four r#"no " no"# cr##"no "# no"##
            'n' '\'' five '"' b'n' six 0x10_no
        "####;
        assert_eq!(names(text), ["one", "two", "three", "four", "five", "six"]);
    }

    #[test]
    fn lifetimes_and_raw_names_are_told_from_literals() {
        assert_eq!(
            names("fn r#use<'a>(b: &'a c, 'd: loop) r"),
            ["fn", "use", "b", "c", "loop", "r"]
        );
        assert_eq!(names("c b br"), ["c", "b", "br"]);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let lines: Vec<_> = tokens("a\n\"\n\"::\n/*\n*/b").into_iter().collect();
        assert_eq!(
            lines,
            [
                (Token::Name("a".into()), 1),
                (Token::Symbol('"'), 2),
                (Token::Separator, 3),
                (Token::Name("b".into()), 5),
            ]
        );
    }

    #[test]
    fn what_does_not_end_ends_with_the_text() {
        for text in ["/* a", "\"a", "'\\", "r#\"a", "'"] {
            assert_eq!(names(text), [] as [&str; 0], "{text}");
        }
    }
}
