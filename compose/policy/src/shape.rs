//! What tables and values look like: the reader checks files against this, and the schema is made from it.
//!
//! Each table has a [`TableShape`] beside the function that reads it. What a shape cannot say (that a glob can be read, that
//! no two mounts have one path) is for that function.

use crate::quantity::Unit;

/// What a table looks like.
pub(crate) struct TableShape {
    /// What it is called in messages, like `[clocks]`.
    pub(crate) name: &'static str,
    /// What it is about, in a sentence.
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) rules: &'static [Rule],
}

impl TableShape {
    /// The names of its keys.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// What it says, in a sentence.
    pub(crate) about: &'static str,
    pub(crate) need: Need,
}

/// Whether a table has to have a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It need not.
    Optional,
    /// It has to; and what to write.
    Required(&'static str),
    /// It has to, unless the same table of the policy below has it; and what to write.
    RequiredWithoutBase(&'static str),
    /// It means nothing in a policy that extends none.
    Extending,
}

impl Key {
    /// A key that a table need not have.
    pub(crate) const fn new(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self {
            name,
            shape,
            about,
            need: Need::Optional,
        }
    }

    /// The same, needed otherwise.
    pub(crate) const fn need(mut self, need: Need) -> Self {
        self.need = need;
        self
    }
}

/// What a value looks like.
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
    Boolean,
    /// An integer from this one.
    Integer(u64),
    /// A number above 0 and at most 1.
    Probability,
    /// A number with one of the units, or 0.
    Quantity(&'static Unit),
    /// The same with an optional sign.
    Signed(&'static Unit),
    /// One of them, or two joined by `..`.
    Range(&'static Unit),
    /// A date with a time.
    DateTime,
    /// One of some words; each with what it means, which may be empty.
    Words(fn() -> Vec<(String, &'static str)>),
    List(&'static Shape),
    /// The same, with at least one item.
    NonEmptyList(&'static Shape),
    Table(&'static TableShape),
    /// A table of names with texts.
    Names,
    /// A table of paths below a mount, with values.
    Paths(&'static Shape),
    /// A table of names with tables; at least one.
    Tables(&'static TableShape),
    /// One of several shapes.
    AnyOf(&'static [Shape]),
}

/// What the keys of a table have to do with each other.
pub(crate) enum Rule {
    /// Some keys mean something for some words under another key only.
    Only {
        keys: &'static [&'static str],
        key: &'static str,
        words: &'static [&'static str],
    },
    /// A word under a key needs another key.
    Needs {
        key: &'static str,
        word: &'static str,
        needs: &'static str,
        /// Whether that of the same table of the policy below is as good, if the word is the same there.
        inherits: bool,
        hint: &'static str,
    },
    /// There is at most one of some keys.
    AtMostOne {
        keys: &'static [&'static str],
        /// What is wrong with two.
        reason: &'static str,
        hint: &'static str,
    },
    /// There is one of some keys; and what to write.
    AtLeastOne {
        keys: &'static [&'static str],
        hint: &'static str,
    },
    /// Some keys mean nothing without another.
    With {
        keys: &'static [&'static str],
        other: &'static str,
        /// Whether the same table of the policy below is as good.
        inherits: bool,
        /// Why.
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

/// Values that a policy names by words.
pub(crate) trait Word: Clone + PartialEq + Sized + 'static {
    /// The words, their values, and what they mean.
    const WORDS: &'static [(&'static str, Self, &'static str)];

    /// The word for a value.
    fn word(&self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, value, _)| value == self);
        found.map_or("", |(word, ..)| word)
    }
}

/// The words for values, for [`Shape::Words`].
pub(crate) fn words<W: Word>() -> Vec<(String, &'static str)> {
    let words = W::WORDS.iter();
    words
        .map(|(word, _, about)| ((*word).to_owned(), *about))
        .collect()
}
