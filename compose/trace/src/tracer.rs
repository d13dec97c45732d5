//! Follows the calls of an instance.

use std::sync::Arc;
use std::time::Duration;

use interpose_calls::{Event, Function, Value};

use crate::functions::{Functions, Name};
use crate::outcome::Outcome;
use interpose_labels::Labels;

/// An event, and when it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// The time since the start.
    pub at: Duration,
    /// What happened.
    pub event: Event,
}

/// Where a call belongs.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub(crate) functions: &'a Functions,
    pub(crate) labels: &'a Labels,
    /// The component or the request, where there are several.
    pub(crate) source: Option<&'a str>,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it began.
    pub(crate) at: Duration,
    pub(crate) function: u32,
    pub(crate) arguments: Vec<Value>,
}

impl<'a> Scope<'a> {
    pub(crate) fn function(&self, call: &Call) -> Option<(&'a Function, &'a Name)> {
        let index = call.function as usize;
        let function = self.functions.table.functions.get(index)?;
        Some((function, self.functions.functions.get(index)?))
    }

    pub(crate) fn outcome(&self, function: &Function, result: Option<&Value>) -> Outcome {
        Outcome::of(&self.functions.table, function.result, result)
    }
}

/// Shows calls. Several [`Tracer`]s can share one.
pub trait Format {
    /// Shows the beginning of a call that has ended or will not end: [`Format::returned`] or [`Format::unfinished`] comes
    /// next, with the same call. The labels are those from before its end.
    fn called(&mut self, scope: &Scope<'_>, call: &Call);

    /// Shows the end of a call.
    fn returned(&mut self, scope: &Scope<'_>, call: &Call, result: Option<&Value>, took: Duration);

    /// Shows that a call did not return, and why.
    fn unfinished(&mut self, scope: &Scope<'_>, call: &Call, reason: Option<&str>);

    /// Shows that a resource was dropped.
    fn dropped(&mut self, scope: &Scope<'_>, at: Duration, resource: u32, identity: u64);

    /// Shows that a replayed run differs from its recording.
    fn differs(&mut self, scope: &Scope<'_>, at: Duration, expected: Option<&Event>, came: &Event);
}

/// Follows the calls of one instance, and passes those that are shown to a format.
///
/// An instance makes one call at a time. A call is passed on when it has returned, so a program that waits in a call shows
/// it when the wait is over.
#[derive(Clone, Debug)]
pub struct Tracer {
    functions: Arc<Functions>,
    labels: Labels,
    source: Option<Arc<str>>,
    open: Option<Call>,
}

impl Tracer {
    /// Nothing has happened yet. `source` stands in front of each line: the name of a component or of a request, where there
    /// are several.
    pub fn new(functions: Arc<Functions>, source: Option<Arc<str>>) -> Self {
        Self {
            labels: functions.labels.for_another(),
            functions,
            source,
            open: None,
        }
    }

    /// Takes note of an event.
    pub fn observe(&mut self, timed: Timed, format: &mut dyn Format) {
        let Timed { at, event } = timed;
        match event {
            Event::Call { .. } => {
                // A call that an instance forgot.
                self.finish(None, format);
                self.labels.observe(&event);
                let Event::Call {
                    function,
                    arguments,
                } = event
                else {
                    return;
                };
                self.open = Some(Call {
                    at,
                    function,
                    arguments,
                });
            }
            Event::Return { function, .. } => {
                let call = self.open.take().filter(|call| call.function == function);
                let shown = call.filter(|_| is_shown(&self.functions.functions, function));
                if let Some(call) = &shown {
                    format.called(&self.scope(), call);
                }
                self.labels.observe(&event);
                if let (Some(call), Event::Return { result, .. }) = (shown, event) {
                    let took = at.saturating_sub(call.at);
                    format.returned(&self.scope(), &call, result.as_ref(), took);
                }
            }
            Event::Drop { resource, identity } => {
                if is_shown(&self.functions.drops, resource) {
                    format.dropped(&self.scope(), at, resource, identity);
                }
                self.labels.observe(&event);
            }
            Event::Differs { expected, came, .. } => {
                format.differs(&self.scope(), at, expected.as_deref(), &came);
            }
        }
    }

    /// The instance has ended. If it was in a call, that is shown with the reason.
    pub fn finish(&mut self, reason: Option<&str>, format: &mut dyn Format) {
        let call = self.open.take();
        let shown = call.filter(|call| is_shown(&self.functions.functions, call.function));
        if let Some(call) = shown {
            format.called(&self.scope(), &call);
            format.unfinished(&self.scope(), &call, reason);
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            functions: &self.functions,
            labels: &self.labels,
            source: self.source.as_deref(),
        }
    }
}

fn is_shown(names: &[Name], index: u32) -> bool {
    names.get(index as usize).is_some_and(|name| name.is_shown)
}
