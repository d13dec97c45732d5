//! Limits on the time, memory and fuel of a run.

use std::fmt;
use std::time::Duration;

use crate::quantity::SIZE;

/// Limits on the time, memory and fuel of a run; under `serve`, of each request. `None` means unlimited.
///
/// Adapters cannot enforce limits, because a component sees neither how long it computes nor how much memory others
/// have. A component that the tool writes therefore contains no limits; its host has to enforce them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Time from the start of the run to its end, including the time that the run waits. Not zero.
    pub timeout: Option<Limit<Duration>>,
    /// Bytes that all memories and tables of the application and its adapters may have together. Not zero.
    pub max_memory: Option<Limit<Bytes>>,
    /// Fuel that the application and its adapters may burn together; most instructions of WebAssembly take one unit.
    /// Not zero.
    pub fuel: Option<Limit<u64>>,
}

/// A limit and the place where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit<T> {
    /// The limit.
    pub value: T,
    /// The place where the limit was set, for messages: a file and a line, or an option.
    pub place: String,
}

/// A number of bytes. `Display` writes it as a policy does, in the largest unit of which it is a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SIZE.written(self.0))
    }
}

impl Limits {
    /// Whether no limit is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The smaller one of each pair of limits.
    pub fn strictest(self, other: Self) -> Self {
        Self {
            timeout: smaller(self.timeout, other.timeout),
            max_memory: smaller(self.max_memory, other.max_memory),
            fuel: smaller(self.fuel, other.fuel),
        }
    }
}

fn smaller<T: Ord>(one: Option<Limit<T>>, other: Option<Limit<T>>) -> Option<Limit<T>> {
    match (one, other) {
        (Some(one), Some(other)) if other.value < one.value => Some(other),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_limits_are_the_smaller_ones() {
        let limit = |value, place: &str| {
            Some(Limit {
                value,
                place: place.into(),
            })
        };
        let fuel = |fuel| Limits {
            fuel,
            ..Limits::default()
        };
        let (one, other) = (fuel(limit(2, "one")), fuel(limit(1, "other")));
        assert_eq!(one.clone().strictest(other.clone()), other);
        assert_eq!(other.clone().strictest(one.clone()), other);
        assert_eq!(Limits::default().strictest(one.clone()), one);
        assert_eq!(one.clone().strictest(Limits::default()), one);
        assert!(Limits::default().is_empty() && !one.is_empty());
    }

    #[test]
    fn bytes_are_shown_as_a_policy_writes_them() {
        for (bytes, text) in [
            (0, "0B"),
            (1, "1B"),
            (1000, "1KB"),
            (1024, "1KiB"),
            (64 << 20, "64MiB"),
            (3 << 30, "3GiB"),
            (1_500_000_000, "1500MB"),
            (u64::MAX, "18446744073709551615B"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), text);
            assert_eq!(SIZE.parse(text), Ok(bytes));
        }
    }
}
