//! Collects repeated measurements.

use anyhow::{Context, Result};
use indexmap::IndexMap;

/// The values of all rounds by name, in the order in which the names first appeared.
#[derive(Clone, Debug, Default)]
pub struct Measurements(IndexMap<String, Vec<f64>>);

impl Measurements {
    /// Adds a measurement.
    pub fn add(&mut self, name: &str, value: f64) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// Adds the output of a benchmark program: lines of a name, a tab and a number.
    ///
    /// # Errors
    /// An error when the output contains another line.
    pub fn add_printed(&mut self, output: &str) -> Result<()> {
        for line in output.lines() {
            let (name, value) = line
                .split_once('\t')
                .with_context(|| format!("the benchmark program printed `{line}`"))?;
            self.add(name, value.parse()?);
        }
        Ok(())
    }

    /// The names of the measurements.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The median of the values under a name.
    ///
    /// # Errors
    /// An error when there is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let mut measured = Measurements::default();
        for output in ["a\t3\nb\t1.5", "a\t100", "a\t1", "b\t2.5"] {
            measured.add_printed(output).unwrap();
        }
        assert_eq!(measured.median("a").unwrap(), 3.0);
        assert_eq!(measured.median("b").unwrap(), 2.0);
        assert!(measured.median("c").is_err());
        assert_eq!(measured.names().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        for output in ["a 1", "a\tone", "panicked"] {
            assert!(Measurements::default().add_printed(output).is_err());
        }
    }
}
