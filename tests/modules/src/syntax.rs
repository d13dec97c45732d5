//! Parses tokens into the declarations and mentions of a module.

use std::collections::BTreeSet;

use crate::token::Token;

/// Keywords in front of the name that an item defines.
const DEFINING: [&str; 8] = [
    "const", "enum", "fn", "static", "struct", "trait", "type", "union",
];

/// The declarations and mentions in the text of a module.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    /// Modules in files of their own.
    pub(crate) files: Vec<FileModule>,
    /// Modules inside this text.
    pub(crate) inline: Vec<(String, Declarations)>,
    /// The imports of `use`, one for each name.
    pub(crate) imports: Vec<Import>,
    /// Paths outside `use`, with the line of each.
    pub(crate) paths: Vec<(Vec<String>, usize)>,
    /// Words outside `use` that may be imported names.
    pub(crate) words: BTreeSet<String>,
    /// Names of items, including items within other items.
    pub(crate) items: BTreeSet<String>,
}

/// `mod name;`.
#[derive(Debug)]
pub(crate) struct FileModule {
    pub(crate) name: String,
    /// Whether `#[path = "…"]` stands before it.
    pub(crate) has_path: bool,
    pub(crate) line: usize,
}

/// A name that a `use` imports.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// `None` for all names in the target of `path` (`*`).
    pub(crate) name: Option<String>,
    pub(crate) is_public: bool,
    pub(crate) line: usize,
}

impl Declarations {
    pub(crate) fn parse(tokens: &[(Token, usize)]) -> Self {
        let mut parser = Parser { tokens, at: 0 };
        parser.module()
    }

    /// Adds the declarations of another text for the same module; each build has only one of the texts.
    pub(crate) fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
        self.inline.extend(other.inline);
        self.imports.extend(other.imports);
        self.paths.extend(other.paths);
        self.words.extend(other.words);
        self.items.extend(other.items);
    }
}

struct Parser<'a> {
    tokens: &'a [(Token, usize)],
    at: usize,
}

