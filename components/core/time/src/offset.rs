//! A wall clock that is ahead of the host's, or behind it.

use core::time::Duration;

/// A wall clock that is ahead of the host's, or behind it. The monotonic clock is the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Nanoseconds added to the host's reading.
    pub nanoseconds: i64,
}

impl Offset {
    /// The reading of the wall clock, as time since the Unix epoch, when the host's shows `host`: never less than the Unix
    /// epoch, before which `wasi:clocks` cannot count, and at most [`Duration::MAX`].
    pub fn wall(&self, host: Duration) -> Duration {
        let amount = Duration::from_nanos(self.nanoseconds.unsigned_abs());
        if self.nanoseconds < 0 {
            host.saturating_sub(amount)
        } else {
            host.saturating_add(amount)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_moves_the_wall_clock_both_ways() {
        let forward = Offset {
            nanoseconds: 1_500_000_000,
        };
        let backward = Offset {
            nanoseconds: -1_500_000_000,
        };
        assert_eq!(
            forward.wall(Duration::new(10, 600_000_000)),
            Duration::new(12, 100_000_000)
        );
        assert_eq!(
            backward.wall(Duration::new(10, 400_000_000)),
            Duration::new(8, 900_000_000)
        );
        assert_eq!(
            Offset { nanoseconds: 0 }.wall(Duration::new(10, 1)),
            Duration::new(10, 1)
        );
    }

    #[test]
    fn an_offset_stops_at_what_can_be_expressed() {
        let earliest = Offset {
            nanoseconds: i64::MIN,
        };
        let latest = Offset {
            nanoseconds: i64::MAX,
        };
        assert_eq!(earliest.wall(Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(latest.wall(Duration::from_secs(u64::MAX)), Duration::MAX);
    }
}
