//! Watches one life of a tested application.

use std::ops::ControlFlow;

use interpose_calls::Tag;
use interpose_faults::Happened;
use interpose_host::Watch;

use crate::budget::{Budget, Measure};
use crate::digest::Digester;

/// The most bytes of events that are kept of a life. What comes later is missing where its events are shown.
const KEPT: usize = 16 << 20;

/// How many events lie between two looks at the time.
const LOOK: u64 = 64;

/// Watches a life: digests, counts and keeps its events, and ends it when it makes too many calls or takes too much time.
pub(crate) struct Watcher {
    /// Digests this life behind those before it.
    pub(crate) digester: Digester,
    pub(crate) log: Log,
    budget: Budget,
    /// Whether each event is kept with its time. That takes longer.
    times: bool,
    events: u64,
    begun: Option<u64>,
}

/// What is known of a life from its events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    /// How many calls it made.
    pub(crate) calls: u64,
    /// The faults that happened.
    pub(crate) faults: Vec<Happened>,
    /// What it took too much of, if it was ended for that.
    pub(crate) exceeded: Option<Measure>,
    /// The last known time since the first event, in nanoseconds.
    pub(crate) time: u64,
    /// The time of the first event.
    pub(crate) start: u64,
    bytes: Vec<u8>,
    /// Where each kept event ends, and its time.
    ends: Vec<(u32, u64)>,
    /// Whether events are missing because there were too many.
    pub(crate) is_cut: bool,
}

impl Log {
    /// The events that were kept, with their times.
    pub(crate) fn events(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |(end, at)| {
            let end = *end as usize;
            let event = &self.bytes[start..end];
            start = end;
            (*at, event)
        })
    }
}

impl Watcher {
    pub(crate) fn new(digester: Digester, budget: Budget, times: bool) -> Self {
        Self {
            digester,
            log: Log::default(),
            budget,
            times,
            events: 0,
            begun: None,
        }
    }

    /// Whether the budget's time is looked at before this event: at the same events in every run.
    fn looks(&self) -> bool {
        self.events.is_multiple_of(LOOK)
    }
}

impl Watch for Watcher {
    fn wants_time(&self) -> bool {
        self.times || self.looks()
    }

    fn event(&mut self, event: &[u8], now: Option<u64>) -> ControlFlow<()> {
        let looks = self.looks();
        self.events += 1;
        self.digester.event(event);
        if let Some(now) = now {
            let begun = *self.begun.get_or_insert(now);
            self.log.start = begun;
            self.log.time = now.saturating_sub(begun);
        }
        let log = &mut self.log;
        if log.bytes.len() + event.len() <= KEPT {
            log.bytes.extend_from_slice(event);
            log.ends.push((log.bytes.len() as u32, log.time));
        } else {
            log.is_cut = true;
        }
        if event.first() == Some(&(Tag::Call as u8)) {
            log.calls += 1;
            if self.budget.calls.is_some_and(|most| log.calls > most) {
                log.exceeded = Some(Measure::Calls);
                return ControlFlow::Break(());
            }
        }
        if looks && self.budget.time.is_some_and(|most| log.time > most) {
            log.exceeded = Some(Measure::Time);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn fault(&mut self, happened: Vec<u8>) {
        self.log.faults.extend(Happened::decode(&happened));
    }
}
