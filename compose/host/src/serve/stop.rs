//! Signals that end a server.

use tokio::sync::watch;

/// Signals a server to end. Clones share their signals.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<u8>);

impl Stop {
    /// The number of signals after which the server ends and waits for its requests.
    pub(super) const GRACEFULLY: u8 = 1;
    /// The number of signals after which the server ends without waiting.
    pub(super) const AT_ONCE: u8 = 2;

    /// No signal has arrived.
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Signals the server to end after its requests. A second signal ends it without waiting for them.
    pub fn request(&self) {
        self.0.send_modify(|said| *said = said.saturating_add(1));
    }

    /// Waits until this many signals have arrived.
    pub(super) async fn said(&self, times: u8) {
        let mut said = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = said.wait_for(|said| *said >= times).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
