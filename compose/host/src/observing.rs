//! Takes the events that probes report.

use std::fmt;
use std::sync::Arc;

/// Takes the events of a probe, in the order in which they happen.
#[derive(Clone)]
pub struct Observer {
    /// The interface to which the probe reports: the
    /// [`sink`](wasi_interpose::probe::Observed::sink) of what it observes.
    pub sink: String,
    take: Arc<dyn Fn(&[u8]) + Send + Sync>,
}

impl Observer {
    /// Calls `take` with each event. The application waits meanwhile. Instances that run at the same time, as with a server,
    /// call it at the same time.
    pub fn new(sink: String, take: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self {
            sink,
            take: Arc::new(take),
        }
    }

    /// Takes an event.
    pub(crate) fn take(&self, event: &[u8]) {
        (self.take)(event);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("sink", &self.sink)
            .finish_non_exhaustive()
    }
}
