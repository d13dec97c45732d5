//! `[clocks]`.

use std::ops::Range;

use toml::de::DeValue;

use super::{quantities, quantity};
use crate::error::Problem;
use crate::model::{Clocks, Timestamp};
use crate::quantity::{DURATION, parse_offset};
use crate::reader::{Entry, Reader, Spot, Table};
use crate::timestamp::{self, TimestampError};

pub(crate) const CLOCKS: &[&str] = &["mode", "start", "tick", "offset", "resolution"];

/// Nanoseconds that pass at each reading of a virtual clock unless the policy says: a program that waits for the clock
/// to advance by reading it would otherwise wait for ever.
const VIRTUAL_TICK: u64 = 1_000;

#[derive(Clone, Copy)]
enum Mode {
    Inherit,
    Virtual,
    Frozen,
    Offset,
    Coarse,
    Deny,
}

const MODES: [(&str, Mode); 6] = [
    ("inherit", Mode::Inherit),
    ("virtual", Mode::Virtual),
    ("frozen", Mode::Frozen),
    ("offset", Mode::Offset),
    ("coarse", Mode::Coarse),
    ("deny", Mode::Deny),
];

/// Reads the table; its place is that of its mode.
pub(crate) fn clocks(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spot<Clocks>> {
    let table = entry.value.table(reader, "[clocks]", CLOCKS)?;
    let mode_entry = table.require(reader, "mode", "like `mode = \"virtual\"`")?;
    let text = mode_entry.value.text(reader)?;
    let mode = reader.word(&text, "mode", &MODES)?;
    let foreign: &[&str] = match mode {
        Mode::Inherit | Mode::Deny => &["start", "tick", "offset", "resolution"],
        Mode::Virtual | Mode::Frozen => &["offset", "resolution"],
        Mode::Offset => &["start", "tick", "resolution"],
        Mode::Coarse => &["start", "tick", "offset"],
    };
    let mode_span: Range<usize> = mode_entry.whole();
    for entry in foreign.iter().filter_map(|key| table.get(key)) {
        let modes = match entry.key {
            "start" | "tick" => "the modes `virtual` and `frozen`",
            "offset" => "the mode `offset`",
            _ => "the mode `coarse`",
        };
        reader
            .contradiction(
                &entry.whole(),
                format!("`{}` means something for {modes} only", entry.key),
            )
            .with_label(mode_span.clone(), "the mode")
            .with_hint("remove one of them");
    }
    let clocks = match mode {
        Mode::Inherit => Clocks::Host,
        Mode::Deny => Clocks::Deny,
        Mode::Virtual => Clocks::Virtual {
            start: start(reader, &table),
            tick: tick(reader, &table).unwrap_or(VIRTUAL_TICK),
        },
        Mode::Frozen => Clocks::Frozen {
            start: start(reader, &table),
            tick: tick(reader, &table).unwrap_or(0),
        },
        Mode::Offset => {
            let entry = table.require(reader, "offset", "like `offset = \"+3h\"`")?;
            Clocks::Offset {
                nanoseconds: quantities(reader, &entry.value, &DURATION, parse_offset)?,
            }
        }
        Mode::Coarse => {
            let entry = table.require(reader, "resolution", "like `resolution = \"1ms\"`")?;
            let resolution = quantity(reader, &entry.value, &DURATION)?;
            if resolution == 0 {
                let problem = Problem::OutOfRange {
                    what: "`resolution`",
                    range: "at least `1ns`",
                };
                reader.report(&entry.value.span(), problem);
            }
            Clocks::Coarse { resolution }
        }
    };
    Some(Spot {
        value: clocks,
        span: mode_span,
    })
}

fn tick(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<u64> {
    table
        .get("tick")
        .and_then(|entry| quantity(reader, &entry.value, &DURATION))
}

/// Reads when time begins; the Unix epoch if the policy does not say.
fn start(reader: &mut Reader<'_>, table: &Table<'_>) -> Timestamp {
    let Some(entry) = table.get("start") else {
        return Timestamp::default();
    };
    let DeValue::Datetime(datetime) = entry.value.get() else {
        entry
            .value
            .mismatch(reader, "a date with a time")
            .with_hint("without quotes: `start = 2026-01-01T00:00:00Z`");
        return Timestamp::default();
    };
    timestamp::from_toml(datetime).unwrap_or_else(|error| {
        let problem = reader.report(&entry.value.span(), error);
        match error {
            TimestampError::Incomplete => problem.with_hint("like `2026-01-01T00:00:00Z`"),
            TimestampError::Local => problem.with_hint(format!("write `{datetime}Z` for UTC")),
            TimestampError::BeforeEpoch => problem,
        };
        Timestamp::default()
    })
}
