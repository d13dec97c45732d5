//! Options that limit the time, memory and fuel of a run, each overriding the policy.

use std::time::Duration;

use clap::Args;
use interpose_host::{Bytes, Limit, Limits};
use interpose_policy::{QuantityError, parse_duration, parse_size};

use crate::help::OVERRIDING;
use crate::message::Sentence;
use crate::session::Session;

/// What a run may take.
#[derive(Debug, Args)]
pub struct LimitOptions {
    /// End what runs for longer: a number with a unit, like `30s`
    #[arg(long, value_name = "DURATION", value_parser = timeout, help_heading = OVERRIDING)]
    timeout: Option<Duration>,
    /// End what asks for more memory, its adapters included: a number with a unit, like `256MiB`
    #[arg(long, value_name = "SIZE", value_parser = memory, help_heading = OVERRIDING)]
    max_memory: Option<Bytes>,
    /// End what burns more fuel, most instructions one unit each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = OVERRIDING)]
    fuel: Option<u64>,
}

impl LimitOptions {
    /// Replaces the limits that the command line sets.
    pub fn change(&self, limits: &mut Limits) {
        set(&mut limits.timeout, self.timeout, "`--timeout`");
        set(&mut limits.max_memory, self.max_memory, "`--max-memory`");
        set(&mut limits.fuel, self.fuel, "`--fuel`");
    }
}

fn set<T>(limit: &mut Option<Limit<T>>, value: Option<T>, option: &str) {
    if let Some(value) = value {
        *limit = Some(Limit {
            value,
            place: option.into(),
        });
    }
}

/// Warns that a written component does not enforce the limits of its policy.
pub fn warn_of_limits<'a>(session: &Session, limits: impl IntoIterator<Item = &'a Limits>) {
    if limits.into_iter().any(|limits| !limits.is_empty()) {
        let message = "the written component does not hold the policy's `[limits]`: no component can, its host has to; \
                       `interpose run` and `interpose serve` do";
        session
            .reporter
            .warning(&Sentence::new("limits::not-held", message.into()));
    }
}

/// Parses a duration.
pub fn duration(text: &str, example: &str) -> Result<Duration, String> {
    quantity(parse_duration(text), example)
}

fn timeout(text: &str) -> Result<Duration, String> {
    let limit = duration(text, "`30s` or `5m`")?;
    above_zero(limit, Duration::ZERO, "nothing runs in no time")
}

fn memory(text: &str) -> Result<Bytes, String> {
    let limit = quantity(parse_size(text), "`256MiB` or `1GiB`")?;
    above_zero(Bytes(limit), Bytes(0), "nothing runs in no memory")
}

fn quantity<T>(read: Result<T, QuantityError>, example: &str) -> Result<T, String> {
    read.map_err(|error| format!("{error}: expected one like {example}"))
}

fn above_zero<T: PartialEq>(value: T, zero: T, why: &str) -> Result<T, String> {
    match value == zero {
        true => Err(format!("{why}: without the option there is no limit")),
        false => Ok(value),
    }
}
