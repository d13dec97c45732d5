//! Reads `[clocks]`.

use std::ops::Range;

use toml::de::DeValue;

use super::{quantities, quantity};
use crate::error::Problem;
use crate::model::{Clocks, Timestamp};
use crate::quantity::{DURATION, parse_offset};
use crate::reader::{Entry, Reader, Table};
use crate::shape::{Key, Need, Rule, Shape, TableShape, Word, words};
use crate::timestamp::{self, TimestampError};

pub(crate) static CLOCKS: TableShape = TableShape {
    name: "[clocks]",
    about: "Clocks.",
    keys: &[
        Key::new(
            "mode",
            Shape::Words(words::<Mode>),
            "Where time comes from.",
        )
        .need(Need::RequiredWithoutBase("like `mode = \"virtual\"`")),
        Key::new(
            "start",
            Shape::DateTime,
            "virtual, frozen: when time begins, `2026-01-01T00:00:00Z`; the Unix epoch if not given.",
        ),
        Key::new(
            "tick",
            Shape::Quantity(&DURATION),
            "virtual, frozen: time that passes at each reading, like `1us`.",
        ),
        Key::new(
            "offset",
            Shape::Signed(&DURATION),
            "offset: what is added to the host's wall clock, like `+3h`.",
        ),
        Key::new(
            "resolution",
            Shape::Quantity(&DURATION),
            "coarse: what readings are rounded down to, like `1ms`.",
        ),
    ],
    rules: &[
        Rule::Only {
            keys: &["start", "tick"],
            key: "mode",
            words: &["virtual", "frozen"],
        },
        Rule::Only {
            keys: &["offset"],
            key: "mode",
            words: &["offset"],
        },
        Rule::Only {
            keys: &["resolution"],
            key: "mode",
            words: &["coarse"],
        },
        Rule::Needs {
            key: "mode",
            word: "offset",
            needs: "offset",
            inherits: true,
            hint: "like `offset = \"+3h\"`",
        },
        Rule::Needs {
            key: "mode",
            word: "coarse",
            needs: "resolution",
            inherits: true,
            hint: "like `resolution = \"1ms\"`",
        },
    ],
};

/// Nanoseconds that pass at each reading of a virtual clock by default. Without them, a program that waits by reading
/// the clock until it advances would wait for ever.
const VIRTUAL_TICK: u64 = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Inherit,
    Virtual,
    Frozen,
    Offset,
    Coarse,
    Deny,
}

impl Mode {
    pub(crate) fn of(clocks: &Clocks) -> Self {
        match clocks {
            Clocks::Host => Self::Inherit,
            Clocks::Virtual { .. } => Self::Virtual,
            Clocks::Frozen { .. } => Self::Frozen,
            Clocks::Offset { .. } => Self::Offset,
            Clocks::Coarse { .. } => Self::Coarse,
            Clocks::Deny => Self::Deny,
        }
    }
}

impl Word for Mode {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("inherit", Self::Inherit, "The host's clocks."),
        (
            "virtual",
            Self::Virtual,
            "A clock of its own that jumps over every wait.",
        ),
        ("frozen", Self::Frozen, "A clock that stands still."),
        (
            "offset",
            Self::Offset,
            "The host's clocks, the wall clock shifted.",
        ),
        ("coarse", Self::Coarse, "The host's clocks, rounded down."),
        ("deny", Self::Deny, "Every reading traps."),
    ];
}

/// The place of messages about the kind of clocks: the table's mode if it has one, otherwise the whole table.
pub(crate) fn place(entry: &Entry<'_>) -> Range<usize> {
    let mode = match entry.value.get() {
        DeValue::Table(entries) => entries.get_key_value("mode"),
        _ => None,
    };
    match mode {
        Some((key, value)) => key.span().start..value.span().end,
        None => entry.span.clone(),
    }
}

/// Reads the table over that of the extended policy. A table without a mode has the mode of the extended policy; if the
/// modes are the same, the table also has the keys of the extended one that it does not write.
pub(crate) fn clocks(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Clocks>,
) -> Option<Clocks> {
    let inherited = base.map(Mode::of);
    let table = (entry.value).table_over(reader, &CLOCKS, inherited.as_ref().map(Word::word))?;
    let mode = match table.text(reader, "mode") {
        Some(text) => reader.word(&text, "mode")?,
        None => inherited?,
    };
    let base = base.filter(|_| inherited == Some(mode));
    let below = match base {
        Some(Clocks::Virtual { start, tick } | Clocks::Frozen { start, tick }) => {
            Some((*start, *tick))
        }
        _ => None,
    };
    let begin = |reader: &mut Reader<'_>, usual_tick| {
        let (start, tick) = below.unwrap_or((Timestamp::default(), usual_tick));
        (
            self::start(reader, &table).unwrap_or(start),
            self::tick(reader, &table).unwrap_or(tick),
        )
    };
    Some(match mode {
        Mode::Inherit => Clocks::Host,
        Mode::Deny => Clocks::Deny,
        Mode::Virtual => {
            let (start, tick) = begin(reader, VIRTUAL_TICK);
            Clocks::Virtual { start, tick }
        }
        Mode::Frozen => {
            let (start, tick) = begin(reader, 0);
            Clocks::Frozen { start, tick }
        }
        Mode::Offset => match table.get("offset") {
            Some(entry) => Clocks::Offset {
                nanoseconds: quantities(reader, &entry.value, &DURATION, parse_offset)?,
            },
            None => *base?,
        },
        Mode::Coarse => match table.get("resolution") {
            Some(entry) => coarse(reader, &entry)?,
            None => *base?,
        },
    })
}

fn coarse(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Clocks> {
    let resolution = quantity(reader, &entry.value, &DURATION)?;
    if resolution == 0 {
        let problem = Problem::OutOfRange {
            what: "`resolution`",
            range: "at least `1ns`",
        };
        reader.report(&entry.value.span(), problem);
    }
    Some(Clocks::Coarse { resolution })
}

fn tick(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<u64> {
    table
        .get("tick")
        .and_then(|entry| quantity(reader, &entry.value, &DURATION))
}

/// Reads the time at which the clocks start.
fn start(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<Timestamp> {
    let entry = table.get("start")?;
    let DeValue::Datetime(datetime) = entry.value.get() else {
        entry
            .value
            .mismatch(reader, "a date with a time")
            .with_hint("without quotes: `start = 2026-01-01T00:00:00Z`");
        return None;
    };
    let start = timestamp::from_toml(datetime).inspect_err(|error| {
        let problem = reader.report(&entry.value.span(), *error);
        match error {
            TimestampError::Incomplete => problem.with_hint("like `2026-01-01T00:00:00Z`"),
            TimestampError::Local => problem.with_hint(format!("write `{datetime}Z` for UTC")),
            TimestampError::BeforeEpoch => problem,
        };
    });
    start.ok()
}
