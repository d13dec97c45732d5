//! Reads `[limits]`.

use std::time::Duration;

use super::quantity;
use crate::error::Problem;
use crate::limits::{Bytes, Limit, Limits};
use crate::quantity::{DURATION, SIZE};
use crate::reader::{Entry, Reader, Table, Value};
use crate::shape::{Key, Shape, TableShape};

pub(crate) static LIMITS: TableShape = TableShape {
    name: "[limits]",
    about: "The limits of a run, or with a server of each request. `run` and `serve` hold them; a written component cannot.",
    keys: &[
        Key::new(
            "timeout",
            Shape::Quantity(&DURATION),
            "The time from the start to the end of a run, like `30s`.",
        ),
        Key::new(
            "max-memory",
            Shape::Quantity(&SIZE),
            "The memories and tables of the application and of its adapters together, like `256MiB`.",
        ),
        Key::new(
            "fuel",
            Shape::Integer(1),
            "The units of fuel that may be burned; most instructions take one.",
        ),
    ],
    rules: &[],
};

/// Reads the table. A limit that the table does not write is that of the extended policy.
pub(crate) fn limits(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Limits>,
) -> Option<Limits> {
    let table = entry.value.table(reader, &LIMITS)?;
    let base = base.cloned().unwrap_or_default();
    Some(Limits {
        timeout: limit(reader, &table, "timeout", base.timeout, |reader, value| {
            quantity(reader, value, &DURATION).map(Duration::from_nanos)
        }),
        max_memory: limit(
            reader,
            &table,
            "max-memory",
            base.max_memory,
            |reader, value| quantity(reader, value, &SIZE).map(Bytes),
        ),
        fuel: limit(reader, &table, "fuel", base.fuel, |reader, value| {
            value.unsigned(reader, "`fuel`")
        }),
    })
}

/// Reads a limit, which is above zero: a program cannot run in no time, in no memory or on no fuel.
fn limit<T: PartialEq + Zero>(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    key: &'static str,
    base: Option<Limit<T>>,
    read: impl FnOnce(&mut Reader<'_>, &Value<'_>) -> Option<T>,
) -> Option<Limit<T>> {
    let Some(entry) = table.get(key) else {
        return base;
    };
    let value = read(reader, &entry.value)?;
    if value == T::ZERO {
        let problem = Problem::OutOfRange {
            what: "a limit",
            range: "above 0",
        };
        reader
            .report(&entry.value.span(), problem)
            .with_hint("without the key there is no limit");
        return None;
    }
    Some(Limit {
        value,
        place: reader.place(&entry.span),
    })
}

/// A type with the value that is too small for a limit.
trait Zero {
    const ZERO: Self;
}

impl Zero for Duration {
    const ZERO: Self = Self::ZERO;
}

impl Zero for Bytes {
    const ZERO: Self = Self(0);
}

impl Zero for u64 {
    const ZERO: Self = 0;
}
