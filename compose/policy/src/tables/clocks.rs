//! `[clocks]`.

use std::ops::Range;

use toml::de::DeValue;

use super::{quantities, quantity};
use crate::error::Problem;
use crate::model::{Clocks, Timestamp};
use crate::quantity::{DURATION, parse_offset};
use crate::reader::{Entry, Reader, Table};
use crate::timestamp::{self, TimestampError};

pub(crate) const CLOCKS: &[&str] = &["mode", "start", "tick", "offset", "resolution"];

/// Nanoseconds that pass at each reading of a virtual clock unless the policy says: a program that waits for the clock
/// to advance by reading it would otherwise wait for ever.
const VIRTUAL_TICK: u64 = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Inherit,
    Virtual,
    Frozen,
    Offset,
    Coarse,
    Deny,
}

impl Mode {
    fn of(clocks: &Clocks) -> Self {
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

const MODES: [(&str, Mode); 6] = [
    ("inherit", Mode::Inherit),
    ("virtual", Mode::Virtual),
    ("frozen", Mode::Frozen),
    ("offset", Mode::Offset),
    ("coarse", Mode::Coarse),
    ("deny", Mode::Deny),
];

/// Where the table says which clocks there are: at its mode, if it has one.
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

/// Reads the table, over that of the policy below: with its mode, if this one names none. Where the modes are the same, the
/// table below has what this one does not write.
pub(crate) fn clocks(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Clocks>,
) -> Option<Clocks> {
    let table = entry.value.table(reader, "[clocks]", CLOCKS)?;
    let hint = "like `mode = \"virtual\"`";
    let mode_entry = table.require_or_inherit(reader, "mode", base.is_some(), hint);
    let mode = match &mode_entry {
        Some(entry) => {
            let text = entry.value.text(reader)?;
            reader.word(&text, "mode", &MODES)?
        }
        None => Mode::of(base?),
    };
    let base = base.filter(|base| Mode::of(base) == mode);
    refuse_foreign(reader, &table, mode, mode_entry.as_ref());
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
        Mode::Offset => {
            let hint = "like `offset = \"+3h\"`";
            match table.require_or_inherit(reader, "offset", base.is_some(), hint) {
                Some(entry) => Clocks::Offset {
                    nanoseconds: quantities(reader, &entry.value, &DURATION, parse_offset)?,
                },
                None => *base?,
            }
        }
        Mode::Coarse => {
            let hint = "like `resolution = \"1ms\"`";
            match table.require_or_inherit(reader, "resolution", base.is_some(), hint) {
                Some(entry) => coarse(reader, &entry)?,
                None => *base?,
            }
        }
    })
}

/// Reports keys that mean nothing for a mode.
fn refuse_foreign(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    mode: Mode,
    mode_entry: Option<&Entry<'_>>,
) {
    let foreign: &[&str] = match mode {
        Mode::Inherit | Mode::Deny => &["start", "tick", "offset", "resolution"],
        Mode::Virtual | Mode::Frozen => &["offset", "resolution"],
        Mode::Offset => &["start", "tick", "resolution"],
        Mode::Coarse => &["start", "tick", "offset"],
    };
    for entry in foreign.iter().filter_map(|key| table.get(key)) {
        let modes = match entry.key {
            "start" | "tick" => "the modes `virtual` and `frozen`",
            "offset" => "the mode `offset`",
            _ => "the mode `coarse`",
        };
        let reason = format!("`{}` means something for {modes} only", entry.key);
        let problem = reader.contradiction(&entry.whole(), reason);
        match mode_entry {
            Some(mode) => problem
                .with_label(mode.whole(), "the mode")
                .with_hint("remove one of them"),
            None => problem.with_hint(super::OTHER_MODE_BELOW),
        };
    }
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

/// Reads when time begins.
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
