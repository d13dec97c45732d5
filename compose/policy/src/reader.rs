//! Reads TOML tables key by key and remembers where each value stands.
//!
//! A mistake is reported to the [`Reader`] and reading goes on, so that one run finds all mistakes in a policy. A
//! method that returns `None` although the key exists has reported the reason.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use miette::NamedSource;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{PolicyError, Problem};
use crate::named::{NamedPath, PathUse};
use crate::nearest::{nearest, suggestion};
use crate::shape::{TableShape, Word};

/// A policy file and the problems found in it.
pub(crate) struct Reader<'a> {
    file: NamedSource<Arc<str>>,
    source: &'a str,
    problems: Vec<PolicyError>,
    pub(crate) tolerates_missing: bool,
    paths: Vec<NamedPath>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(name: &str, source: &'a str) -> Self {
        Self {
            file: NamedSource::new(name, Arc::from(source)),
            source,
            problems: Vec::new(),
            tolerates_missing: false,
            paths: Vec::new(),
        }
    }

    /// Sets whether the policy may now lack the keys that it has to write only if the extended policy lacks them.
    pub(crate) fn tolerate_missing(&mut self, tolerates: bool) {
        self.tolerates_missing = tolerates;
    }

    /// Remembers a path of this machine.
    pub(crate) fn name_path(&mut self, purpose: PathUse, text: &Text<'_>, path: PathBuf) {
        self.paths.push(NamedPath {
            purpose,
            path,
            written: text.value.into(),
            file: self.file(),
            span: self.inside(text),
        });
    }

    /// The paths that were remembered since the last call.
    pub(crate) fn take_paths(&mut self) -> Vec<NamedPath> {
        std::mem::take(&mut self.paths)
    }

    /// The file, for messages of other modules.
    pub(crate) fn file(&self) -> NamedSource<Arc<str>> {
        self.file.clone()
    }

    /// All problems, in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<PolicyError> {
        self.problems
            .sort_by_key(|problem| problem.span().map(|span| (span.start, span.end)));
        self.problems
    }

    /// Reports a problem with some bytes of the file.
    pub(crate) fn report(
        &mut self,
        span: &Range<usize>,
        problem: impl Into<Problem>,
    ) -> &mut PolicyError {
        // The parser reports some mistakes at the end of the file or between the bytes of a character.
        let end = self
            .source
            .ceil_char_boundary(span.end.min(self.source.len()));
        let start = self.source.floor_char_boundary(span.start.min(end));
        let index = self.problems.len();
        self.problems.push(PolicyError::at(
            self.file.clone(),
            start..end,
            problem.into(),
        ));
        &mut self.problems[index]
    }

    /// Reports keys that contradict each other.
    pub(crate) fn contradiction(
        &mut self,
        span: &Range<usize>,
        reason: impl Into<String>,
    ) -> &mut PolicyError {
        self.report(
            span,
            Problem::Contradiction {
                reason: reason.into(),
            },
        )
    }

    /// Reads text with `parse`.
    pub(crate) fn parse<T>(
        &mut self,
        text: &Text<'_>,
        parse: impl FnOnce(&str) -> Result<T, interpose_rules::ParseError>,
    ) -> Option<T> {
        match parse(text.value) {
            Ok(value) => Some(value),
            Err(error) => {
                let span = self.part(text, &error.span);
                let hint = error.hint();
                let problem = self.report(&span, error);
                if let Some(hint) = hint {
                    problem.with_hint(hint);
                }
                None
            }
        }
    }

    /// Finds the value that a word stands for; reports a text that is no such word.
    pub(crate) fn word<W: Word>(&mut self, text: &Text<'_>, what: &'static str) -> Option<W> {
        let words = W::WORDS.iter();
        if let Some((_, value, _)) = words.clone().find(|(word, ..)| *word == text.value) {
            return Some(value.clone());
        }
        let names: Vec<&str> = words.map(|(word, ..)| *word).collect();
        self.unknown_word(self.inside(text), text.value, what, &names);
        None
    }

    /// Reports a word that is none of `words`.
    pub(crate) fn unknown_word(
        &mut self,
        span: Range<usize>,
        word: &str,
        what: &'static str,
        words: &[&str],
    ) {
        let hint = suggestion(word, words);
        self.report(
            &span,
            Problem::UnknownWord {
                what,
                word: word.into(),
            },
        )
        .with_hint(hint);
    }

    /// The span in the file of a part of a text; that of the whole text if the file writes it with escapes.
    pub(crate) fn part(&self, text: &Text<'_>, part: &Range<usize>) -> Range<usize> {
        match text.start(self.source) {
            Some(start) => start + part.start..start + part.end,
            None => text.span.clone(),
        }
    }

    /// The span of a text between its quotes.
    pub(crate) fn inside(&self, text: &Text<'_>) -> Range<usize> {
        self.part(text, &(0..text.value.len()))
    }

    /// The file and the line where `span` begins, for messages about a policy that is in use.
    pub(crate) fn place(&self, span: &Range<usize>) -> String {
        let before = self.source.as_bytes().iter().take(span.start);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        format!("{}:{line}", self.file.name())
    }

    /// Keeps the first of equal items and reports the others as given twice.
    pub(crate) fn distinct<T: Ord>(&mut self, items: &[Spot<T>], what: &'static str) {
        let mut seen = BTreeMap::new();
        for item in items {
            if let Some(first) = seen.insert(&item.value, &item.span) {
                self.report(&item.span, Problem::Duplicate { what })
                    .with_label(first.clone(), "here already");
                seen.insert(&item.value, first);
            }
        }
    }
}

