//! Waits of tasks that go on beside each other, as those of WASI 0.3.
//!
//! Virtual time may move only while everything waits, and no task can see whether the others do. Each task that waits asks
//! again and again, and lets the others run in between. If nobody used the adapter in the meantime, for some turns, the
//! others wait too, and time moves to the earliest deadline.

use alloc::collections::BTreeSet;

use crate::{Instant, Time, Waiting};

/// The turns without a use of the adapter after which everything is taken to wait. One turn is too few, because a task that
/// has become ready may run only behind the task that asks.
const QUIET_TURNS: u32 = 2;

/// The waits that have not ended.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    /// The deadlines in order. Of those at the same instant, the earlier wait ends first.
    waits: BTreeSet<(Instant, u64)>,
    /// The number of the next wait.
    next: u64,
    /// The number of uses of the adapter.
    uses: u64,
}

/// A wait that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    wait: (Instant, u64),
    /// The number of uses at the last turn.
    uses: u64,
    /// The turns since then without a use.
    quiet: u32,
}

impl Timers {
    /// Notes that the adapter is used, so that something does not wait.
    pub fn used(&mut self) {
        self.uses = self.uses.wrapping_add(1);
    }

    /// Begins a wait for a deadline. [`Timers::end`] must be called for it.
    pub fn begin(&mut self, deadline: Instant) -> Timer {
        self.used();
        let wait = (deadline, self.next);
        self.next += 1;
        self.waits.insert(wait);
        Timer {
            wait,
            uses: self.uses,
            quiet: 0,
        }
    }

    /// Ends a wait.
    pub fn end(&mut self, timer: Timer) {
        self.waits.remove(&timer.wait);
        self.used();
    }

    /// Whether the deadline has come, after a turn in which the others could run. It may have come because time has moved to
    /// it now.
    pub fn turn(&mut self, timer: &mut Timer, time: &mut Time) -> bool {
        let (deadline, _) = timer.wait;
        if time.is_due(deadline) {
            return true;
        }
        if timer.uses != self.uses {
            timer.uses = self.uses;
            timer.quiet = 0;
            return false;
        }
        if self.waits.first() != Some(&timer.wait) {
            return false;
        }
        timer.quiet += 1;
        if timer.quiet >= QUIET_TURNS {
            // It is the earliest deadline.
            time.wait([Waiting::Deadline(deadline)]);
        }
        time.is_due(deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use interpose_settings::{Clocks, Timestamp};

    fn time() -> Time {
        let start = Timestamp::default();
        Time::new(Clocks::Virtual { start, tick: 0 }, false).unwrap()
    }

    #[test]
    fn waits_end_in_the_order_of_their_deadlines_and_time_moves_to_each() {
        let (mut timers, mut time) = (Timers::default(), time());
        let mut waits = [30, 10, 20, 10].map(|deadline| Some(timers.begin(deadline)));
        let mut ended = Vec::new();
        for _ in 0..100 {
            for (number, wait) in waits.iter_mut().enumerate() {
                let Some(timer) = wait else { continue };
                if timers.turn(timer, &mut time) {
                    timers.end(*timer);
                    *wait = None;
                    let now = time.clock().unwrap().unwrap().peek_monotonic();
                    ended.push((number, now));
                }
            }
        }
        assert_eq!(ended, [(1, 10), (3, 10), (2, 20), (0, 30)]);
    }

    #[test]
    fn time_does_not_move_while_something_is_used() {
        let (mut timers, mut time) = (Timers::default(), time());
        let mut timer = timers.begin(10);
        for _ in 0..100 {
            assert!(!timers.turn(&mut timer, &mut time));
            timers.used();
        }
        assert!(!timers.turn(&mut timer, &mut time));
        assert!(!timers.turn(&mut timer, &mut time));
        assert!(timers.turn(&mut timer, &mut time));
    }

    #[test]
    fn a_wait_that_is_given_up_does_not_hold_up_the_others() {
        let (mut timers, mut time) = (Timers::default(), time());
        let early = timers.begin(5);
        let mut late = timers.begin(10);
        for _ in 0..10 {
            assert!(!timers.turn(&mut late, &mut time));
        }
        timers.end(early);
        let turns = (0..10).find(|_| timers.turn(&mut late, &mut time));
        assert_eq!(turns, Some(2));
    }
}
