//! Folds the events of a recording into what servers answered.

use std::collections::HashMap;
use std::time::Duration;

use interpose_calls::{Event, Table, Value};

use crate::fold::decided;
use crate::seen::{Handle, Seen};
use crate::state::{Called, Requests};
use crate::uses::Request;

/// The requests of a run and their answers, as the application saw them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// In the order of the requests.
    pub exchanges: Vec<Exchange>,
}

/// A request, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The request as a message shows it: method and URL.
    pub shown: String,
    /// The request as rules have it; `None` if no rule can mean it. One without a scheme is one for `https`.
    pub request: Option<Request>,
    /// What came of it.
    pub outcome: Outcome,
    /// When the request was made, from the beginning of the run.
    made: Duration,
}

impl Exchange {
    /// A request that was made when the run began, and what came of it.
    pub fn new(shown: String, request: Option<Request>, outcome: Outcome) -> Self {
        Self {
            shown,
            request,
            outcome,
            made: Duration::ZERO,
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The application did not ask for an answer, or the run ended before one came.
    Unanswered,
    /// An error of this name.
    Failed(String),
    /// An answer.
    Answered(Answer),
}

/// An answer, as far as the application looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How long after the request the application got it.
    pub latency: Duration,
    /// The status; 200 if the application did not ask for it.
    pub status: u16,
    /// The headers that the application asked for: names in lower case, and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What the application read of the body.
    pub body: Vec<u8>,
    /// How reading the body ended.
    pub end: End,
}

/// How reading a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Before the end, or the application never read.
    Open,
    /// At the end of the body.
    Whole,
    /// By an error.
    Broken,
    /// Some of the body was skipped or copied elsewhere, so a recording does not have it.
    Skipped,
}

/// Learns from the events of a recording what servers answered. It has to be told of every event of one instance, in order.
#[derive(Debug)]
pub struct AnswerLearner {
    table: Table,
    /// The function that was called and has not returned, with its arguments.
    open: Option<(u32, Vec<Value>)>,
    requests: Requests,
    answers: Answers,
    /// To which exchange a resource belongs: a response that may come, a response, its headers, its body, or its stream.
    belongs: HashMap<Handle, usize>,
}

