//! Reads and writes durations and sizes: a number with a unit.

use miette::Diagnostic;
use thiserror::Error;

/// Why a text is not a duration or size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Diagnostic)]
#[diagnostic(code("policy::quantity"))]
pub enum QuantityError {
    /// A number other than 0 without a unit.
    #[error("{0} needs a unit")]
    MissingUnit(&'static str),
    /// The text does not begin with a number.
    #[error("{0} begins with a number")]
    MissingNumber(&'static str),
    /// A unit that does not exist.
    #[error("{0} has no such unit")]
    UnknownUnit(&'static str),
    /// The quantity is not a whole number of the smallest unit.
    #[error("{0} is not finer than its smallest unit")]
    TooFine(&'static str),
    /// More than 2⁶⁴ − 1 of the smallest unit.
    #[error("{0} is too large")]
    TooLarge(&'static str),
    /// The end of the range is smaller than its start.
    #[error("this range ends before it starts")]
    Reversed,
}

/// A kind of quantity: its name in messages and its units, smallest first.
pub(crate) struct Unit {
    name: &'static str,
    units: &'static [(&'static str, u64)],
    /// A hint how to write the quantity.
    pub(crate) hint: &'static str,
}

/// Durations in nanoseconds.
pub(crate) const DURATION: Unit = Unit {
    name: "a duration",
    units: &[
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ],
    hint: "write a number with `ns`, `us`, `ms`, `s`, `m` or `h`, like `\"5ms\"`",
};

/// Sizes in bytes.
pub(crate) const SIZE: Unit = Unit {
    name: "a size",
    units: &[
        ("B", 1),
        ("KB", 1_000),
        ("KiB", 1 << 10),
        ("MB", 1_000_000),
        ("MiB", 1 << 20),
        ("GB", 1_000_000_000),
        ("GiB", 1 << 30),
    ],
    hint: "write a number with `B`, `KiB`, `MiB`, `GiB`, `KB`, `MB` or `GB`, like `\"64MiB\"`",
};

impl Unit {
    /// The names of the units.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.units.iter().map(|(name, _)| *name)
    }

    /// Reads `0` or a number (with a fraction, if the result is whole) directly followed by a unit.
    pub(crate) fn parse(&self, text: &str) -> Result<u64, QuantityError> {
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction_ok = !fraction.contains('.') && fraction.is_empty() != number.contains('.');
        if whole.is_empty() || !fraction_ok {
            return Err(QuantityError::MissingNumber(self.name));
        }
        if unit.is_empty() {
            return if number == "0" {
                Ok(0)
            } else {
                Err(QuantityError::MissingUnit(self.name))
            };
        }
        let Some(&(_, scale)) = self.units.iter().find(|(name, _)| *name == unit) else {
            return Err(QuantityError::UnknownUnit(self.name));
        };
        let too_large = QuantityError::TooLarge(self.name);
        let whole = whole
            .parse::<u64>()
            .ok()
            .and_then(|whole| whole.checked_mul(scale))
            .ok_or(too_large)?;
        let mut parts = 0;
        let mut scale = scale;
        for digit in fraction.trim_end_matches('0').bytes() {
            if scale % 10 != 0 {
                return Err(QuantityError::TooFine(self.name));
            }
            scale /= 10;
            parts += u64::from(digit - b'0') * scale;
        }
        whole.checked_add(parts).ok_or(too_large)
    }
}

impl Unit {
    /// Writes a quantity with the largest unit of which it is a whole number.
    pub(crate) fn written(&self, quantity: u64) -> String {
        let divides =
            |&&(_, scale): &&(&str, u64)| quantity >= scale && quantity.is_multiple_of(scale);
        let unit = self.units.iter().rev().find(divides);
        let (unit, scale) = unit.or(self.units.first()).copied().unwrap_or(("", 1));
        format!("{}{unit}", quantity / scale)
    }
}

/// Reads a range like `1ms..50ms`, or one duration that is both ends.
pub(crate) fn parse_delay(text: &str) -> Result<(u64, u64), QuantityError> {
    let (least, most) = match text.split_once("..") {
        Some((least, most)) => (DURATION.parse(least)?, DURATION.parse(most)?),
        None => {
            let delay = DURATION.parse(text)?;
            (delay, delay)
        }
    };
    if least <= most {
        Ok((least, most))
    } else {
        Err(QuantityError::Reversed)
    }
}

/// Reads a duration with an optional sign in front.
pub(crate) fn parse_offset(text: &str) -> Result<i64, QuantityError> {
    let (negative, duration) = match text.strip_prefix('-') {
        Some(duration) => (true, duration),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let offset = i64::try_from(DURATION.parse(duration)?)
        .map_err(|_| QuantityError::TooLarge(DURATION.name))?;
    Ok(if negative { -offset } else { offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("0s", Ok(0)),
            ("1ns", Ok(1)),
            ("1us", Ok(1_000)),
            ("2.5us", Ok(2_500)),
            ("1.50s", Ok(1_500_000_000)),
            ("3h", Ok(10_800_000_000_000)),
            ("5124095h", Ok(18_446_742_000_000_000_000)),
            ("5124096h", Err(QuantityError::TooLarge("a duration"))),
            (
                "99999999999999999999ns",
                Err(QuantityError::TooLarge("a duration")),
            ),
            ("1.5ns", Err(QuantityError::TooFine("a duration"))),
            ("1.0ns", Ok(1)),
            ("5", Err(QuantityError::MissingUnit("a duration"))),
            ("0.0", Err(QuantityError::MissingUnit("a duration"))),
            ("", Err(QuantityError::MissingNumber("a duration"))),
            ("ms", Err(QuantityError::MissingNumber("a duration"))),
            (".5ms", Err(QuantityError::MissingNumber("a duration"))),
            ("5.ms", Err(QuantityError::MissingNumber("a duration"))),
            ("1.2.3ms", Err(QuantityError::MissingNumber("a duration"))),
            ("-1s", Err(QuantityError::MissingNumber("a duration"))),
            ("5 ms", Err(QuantityError::UnknownUnit("a duration"))),
            ("1h30m", Err(QuantityError::UnknownUnit("a duration"))),
            ("5MS", Err(QuantityError::UnknownUnit("a duration"))),
        ] {
            assert_eq!(DURATION.parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(SIZE.parse("64MiB"), Ok(64 << 20));
        assert_eq!(SIZE.parse("1.5KiB"), Err(QuantityError::TooFine("a size")));
        assert_eq!(SIZE.parse("1.5KB"), Ok(1500));
        assert_eq!(
            SIZE.parse("17179869184GiB"),
            Err(QuantityError::TooLarge("a size"))
        );
    }

    #[test]
    fn written_as_read() {
        for (unit, quantity, text) in [
            (&DURATION, 0, "0ns"),
            (&DURATION, 1, "1ns"),
            (&DURATION, 1_500, "1500ns"),
            (&DURATION, 90_000_000_000, "90s"),
            (&DURATION, 7_200_000_000_000, "2h"),
            (&DURATION, u64::MAX, "18446744073709551615ns"),
            (&SIZE, 64 << 20, "64MiB"),
            (&SIZE, 1_500, "1500B"),
            (&SIZE, 3_000_000, "3MB"),
        ] {
            assert_eq!(unit.written(quantity), text);
            assert_eq!(unit.parse(text), Ok(quantity));
        }
    }

    #[test]
    fn offsets_and_delays() {
        assert_eq!(parse_offset("+3h"), Ok(10_800_000_000_000));
        assert_eq!(parse_offset("-1ns"), Ok(-1));
        assert_eq!(
            parse_offset("--1ns"),
            Err(QuantityError::MissingNumber("a duration"))
        );
        assert_eq!(
            parse_offset("3000000h"),
            Err(QuantityError::TooLarge("a duration"))
        );
        assert_eq!(parse_delay("1ms..50ms"), Ok((1_000_000, 50_000_000)));
        assert_eq!(parse_delay("7ns"), Ok((7, 7)));
        assert_eq!(parse_delay("2ns..1ns"), Err(QuantityError::Reversed));
        assert_eq!(
            parse_delay("..1ns"),
            Err(QuantityError::MissingNumber("a duration"))
        );
    }
}
