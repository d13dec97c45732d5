//! How much a run may take.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use interpose_policy::{duration_text, parse_duration, parse_size, size_text};
use serde::{Deserialize, Serialize};

/// How much each life of an application may take. All of these are the same in equal runs, which real time is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The units of fuel that it may burn, its adapters included: most instructions take one.
    pub fuel: Option<u64>,
    /// The nanoseconds of the policy's time that may pass. This is looked at from time to time and at the end.
    pub time: Option<u64>,
    /// The bytes that its memories and tables may have, its adapters included.
    pub memory: Option<u64>,
    /// The calls of its imports that it may make.
    pub calls: Option<u64>,
}

/// What a budget limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Fuel.
    Fuel,
    /// Virtual time.
    Time,
    /// Memory.
    Memory,
    /// The number of calls.
    Calls,
}

impl Default for Budget {
    /// Enough for a program that computes for some seconds, so that one that never ends is a failure.
    fn default() -> Self {
        Self {
            fuel: Some(10_000_000_000),
            time: None,
            memory: None,
            calls: Some(10_000_000),
        }
    }
}

impl Budget {
    /// Changes the parts that a text sets, such as `fuel=1000000,time=1h,memory=64MiB,calls=10000`. `none` is no limit.
    ///
    /// # Errors
    /// A sentence about what cannot be read.
    pub fn change(&mut self, text: &str) -> Result<(), String> {
        for part in text.split(',') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is no NAME=VALUE, like `calls=10000`"))?;
            let limit = match (name, value) {
                ("fuel" | "calls" | "time" | "memory", "none") => None,
                ("fuel" | "calls", value) => Some(number(value)?),
                ("time", value) => Some(nanoseconds(value)?),
                ("memory", value) => {
                    let size = parse_size(value);
                    Some(size.map_err(|error| format!("{error}: write it like `memory=64MiB`"))?)
                }
                _ => {
                    return Err(format!(
                        "`{name}` is nothing that a budget limits: expected `fuel`, `time`, `memory` or `calls`"
                    ));
                }
            };
            if limit == Some(0) {
                return Err(format!(
                    "nothing runs with `{part}`; `{name}=none` is no limit"
                ));
            }
            match name {
                "fuel" => self.fuel = limit,
                "time" => self.time = limit,
                "memory" => self.memory = limit,
                _ => self.calls = limit,
            }
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u64, String> {
    // Large numbers are easier to read in groups.
    let digits = text.replace('_', "");
    digits
        .parse()
        .map_err(|_| format!("`{text}` is no whole number"))
}

fn nanoseconds(text: &str) -> Result<u64, String> {
    let time = parse_duration(text);
    let time = time.map_err(|error| format!("{error}: write it like `time=1h`"))?;
    u64::try_from(time.as_nanos()).map_err(|_| "the time is too long".into())
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Self::default();
        budget.change(text)?;
        Ok(budget)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("fuel", self.fuel.map(|fuel| fuel.to_string())),
            ("time", self.time.map(duration_text)),
            ("memory", self.memory.map(size_text)),
            ("calls", self.calls.map(|calls| calls.to_string())),
        ];
        let parts = parts.map(|(name, value)| {
            let value = value.unwrap_or_else(|| "none".into());
            format!("{name}={value}")
        });
        f.write_str(&parts.join(","))
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fuel => "fuel",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Calls => "calls",
        })
    }
}

/// A time of a run as people read it.
pub(crate) fn seconds(nanoseconds: u64) -> String {
    format!("{:?}", Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_and_written() {
        let budget: Budget = "fuel=1_000,time=1h,memory=64MiB,calls=7".parse().unwrap();
        let expected = Budget {
            fuel: Some(1000),
            time: Some(3_600_000_000_000),
            memory: Some(64 << 20),
            calls: Some(7),
        };
        assert_eq!(budget, expected);
        assert_eq!(budget.to_string().parse(), Ok(budget));
        let none: Budget = "fuel=none,calls=none".parse().unwrap();
        assert_eq!(
            none.to_string(),
            "fuel=none,time=none,memory=none,calls=none"
        );
        for wrong in [
            "", "fuel", "fuel=", "fuel=0", "time=5", "memory=x", "space=1", "calls=-1",
        ] {
            assert!(wrong.parse::<Budget>().is_err(), "{wrong}");
        }
    }
}
