//! `wasi-interpose:testing/control`: what a test does to the time and the files of an application.

use interpose_adapter::with;
use interpose_filesystem::{Block, Disk};
use interpose_time::{Clock, Time};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi_interpose::testing::control::Guest;
use crate::state::STATE;

/// What the kernel's own clock answers; nothing if there is none.
fn clock<R>(question: impl FnOnce(&mut Clock) -> R) -> Option<R> {
    with(&STATE, |kernel| match &mut kernel.time {
        Time::Virtual(clock) => Some(question(clock)),
        Time::Host { .. } | Time::Denied => None,
    })
}

impl Guest for Adapter {
    fn now() -> u64 {
        clock(|clock| clock.peek_monotonic()).unwrap_or(0)
    }

    fn advance(nanoseconds: u64) {
        let _ = clock(|clock| clock.advance(nanoseconds));
    }

    fn step(nanoseconds: i64) {
        let _ = clock(|clock| clock.step(nanoseconds));
    }

    fn disk(block: u32, ordered: bool) -> Result<(), String> {
        let block = Block::of_bytes(block.into())
            .ok_or_else(|| format!("a disk has blocks of 512 or 4096 bytes, not of {block}"))?;
        with(&STATE, |kernel| {
            kernel.files.set_disk(Disk { block, ordered })
        });
        Ok(())
    }

    fn durable(seed: u64) -> Vec<u8> {
        with(&STATE, |kernel| kernel.files.durable(seed))
    }

    fn files() -> Vec<u8> {
        with(&STATE, |kernel| kernel.files.files())
    }

    fn restore(files: Vec<u8>) -> Result<(), String> {
        let restored = with(&STATE, |kernel| kernel.files.restore(&files));
        restored.map_err(|error| error.to_string())
    }
}