/// A value and its span in the file.
#[derive(Clone, Debug)]
pub(crate) struct Spot<T> {
    pub(crate) value: T,
    pub(crate) span: Range<usize>,
}

/// Takes the values of spots.
pub(crate) fn values<T>(spots: Vec<Spot<T>>) -> Vec<T> {
    spots.into_iter().map(|spot| spot.value).collect()
}

/// A string of the file, without quotes and escapes.
pub(crate) struct Text<'t> {
    pub(crate) value: &'t str,
    /// The span in the file, with the quotes.
    pub(crate) span: Range<usize>,
}

impl Text<'_> {
    /// The offset of the string's first byte behind the quotes, if the file writes the string without escapes.
    fn start(&self, source: &str) -> Option<usize> {
        let written = source.get(self.span.clone())?;
        ["\"\"\"", "'''", "\"", "'"].iter().find_map(|quote| {
            let inside = written.strip_prefix(quote)?.strip_suffix(quote)?;
            (inside == self.value).then_some(self.span.start + quote.len())
        })
    }
}

/// A table and its shape.
pub(crate) struct Table<'t> {
    pub(crate) shape: &'static TableShape,
    pub(crate) entries: &'t DeTable<'t>,
    pub(crate) span: Range<usize>,
}

impl<'t> Table<'t> {
    /// Opens the root table of the document and reports where it differs from `shape`.
    pub(crate) fn root(
        reader: &mut Reader<'_>,
        document: &'t Spanned<DeTable<'t>>,
        shape: &'static TableShape,
    ) -> Self {
        let table = Self {
            shape,
            entries: document.get_ref(),
            span: document.span(),
        };
        table.check(reader, None);
        table
    }

    /// The value of `key`, if the table has it.
    pub(crate) fn get(&self, key: &'static str) -> Option<Entry<'t>> {
        let (written, value) = self.entries.get_key_value(key)?;
        Some(Entry {
            key,
            span: written.span(),
            value: Value::new(value),
        })
    }

    /// The value of `key`. Reports a table without the key.
    pub(crate) fn require(
        &self,
        reader: &mut Reader<'_>,
        key: &'static str,
        hint: &str,
    ) -> Option<Entry<'t>> {
        let entry = self.get(key);
        if entry.is_none() {
            self.report_missing(reader, key, hint);
        }
        entry
    }

    /// Reports a missing key, unless it is there in another spelling: that was reported.
    pub(crate) fn report_missing(&self, reader: &mut Reader<'_>, key: &'static str, hint: &str) {
        if self.misspells(key) {
            return;
        }
        let table = self.shape.name;
        reader
            .report(&self.span, Problem::MissingKey { key, table })
            .with_hint(hint);
    }

