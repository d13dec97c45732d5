//! TOML dates and times as points in time of WASI.

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
    /// The offset from UTC is missing.
    #[error("a point in time says its offset from UTC")]
    Local,
    /// The point in time is before 1970-01-01T00:00:00Z, where `wasi:clocks/wall-clock` begins to count.
    #[error("clocks begin at 1970-01-01T00:00:00Z")]
    BeforeEpoch,
}

/// The point in time that `datetime` stands for.
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

/// The last second of the last year that TOML can write, 9999.
const LAST: u64 = 253_402_300_799;

/// A point in time as TOML writes it: in UTC, or with the offset -23:59 if its year has more than four digits in UTC.
pub(crate) fn to_toml(time: Timestamp) -> String {
    let (local, offset) = match time.seconds {
        ..=LAST => (time.seconds, "Z"),
        seconds => (seconds - (24 * 60 - 1) * 60, "-23:59"),
    };
    // A point in time beyond the last second of that offset was written as a leap second.
    let (local, leap) = (local.min(LAST), u64::from(local > LAST));
    let (days, seconds) = (local / 86_400, local % 86_400);
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    // The greatest number (a year, a month or a day) whose start is not after `days`.
    let last = |range: std::ops::RangeInclusive<i64>, start: &dyn Fn(i64) -> i64| {
        let (first, end) = range.into_inner();
        let found = (first..=end).rev().find(|&number| start(number) <= days);
        found.unwrap_or(first)
    };
    let year = last(1970..=9999, &|year| days_since_epoch(year, 1, 1));
    let month = last(1..=12, &|month| days_since_epoch(year, month as usize, 1));
    let day = days - days_since_epoch(year, month as usize, 1) + 1;
    let fraction = match time.nanoseconds {
        0 => String::new(),
        nanoseconds => format!(".{nanoseconds:09}")
            .trim_end_matches('0')
            .to_owned(),
    };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60 + leap);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}")
}

/// The number of days from 1970-01-01 to a day of the proleptic Gregorian calendar. The TOML parser has checked that
/// the day exists.
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
    fn written_as_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T12:34:56.000000001Z",
            "2025-12-31T23:59:59.5Z",
            "2100-03-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59-23:59",
            "9999-12-31T23:59:60-23:59",
        ] {
            let (seconds, nanoseconds) = parse(text).unwrap();
            let time = Timestamp {
                seconds,
                nanoseconds,
            };
            assert_eq!(to_toml(time), text);
        }
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
