//! Interrupts components that compute.

use std::convert::Infallible;
use std::sync::mpsc;
use std::time::Duration;

use wasmtime::Engine;

/// The time that a component computes before others get a turn.
const TURN: Duration = Duration::from_millis(10);

/// Makes computing components yield to each other and to the tasks that end them. It runs on its own thread, because
/// the threads that wait for the components may all be busy. Works for an engine with `epoch_interruption`, until it is
/// dropped.
pub(super) struct Turns {
    end: Option<mpsc::Sender<Infallible>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Turns {
    pub(super) fn start(engine: Engine) -> Self {
        let (end, ended) = mpsc::channel::<Infallible>();
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(TURN) == Err(mpsc::RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