    /// Whether a key of the table means nothing there and was probably meant to be `key`.
    pub(crate) fn misspells(&self, key: &str) -> bool {
        let names = self.shape.names();
        let mut written = self.entries.keys().map(|key| key.get_ref().as_ref());
        written.any(|written| !names.contains(&written) && nearest(written, &names) == Some(key))
    }

    /// `written` if the table has the key, otherwise the value of the extended policy.
    pub(crate) fn written_or<T: Clone>(
        &self,
        key: &'static str,
        written: T,
        below: Option<&T>,
    ) -> T {
        match self.get(key) {
            Some(_) => written,
            None => below.cloned().unwrap_or(written),
        }
    }

    /// Reads a string.
    pub(crate) fn text(&self, reader: &mut Reader<'_>, key: &'static str) -> Option<Text<'t>> {
        self.get(key)?.value.text(reader)
    }

    /// Reads `true` or `false`; `None` also if the table lacks the key.
    pub(crate) fn boolean(&self, reader: &mut Reader<'_>, key: &'static str) -> Option<bool> {
        self.get(key)?.value.boolean(reader)
    }

    /// Reads an array of strings with `parse`; empty also if the table lacks the key.
    pub(crate) fn list<T>(
        &self,
        reader: &mut Reader<'_>,
        key: &'static str,
        parse: impl Fn(&mut Reader<'_>, &Text<'t>) -> Option<T>,
    ) -> Vec<Spot<T>> {
        let Some(items) = self.get(key).and_then(|entry| entry.value.array(reader)) else {
            return Vec::new();
        };
        let mut list = Vec::new();
        for item in items {
            if let Some(text) = item.text(reader)
                && let Some(value) = parse(reader, &text)
            {
                list.push(Spot {
                    value,
                    span: reader.inside(&text),
                });
            }
        }
        list
    }

    /// Finds an array of tables; empty also if the table lacks the key.
    pub(crate) fn tables(
        &self,
        reader: &mut Reader<'_>,
        key: &'static str,
        hint: &str,
    ) -> Vec<Value<'t>> {
        let Some(Entry { value, .. }) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get() else {
            value.mismatch(reader, "an array of tables").with_hint(hint);
            return Vec::new();
        };
        items.iter().map(Value::new).collect()
    }

    /// Reads a table of strings, in the order of the file; empty also if the table lacks the key.
    pub(crate) fn strings(
        &self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Vec<(Text<'t>, Text<'t>)> {
        let hint = format!("write `{key} = {{ name = \"value\" }}`");
        let entries = self.entries(reader, key, "a table of strings", &hint);
        let strings = entries.into_iter();
        strings
            .filter_map(|(name, value)| Some((name, value.text(reader)?)))
            .collect()
    }

    /// Reads a table whose keys are arbitrary names, in the order of the file; empty also if the table lacks the key.
    pub(crate) fn entries(
        &self,
        reader: &mut Reader<'_>,
        key: &'static str,
        expected: &'static str,
        hint: &str,
    ) -> Vec<(Text<'t>, Value<'t>)> {
        let Some(Entry { value, .. }) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Table(entries) = value.value.get_ref() else {
            value.mismatch(reader, expected).with_hint(hint);
            return Vec::new();
        };
        let entries = entries.iter().map(|(name, value)| {
            let name = Text {
                value: name.get_ref(),
                span: name.span(),
            };
            (name, Value::new(value))
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|(name, _)| name.span.start);
        entries
    }
}

/// A key and its value.
pub(crate) struct Entry<'t> {
    pub(crate) key: &'static str,
    /// The span of the key.
    pub(crate) span: Range<usize>,
    pub(crate) value: Value<'t>,
}

impl Entry<'_> {
    /// The span from the key to the end of the value.
    pub(crate) fn whole(&self) -> Range<usize> {
        // The value of a key that is the header of a table may stand elsewhere.
        let value = self.value.span();
        if self.span.start <= value.start {
            self.span.start..value.end.max(self.span.end)
        } else {
            self.span.clone()
        }
    }
}

