//! What clocks show, as functions of what the host's clocks show.

use interpose_config::Timestamp;

const SECOND: u128 = 1_000_000_000;

/// Nanoseconds since the Unix epoch.
fn to_nanoseconds(time: Timestamp) -> u128 {
    u128::from(time.seconds) * SECOND + u128::from(time.nanoseconds)
}

/// The point in time that many nanoseconds after the Unix epoch, the last one that can be expressed at most.
fn from_nanoseconds(nanoseconds: u128) -> Timestamp {
    match u64::try_from(nanoseconds / SECOND) {
        Ok(seconds) => Timestamp {
            seconds,
            nanoseconds: (nanoseconds % SECOND) as u32,
        },
        Err(_) => Timestamp {
            seconds: u64::MAX,
            nanoseconds: (SECOND - 1) as u32,
        },
    }
}

/// A wall clock that is ahead of the host's, or behind it. The monotonic clock is the host's.
pub struct Offset {
    /// Nanoseconds added to the host's reading.
    pub nanoseconds: i64,
}

impl Offset {
    /// What the wall clock shows when the host's shows `host`: never less than the Unix epoch, before which
    /// `wasi:clocks` cannot count.
    pub fn wall(&self, host: Timestamp) -> Timestamp {
        let host = to_nanoseconds(host);
        let amount = u128::from(self.nanoseconds.unsigned_abs());
        from_nanoseconds(if self.nanoseconds < 0 {
            host.saturating_sub(amount)
        } else {
            host + amount
        })
    }
}

/// Clocks that move only when they are read. The wall clock and the monotonic clock show the same time; the latter
/// counts from 0.
pub struct Frozen {
    start: Timestamp,
    tick: u64,
    elapsed: u64,
}

impl Frozen {
    /// Clocks that show `start` and 0 at first, and `tick` nanoseconds more after each reading of either.
    pub fn new(start: Timestamp, tick: u64) -> Self {
        Self {
            start,
            tick,
            elapsed: 0,
        }
    }

    /// Reads the monotonic clock.
    pub fn monotonic(&mut self) -> u64 {
        let now = self.elapsed;
        self.elapsed = now.saturating_add(self.tick);
        now
    }

    /// Reads the wall clock.
    pub fn wall(&mut self) -> Timestamp {
        let elapsed = self.monotonic();
        from_nanoseconds(to_nanoseconds(self.start) + u128::from(elapsed))
    }

    /// Nanoseconds by which the clocks move, at least 1.
    pub fn resolution(&self) -> u64 {
        self.tick.max(1)
    }

    /// The same for the wall clock.
    pub fn wall_resolution(&self) -> Timestamp {
        from_nanoseconds(u128::from(self.resolution()))
    }

    /// How long a wait for `instant` of the monotonic clock takes. Asking is not a reading.
    pub fn until(&self, instant: u64) -> u64 {
        instant.saturating_sub(self.elapsed)
    }
}

/// The host's clocks, rounded down. Waits depend on the rounded clock alone, and end when it moves: whoever watched which
/// pollables become ready when could otherwise tell the time more finely than the policy says.
pub struct Coarse {
    /// The step in nanoseconds, not 0.
    pub resolution: u64,
}

impl Coarse {
    /// What the monotonic clock shows when the host's shows `host`.
    pub fn monotonic(&self, host: u64) -> u64 {
        host - host % self.resolution
    }

    /// What the wall clock shows when the host's shows `host`: a whole number of steps since the Unix epoch.
    pub fn wall(&self, host: Timestamp) -> Timestamp {
        let host = to_nanoseconds(host);
        from_nanoseconds(host - host % u128::from(self.resolution))
    }

    /// The resolution to report where the host reports `host`, both in nanoseconds.
    pub fn resolution(&self, host: u64) -> u64 {
        self.resolution.max(host)
    }

    /// The resolution to report for the wall clock where the host reports `host`.
    pub fn wall_resolution(&self, host: Timestamp) -> Timestamp {
        from_nanoseconds(to_nanoseconds(host).max(u128::from(self.resolution)))
    }

    /// The host's instant at which the monotonic clock shows `instant` or more.
    pub fn when(&self, instant: u64) -> u64 {
        instant
            .checked_next_multiple_of(self.resolution)
            .unwrap_or(u64::MAX)
    }

