//! Waiting for several things at once.

use crate::{Clock, Instant, NEVER};

/// One of the things that a program waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Something that has happened already.
    Nothing,
    /// A deadline of the virtual clock.
    Deadline(Instant),
    /// Something outside of virtual time: input from the host, say.
    Outside,
}

/// The state of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The wait is over: at least one thing has happened, or one deadline [is due](Clock::is_due).
    Over,
    /// Only something outside can end the wait. Meanwhile virtual time stands still. Otherwise the order in which a
    /// program sees deadlines and outside events would depend on the speed of the outside.
    Outside,
    /// Nothing can ever end the wait.
    Deadlock,
}

impl Clock {
    /// Waits for any one of `things`.
    ///
    /// If nothing has happened yet and all `things` are deadlines, this moves time to the earliest. A wait for
    /// deadlines and something outside is a wait for the outside, even if a deadline is near. A wait that is over at
    /// once although one of its deadlines has not come is a reading: the clock ticks.
    pub fn wait(&mut self, things: impl IntoIterator<Item = Waiting>) -> Outcome {
        let mut over = false;
        let mut outside = false;
        let mut earliest = None;
        for thing in things {
            match thing {
                Waiting::Nothing => over = true,
                Waiting::Deadline(deadline) if self.is_due(deadline) => over = true,
                Waiting::Deadline(deadline) => {
                    earliest = Some(earliest.unwrap_or(NEVER).min(deadline))
                }
                Waiting::Outside => outside = true,
            }
        }
        match earliest {
            Some(_) if over => self.tick(),
            _ if over => {}
            _ if outside => return Outcome::Outside,
            None | Some(NEVER) => return Outcome::Deadlock,
            Some(deadline) => self.move_to(deadline),
        }
        Outcome::Over
    }

    /// Whether a deadline has come. If not, this is a reading, so that a program which asks again and again without
    /// waiting does not loop forever.
    pub fn check(&mut self, deadline: Instant) -> bool {
        let due = self.is_due(deadline);
        if !due {
            self.tick();
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::Motion;
    use Waiting::{Deadline, Nothing, Outside};

    fn clock(motion: Motion) -> Clock {
        Clock::new(Duration::ZERO, 10, motion)
    }

    #[test]
    fn deadlines_alone_jump_to_the_earliest() {
        let mut clock = clock(Motion::Jumps);
        assert_eq!(
            clock.wait([Deadline(700), Deadline(500), Deadline(NEVER)]),
            Outcome::Over
        );
        assert_eq!(clock.peek_monotonic(), 500);
        assert!(clock.is_due(500) && !clock.is_due(700));
    }

    #[test]
    fn what_happened_already_ends_the_wait_and_moves_nothing() {
        let mut clock = clock(Motion::Jumps);
        assert_eq!(clock.wait([Nothing, Outside, Deadline(0)]), Outcome::Over);
        assert_eq!(clock.peek_monotonic(), 0);
    }

    #[test]
    fn asking_for_a_deadline_without_waiting_is_a_reading() {
        let mut clock = clock(Motion::Jumps);
        assert_eq!(
            clock.wait([Deadline(500), Outside, Nothing, Deadline(700)]),
            Outcome::Over
        );
        assert_eq!(clock.peek_monotonic(), 10);
        assert!(!clock.check(500));
        assert!(clock.check(20));
        assert_eq!(clock.peek_monotonic(), 20);
    }

    #[test]
    fn the_outside_is_waited_for_in_no_time() {
        let mut clock = clock(Motion::Jumps);
        assert_eq!(
            clock.wait([Deadline(500), Outside, Deadline(NEVER)]),
            Outcome::Outside
        );
        assert_eq!(clock.peek_monotonic(), 0);
    }

    #[test]
    fn waiting_for_what_never_comes_is_a_deadlock() {
        assert_eq!(
            clock(Motion::Jumps).wait([Deadline(NEVER), Deadline(NEVER)]),
            Outcome::Deadlock
        );
        assert_eq!(clock(Motion::Jumps).wait([]), Outcome::Deadlock);
    }

    #[test]
    fn a_frozen_clock_ends_every_wait_for_a_deadline_and_moves_nothing() {
        let mut clock = clock(Motion::Frozen);
        assert_eq!(clock.wait([Outside, Deadline(NEVER)]), Outcome::Over);
        assert_eq!(clock.wait([Outside]), Outcome::Outside);
        assert_eq!(clock.peek_monotonic(), 0);
    }

    proptest! {
        #[test]
        fn a_wait_that_is_over_has_a_reason(
            before in 0..1000u64,
            things in prop::collection::vec(
                prop_oneof![(0..2000u64).prop_map(Deadline), Just(Deadline(NEVER)), Just(Outside), Just(Nothing)], 0..8),
        ) {
            let mut clock = clock(Motion::Jumps);
            clock.move_to(before);
            let outcome = clock.wait(things.iter().copied());
            let happened = |thing: &Waiting| match *thing {
                Nothing => true,
                Deadline(deadline) => clock.is_due(deadline),
                Outside => false,
            };
            prop_assert_eq!(things.iter().any(happened), outcome == Outcome::Over);
            prop_assert_eq!(outcome == Outcome::Outside, outcome != Outcome::Over && things.contains(&Outside));
            if outcome != Outcome::Over {
                prop_assert_eq!(clock.peek_monotonic(), before);
            } else if things.contains(&Nothing) {
                prop_assert!([before, before + 10].contains(&clock.peek_monotonic()));
            }
        }
    }
}
