//! TOML dates and times as WASI counts them.

use interpose_settings::Timestamp;
use miette::Diagnostic;
use thiserror::Error;
use toml::value::{Datetime, Offset};

/// Why a TOML date or time is not a point in time that WASI can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Diagnostic)]
#[diagnostic(code("policy::time"))]
pub enum TimestampError {
    /// A date without a time, or a time without a date.
    #[error("a point in time has a date and a time")]
    Incomplete,
    /// No offset from UTC.
    #[error("a point in time says its offset from UTC")]
    Local,
    /// Before 1970-01-01T00:00:00Z, where `wasi:clocks/wall-clock` begins to count.
    #[error("clocks begin at 1970-01-01T00:00:00Z")]
    BeforeEpoch,
}

/// The point in time that `datetime` means.
pub(crate) fn from_toml(datetime: &Datetime) -> Result<Timestamp, TimestampError> {
    let (Some(date), Some(time)) = (datetime.date, datetime.time) else {
        return Err(TimestampError::Incomplete);
    };
    let minutes_east = match datetime.offset.ok_or(TimestampError::Local)? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let days = days_since_epoch(date.year.into(), date.month.into(), date.day.into());
    let minutes = days * 1440 + i64::from(time.hour) * 60 + i64::from(time.minute) - minutes_east;
    let seconds = minutes * 60 + i64::from(time.second.unwrap_or(0));
    Ok(Timestamp {
        seconds: u64::try_from(seconds).map_err(|_| TimestampError::BeforeEpoch)?,
        nanoseconds: time.nanosecond.unwrap_or(0),
    })
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar. The TOML parser has checked that it exists.
fn days_since_epoch(year: i64, month: usize, day: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let months = [
        31,
        if leap { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    // Leap days in the years before this one, counted from the year 0.
    let leap_days = |year: i64| (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    let years = (year - 1970) * 365 + leap_days(year) - leap_days(1970);
    years + months.iter().take(month.saturating_sub(1)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(u64, u32), TimestampError> {
        from_toml(&text.parse().unwrap()).map(|t| (t.seconds, t.nanoseconds))
    }

    #[test]
    fn points_in_time() {
        // The numbers are what `date -u -d … +%s` prints.
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Ok((0, 0))),
            ("2026-01-01T00:00:00Z", Ok((1_767_225_600, 0))),
            ("2026-01-01T02:30:00+02:30", Ok((1_767_225_600, 0))),
            (
                "2025-12-31T16:00:00.5-08:00",
                Ok((1_767_225_600, 500_000_000)),
            ),
            ("2000-02-29T12:34:56.000000001Z", Ok((951_827_696, 1))),
            ("2100-03-01T00:00:00Z", Ok((4_107_542_400, 0))),
            ("9999-12-31T23:59:59Z", Ok((253_402_300_799, 0))),
            ("1969-12-31T23:59:59Z", Err(TimestampError::BeforeEpoch)),
            (
                "1970-01-01T00:00:00+00:01",
                Err(TimestampError::BeforeEpoch),
            ),
            ("0000-01-01T00:00:00Z", Err(TimestampError::BeforeEpoch)),
            ("2026-01-01T00:00:00", Err(TimestampError::Local)),
            ("2026-01-01", Err(TimestampError::Incomplete)),
            ("00:00:00", Err(TimestampError::Incomplete)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
