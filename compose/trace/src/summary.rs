//! A table that sums calls up.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use interpose_calls::{Event, Value};

use crate::functions::Name;
use crate::outcome::Outcome;
use crate::tracer::{Call, Format, Scope};
use crate::value::plain;

/// Counts calls, as `strace -c` does: a line a function, those with the most time first.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    rows: HashMap<Arc<str>, Row>,
}

/// What is known of a function.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    time: Duration,
    calls: u64,
    errors: u64,
    bytes: u64,
}

impl Row {
    fn add(&mut self, other: Self) {
        self.time += other.time;
        self.calls += other.calls;
        self.errors += other.errors;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    fn line(&self, total: Duration, name: &str) -> String {
        let share = match total.is_zero() {
            true => 0.0,
            false => self.time.as_secs_f64() / total.as_secs_f64() * 100.0,
        };
        let seconds = self.time.as_secs_f64();
        let mean = seconds * 1e6 / self.calls.max(1) as f64;
        let errors = match self.errors {
            0 => String::new(),
            errors => errors.to_string(),
        };
        let (calls, bytes) = (self.calls, self.bytes);
        let mut line = format!(
            "{share:>6.2} {seconds:>11.6} {mean:>11.3} {calls:>9} {errors:>9} {bytes:>12} "
        );
        plain(&mut line, name);
        line
    }
}

impl Summary {
    /// There are no calls yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The table. Its columns are the share of the time in calls, the time in seconds, the mean time of a call in
    /// microseconds, the number of calls, how many of them returned an error, the bytes of texts and lists of bytes that were passed
    /// and returned, and the function's name.
    pub fn table(&self) -> String {
        let mut total = Row::default();
        self.rows.values().for_each(|row| total.add(*row));
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by(|(one, a), (other, b)| b.time.cmp(&a.time).then_with(|| one.cmp(other)));
        let rule = format!(
            "{0:-<6} {0:-<11} {0:-<11} {0:-<9} {0:-<9} {0:-<12} {0:-<32}",
            ""
        );
        let mut table = format!(
            "{:>6} {:>11} {:>11} {:>9} {:>9} {:>12} function\n{rule}\n",
            "% time", "seconds", "usecs/call", "calls", "errors", "bytes"
        );
        for (name, row) in rows {
            let _ = writeln!(table, "{}", row.line(total.time, name));
        }
        let _ = writeln!(table, "{rule}\n{}", total.line(total.time, "total"));
        table
    }

    fn count(&mut self, name: &Name, row: Row) {
        if let Some(known) = self.rows.get_mut(&name.shown) {
            known.add(row);
        } else {
            self.rows.insert(Arc::clone(&name.shown), row);
        }
    }
}

impl Format for Summary {
    fn called(&mut self, _: &Scope<'_>, _: &Call) {}

    fn returned(&mut self, scope: &Scope<'_>, call: &Call, result: Option<&Value>, took: Duration) {
        let Some((function, name)) = scope.function(call) else {
            return;
        };
        let row = Row {
            time: took,
            calls: 1,
            errors: u64::from(scope.outcome(function, result) != Outcome::Ok),
            bytes: bytes_of(call, result),
        };
        self.count(name, row);
    }

    fn unfinished(&mut self, scope: &Scope<'_>, call: &Call, _: Option<&str>) {
        if let Some((_, name)) = scope.function(call) {
            let row = Row {
                calls: 1,
                bytes: bytes_of(call, None),
                ..Row::default()
            };
            self.count(name, row);
        }
    }

    fn dropped(&mut self, scope: &Scope<'_>, _: Duration, resource: u32, _: u64) {
        if let Some(name) = scope.functions.drops.get(resource as usize) {
            let row = Row {
                calls: 1,
                ..Row::default()
            };
            self.count(name, row);
        }
    }

    fn differs(&mut self, _: &Scope<'_>, _: Duration, _: Option<&Event>, _: &Event) {}
}

fn bytes_of(call: &Call, result: Option<&Value>) -> u64 {
    let arguments = call.arguments.iter().map(bytes);
    let result = result.map_or(0, bytes);
    arguments.fold(result, u64::saturating_add)
}

/// The bytes of the texts and lists of bytes in a value.
fn bytes(value: &Value) -> u64 {
    match value {
        Value::String { length, .. } | Value::Bytes { length, .. } => *length,
        Value::List { items, .. } => items.iter().map(bytes).sum(),
        Value::Record(values) => values.iter().map(bytes).sum(),
        Value::Variant { payload, .. } => payload.as_deref().map_or(0, bytes),
        _ => 0,
    }
}
