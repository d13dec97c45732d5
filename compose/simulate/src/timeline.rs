//! Shows what happened in a run as lines of text: what the application did, which fault hit which call, what followed.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use interpose_calls::Event;
use interpose_faults::Happened;
use interpose_trace::{Filter, Functions, Text, Timed, Tracer};
use wasi_interpose::probe::Observed;

use crate::budget::seconds;
use crate::cause::Part;
use crate::run::{Lifetime, Ran};

/// How many calls are shown at the end of a life.
const LAST: usize = 24;

/// How many calls are shown in front of a fault.
const BEFORE: usize = 6;

/// How many calls are shown behind one.
const BEHIND: usize = 12;

/// How many lines of an output are shown.
const OUTPUT: usize = 12;

/// Knows the functions that are called.
pub(crate) struct Timeline<'a> {
    application: Reading<'a>,
    check: Option<Reading<'a>>,
    /// What each rule of the policy's faults says.
    rules: &'a [String],
}

/// Reads the events of a composition.
struct Reading<'a> {
    observed: &'a Observed,
    functions: Arc<Functions>,
}

impl<'a> Reading<'a> {
    fn new(observed: &'a Observed) -> Self {
        let table = Arc::new(observed.table.clone());
        Self {
            observed,
            functions: Arc::new(Functions::new(table, &Filter::default())),
        }
    }
}

/// A line for a call.
#[derive(Default)]
struct Line {
    text: String,
    /// What happened to the call.
    fault: Option<String>,
}

impl<'a> Timeline<'a> {
    pub(crate) fn new(
        application: &'a Observed,
        check: Option<&'a Observed>,
        rules: &'a [String],
    ) -> Self {
        Self {
            application: Reading::new(application),
            check: check.map(Reading::new),
            rules,
        }
    }

    /// The lines of a run. Calls that are far from a fault and from the end are left out.
    pub(crate) fn of(&self, ran: &Ran) -> String {
        let mut out = String::new();
        for life in &ran.lives {
            let title = match life.of {
                Part::Application => "the application",
                Part::Restarted => "the application, started again on the files that were left",
                Part::Check => "the check",
            };
            let _ = writeln!(out, "{title}:");
            self.calls(&mut out, life);
            let time = seconds(life.log.time);
            let calls = life.log.calls;
            let _ = writeln!(
                out,
                "  {} after {calls} calls and {time}",
                one_line(&life.ended)
            );
            self.output(&mut out, "standard output", &life.stdout);
            self.output(&mut out, "standard error", &life.stderr);
        }
        out
    }

