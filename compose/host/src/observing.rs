//! Takes the events that probes report.

use std::fmt;
use std::sync::Arc;

/// One run of a component. A server has one for each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its number: of those with the same grant, the first is 1.
    pub number: u64,
    /// The method and path of the request that it answers.
    pub request: Option<Arc<str>>,
}

/// Takes the events of probes. The application waits meanwhile. Instances that run at the same time, as with a server, call
/// it at the same time.
pub trait Observe: Send + Sync {
    /// An instance begins.
    fn began(&self, _: &Instance) {}

    /// Takes an event of an instance. They come in the order in which they happen.
    fn event(&self, instance: &Instance, event: &[u8]);

    /// An instance has ended, in whatever way. No more events of it come.
    fn ended(&self, _: &Instance) {}
}

/// Where the events of a probe go.
#[derive(Clone)]
pub struct Observer {
    /// The interface to which the probe reports: the
    /// [`sink`](wasi_interpose::probe::Observed::sink) of what it observes.
    pub sink: String,
    observe: Arc<dyn Observe>,
}

impl Observer {
    /// Calls `take` with each event; see [`Observe`].
    pub fn new(sink: String, take: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self::of(sink, Arc::new(Taking(take)))
    }

    /// Tells `observe` of each event, and of the instances.
    pub fn of(sink: String, observe: Arc<dyn Observe>) -> Self {
        Self { sink, observe }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("sink", &self.sink)
            .finish_non_exhaustive()
    }
}

/// Takes events from whichever instance.
struct Taking<T>(T);

impl<T: Fn(&[u8]) + Send + Sync> Observe for Taking<T> {
    fn event(&self, _: &Instance, event: &[u8]) {
        (self.0)(event);
    }
}

/// The observers of an instance. They learn that it has ended when this is dropped.
pub(crate) struct Observation {
    instance: Instance,
    observers: Vec<Observer>,
}

impl Observation {
    /// Tells the observers that an instance begins.
    pub(crate) fn begin(instance: Instance, observers: &[Observer]) -> Self {
        for observer in observers {
            observer.observe.began(&instance);
        }
        Self {
            instance,
            observers: observers.to_vec(),
        }
    }

    /// Takes an event for the observer with this position.
    pub(crate) fn take(&self, observer: usize, event: &[u8]) {
        if let Some(observer) = self.observers.get(observer) {
            observer.observe.event(&self.instance, event);
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        for observer in &self.observers {
            observer.observe.ended(&self.instance);
        }
    }
}
