use alloc::vec::Vec;

use crate::{Clock, Errno, Memory, Revision};

/// What a program waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// A time of a clock.
    Clock {
        /// The clock.
        clock: Clock,
        /// The time in nanoseconds.
        timeout: u64,
        /// Whether the time is one of the clock, and not counted from now.
        absolute: bool,
    },
    /// That a descriptor can be read.
    Read(u32),
    /// That a descriptor can be written.
    Write(u32),
}

impl Interest {
    /// Its number, `eventtype`.
    fn number(self) -> u8 {
        match self {
            Self::Clock { .. } => 0,
            Self::Read(_) => 1,
            Self::Write(_) => 2,
        }
    }
}

/// One of the things that a program waits for at once (`subscription`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// A number that means something to the program.
    pub userdata: u64,
    /// What it waits for.
    pub interest: Interest,
}

/// How many bytes an `event` takes.
const EVENT: usize = 32;

/// How many things a program can wait for at once.
const MAX: u32 = 1 << 16;

/// Reads what a program waits for, and checks that there is room for as many events.
///
/// # Errors
/// [`Errno::Invalid`] when there is nothing to wait for, or too much, or a number has no meaning; [`Errno::Fault`] when
/// a list does not lie within the memory.
pub fn subscriptions(
    memory: &impl Memory,
    list: u32,
    events: u32,
    count: u32,
    revision: Revision,
) -> Result<Vec<Subscription>, Errno> {
    if count == 0 || count > MAX {
        return Err(Errno::Invalid);
    }
    let (size, clock) = match revision {
        Revision::Preview1 => (48, 0),
        // A number of the clock's own stands in front of the rest.
        Revision::Unstable => (56, 8),
    };
    memory.check(list, u64::from(count) * size as u64)?;
    memory.check(events, u64::from(count) * EVENT as u64)?;
    let bytes = memory.copy(list, count * size as u32)?;
    let parse = |bytes: &[u8]| {
        let number = |at: usize, length: usize| {
            let mut number = [0; 8];
            number[..length].copy_from_slice(&bytes[at..at + length]);
            u64::from_le_bytes(number)
        };
        let interest = match bytes[8] {
            0 => Interest::Clock {
                clock: Clock::parse(number(16 + clock, 4) as u32)?,
                timeout: number(24 + clock, 8),
                absolute: match number(40 + clock, 2) {
                    0 => false,
                    1 => true,
                    _ => return Err(Errno::Invalid),
                },
            },
            1 => Interest::Read(number(16, 4) as u32),
            2 => Interest::Write(number(16, 4) as u32),
            _ => return Err(Errno::Invalid),
        };
        Ok(Subscription {
            userdata: number(0, 8),
            interest,
        })
    };
    bytes.chunks_exact(size).map(parse).collect()
}

/// What came of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The subscription.
    pub subscription: Subscription,
    /// How many bytes can be read or written at least.
    pub bytes: u64,
    /// Whether there is nothing more to read.
    pub hangup: bool,
}

/// Events as they lie in memory.
pub fn event_bytes(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(events.len() * EVENT);
    for event in events {
        let mut one = [0; EVENT];
        one[..8].copy_from_slice(&event.subscription.userdata.to_le_bytes());
        one[10] = event.subscription.interest.number();
        one[16..24].copy_from_slice(&event.bytes.to_le_bytes());
        one[24] = event.hangup.into();
        bytes.extend_from_slice(&one);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn subscriptions_lie_where_each_revision_has_them() {
        for (revision, size, clock) in [(Revision::Preview1, 48, 16), (Revision::Unstable, 56, 24)]
        {
            let mut memory = vec![0; 256];
            memory[0] = 5;
            memory[clock] = 1;
            memory[clock + 8] = 9;
            memory[clock + 24] = 1;
            memory[size + 8] = 2;
            memory[size + 16] = 3;
            let read = subscriptions(&memory, 0, 128, 2, revision).expect("subscriptions");
            let clock = Interest::Clock {
                clock: Clock::Monotonic,
                timeout: 9,
                absolute: true,
            };
            assert_eq!(read[0].interest, clock);
            assert_eq!(
                (read[0].userdata, read[1].interest),
                (5, Interest::Write(3))
            );
        }
    }

    #[test]
    fn hostile_subscriptions_are_refused() {
        let memory = vec![3; 64];
        let read =
            |list, events, count| subscriptions(&memory, list, events, count, Revision::Preview1);
        assert_eq!(read(0, 0, 0), Err(Errno::Invalid));
        assert_eq!(read(0, 0, u32::MAX), Err(Errno::Invalid));
        assert_eq!(read(0, 0, 1), Err(Errno::Invalid));
        assert_eq!(read(60, 0, 1), Err(Errno::Fault));
        assert_eq!(read(0, 60, 1), Err(Errno::Fault));
    }
}
