//! Clocks that are rounded down.

use core::num::NonZeroU64;
use core::time::Duration;

use crate::Instant;

/// The host's clocks, rounded down. Waits depend on the rounded clock alone, and end when it moves: whoever watched which
/// pollables become ready when could otherwise tell the time more finely than the policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coarse {
    /// The step in nanoseconds.
    pub resolution: NonZeroU64,
}

impl Coarse {
    /// The reading of the monotonic clock when the host's shows `host`.
    pub fn monotonic(&self, host: Instant) -> Instant {
        host - host % self.resolution
    }

    /// The reading of the wall clock when the host's shows `host`: a whole number of steps since the Unix epoch.
    pub fn wall(&self, host: Duration) -> Duration {
        let past_the_step = host.as_nanos() % u128::from(self.resolution.get());
        // It is less than the resolution, which has 64 bits.
        host - Duration::from_nanos(past_the_step as u64)
    }

    /// The resolution of the monotonic clock where the host reports `host`, both in nanoseconds.
    pub fn resolution(&self, host: u64) -> u64 {
        self.resolution.get().max(host)
    }

    /// The resolution of the wall clock where the host reports `host`.
    pub fn wall_resolution(&self, host: Duration) -> Duration {
        host.max(Duration::from_nanos(self.resolution.get()))
    }

    /// The host's instant at which the monotonic clock shows `instant` or more.
    pub fn when(&self, instant: Instant) -> Instant {
        instant
            .checked_next_multiple_of(self.resolution.get())
            .unwrap_or(Instant::MAX)
    }

    /// The host's instant at which a wait of `duration` nanoseconds is over that begins when the host's clock shows
    /// `host`. The instant is the same wherever in a step the wait begins, so the wait has to be long enough for the step's
    /// end. A wait of no time is over at once.
    pub fn after(&self, host: Instant, duration: u64) -> Instant {
        let now = self.monotonic(host);
        match duration {
            0 => now,
            _ => self.when(
                now.saturating_add(self.resolution.get() - 1)
                    .saturating_add(duration),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coarse(resolution: u64) -> Coarse {
        Coarse {
            resolution: NonZeroU64::new(resolution).unwrap(),
        }
    }

    #[test]
    fn coarse_clocks_round_down() {
        let clocks = coarse(1_000_000);
        assert_eq!(clocks.monotonic(5_999_999), 5_000_000);
        assert_eq!(clocks.monotonic(6_000_000), 6_000_000);
        assert_eq!(
            clocks.wall(Duration::new(7, 1_999_999)),
            Duration::new(7, 1_000_000)
        );
        assert_eq!(
            coarse(7_000_000_000).wall(Duration::new(20, 500)),
            Duration::from_secs(14)
        );
        let last = coarse(u64::MAX).wall(Duration::MAX);
        assert_eq!(last.as_nanos() % u128::from(u64::MAX), 0);
    }

    #[test]
    fn coarse_clocks_report_the_coarser_resolution() {
        let clocks = coarse(1_000_000);
        assert_eq!(clocks.resolution(1), 1_000_000);
        assert_eq!(clocks.resolution(5_000_000), 5_000_000);
        assert_eq!(
            clocks.wall_resolution(Duration::from_nanos(1)),
            Duration::from_millis(1)
        );
        assert_eq!(
            clocks.wall_resolution(Duration::from_secs(1)),
            Duration::from_secs(1)
        );
    }

    #[test]
    fn coarse_waits_end_when_the_coarse_clock_says_so() {
        let clocks = coarse(100);
        assert_eq!(clocks.when(100), 100);
        assert_eq!(clocks.when(101), 200);
        assert_eq!(clocks.after(150, 1), 200);
        assert_eq!(clocks.after(150, 2), 300);
        assert_eq!(clocks.after(150, 101), 300);
        assert_eq!(clocks.after(150, 0), 100);
        for (host, duration) in (0..500).flat_map(|host| [1, 30, 99, 100, 101].map(|d| (host, d))) {
            let end = clocks.after(host, duration);
            assert_eq!(end, clocks.after(clocks.monotonic(host), duration));
            assert_eq!(end, clocks.monotonic(end));
            assert!((host + duration..host + duration + 200).contains(&end));
        }
        assert_eq!(coarse(1).after(150, 7), 157);
    }

    #[test]
    fn coarse_waits_without_end_stay_without_end() {
        let clocks = coarse(1_000);
        assert_eq!(clocks.when(u64::MAX), u64::MAX);
        assert_eq!(clocks.after(5, u64::MAX), u64::MAX);
        assert_eq!(clocks.after(u64::MAX, 1), u64::MAX);
        assert_eq!(clocks.after(u64::MAX, 0), u64::MAX - u64::MAX % 1_000);
    }
}
