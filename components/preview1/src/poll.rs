//! `poll_oneoff`.

use interpose_preview1::{
    Clock, Descriptors, Errno, Event, Interest, Memory, Revision, Rights, Subscription,
    event_bytes, subscriptions,
};

use crate::bindings::wasi::cli::stderr::get_stderr;
use crate::bindings::wasi::cli::stdin::get_stdin;
use crate::bindings::wasi::cli::stdout::get_stdout;
use crate::bindings::wasi::clocks::monotonic_clock::{subscribe_duration, subscribe_instant};
use crate::bindings::wasi::clocks::wall_clock;
use crate::bindings::wasi::io::poll::{Pollable, poll};
use crate::clocks::nanoseconds;
use crate::descriptor::{Descriptor, with};
use crate::program::Program;

/// What a subscription waits for in WASI 0.2.
pub enum Wait {
    /// A file is always ready. This many bytes are left to read in it.
    File(u64),
    /// Something that becomes ready later.
    Pollable(Pollable),
}

/// `poll_oneoff`.
pub fn wait(list: u32, events: u32, count: u32, out: u32, revision: Revision) -> Result<(), Errno> {
    let wanted = subscriptions(&Program, list, events, count, revision)?;
    Program.check(out, 4)?;
    let waits = wanted
        .iter()
        .map(|one| with(|table| begin(table, one.interest)));
    let waits: Vec<Wait> = waits.collect::<Result<_, _>>()?;
    let ready = ready(&waits);
    let done = wanted.iter().zip(&waits).zip(ready);
    let done: Vec<Event> = done
        .filter(|(_, is_ready)| *is_ready)
        .map(|((subscription, wait), _)| event(*subscription, wait))
        .collect();
    Program.store(events, &event_bytes(&done))?;
    Program.store_u32(out, done.len() as u32)
}

/// Which of these are ready, once one is.
fn ready(waits: &[Wait]) -> Vec<bool> {
    let pollables: Vec<(usize, &Pollable)> = waits
        .iter()
        .enumerate()
        .filter_map(|(place, wait)| match wait {
            Wait::Pollable(pollable) => Some((place, pollable)),
            Wait::File(_) => None,
        })
        .collect();
    let mut ready: Vec<bool> = waits
        .iter()
        .map(|wait| matches!(wait, Wait::File(_)))
        .collect();
    let mut mark = |place: usize| {
        if let Some((place, _)) = pollables.get(place)
            && let Some(ready) = ready.get_mut(*place)
        {
            *ready = true;
        }
    };
    if pollables.len() < waits.len() {
        // A file does not wait, so nothing else is waited for.
        for (place, (_, pollable)) in pollables.iter().enumerate() {
            if pollable.ready() {
                mark(place);
            }
        }
    } else {
        let all: Vec<&Pollable> = pollables.iter().map(|(_, pollable)| *pollable).collect();
        for place in poll(&all) {
            mark(place as usize);
        }
    }
    ready
}

fn begin(table: &mut Descriptors<Descriptor>, interest: Interest) -> Result<Wait, Errno> {
    match interest {
        Interest::Clock {
            clock,
            timeout,
            absolute,
        } => clock_wait(clock, timeout, absolute),
        Interest::Read(fd) => match table.get_mut(fd)? {
            Descriptor::Stdin(stream) => Ok(Wait::Pollable(
                stream.get_or_insert_with(get_stdin).subscribe(),
            )),
            Descriptor::File(file) => {
                file.scope.require(Rights::POLL_FD_READWRITE)?;
                let size = file.handle.stat()?.size;
                Ok(Wait::File(size.saturating_sub(file.position)))
            }
            Descriptor::Socket(socket) => socket.wait(false),
            _ => Err(Errno::BadDescriptor),
        },
        Interest::Write(fd) => match table.get_mut(fd)? {
            Descriptor::Stdout(stream) => Ok(Wait::Pollable(
                stream.get_or_insert_with(get_stdout).subscribe(),
            )),
            Descriptor::Stderr(stream) => Ok(Wait::Pollable(
                stream.get_or_insert_with(get_stderr).subscribe(),
            )),
            Descriptor::File(file) => {
                file.scope.require(Rights::POLL_FD_READWRITE)?;
                Ok(Wait::File(1))
            }
            Descriptor::Socket(socket) => socket.wait(true),
            _ => Err(Errno::BadDescriptor),
        },
    }
}

/// WASI 0.2 can wait for the monotonic clock alone, so a time of day is counted from now.
fn clock_wait(clock: Clock, timeout: u64, absolute: bool) -> Result<Wait, Errno> {
    let pollable = match (clock, absolute) {
        (Clock::Monotonic, true) => subscribe_instant(timeout),
        (Clock::Monotonic | Clock::Realtime, false) => subscribe_duration(timeout),
        (Clock::Realtime, true) => {
            subscribe_duration(timeout.saturating_sub(nanoseconds(wall_clock::now())?))
        }
        (Clock::ProcessorTime, _) => return Err(Errno::Invalid),
    };
    Ok(Wait::Pollable(pollable))
}

fn event(subscription: Subscription, wait: &Wait) -> Event {
    let is_clock = matches!(subscription.interest, Interest::Clock { .. });
    Event {
        subscription,
        bytes: u64::from(!is_clock),
        hangup: matches!(wait, Wait::File(0)),
    }
}