impl AnswerLearner {
    /// Nothing has happened yet. `table` is that of the recording.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            open: None,
            requests: Requests::default(),
            answers: Answers::default(),
            belongs: HashMap::new(),
        }
    }

    /// What was answered.
    pub fn answers(self) -> Answers {
        self.answers
    }

    /// Takes note of an event, which happened so long after the run began.
    pub fn take(&mut self, at: Duration, event: Event) {
        match event {
            Event::Call {
                function,
                arguments,
            } => self.open = Some((function, arguments)),
            Event::Return { function, result } => self.returned(at, function, result.as_ref()),
            Event::Drop { resource, identity } => {
                self.requests.forget((resource, identity));
                self.belongs.remove(&(resource, identity));
            }
            Event::Differs { .. } => {}
        }
    }

    fn returned(&mut self, at: Duration, index: u32, result: Option<&Value>) {
        let Some((_, arguments)) = self.open.take().filter(|(open, _)| *open == index) else {
            return;
        };
        // The table is not changed while it is borrowed.
        let table = std::mem::take(&mut self.table);
        if let Some(function) = table.functions.get(index as usize) {
            let call = Called {
                table: &table,
                function,
                arguments: &arguments,
                result,
            };
            match decided(&function.interface) {
                Some("wasi:http/types" | "wasi:http/outgoing-handler") => self.note(at, &call),
                Some("wasi:io/streams") => self.note_stream(&call),
                _ => {}
            }
        }
        self.table = table;
    }

    fn note(&mut self, at: Duration, call: &Called<'_>) {
        match call.name() {
            "handle" => self.note_request(at, call),
            "future-incoming-response.get" => self.note_response(at, call),
            "incoming-response.status" => {
                let status = call.result().and_then(Seen::number);
                let status = status.and_then(|status| u16::try_from(status).ok());
                if let (Some(answer), Some(status)) = (self.answer(call.subject()), status) {
                    answer.status = status;
                }
            }
            "incoming-response.headers" => {
                let made = call.result().and_then(Seen::handle);
                self.pass_on(call, made);
            }
            "incoming-response.consume" | "incoming-body.stream" => {
                let made = call.ok().and_then(Seen::handle);
                self.pass_on(call, made);
            }
            "fields.entries" => self.note_headers(call),
            "fields.get" => self.note_header(call),
            _ => self.requests.note_parts(call),
        }
    }

    fn note_request(&mut self, at: Duration, call: &Called<'_>) {
        let request = call.subject();
        let parts = request.and_then(|request| self.requests.parts.remove(&request));
        let Some(mut parts) = parts else {
            return;
        };
        let shown = parts.shown();
        parts.scheme.get_or_insert_with(|| "https".to_owned());
        let rules = parts.rules();
        let outcome = match call.error() {
            Some(error) => Outcome::Failed(error.to_owned()),
            None => Outcome::Unanswered,
        };
        if let Some(future) = call.ok().and_then(Seen::handle) {
            self.belongs.insert(future, self.answers.exchanges.len());
        }
        self.answers.exchanges.push(Exchange {
            shown,
            request: rules.and_then(|rules| rules.into_iter().next()),
            outcome,
            made: at,
        });
    }

    fn note_response(&mut self, at: Duration, call: &Called<'_>) {
        let Some(outcome) = call.result().and_then(Seen::some).and_then(Seen::ok) else {
            return;
        };
        let Some((index, exchange)) = self.exchange_of(call) else {
            return;
        };
        exchange.outcome = match outcome.error() {
            Some(error) => Outcome::Failed(error.to_owned()),
            None => Outcome::Answered(Answer {
                latency: at.saturating_sub(exchange.made),
                status: 200,
                headers: Vec::new(),
                body: Vec::new(),
                end: End::Open,
            }),
        };
        if let Some(response) = outcome.ok().and_then(Seen::handle) {
            self.belongs.insert(response, index);
        }
    }

    /// All headers replace those that were asked for one by one.
    fn note_headers(&mut self, call: &Called<'_>) {
        let Some(entries) = call.result() else {
            return;
        };
        let headers = entries.items().filter_map(|entry| {
            let name = entry.part(0)?.text()?.to_ascii_lowercase();
            Some((name, entry.part(1)?.contents()?.to_vec()))
        });
        let headers: Vec<(String, Vec<u8>)> = headers.collect();
        if let Some(answer) = self.answer(call.subject()) {
            answer.headers = headers;
        }
    }

    fn note_header(&mut self, call: &Called<'_>) {
        let name = call.argument(1).and_then(Seen::text);
        let (Some(name), Some(values)) = (name.map(str::to_ascii_lowercase), call.result()) else {
            return;
        };
        let Some(answer) = self.answer(call.subject()) else {
            return;
        };
        if answer.headers.iter().all(|(known, _)| *known != name) {
            let values = values.items().filter_map(Seen::contents);
            let values = values.map(|value| (name.clone(), value.to_vec()));
            answer.headers.extend(values);
        }
    }

    fn note_stream(&mut self, call: &Called<'_>) {
        let name = call.name();
        let is_copied = matches!(
            name,
            "output-stream.splice" | "output-stream.blocking-splice"
        );
        let stream = call.argument(usize::from(is_copied));
        let stream = stream.and_then(Seen::handle);
        let Some(answer) = self.answer(stream) else {
            return;
        };
        match (call.error(), call.ok()) {
            // The error may be one of the stream to which the bytes are copied.
            (Some(_), _) if is_copied => {}
            (Some("closed"), _) if answer.end == End::Open => answer.end = End::Whole,
            (Some("last-operation-failed"), _) => answer.end = End::Broken,
            (_, Some(read)) => match (read.contents(), read.number()) {
                // What follows a gap is in no place that is known.
                (Some(bytes), _) if answer.end == End::Open => {
                    answer.body.extend_from_slice(bytes);
                }
                (_, Some(count)) if count > 0 && answer.end == End::Open => {
                    answer.end = End::Skipped;
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// A resource that a call returned belongs to the exchange of the one whose method was called.
    fn pass_on(&mut self, call: &Called<'_>, made: Option<Handle>) {
        let of = call
            .subject()
            .and_then(|subject| self.belongs.get(&subject));
        if let (Some(&index), Some(made)) = (of, made) {
            self.belongs.insert(made, index);
        }
    }

    fn exchange_of(&mut self, call: &Called<'_>) -> Option<(usize, &mut Exchange)> {
        let index = *self.belongs.get(&call.subject()?)?;
        Some((index, self.answers.exchanges.get_mut(index)?))
    }

    fn answer(&mut self, resource: Option<Handle>) -> Option<&mut Answer> {
        let index = *self.belongs.get(&resource?)?;
        match &mut self.answers.exchanges.get_mut(index)?.outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Unanswered | Outcome::Failed(_) => None,
        }
    }
}
