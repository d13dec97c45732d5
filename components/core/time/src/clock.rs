//! The clock: readings, ticks and deadlines.

use core::time::Duration;

/// A reading of the monotonic clock: nanoseconds since the clock was made, as `wasi:clocks/monotonic-clock` counts
/// them. The last instant, [`NEVER`], comes after 584 years.
pub type Instant = u64;

/// The deadline that never comes. Deadlines later than the monotonic clock can count are put at [`Instant::MAX`], and a
/// wait for them does not end. Wasmtime's host likewise waits forever if a deadline is beyond its range.
pub const NEVER: Instant = Instant::MAX;

/// The effect of waiting on a [`Clock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// A wait for deadlines alone moves time to the earliest of them.
    Jumps,
    /// A wait ends at once and moves nothing: every deadline counts as past.
    Frozen,
}

/// A clock that moves only by the calls of the program that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The time on the wall clock when the monotonic clock shows 0.
    start: Duration,
    /// The next reading of the monotonic clock. It is never [`NEVER`].
    now: Instant,
    /// Nanoseconds that pass at each reading.
    tick: u64,
    motion: Motion,
}

impl Clock {
    /// A clock whose first readings are 0 and `start`, the wall clock's time since the Unix epoch, and which advances
    /// by `tick` nanoseconds at each reading.
    pub const fn new(start: Duration, tick: u64, motion: Motion) -> Self {
        Self {
            start,
            now: 0,
            tick,
            motion,
        }
    }

    /// Reads the monotonic clock, then lets a tick pass.
    ///
    /// No reading is less than an earlier one. Time stops one nanosecond before [`NEVER`].
    pub fn monotonic(&mut self) -> Instant {
        let now = self.now;
        self.tick();
        now
    }

    /// Reads the wall clock, then lets a tick pass.
    ///
    /// The reading is the start plus the reading that the monotonic clock would have shown, at most [`Duration::MAX`].
    pub fn wall(&mut self) -> Duration {
        let now = self.monotonic();
        self.wall_at(now)
    }

    /// The time on the wall clock, without a tick. The timestamps of files use it, because they are not readings of the
    /// program.
    pub fn peek_wall(&self) -> Duration {
        self.wall_at(self.now)
    }

    /// The time on the monotonic clock, without a tick.
    pub fn peek_monotonic(&self) -> Instant {
        self.now
    }

    /// The shortest time in nanoseconds between two readings that differ: the tick, at least 1.
    pub fn resolution(&self) -> u64 {
        self.tick.max(1)
    }

    /// The deadline `duration` nanoseconds from now, or [`NEVER`] if the clock cannot count so far. This is not a
    /// reading.
    pub fn deadline(&self, duration: u64) -> Instant {
        self.now.saturating_add(duration)
    }

    /// Whether a deadline has come. This is not a reading.
    pub fn is_due(&self, deadline: Instant) -> bool {
        self.motion == Motion::Frozen || deadline <= self.now
    }

    pub(crate) fn tick(&mut self) {
        self.move_to(self.now.saturating_add(self.tick));
    }

    /// Moves time to `instant`, unless the instant is past or [`NEVER`].
    pub(crate) fn move_to(&mut self, instant: Instant) {
        self.now = self.now.max(instant.min(NEVER - 1));
    }

    fn wall_at(&self, instant: Instant) -> Duration {
        self.start.saturating_add(Duration::from_nanos(instant))
    }

    /// Lets time pass on both clocks, without a tick. Nothing happens to a frozen clock.
    pub fn advance(&mut self, nanoseconds: u64) {
        if self.motion == Motion::Jumps {
            self.move_to(self.now.saturating_add(nanoseconds));
        }
    }

