//! The shapes of tables and values. The reader checks files against them, and the JSON Schema is made from them.
//!
//! Each table has a [`TableShape`] beside the function that reads it. That function checks what a shape cannot express,
//! for example that a glob is valid or that no two mounts have the same path.

use crate::quantity::Unit;

/// The shape of a table.
pub(crate) struct TableShape {
    /// The table's name in messages, like `[clocks]`.
    pub(crate) name: &'static str,
    /// A sentence about the table, for the schema.
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) rules: &'static [Rule],
}

impl TableShape {
    /// The names of the table's keys.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// A sentence about the key, for the schema.
    pub(crate) about: &'static str,
    pub(crate) need: Need,
}

/// Whether a table must have a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The table may lack the key.
    Optional,
    /// The table must have the key; with a hint what to write.
    Required(&'static str),
    /// The table must have the key unless the same table of the extended policy has it; with a hint what to write.
    RequiredWithoutBase(&'static str),
    /// The key has no effect, and is an error, in a policy that extends none.
    Extending,
}

impl Key {
    /// A key that a table may lack.
    pub(crate) const fn new(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self {
            name,
            shape,
            about,
            need: Need::Optional,
        }
    }

    /// The key with another requirement.
    pub(crate) const fn need(mut self, need: Need) -> Self {
        self.need = need;
        self
    }
}

/// The shape of a value.
pub(crate) enum Shape {
    /// The version of the language.
    Version(u64),
    Text,
    /// A path of the application: absolute, without empty names, `.` and `..`.
    AbsolutePath,
    /// A path below a mount.
    RelativePath,
    /// A text that is not empty and has no line breaks.
    Line,
    /// A text that is not empty, such as a path of this machine.
    NotEmpty,
    /// A SHA-256 hash in hexadecimal digits.
    Sha256,
    Boolean,
    /// An integer of at least this number.
    Integer(u64),
    /// A number above 0 and at most 1.
    Probability,
    /// A number with one of the units, or 0.
    Quantity(&'static Unit),
    /// A quantity with an optional sign.
    Signed(&'static Unit),
    /// A quantity, or two of them joined by `..`.
    Range(&'static Unit),
    /// A date with a time.
    DateTime,
    /// One of some words; each with its meaning, which may be empty.
    Words(fn() -> Vec<(String, &'static str)>),
    List(&'static Shape),
    /// A list with at least one item.
    NonEmptyList(&'static Shape),
    Table(&'static TableShape),
    /// A table with arbitrary names as keys and texts as values.
    Names,
    /// A table with arbitrary names as keys and values of one shape.
    NamesOf(&'static Shape),
    /// A table with paths below a mount as keys.
    Paths(&'static Shape),
    /// A table with arbitrary names as keys and tables as values; at least one.
    Tables(&'static TableShape),
    /// One of several shapes.
    AnyOf(&'static [Shape]),
}

/// How the keys of a table depend on each other.
pub(crate) enum Rule {
    /// Some keys are only allowed with some words under another key.
    Only {
        keys: &'static [&'static str],
        key: &'static str,
        words: &'static [&'static str],
    },
    /// A word under a key requires another key.
    Needs {
        key: &'static str,
        word: &'static str,
        needs: &'static str,
        /// Whether the key `needs` of the same table of the extended policy fulfils the rule, if that table has the
        /// same word.
        inherits: bool,
        hint: &'static str,
    },
    /// A table has at most one of some keys.
    AtMostOne {
        keys: &'static [&'static str],
        /// Why two of them are wrong.
        reason: &'static str,
        hint: &'static str,
    },
    /// A table has at least one of some keys; with a hint what to write.
    AtLeastOne {
        keys: &'static [&'static str],
        hint: &'static str,
    },
    /// Some keys have no effect without another.
    With {
        keys: &'static [&'static str],
        other: &'static str,
        /// Whether the same table of the extended policy fulfils the rule.
        inherits: bool,
        /// The end of the message, behind the key's name.
        reason: &'static str,
    },
    /// A key that is `true` excludes another.
    Excludes {
        key: &'static str,
        other: &'static str,
        reason: &'static str,
        hint: &'static str,
    },
}

/// Values that a policy writes as words.
pub(crate) trait Word: Clone + PartialEq + Sized + 'static {
    /// The words, their values and their meanings.
    const WORDS: &'static [(&'static str, Self, &'static str)];

    /// The word for a value.
    fn word(&self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, value, _)| value == self);
        found.map_or("", |(word, ..)| word)
    }
}

/// The words of a type with their meanings, for [`Shape::Words`].
pub(crate) fn words<W: Word>() -> Vec<(String, &'static str)> {
    let words = W::WORDS.iter();
    words
        .map(|(word, _, about)| ((*word).to_owned(), *about))
        .collect()
}
