//! A trace while the application runs.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::collector::{Collector, Probed};
use super::probe::Probe;
use super::writer::{Target, Unwritten, Writer};
use crate::failure::Failure;
use crate::message::Sentence;
use crate::session::{Result, Session};
use interpose_host::{Observer, Outcome};
use interpose_trace::{Filter, Functions};

/// A trace that is being written.
pub struct Trace {
    collector: Arc<Collector>,
    writing: JoinHandle<Unwritten>,
}

impl Trace {
    /// Begins a trace. Returns it with the observers that the grant needs.
    pub fn start(
        session: &Session,
        filter: &Filter,
        probes: Vec<Probe>,
        target: Target,
    ) -> Result<(Self, Vec<Observer>)> {
        let tables = probes.into_iter().map(|probe| {
            let table = Arc::new(probe.observed.table.clone());
            let functions = Arc::new(Functions::new(table, filter));
            (probe, functions)
        });
        let tables: Vec<(Probe, Arc<Functions>)> = tables.collect();
        let names: Vec<&str> = tables.iter().flat_map(|(_, one)| one.names()).collect();
        for unmatched in filter.unmatched(&names) {
            session.reporter.warning(&unmatched);
        }
        let (collector, receiver) = Collector::new();
        let collector = Arc::new(collector);
        let observers = tables.iter().enumerate().map(|(position, (probe, _))| {
            let probed = Probed {
                collector: Arc::clone(&collector),
                position,
            };
            Observer::of(probe.observed.sink.clone(), Arc::new(probed))
        });
        let observers = observers.collect();
        let writer = Writer::new(tables, target);
        let buffered = Arc::clone(&collector);
        let writing = std::thread::Builder::new()
            .name("trace".into())
            .spawn(move || writer.write(&receiver, &buffered))
            .map_err(|error| {
                let message =
                    format!("the thread that writes the trace cannot be started: {error}");
                Failure::failed("trace::thread", message)
            })?;
        Ok((Self { collector, writing }, observers))
    }

    /// The application has ended: writes the rest. `reason` says why a call did not return, if one did not.
    pub fn finish(self, session: &Session, reason: Option<String>) {
        self.collector.end(reason);
        let unwritten = self.writing.join().unwrap_or_default();
        if let Some(error) = unwritten.error {
            let message = format!("the trace is not complete: it cannot be written: {error}");
            let warning = Sentence::new("trace::not-written", message);
            let warning = warning.with_hint("check that there is room for it");
            session.reporter.warning(&warning);
        }
        if unwritten.unread > 0 {
            let message = format!(
                "the trace is not complete: {} events could not be read",
                unwritten.unread
            );
            let warning = Sentence::new("trace::unread", message);
            session.reporter.warning(&warning);
        }
    }
}

/// Why a call that had not returned will not return.
pub fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Exited(status) => format!("the application exited with status {status}"),
        Outcome::Trapped(trap) => format!("the application trapped: {}", trap.message),
        Outcome::Exceeded(exceeded) => exceeded.to_string(),
    }
}
