//! A line of text a call.

use std::fmt::Write as _;
use std::time::Duration;

use interpose_calls::{Event, Value};

use crate::tracer::{Call, Format, Scope};
use crate::value::{Values, plain};

/// The most characters, bytes or elements that are shown; as many as `strace` shows.
const LIMIT: usize = 32;

/// Shows a line a call, as `strace` does.
#[derive(Clone, Debug, Default)]
pub struct Text {
    lines: String,
}

impl Text {
    /// There are no lines yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the lines so far.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.lines)
    }

    fn start(&mut self, scope: &Scope<'_>, at: Duration) {
        if let Some(source) = scope.source {
            self.lines.push('[');
            plain(&mut self.lines, source);
            self.lines.push_str("] ");
        }
        let _ = write!(self.lines, "{:>4}.{:06} ", at.as_secs(), at.subsec_micros());
    }
}

/// Writes the arguments of a call, without their names.
pub(crate) fn arguments(out: &mut String, scope: &Scope<'_>, call: &Call, limit: usize) {
    let Some((function, _)) = scope.function(call) else {
        return;
    };
    let values = values(scope, limit);
    for (index, (parameter, value)) in function.parameters.iter().zip(&call.arguments).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        values.value(out, parameter.ty, value);
    }
}

pub(crate) fn values<'a>(scope: &Scope<'a>, limit: usize) -> Values<'a> {
    Values {
        table: &scope.functions.table,
        labels: scope.labels,
        limit,
    }
}

/// Writes an event of which nothing else is known.
pub(crate) fn event(out: &mut String, scope: &Scope<'_>, event: &Event, limit: usize) {
    match event {
        Event::Call {
            function,
            arguments: passed,
        } => {
            let call = Call {
                at: Duration::ZERO,
                function: *function,
                arguments: passed.clone(),
            };
            if let Some((_, name)) = scope.function(&call) {
                plain(out, &name.shown);
            }
            out.push('(');
            arguments(out, scope, &call, limit);
            out.push(')');
        }
        Event::Drop { resource, identity } => {
            if let Some(name) = scope.functions.drops.get(*resource as usize) {
                plain(out, &name.shown);
            }
            out.push('(');
            values(scope, limit).resource(out, *resource, *identity);
            out.push(')');
        }
        Event::Return { .. } | Event::Differs { .. } => out.push_str("another event"),
    }
}

impl Format for Text {
    fn called(&mut self, scope: &Scope<'_>, call: &Call) {
        self.start(scope, call.at);
        if let Some((_, name)) = scope.function(call) {
            plain(&mut self.lines, &name.shown);
        }
        self.lines.push('(');
        arguments(&mut self.lines, scope, call, LIMIT);
        self.lines.push_str(") = ");
    }

    fn returned(&mut self, scope: &Scope<'_>, call: &Call, result: Option<&Value>, took: Duration) {
        if let Some((function, _)) = scope.function(call) {
            values(scope, LIMIT).result(&mut self.lines, function.result, result);
        }
        let (seconds, micros) = (took.as_secs(), took.subsec_micros());
        let _ = writeln!(self.lines, " <{seconds}.{micros:06}>");
    }

    fn unfinished(&mut self, _: &Scope<'_>, _: &Call, reason: Option<&str>) {
        self.lines.push_str("? <unfinished");
        if let Some(reason) = reason {
            self.lines.push_str(": ");
            plain(&mut self.lines, reason);
        }
        self.lines.push_str(">\n");
    }

    fn dropped(&mut self, scope: &Scope<'_>, at: Duration, resource: u32, identity: u64) {
        self.start(scope, at);
        event(
            &mut self.lines,
            scope,
            &Event::Drop { resource, identity },
            LIMIT,
        );
        self.lines.push('\n');
    }

    fn differs(&mut self, scope: &Scope<'_>, at: Duration, expected: Option<&Event>, came: &Event) {
        self.start(scope, at);
        self.lines
            .push_str("the run differs from its recording: expected ");
        match expected {
            Some(expected) => event(&mut self.lines, scope, expected, LIMIT),
            None => self.lines.push_str("the end"),
        }
        self.lines.push_str(", came ");
        event(&mut self.lines, scope, came, LIMIT);
        self.lines.push('\n');
    }
}
