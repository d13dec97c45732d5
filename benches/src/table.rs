//! Prints results: as tables for people, or as JSON for programs.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

/// A table of measurements.
#[derive(Debug, Serialize)]
pub struct Table {
    /// The subject of the measurements.
    pub title: &'static str,
    /// Explanations of the columns.
    pub notes: Vec<&'static str>,
    /// The rows by name, each with a value for every column by name.
    pub rows: IndexMap<String, IndexMap<&'static str, Value>>,
}

/// A measurement. JSON has it under the name of its unit.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Nanoseconds.
    Nanoseconds(f64),
    /// Bytes.
    Bytes(u64),
    /// A measurement divided by another.
    Ratio(f64),
    /// A number of something.
    Count(f64),
}

impl Table {
    /// A table without rows.
    pub fn new(title: &'static str, notes: &[&'static str]) -> Self {
        Self {
            title,
            notes: notes.to_vec(),
            rows: IndexMap::new(),
        }
    }

    /// Adds a row.
    pub fn row<const COLUMNS: usize>(
        &mut self,
        name: impl Into<String>,
        values: [(&'static str, Value); COLUMNS],
    ) {
        self.rows.insert(name.into(), IndexMap::from(values));
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Nanoseconds(time) if time.abs() < 10.0 => write!(f, "{time:.2} ns"),
            Self::Nanoseconds(time) if time.abs() < 1e3 => write!(f, "{time:.0} ns"),
            Self::Nanoseconds(time) if time.abs() < 1e6 => write!(f, "{:.2} µs", time / 1e3),
            Self::Nanoseconds(time) if time.abs() < 1e9 => write!(f, "{:.1} ms", time / 1e6),
            Self::Nanoseconds(time) => write!(f, "{:.2} s", time / 1e9),
            Self::Bytes(bytes) if bytes < 1 << 10 => write!(f, "{bytes} B"),
            Self::Bytes(bytes) if bytes < 10 << 20 => write!(f, "{:.1} KiB", bytes as f64 / 1024.0),
            Self::Bytes(bytes) => write!(f, "{:.1} MiB", bytes as f64 / 1024.0 / 1024.0),
            Self::Count(count) => write!(f, "{count:.0}"),
            Self::Ratio(ratio) if ratio < 10.0 => write!(f, "{ratio:.2}x"),
            Self::Ratio(ratio) => write!(f, "{ratio:.0}x"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut columns: Vec<&str> = Vec::new();
        for name in self.rows.values().flat_map(IndexMap::keys) {
            if !columns.contains(name) {
                columns.push(name);
            }
        }
        let cell = |row: &IndexMap<&'static str, Value>, column: &str| {
            row.get(column).map(Value::to_string).unwrap_or_default()
        };
        let name_width = self.rows.keys().map(|name| name.chars().count()).max();
        let name_width = name_width.unwrap_or(0);
        writeln!(f, "{}", self.title)?;
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        let widths: Vec<usize> = columns
            .iter()
            .map(|column| {
                let cells = self.rows.values().map(|row| cell(row, column));
                let widest = cells.map(|cell| cell.chars().count()).max();
                widest.unwrap_or(0).max(column.chars().count())
            })
            .collect();
        write!(f, "  {:name_width$}", "")?;
        for (column, width) in columns.iter().zip(&widths) {
            write!(f, "  {column:>width$}")?;
        }
        writeln!(f)?;
        for (name, row) in &self.rows {
            write!(f, "  {name:name_width$}")?;
            for (column, width) in columns.iter().zip(&widths) {
                write!(f, "  {:>width$}", cell(row, column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_values_have_units() {
        let mut table = Table::new("Title", &["note"]);
        table.row("a", [("time", Value::Nanoseconds(1234.5))]);
        table.row(
            "longer",
            [
                ("time", Value::Nanoseconds(2e9)),
                ("ratio", Value::Ratio(0.5)),
            ],
        );
        table.row("b", [("ratio", Value::Ratio(123.4))]);
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "Title",
                "  note",
                "             time  ratio",
                "  a       1.23 µs       ",
                "  longer   2.00 s  0.50x",
                "  b                 123x",
            ]
        );
        let json = serde_json::to_value(&table).unwrap();
        assert_eq!(json["rows"]["longer"]["ratio"]["ratio"], 0.5);
        assert_eq!(json["rows"]["a"]["time"]["nanoseconds"], 1234.5);
    }
}
