//! `[limits]`.

use std::time::Duration;

use super::quantity;
use crate::error::Problem;
use crate::limits::{Bytes, Limit, Limits};
use crate::quantity::{DURATION, SIZE};
use crate::reader::{Entry, Reader, Table, Value};

pub(crate) const LIMITS: &[&str] = &["timeout", "max-memory", "fuel"];

pub(crate) fn limits(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Limits> {
    let table = entry.value.table(reader, "[limits]", LIMITS)?;
    Some(Limits {
        timeout: limit(reader, &table, "timeout", |reader, value| {
            quantity(reader, value, &DURATION).map(Duration::from_nanos)
        }),
        max_memory: limit(reader, &table, "max-memory", |reader, value| {
            quantity(reader, value, &SIZE).map(Bytes)
        }),
        fuel: limit(reader, &table, "fuel", |reader, value| {
            value.unsigned(reader, "`fuel`")
        }),
    })
}

/// Reads a limit, which is above zero: nothing runs in no time, in no memory and on no fuel.
fn limit<T: PartialEq + Zero>(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Reader<'_>, &Value<'_>) -> Option<T>,
) -> Option<Limit<T>> {
    let entry = table.get(key)?;
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

/// What no limit can be.
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