    fn reading(&self, life: &Lifetime) -> &Reading<'a> {
        match (life.of, &self.check) {
            (Part::Check, Some(check)) => check,
            _ => &self.application,
        }
    }

    fn calls(&self, out: &mut String, life: &Lifetime) {
        let lines = self.lines(life);
        let is_near = |position: usize| {
            let from = position.saturating_sub(BEHIND);
            let to = (position + BEFORE + 1).min(lines.len());
            position + LAST >= lines.len()
                || lines[from..to].iter().any(|line| line.fault.is_some())
        };
        let mut left_out = 0;
        for (position, line) in lines.iter().enumerate() {
            if !is_near(position) {
                left_out += 1;
                continue;
            }
            tell_left_out(out, &mut left_out);
            let _ = writeln!(out, "  {}", line.text);
            if let Some(fault) = &line.fault {
                let _ = writeln!(out, "  ^ {fault}");
            }
        }
        if life.log.is_cut {
            let _ = writeln!(out, "  … and more, which was not kept");
        }
    }

    fn lines(&self, life: &Lifetime) -> Vec<Line> {
        let Reading {
            observed,
            functions,
        } = self.reading(life);
        let mut tracer = Tracer::new(Arc::clone(functions), None);
        let (mut text, mut lines) = (Text::new(), Vec::new());
        let mut next = 0;
        let mut fault = None;
        for (at, event) in life.log.events() {
            let Ok(event) = observed.read(event) else {
                continue;
            };
            if matches!(event, Event::Call { .. }) {
                let mut faults = life.log.faults.iter();
                let hit = faults.find(|happened| happened.call == next);
                fault = hit.map(|happened| self.fault(happened));
                next += 1;
            }
            let at = Duration::from_nanos(at);
            tracer.observe(Timed { at, event }, &mut text);
            add(&mut lines, &text.take(), &mut fault);
        }
        tracer.finish(Some(&life.ended), &mut text);
        add(&mut lines, &text.take(), &mut fault);
        lines
    }

    fn fault(&self, happened: &Happened) -> String {
        let decision = &happened.decision;
        let rule = self.rules.get(decision.rule as usize);
        let rule = rule.map_or_else(String::new, |rule| format!(": {rule}"));
        format!("fault: rule {}{rule}", decision.rule + 1)
    }

    fn output(&self, out: &mut String, name: &str, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().collect();
        let first = lines.len().saturating_sub(OUTPUT);
        let _ = writeln!(out, "  {name}:");
        if first > 0 {
            let _ = writeln!(out, "    … {first} lines");
        }
        for line in &lines[first..] {
            let _ = writeln!(out, "    {}", one_line(line));
        }
    }

    /// The first event in which two runs differ: the number of the call, counted from 1, and both events as lines; `None` if
    /// there is none among those that were kept.
    pub(crate) fn difference(&self, first: &Ran, second: &Ran) -> Option<String> {
        for (one, other) in first.lives.iter().zip(&second.lives) {
            let mut pairs = 0;
            let (mut left, mut right) = (one.log.events(), other.log.events());
            loop {
                let (a, b) = (left.next(), right.next());
                let (a, b) = (a.map(|(_, event)| event), b.map(|(_, event)| event));
                if a.is_none() && b.is_none() {
                    break;
                }
                if a != b {
                    let (a, b) = (self.upto(one, pairs), self.upto(other, pairs));
                    return Some(format!("event {} is\n  {a}\nand then\n  {b}", pairs + 1));
                }
                pairs += 1;
            }
        }
        match first.lives.len() == second.lives.len() {
            true => None,
            false => Some("one of them has more lives".into()),
        }
    }

    /// The event at this position of a life, as a line.
    fn upto(&self, life: &Lifetime, position: usize) -> String {
        let Reading {
            observed,
            functions,
        } = self.reading(life);
        let mut tracer = Tracer::new(Arc::clone(functions), None);
        let mut text = Text::new();
        let mut shown = String::new();
        for (_, event) in life.log.events().take(position + 1) {
            text.take();
            if let Ok(event) = observed.read(event) {
                let at = Duration::ZERO;
                tracer.observe(Timed { at, event }, &mut text);
            }
        }
        let last = text.take();
        if life.log.events().nth(position).is_none() {
            shown.push_str("the end");
        } else if last.is_empty() {
            // The call has not returned.
            tracer.finish(Some("not shown"), &mut text);
            let line = text.take();
            let call = line.split(" = ? <unfinished").next();
            shown.push_str(call.unwrap_or_default().trim());
        } else {
            shown.push_str(last.trim());
        }
        shown
    }
}

fn tell_left_out(out: &mut String, left_out: &mut usize) {
    match std::mem::take(left_out) {
        0 => {}
        1 => drop(writeln!(out, "  … 1 call")),
        count => drop(writeln!(out, "  … {count} calls")),
    }
}

fn add(lines: &mut Vec<Line>, text: &str, fault: &mut Option<String>) {
    for line in text.lines() {
        lines.push(Line {
            text: line.trim_end().to_owned(),
            fault: fault.take(),
        });
    }
}

/// Text of an application without characters that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match interpose_stdio::is_printable(character) {
            true => out.push(character),
            false => out.extend(character.escape_default()),
        }
    }
    out
}