    /// The host's instant at which a wait of `duration` nanoseconds is over that begins when the host's clock shows
    /// `host`. It is the same wherever in a step the wait begins, so it has to be long enough for the step's end. A wait
    /// of no time is over at once.
    pub fn after(&self, host: u64, duration: u64) -> u64 {
        let now = self.monotonic(host);
        match duration {
            0 => now,
            _ => self.when(
                now.saturating_add(self.resolution - 1)
                    .saturating_add(duration),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, nanoseconds: u32) -> Timestamp {
        Timestamp {
            seconds,
            nanoseconds,
        }
    }

    #[test]
    fn an_offset_moves_the_wall_clock_both_ways() {
        assert_eq!(
            Offset {
                nanoseconds: 1_500_000_000
            }
            .wall(at(10, 600_000_000)),
            at(12, 100_000_000)
        );
        assert_eq!(
            Offset {
                nanoseconds: -1_500_000_000
            }
            .wall(at(10, 400_000_000)),
            at(8, 900_000_000)
        );
        assert_eq!(Offset { nanoseconds: 0 }.wall(at(10, 1)), at(10, 1));
    }

    #[test]
    fn an_offset_stops_at_what_can_be_expressed() {
        assert_eq!(
            Offset {
                nanoseconds: i64::MIN
            }
            .wall(at(1, 0)),
            at(0, 0)
        );
        assert_eq!(
            Offset {
                nanoseconds: i64::MAX
            }
            .wall(at(u64::MAX, 0)),
            at(u64::MAX, 999_999_999)
        );
    }

    #[test]
    fn frozen_clocks_move_by_a_tick_at_each_reading_of_either() {
        let mut clocks = Frozen::new(at(100, 999_999_995), 10);
        assert_eq!(clocks.wall(), at(100, 999_999_995));
        assert_eq!(clocks.monotonic(), 10);
        assert_eq!(clocks.wall(), at(101, 15));
        assert_eq!(clocks.monotonic(), 30);
        assert_eq!(clocks.resolution(), 10);
    }

    #[test]
    fn frozen_clocks_without_a_tick_stand_still() {
        let mut clocks = Frozen::new(at(5, 0), 0);
        for _ in 0..3 {
            assert_eq!((clocks.wall(), clocks.monotonic()), (at(5, 0), 0));
        }
        assert_eq!(clocks.resolution(), 1);
    }

    #[test]
    fn frozen_clocks_never_run_backwards() {
        let mut clocks = Frozen::new(at(u64::MAX, 0), u64::MAX);
        assert_eq!(clocks.monotonic(), 0);
        assert_eq!(clocks.monotonic(), u64::MAX);
        assert_eq!(clocks.monotonic(), u64::MAX);
        assert_eq!(clocks.wall(), at(u64::MAX, 999_999_999));
    }

    #[test]
    fn waits_for_a_frozen_instant_take_the_difference() {
        let mut clocks = Frozen::new(at(0, 0), 7);
        clocks.monotonic();
        assert_eq!(clocks.until(1_000), 993);
        assert_eq!(clocks.until(1_000), 993);
        assert_eq!(clocks.until(3), 0);
    }

    #[test]
    fn coarse_clocks_round_down() {
        let clocks = Coarse {
            resolution: 1_000_000,
        };
        assert_eq!(clocks.monotonic(5_999_999), 5_000_000);
        assert_eq!(clocks.monotonic(6_000_000), 6_000_000);
        assert_eq!(clocks.wall(at(7, 1_999_999)), at(7, 1_000_000));
        let odd = Coarse {
            resolution: 7_000_000_000,
        };
        assert_eq!(odd.wall(at(20, 500)), at(14, 0));
    }

    #[test]
    fn coarse_clocks_report_the_coarser_resolution() {
        let clocks = Coarse {
            resolution: 1_000_000,
        };
        assert_eq!(clocks.resolution(1), 1_000_000);
        assert_eq!(clocks.resolution(5_000_000), 5_000_000);
        assert_eq!(clocks.wall_resolution(at(0, 1)), at(0, 1_000_000));
        assert_eq!(clocks.wall_resolution(at(1, 0)), at(1, 0));
    }

    #[test]
    fn coarse_waits_end_when_the_coarse_clock_says_so() {
        let clocks = Coarse { resolution: 100 };
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
        let fine = Coarse { resolution: 1 };
        assert_eq!(fine.after(150, 7), 157);
    }

    #[test]
    fn coarse_waits_without_end_stay_without_end() {
        let clocks = Coarse { resolution: 1_000 };
        assert_eq!(clocks.when(u64::MAX), u64::MAX);
        assert_eq!(clocks.after(5, u64::MAX), u64::MAX);
        assert_eq!(clocks.after(u64::MAX, 1), u64::MAX);
        assert_eq!(clocks.after(u64::MAX, 0), u64::MAX - u64::MAX % 1_000);
    }
}
