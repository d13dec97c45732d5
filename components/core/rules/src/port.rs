//! Ports: a number, a range, or all of them.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{ErrorKind, ParseError};

/// A range of ports, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ports {
    first: u16,
    last: u16,
}

impl Ports {
    /// Every port.
    pub const ALL: Self = Self {
        first: 0,
        last: u16::MAX,
    };

    /// The ports from `first` to `last`; `None` if there are none.
    pub const fn new(first: u16, last: u16) -> Option<Self> {
        if first <= last {
            Some(Self { first, last })
        } else {
            None
        }
    }

    /// One port.
    pub const fn one(port: u16) -> Self {
        Self {
            first: port,
            last: port,
        }
    }

    /// The lowest of them.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The highest of them.
    pub const fn last(self) -> u16 {
        self.last
    }

    /// Whether `port` is one of them.
    pub const fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// Reads `443`, `8000-8100` or `*`, where `part` is a piece of `text`.
    ///
    /// # Errors
    /// When `part` is none of them, or a range that ends before it starts.
    pub fn parse_in(text: &str, part: &str) -> Result<Self, ParseError> {
        let number = |digits: &str| match digits.parse::<u16>() {
            // `parse` also takes a sign and leading zeros.
            Ok(port)
                if digits.bytes().all(|b| b.is_ascii_digit())
                    && (port == 0 || !digits.starts_with('0')) =>
            {
                Ok(port)
            }
            _ => Err(ParseError::new(
                ErrorKind::InvalidPort,
                text,
                if digits.is_empty() { part } else { digits },
            )),
        };
        match part.split_once('-') {
            _ if part == "*" => Ok(Self::ALL),
            _ if part.is_empty() => Err(ParseError::new(ErrorKind::MissingPort, text, part)),
            Some((first, last)) => Self::new(number(first)?, number(last)?)
                .ok_or_else(|| ParseError::new(ErrorKind::ReversedRange, text, part)),
            None => number(part).map(Self::one),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("*"),
            Self { first, last } if first == last => write!(f, "{first}"),
            Self { first, last } => write!(f, "{first}-{last}"),
        }
    }
}

/// A set of ports: disjoint ranges in ascending order, none adjacent to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortSet {
    ranges: Vec<Ports>,
}

impl PortSet {
    pub(crate) fn add(&mut self, ports: Ports) {
        let start = self
            .ranges
            .partition_point(|range| u32::from(range.last) + 1 < u32::from(ports.first));
        let end = self
            .ranges
            .partition_point(|range| u32::from(range.first) <= u32::from(ports.last) + 1);
        let merged = self.ranges[start..end]
            .iter()
            .fold(ports, |all, range| Ports {
                first: all.first.min(range.first),
                last: all.last.max(range.last),
            });
        self.ranges.splice(start..end, [merged]);
    }

    pub(crate) fn covers(&self, ports: Ports) -> bool {
        let at = self.ranges.partition_point(|range| range.last < ports.last);
        self.ranges
            .get(at)
            .is_some_and(|range| range.first <= ports.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_prints() {
        for (text, ports) in [
            ("443", Ports::one(443)),
            ("0", Ports::one(0)),
            ("65535", Ports::one(65535)),
            ("8000-8100", Ports::new(8000, 8100).unwrap()),
            ("*", Ports::ALL),
        ] {
            assert_eq!(Ports::parse_in(text, text), Ok(ports));
            assert_eq!(alloc::format!("{ports}"), text);
        }
        assert_eq!(Ports::parse_in("0-65535", "0-65535"), Ok(Ports::ALL));
        assert_eq!(Ports::parse_in("7-7", "7-7"), Ok(Ports::one(7)));
    }

    #[test]
    fn refuses() {
        for (text, kind, span) in [
            ("", ErrorKind::MissingPort, 0..0),
            ("65536", ErrorKind::InvalidPort, 0..5),
            ("+1", ErrorKind::InvalidPort, 0..2),
            ("080", ErrorKind::InvalidPort, 0..3),
            ("80-", ErrorKind::InvalidPort, 0..3),
            ("80-x", ErrorKind::InvalidPort, 3..4),
            ("9-8", ErrorKind::ReversedRange, 0..3),
            ("-1", ErrorKind::InvalidPort, 0..2),
        ] {
            assert_eq!(
                Ports::parse_in(text, text),
                Err(ParseError { kind, span }),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_set_holds_what_was_added(added in prop::collection::vec((0u16..300, 0u16..40), 0..12), high in any::<bool>()) {
            let base = if high { u16::MAX - 400 } else { 0 };
            let mut set = PortSet::default();
            let ranges: Vec<Ports> =
                added.iter().map(|&(first, more)| Ports::new(base + first, base + first + more).unwrap()).collect();
            ranges.iter().for_each(|&ports| set.add(ports));
            for port in base..=base + 400 {
                let expected = ranges.iter().any(|range| range.contains(port));
                prop_assert_eq!(set.covers(Ports::one(port)), expected);
            }
            for pair in set.ranges.windows(2) {
                prop_assert!(u32::from(pair[0].last) + 1 < u32::from(pair[1].first));
            }
        }
    }
}
