//! Points in time.

use crate::Error;

const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;

/// A point in time, counted from the Unix epoch, 1970-01-01T00:00:00Z. Earlier points cannot be expressed, as in
/// `wasi:clocks/wall-clock`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Whole seconds since the epoch.
    pub seconds: u64,
    /// Nanoseconds within the second, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The same point in time with fewer than 1,000,000,000 nanoseconds. A guest may pass more.
    ///
    /// Fails with [`Error::Overflow`] if the seconds then exceed [`i64::MAX`], the range of POSIX `time_t`.
    pub(crate) fn normalized(self) -> Result<Self, Error> {
        let carry = u64::from(self.nanoseconds / NANOSECONDS_PER_SECOND);
        let seconds = self
            .seconds
            .checked_add(carry)
            .filter(|&seconds| i64::try_from(seconds).is_ok());
        Ok(Self {
            seconds: seconds.ok_or(Error::Overflow)?,
            nanoseconds: self.nanoseconds % NANOSECONDS_PER_SECOND,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_nanoseconds_become_seconds() {
        let given = Timestamp {
            seconds: 7,
            nanoseconds: 3_000_000_001,
        };
        assert_eq!(
            given.normalized(),
            Ok(Timestamp {
                seconds: 10,
                nanoseconds: 1
            })
        );
    }

    #[test]
    fn seconds_beyond_the_range_overflow() {
        let last = Timestamp {
            seconds: i64::MAX as u64,
            nanoseconds: 999_999_999,
        };
        assert_eq!(last.normalized(), Ok(last));
        for (seconds, nanoseconds) in [
            (i64::MAX as u64, 1_000_000_000),
            (1 << 63, 0),
            (u64::MAX, u32::MAX),
        ] {
            assert_eq!(
                Timestamp {
                    seconds,
                    nanoseconds
                }
                .normalized(),
                Err(Error::Overflow)
            );
        }
    }
}