    /// Moves the wall clock alone, forwards or backwards, as somebody does who sets it. Its time at the start of the
    /// monotonic clock stops at 1970, so it never shows less than the monotonic clock. Nothing happens to a frozen clock.
    pub fn step(&mut self, nanoseconds: i64) {
        if self.motion == Motion::Jumps {
            let by = Duration::from_nanos(nanoseconds.unsigned_abs());
            self.start = match nanoseconds < 0 {
                true => self.start.saturating_sub(by),
                false => self.start.saturating_add(by),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Duration = Duration::new(1_767_225_600, 5);

    #[test]
    fn the_first_readings_are_the_start() {
        assert_eq!(Clock::new(START, 1000, Motion::Jumps).monotonic(), 0);
        assert_eq!(Clock::new(START, 1000, Motion::Jumps).wall(), START);
    }

    #[test]
    fn each_reading_is_a_tick_and_peeking_is_none() {
        let mut clock = Clock::new(START, 1000, Motion::Jumps);
        clock.monotonic();
        assert_eq!(clock.peek_wall(), START + Duration::from_micros(1));
        assert_eq!(clock.wall(), START + Duration::from_micros(1));
        assert_eq!(clock.monotonic(), 2000);
        assert_eq!(clock.resolution(), 1000);
    }

    #[test]
    fn without_a_tick_time_stands_still_and_the_resolution_is_a_nanosecond() {
        let mut clock = Clock::new(START, 0, Motion::Frozen);
        assert_eq!([clock.monotonic(), clock.monotonic()], [0, 0]);
        assert_eq!(clock.resolution(), 1);
    }

    #[test]
    fn the_ends_of_the_range_saturate() {
        let mut clock = Clock::new(Duration::MAX, u64::MAX, Motion::Jumps);
        assert_eq!(clock.monotonic(), 0);
        assert_eq!(clock.monotonic(), NEVER - 1);
        assert_eq!(clock.monotonic(), NEVER - 1);
        assert_eq!(clock.wall(), Duration::MAX);
        assert_eq!(clock.deadline(1), NEVER);
        assert!(!clock.is_due(NEVER));
    }

    #[test]
    fn a_frozen_clock_counts_every_deadline_as_past() {
        assert!(Clock::new(START, 0, Motion::Frozen).is_due(NEVER));
    }

    #[test]
    fn time_passes_and_the_wall_clock_is_set_without_a_tick() {
        let mut clock = Clock::new(START, 1000, Motion::Jumps);
        clock.advance(500);
        assert_eq!(clock.peek_monotonic(), 500);
        assert_eq!(clock.peek_wall(), START + Duration::from_nanos(500));
        clock.step(-1_000_000_000);
        assert_eq!(clock.peek_monotonic(), 500);
        assert_eq!(
            clock.peek_wall(),
            START + Duration::from_nanos(500) - Duration::from_secs(1)
        );
        clock.step(3_000_000_000);
        assert_eq!(
            clock.wall(),
            START + Duration::from_nanos(500) + Duration::from_secs(2)
        );
    }

    #[test]
    fn the_wall_clock_stops_at_1970_and_time_at_its_end() {
        let mut clock = Clock::new(START, 0, Motion::Jumps);
        clock.advance(7);
        clock.step(i64::MIN);
        assert_eq!(clock.peek_wall(), Duration::from_nanos(7));
        clock.advance(u64::MAX);
        assert_eq!(clock.peek_monotonic(), NEVER - 1);
        let mut last = Clock::new(Duration::MAX, 0, Motion::Jumps);
        last.step(i64::MAX);
        assert_eq!(last.peek_wall(), Duration::MAX);
    }

    #[test]
    fn a_frozen_clock_is_not_moved() {
        let mut clock = Clock::new(START, 1000, Motion::Frozen);
        let before = clock;
        clock.advance(500);
        clock.step(500);
        assert_eq!(clock, before);
    }

    proptest! {
        #[test]
        fn both_views_are_one_time_that_never_runs_backwards(
            seconds: u32, nanoseconds in 0..1_000_000_000u32, tick in 0..10_000u64,
            moves in prop::collection::vec(prop::option::of(any::<u32>()), 0..64),
        ) {
            let start = Duration::new(seconds.into(), nanoseconds);
            let mut clock = Clock::new(start, tick, Motion::Jumps);
            let mut last = 0;
            for step in moves {
                match step {
                    Some(instant) => clock.move_to(instant.into()),
                    None => {
                        let peeked = clock.peek_wall();
                        let mut twin = clock;
                        let now = clock.monotonic();
                        prop_assert_eq!(twin.wall(), start + Duration::from_nanos(now));
                        prop_assert_eq!(peeked, start + Duration::from_nanos(now));
                        prop_assert_eq!(twin, clock);
                        prop_assert!(now >= last);
                        last = now;
                    }
                }
                prop_assert!(clock.peek_monotonic() >= last);
            }
        }

        #[test]
        fn a_deadline_is_due_after_its_duration_and_not_before(before: u32, duration: u32) {
            let mut clock = Clock::new(START, 0, Motion::Jumps);
            clock.move_to(before.into());
            let deadline = clock.deadline(duration.into());
            prop_assert_eq!(clock.is_due(deadline), duration == 0);
            clock.move_to(deadline);
            prop_assert!(clock.is_due(deadline));
            prop_assert_eq!(clock.peek_monotonic(), u64::from(before) + u64::from(duration));
        }
    }
}