/// A value of any type.
#[derive(Clone, Copy)]
pub(crate) struct Value<'t> {
    value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Value<'t> {
    pub(crate) fn new(value: &'t Spanned<DeValue<'t>>) -> Self {
        Self { value }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.value.span()
    }

    pub(crate) fn get(&self) -> &'t DeValue<'t> {
        self.value.get_ref()
    }

    fn wrong_type(&self, expected: &'static str) -> Problem {
        let found = match self.get() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        Problem::WrongType { expected, found }
    }

    /// Reports that the value is not `expected`.
    pub(crate) fn mismatch<'r>(
        &self,
        reader: &'r mut Reader<'_>,
        expected: &'static str,
    ) -> &'r mut PolicyError {
        reader.report(&self.span(), self.wrong_type(expected))
    }

    pub(crate) fn text(&self, reader: &mut Reader<'_>) -> Option<Text<'t>> {
        if let DeValue::String(value) = self.get() {
            return Some(Text {
                value,
                span: self.span(),
            });
        }
        let written = match self.get() {
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.to_string()),
            DeValue::Boolean(boolean) => Some(boolean.to_string()),
            DeValue::Datetime(datetime) => Some(datetime.to_string()),
            _ => None,
        };
        let problem = self.mismatch(reader, "a string");
        if let Some(written) = written {
            problem.with_hint(format!("write `\"{written}\"`"));
        }
        None
    }

    pub(crate) fn boolean(&self, reader: &mut Reader<'_>) -> Option<bool> {
        if let DeValue::Boolean(value) = self.get() {
            return Some(*value);
        }
        self.mismatch(reader, "`true` or `false`");
        None
    }

    /// Reads an integer from 0 to 2⁶⁴ − 1.
    pub(crate) fn unsigned(&self, reader: &mut Reader<'_>, what: &'static str) -> Option<u64> {
        let DeValue::Integer(number) = self.get() else {
            self.mismatch(reader, "an integer");
            return None;
        };
        let value = u64::from_str_radix(number.as_str(), number.radix()).ok();
        if value.is_none() {
            reader.report(
                &self.span(),
                Problem::OutOfRange {
                    what,
                    range: "from 0 to 18446744073709551615",
                },
            );
        }
        value
    }

    pub(crate) fn array(
        &self,
        reader: &mut Reader<'_>,
    ) -> Option<impl Iterator<Item = Value<'t>> + use<'t>> {
        let DeValue::Array(items) = self.get() else {
            let is_string = matches!(self.get(), DeValue::String(_));
            let problem = self.mismatch(reader, "an array");
            if is_string {
                problem.with_hint("put it in brackets: `[\"…\"]`");
            }
            return None;
        };
        Some(items.iter().map(Value::new))
    }

    /// Opens a table and reports where it differs from `shape`.
    pub(crate) fn table(
        &self,
        reader: &mut Reader<'_>,
        shape: &'static TableShape,
    ) -> Option<Table<'t>> {
        self.table_at(reader, shape, self.span(), None)
    }

    /// Opens a table that may be laid over that of the extended policy. `below` is `Some` if that policy has the table:
    /// then it is the word there under the key that decides about the table, or empty if no key decides.
    pub(crate) fn table_over(
        &self,
        reader: &mut Reader<'_>,
        shape: &'static TableShape,
        below: Option<&str>,
    ) -> Option<Table<'t>> {
        self.table_at(reader, shape, self.span(), below)
    }

    /// Opens a table whose place in the file is `span`, as [`Value::table_over`] does.
    pub(crate) fn table_at(
        &self,
        reader: &mut Reader<'_>,
        shape: &'static TableShape,
        span: Range<usize>,
        below: Option<&str>,
    ) -> Option<Table<'t>> {
        let DeValue::Table(entries) = self.get() else {
            self.mismatch(reader, "a table");
            return None;
        };
        let table = Table {
            shape,
            entries,
            span,
        };
        table.check(reader, below);
        Some(table)
    }
}
