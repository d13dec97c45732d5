//! Several measurements of the same things.

use anyhow::{Context, Result};
use indexmap::IndexMap;

/// What was measured in each round, by name, in the order in which the names came first.
#[derive(Clone, Debug, Default)]
pub struct Measurements(IndexMap<String, Vec<f64>>);

impl Measurements {
    /// Adds a measurement.
    pub fn add(&mut self, name: &str, value: f64) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// Adds what a benchmark program printed: lines of a name, a tab and a number.
    ///
    /// # Errors
    /// When there is anything else in it.
    pub fn add_printed(&mut self, output: &str) -> Result<()> {
        for line in output.lines() {
            let (name, value) = line
                .split_once('\t')
                .with_context(|| format!("the benchmark program printed `{line}`"))?;
            self.add(name, value.parse()?);
        }
        Ok(())
    }

    /// The names of what was measured.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The median of what was measured under this name.
    ///
    /// # Errors
    /// When nothing was.
    pub fn median(&self, name: &str) -> Result<f64> {
        let mut values = self.0.get(name).cloned().unwrap_or_default();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let upper = values
            .get(middle)
            .with_context(|| format!("`{name}` was not measured"))?;
        Ok(if values.len() % 2 == 0 {
            (values[middle - 1] + upper) / 2.0
        } else {
            *upper
        })
    }
}
