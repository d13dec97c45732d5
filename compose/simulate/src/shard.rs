//! Parts of a range of seeds, for several machines.

use std::fmt;
use std::str::FromStr;

use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::seeds::Seeds;

/// One of several equal parts of a range of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part it is, counted from 1.
    pub index: u64,
    /// How many parts there are.
    pub count: u64,
}

/// How many parts there are, where the environment says which one this process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Of(u64),
    /// As many as the environment says.
    Auto,
}

/// Why a process does not know its part.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum ShardError {
    /// There are not so many parts.
    #[error("there is no part {index} of {count}")]
    #[diagnostic(
        code("test::shard"),
        help("parts are counted from 1: the first of four is `1/4`")
    )]
    NoSuchPart {
        /// The part, counted from 1.
        index: u64,
        /// How many there are.
        count: u64,
    },
    /// A variable is no number.
    #[error("the variable `{name}` is `{value}`, which is no number of a part")]
    #[diagnostic(code("test::shard-variable"))]
    Variable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// No variable says which part this process has.
    #[error("no variable of a scheduler says which part of the seeds this process has")]
    #[diagnostic(
        code("test::shard-unknown"),
        help(
            "`--shards` is for Kubernetes (JOB_COMPLETION_INDEX), Slurm (SLURM_ARRAY_TASK_ID) and Bazel (TEST_SHARD_INDEX); elsewhere name the part: `--shard 1/4`"
        )
    )]
    Unknown,
    /// No variable says how many parts there are.
    #[error("no variable of the scheduler says how many parts the seeds have")]
    #[diagnostic(code("test::shard-count"), help("name the number: `--shards 8`"))]
    UnknownCount,
}

/// A variable of the environment.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Shard {
    /// The part with this number, counted from 1.
    ///
    /// # Errors
    /// [`ShardError::NoSuchPart`] when there are not so many.
    pub fn new(index: u64, count: u64) -> Result<Self, ShardError> {
        match index >= 1 && index <= count {
            true => Ok(Self { index, count }),
            false => Err(ShardError::NoSuchPart { index, count }),
        }
    }

    /// The part that Bazel gives to this process, if it runs the test in several.
    ///
    /// # Errors
    /// [`ShardError`] when the variables contradict each other.
    pub fn of_bazel(variable: Variables<'_>) -> Result<Option<Self>, ShardError> {
        let Some(count) = number(variable, "TEST_TOTAL_SHARDS")? else {
            return Ok(None);
        };
        let index = number(variable, "TEST_SHARD_INDEX")?.ok_or(ShardError::Unknown)?;
        Self::new(index.saturating_add(1), count).map(Some)
    }

    /// The part that a scheduler gives to this process: Bazel's shard, the index of a job of Kubernetes, or the task of an
    /// array of Slurm.
    ///
    /// # Errors
    /// [`ShardError`] when no variable says which part it is, or how many there are.
    pub fn of_scheduler(variable: Variables<'_>, count: Count) -> Result<Self, ShardError> {
        let (index, known) = if let Some(shard) = Self::of_bazel(variable)? {
            (shard.index - 1, Some(shard.count))
        } else if let Some(index) = number(variable, "JOB_COMPLETION_INDEX")? {
            (index, None)
        } else if let Some(task) = number(variable, "SLURM_ARRAY_TASK_ID")? {
            let first = number(variable, "SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
            let step = number(variable, "SLURM_ARRAY_TASK_STEP")?.unwrap_or(1);
            let count = number(variable, "SLURM_ARRAY_TASK_COUNT")?;
            (task.saturating_sub(first) / step.max(1), count)
        } else {
            return Err(ShardError::Unknown);
        };
        let count = match count {
            Count::Of(count) => count,
            Count::Auto => known.ok_or(ShardError::UnknownCount)?,
        };
        Self::new(index.saturating_add(1), count)
    }

    /// This part of a range. The parts are consecutive, and their lengths differ by 1 at most.
    pub fn of(self, seeds: Seeds) -> Seeds {
        let at = |part: u64| {
            let offset = u128::from(seeds.len()) * u128::from(part) / u128::from(self.count);
            seeds.first + u64::try_from(offset).unwrap_or(u64::MAX)
        };
        Seeds {
            first: at(self.index - 1),
            end: at(self.index),
        }
    }
}

fn number(variable: Variables<'_>, name: &'static str) -> Result<Option<u64>, ShardError> {
    let value = variable(name).filter(|value| !value.is_empty());
    let read = value.map(|value| match value.parse() {
        Ok(number) => Ok(number),
        Err(_) => Err(ShardError::Variable { name, value }),
    });
    read.transpose()
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `I/N`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        let (index, count) = numbers.ok_or("expected I/N, like `1/4`")?;
        Self::new(index, count)
            .map_err(|error| format!("{error}: parts are counted from 1, as in `1/{count}`"))
    }
}

impl FromStr for Count {
    type Err = String;

    /// Reads a number or `auto`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            text => match text.parse() {
                Ok(0) | Err(_) => Err("expected a number from 1 on, or `auto`".into()),
                Ok(count) => Ok(Self::Of(count)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(variables: &[(&str, &str)], count: Count) -> Result<Shard, ShardError> {
        let find = |name: &str| {
            let mut variables = variables.iter();
            let found = variables.find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Shard::of_scheduler(&find, count)
    }

    #[test]
    fn schedulers_say_which_part_it_is() {
        let bazel = [("TEST_SHARD_INDEX", "2"), ("TEST_TOTAL_SHARDS", "3")];
        assert_eq!(of(&bazel, Count::Auto), Shard::new(3, 3));
        let kubernetes = [("JOB_COMPLETION_INDEX", "0")];
        assert_eq!(of(&kubernetes, Count::Of(8)), Shard::new(1, 8));
        assert_eq!(of(&kubernetes, Count::Auto), Err(ShardError::UnknownCount));
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "14"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        assert_eq!(of(&slurm, Count::Auto), Shard::new(3, 4));
        assert_eq!(of(&[], Count::Of(3)), Err(ShardError::Unknown));
        let broken = [("JOB_COMPLETION_INDEX", "x")];
        assert!(matches!(
            of(&broken, Count::Of(3)),
            Err(ShardError::Variable { .. })
        ));
        let beyond = [("JOB_COMPLETION_INDEX", "3")];
        assert!(of(&beyond, Count::Of(3)).is_err());
    }

    #[test]
    fn parts_are_read() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, count: 4 }));
        for wrong in ["0/4", "5/4", "1/0", "1", "/", "a/b", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_the_whole(first: u64, length in 0_u64..1_000_000, count in 1_u64..200) {
            let seeds = Seeds { first, end: first.saturating_add(length) };
            let mut next = seeds.first;
            let mut lengths = Vec::new();
            for index in 1..=count {
                let part = Shard { index, count }.of(seeds);
                prop_assert_eq!(part.first, next);
                next = part.end;
                lengths.push(part.len());
            }
            prop_assert_eq!(next, seeds.end);
            let (least, most) = (lengths.iter().min(), lengths.iter().max());
            prop_assert!(most.copied().unwrap_or(0) - least.copied().unwrap_or(0) <= 1);
        }
    }
}
