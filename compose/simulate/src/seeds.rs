//! Ranges of seeds.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A range of seeds: each of them is a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seeds {
    /// The first seed.
    pub first: u64,
    /// The seed behind the last one.
    pub end: u64,
}

impl Seeds {
    /// How many seeds there are.
    pub fn len(self) -> u64 {
        self.end.saturating_sub(self.first)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The seeds, in order.
    pub fn iter(self) -> Range<u64> {
        self.first..self.end
    }
}

impl From<Range<u64>> for Seeds {
    fn from(range: Range<u64>) -> Self {
        Self {
            first: range.start,
            end: range.end,
        }
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.end)
    }
}

impl FromStr for Seeds {
    type Err = String;

    /// Reads `A..B`, in which B is not included, `A..=B`, in which it is, or one seed.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.parse::<u64>();
            number.map_err(|_| format!("`{text}` is no seed: seeds are whole numbers from 0 on"))
        };
        let behind = |seed: u64| seed.checked_add(1).ok_or("the last seed is too large");
        let seeds = match text.split_once("..") {
            Some((first, end)) => Self {
                first: number(first)?,
                end: match end.strip_prefix('=') {
                    Some(last) => behind(number(last)?)?,
                    None => number(end)?,
                },
            },
            None => {
                let first = number(text)?;
                Self {
                    first,
                    end: behind(first)?,
                }
            }
        };
        match seeds.is_empty() {
            true => Err(format!(
                "`{text}` has no seeds: the second number is not included, so it is the larger one, as in `0..500`"
            )),
            false => Ok(seeds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let seeds = |text: &str| text.parse::<Seeds>().map(Seeds::iter);
        assert_eq!(seeds("0..500"), Ok(0..500));
        assert_eq!(seeds("3..=4"), Ok(3..5));
        assert_eq!(seeds("7"), Ok(7..8));
        for wrong in [
            "",
            "5..5",
            "6..5",
            "-1..4",
            "1..x",
            "..",
            "18446744073709551615",
        ] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }
}
