//! Reads events, and writes what they say.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::collector::{Batch, Batches, Collector, What};
use super::probe::Probe;
use interpose_trace::{Format, Functions, Json, Page, Summary, Text, Timed, Tracer};

/// The form of a trace.
pub enum Shape {
    Text(Text),
    Json(Json),
    Summary(Summary),
    /// A page with this title.
    Page(Page, String),
}

/// Where a trace goes.
pub enum Sink {
    Stderr,
    File(File),
}

/// What is written, and where.
pub struct Target {
    pub shape: Shape,
    pub sink: Sink,
}

/// What is missing in a trace.
#[derive(Default)]
pub struct Unwritten {
    /// Why something was not written.
    pub error: Option<io::Error>,
    /// How many events could not be read.
    pub unread: u64,
}

/// Writes a trace.
pub struct Writer {
    probes: Vec<(Probe, Arc<Functions>)>,
    /// One for each instance of each probe.
    tracers: HashMap<(usize, u64), Tracer>,
    /// Whether instances answer requests. Another one is the only one, and the end of all says why it ended.
    serves: bool,
    target: Target,
    unwritten: Unwritten,
}

impl Writer {
    pub fn new(probes: Vec<(Probe, Arc<Functions>)>, target: Target) -> Self {
        Self {
            probes,
            tracers: HashMap::new(),
            serves: false,
            target,
            unwritten: Unwritten::default(),
        }
    }

    /// Writes what comes, until nothing more does.
    pub fn write(mut self, batches: &Batches, collector: &Collector) -> Unwritten {
        let reason = batches.each(collector, |batch| {
            self.show(batch);
            self.put(false);
        });
        let mut last: Vec<_> = self.tracers.drain().collect();
        last.sort_by_key(|(key, _)| *key);
        for (_, mut tracer) in last {
            tracer.finish(reason.as_deref(), self.target.shape.format());
        }
        self.put(true);
        self.unwritten
    }

    fn show(&mut self, batch: Batch) {
        let mut bytes = batch.bytes.as_slice();
        for record in batch.records {
            let key = (record.probe, record.instance);
            match record.what {
                What::Began(request) => {
                    self.serves = request.is_some();
                    if let Some((probe, functions)) = self.probes.get(record.probe) {
                        let component = probe.component.as_deref();
                        let source = source(component, record.instance, request.as_deref());
                        let tracer = Tracer::new(Arc::clone(functions), source);
                        self.tracers.insert(key, tracer);
                    }
                }
                What::Event(length) => {
                    let (event, rest) = bytes.split_at(length.min(bytes.len()));
                    bytes = rest;
                    let probe = self.probes.get(record.probe);
                    let event = probe.and_then(|(probe, _)| probe.observed.read(event).ok());
                    let Some((tracer, event)) = self.tracers.get_mut(&key).zip(event) else {
                        self.unwritten.unread += 1;
                        continue;
                    };
                    let at = Duration::from_nanos(record.at);
                    tracer.observe(Timed { at, event }, self.target.shape.format());
                }
                What::Ended if self.serves => {
                    if let Some(mut tracer) = self.tracers.remove(&key) {
                        tracer.finish(None, self.target.shape.format());
                    }
                }
                What::Ended => {}
            }
        }
    }

    /// Writes the lines so far, or with `is_all`, all that is left.
    fn put(&mut self, is_all: bool) {
        let lines = match &mut self.target.shape {
            Shape::Text(text) => text.take(),
            Shape::Json(json) => json.take(),
            Shape::Summary(summary) if is_all => summary.table(),
            Shape::Page(page, title) if is_all => page.finish(title),
            Shape::Summary(_) | Shape::Page(..) => return,
        };
        if lines.is_empty() || self.unwritten.error.is_some() {
            return;
        }
        let written = match &mut self.target.sink {
            // A reader of standard error that has gone must not change what the command does.
            Sink::Stderr => {
                let _ = io::stderr().write_all(lines.as_bytes());
                Ok(())
            }
            Sink::File(file) => file.write_all(lines.as_bytes()),
        };
        self.unwritten.error = written.err();
    }
}

impl Shape {
    fn format(&mut self) -> &mut dyn Format {
        match self {
            Self::Text(text) => text,
            Self::Json(json) => json,
            Self::Summary(summary) => summary,
            Self::Page(page, _) => page,
        }
    }
}

/// What stands in front of the lines of an instance: the component of a graph, and the request with its number.
fn source(component: Option<&str>, number: u64, request: Option<&str>) -> Option<Arc<str>> {
    let request = request.map(|request| format!("{number} {request}"));
    match (component, request) {
        (Some(component), Some(request)) => Some(format!("{component} {request}").into()),
        (Some(component), None) => Some(component.into()),
        (None, Some(request)) => Some(request.into()),
        (None, None) => None,
    }
}