impl Parser<'_> {
    /// The token at this distance.
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(token, _)| token)
    }

    fn peek_name(&self, ahead: usize) -> Option<&str> {
        self.peek(ahead).and_then(Token::name)
    }

    fn peeks(&self, ahead: usize, symbol: char) -> bool {
        self.peek(ahead).is_some_and(|token| token.is(symbol))
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |(_, line)| *line)
    }

    /// Parses a module up to its closing brace, or to the end of the text.
    fn module(&mut self) -> Declarations {
        let mut found = Declarations::default();
        let mut depth = 0;
        let mut has_path = false;
        while let Some(token) = self.peek(0) {
            if token.is('{') {
                depth += 1;
            } else if token.is('}') {
                if depth == 0 {
                    return found;
                }
                depth -= 1;
            }
            let is_path_attribute = token.is('#')
                && self.peeks(1, '[')
                && self.peek_name(2) == Some("path")
                && self.peeks(3, '=');
            has_path |= is_path_attribute;
            if self.is_test_attribute() {
                self.skip_item();
            } else if self.peek_name(0) == Some("mod") && self.peek_name(1).is_some() {
                self.submodule(&mut found, has_path);
                has_path = false;
            } else {
                let is_public = self.visibility();
                // `use<'a>` in a type lists its captured lifetimes.
                if self.peek_name(0) == Some("use") && !self.peeks(1, '<') {
                    self.at += 1;
                    self.import(&mut Vec::new(), is_public, &mut found.imports);
                } else if !is_public {
                    self.mention(&mut found);
                }
            }
        }
        found
    }

    /// Whether the next tokens are `#[cfg(test)]` or `#[cfg(all(test, …))]`.
    fn is_test_attribute(&self) -> bool {
        let begins = self.peeks(0, '#') && self.peeks(1, '[') && self.peek_name(2) == Some("cfg");
        let condition = if self.peek_name(4) == Some("all") {
            6
        } else {
            4
        };
        begins
            && self.peek_name(condition) == Some("test")
            && (self.peeks(condition + 1, ')') || condition == 6 && self.peeks(7, ','))
    }

    /// Skips attributes and the item, field, variant or statement behind them. If it stops too early, the rest counts
    /// as code outside tests.
    fn skip_item(&mut self) {
        while self.peeks(0, '#') {
            self.at += 1;
            self.skip_group();
        }
        while let Some(token) = self.peek(0) {
            match token {
                Token::Symbol('}' | ')' | ']') => return,
                Token::Symbol(';' | ',') => {
                    self.at += 1;
                    return;
                }
                Token::Symbol('{') => {
                    self.skip_group();
                    return;
                }
                _ => self.skip_group(),
            }
        }
    }

    /// Skips a token, or all tokens of the bracketed group that it opens.
    fn skip_group(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Symbol('{' | '(' | '[') => depth += 1,
                Token::Symbol('}' | ')' | ']') => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth <= 0 {
                return;
            }
        }
    }

    /// Skips `pub` with its restriction, whose path is no use of a module. Returns whether there was a `pub`.
    fn visibility(&mut self) -> bool {
        if self.peek_name(0) != Some("pub") {
            return false;
        }
        self.at += 1;
        if self.peeks(0, '(') {
            match self.peek_name(1) {
                Some("in") => self.skip_group(),
                Some("crate" | "self" | "super") if self.peeks(2, ')') => self.skip_group(),
                _ => {}
            }
        }
        true
    }

    fn submodule(&mut self, found: &mut Declarations, has_path: bool) {
        let line = self.line();
        let name = self.peek_name(1).unwrap_or_default().to_owned();
        self.at += 2;
        if self.peeks(0, '{') {
            self.at += 1;
            let inline = self.module();
            self.at += 1;
            found.inline.push((name, inline));
        } else {
            found.files.push(FileModule {
                name,
                has_path,
                line,
            });
        }
    }

    /// Parses the rest of a `use` behind `prefix`, up to its semicolon (included), or to the comma or brace that ends a
    /// part.
    fn import(&mut self, prefix: &mut Vec<String>, is_public: bool, found: &mut Vec<Import>) {
        let length = prefix.len();
        let line = self.line();
        // A path with `::` in front names a crate, which no name of this crate can equal.
        if prefix.is_empty() && self.peek(0) == Some(&Token::Separator) {
            prefix.push(String::new());
        }
        let mut name = None;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Name(word) if word == "as" => {
                    name = self.peek_name(1).map(str::to_owned);
                    self.at += 2;
                }
                Token::Name(word) => {
                    let word = word.clone();
                    self.at += 1;
                    // `self` in braces stands for the path in front of them.
                    if word != "self" || prefix.is_empty() {
                        prefix.push(word);
                    }
                    name = prefix.last().cloned();
                }
                Token::Symbol('*') => {
                    self.at += 1;
                    found.push(Import {
                        path: prefix.clone(),
                        name: None,
                        is_public,
                        line,
                    });
                    name = None;
                }
                Token::Symbol('{') => {
                    self.at += 1;
                    name = None;
                    while self.peek(0).is_some() && !self.peeks(0, '}') {
                        self.import(prefix, is_public, found);
                        self.at += usize::from(self.peeks(0, ','));
                    }
                    self.at += 1;
                }
                Token::Symbol(',' | '}' | ';') => break,
                _ => self.at += 1,
            }
        }
        self.at += usize::from(length == 0 && self.peeks(0, ';'));
        if let Some(name) = name {
            found.push(Import {
                path: prefix.clone(),
                name: Some(name),
                is_public,
                line,
            });
        }
        prefix.truncate(length);
    }

    /// Parses a path, or skips another token.
    fn mention(&mut self, found: &mut Declarations) {
        let before = |back: usize| {
            let at = self.at.checked_sub(back)?;
            self.tokens.get(at).map(|(token, _)| token)
        };
        let is_member = before(1).is_some_and(|token| token.is('.'))
            && !before(2).is_some_and(|token| token.is('.'));
        let goes_on = before(1) == Some(&Token::Separator);
        if let Some(item) = before(1).and_then(Token::name)
            && DEFINING.contains(&item)
            && let Some(name) = self.peek_name(0)
        {
            found.items.insert(name.to_owned());
        } else if before(1).is_some_and(|token| token.is('!'))
            && before(2).and_then(Token::name) == Some("macro_rules")
            && let Some(name) = self.peek_name(0)
        {
            found.items.insert(name.to_owned());
        }
        let line = self.line();
        let mut path = Vec::new();
        while let Some(name) = self.peek_name(0) {
            path.push(name.to_owned());
            self.at += 1;
            if self.peek(0) != Some(&Token::Separator) || self.peek_name(1).is_none() {
                break;
            }
            self.at += 1;
        }
        if path.is_empty() {
            self.at += 1;
        } else if !is_member && !goes_on {
            found.words.insert(path[0].clone());
            if path.len() > 1 {
                found.paths.push((path, line));
            }
        }
    }
}
