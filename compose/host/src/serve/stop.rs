//! Ending a server.

use tokio::sync::watch;

/// Tells a server to end. Clones are the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<u8>);

impl Stop {
    /// How many times the end was said when the server ends what has begun first.
    pub(super) const GRACEFULLY: u8 = 1;
    /// How many times the end was said when the server does not wait.
    pub(super) const AT_ONCE: u8 = 2;

    /// Nothing that has been said yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Says to end; said a second time, without waiting for what has begun.
    pub fn request(&self) {
        self.0.send_modify(|said| *said = said.saturating_add(1));
    }

    /// Waits until the end was said so many times.
    pub(super) async fn said(&self, times: u8) {
        let mut said = self.0.subscribe();
        // The sender lives as long as this.
        let _ = said.wait_for(|said| *said >= times).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
