//! Reads `[random]`.

use crate::model::Random;
use crate::reader::{Entry, Reader};
use crate::shape::{Key, Need, Rule, Shape, TableShape, Word, words};

pub(crate) static RANDOM: TableShape = TableShape {
    name: "[random]",
    about: "Random numbers.",
    keys: &[
        Key::new("mode", Shape::Words(words::<Mode>), "Where they come from.")
            .need(Need::RequiredWithoutBase("like `mode = \"seeded\"`")),
        Key::new(
            "seed",
            Shape::Integer(0),
            "seeded: what the numbers depend on.",
        ),
    ],
    rules: &[
        Rule::Only {
            keys: &["seed"],
            key: "mode",
            words: &["seeded"],
        },
        Rule::Needs {
            key: "mode",
            word: "seeded",
            needs: "seed",
            inherits: true,
            hint: "like `seed = 42`",
        },
    ],
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Inherit,
    Seeded,
    Deny,
}

impl Word for Mode {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("inherit", Self::Inherit, "The host's numbers."),
        (
            "seeded",
            Self::Seeded,
            "Numbers that depend on `seed` alone.",
        ),
        ("deny", Self::Deny, "Every call traps."),
    ];
}

impl Mode {
    pub(crate) fn of(random: &Random) -> Self {
        match random {
            Random::Host => Self::Inherit,
            Random::Seeded(_) => Self::Seeded,
            Random::Deny => Self::Deny,
        }
    }
}

/// Reads the table over that of the extended policy, whose mode it has if it names none.
pub(crate) fn random(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Random>,
) -> Option<Random> {
    let below = base.map(Mode::of);
    let table = (entry.value).table_over(reader, &RANDOM, below.as_ref().map(Word::word))?;
    let mode = match table.text(reader, "mode") {
        Some(text) => reader.word(&text, "mode")?,
        None => below?,
    };
    match mode {
        Mode::Inherit => Some(Random::Host),
        Mode::Deny => Some(Random::Deny),
        Mode::Seeded => match table.get("seed") {
            Some(seed) => seed.value.unsigned(reader, "a seed").map(Random::Seeded),
            None => base.copied(),
        },
    }
}
