//! A page for a browser.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use interpose_calls::{Event, Value};

use crate::functions::Name;
use crate::json::string;
use crate::outcome::Outcome;
use crate::text::{arguments, event, values};
use crate::tracer::{Call, Format, Scope};

/// The most characters, bytes or elements that are shown of a value.
const LIMIT: usize = 120;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
const BODY: &str = include_str!("page/page.html");

/// The hashes of the style and the script, which are all that a browser may use on the page. A test computes them.
const STYLE_HASH: &str = "sha256-lyb56ETjn/dRvB/nbQOl7CtXbxIHLffEChEn6PR0kKY=";
const SCRIPT_HASH: &str = "sha256-MP+MHSWW6kNke50m0T8TAUpWODcPrSgMN/hyBcx9sRo=";

/// How the end of a call is encoded.
#[derive(Clone, Copy)]
enum End {
    Ok = 0,
    Error = 1,
    Denied = 2,
    Unfinished = 3,
    Dropped = 4,
    Differs = 5,
}

/// Makes a page on which time is on one axis and the interfaces are on the other. It is one file that needs no other one.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The functions, each as a list of its interface and its name, separated by commas.
    functions: Texts,
    sources: Texts,
    /// The calls, each as a list of when it began and how long it took, in nanoseconds, the positions of its function and
    /// its source, its end, its arguments and its result, separated by commas.
    calls: String,
    arguments: String,
}

/// Texts, each of them once.
#[derive(Clone, Debug, Default)]
struct Texts {
    positions: HashMap<Arc<str>, usize>,
    encoded: String,
}

impl Texts {
    fn position(&mut self, text: &Arc<str>, encode: impl FnOnce(&mut String)) -> usize {
        if let Some(position) = self.positions.get(text) {
            return *position;
        }
        if !self.encoded.is_empty() {
            self.encoded.push(',');
        }
        encode(&mut self.encoded);
        let position = self.positions.len();
        self.positions.insert(Arc::clone(text), position);
        position
    }
}

impl Page {
    /// There are no calls yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The page. `title` says what was run.
    pub fn finish(&self, title: &str) -> String {
        let mut data = String::from("{\"title\":");
        string(&mut data, title);
        let _ = write!(
            data,
            ",\"functions\":[{}],\"sources\":[{}],\"calls\":[\n{}\n]}}",
            self.functions.encoded, self.sources.encoded, self.calls
        );
        let policy =
            format!("default-src 'none'; style-src '{STYLE_HASH}'; script-src '{SCRIPT_HASH}'");
        // The data comes last, so that nothing in it is taken for a place.
        let page = BODY.replace("{policy}", &policy).replace("{style}", STYLE);
        let page = page.replace("{script}", SCRIPT);
        page.replacen("{data}", &data, 1)
    }

    fn row(
        &mut self,
        scope: &Scope<'_>,
        at: Duration,
        took: Duration,
        name: &Name,
        end: End,
        result: &str,
    ) {
        let function = self.functions.position(&name.shown, |out| {
            out.push('[');
            string(out, &name.interface);
            out.push(',');
            string(out, &name.shown);
            out.push(']');
        });
        let source: Arc<str> = scope.source.unwrap_or_default().into();
        let source = self.sources.position(&source, |out| string(out, &source));
        if !self.calls.is_empty() {
            self.calls.push_str(",\n");
        }
        let (at, took, end) = (at.as_nanos(), took.as_nanos(), end as u8);
        let _ = write!(self.calls, "[{at},{took},{function},{source},{end},");
        string(&mut self.calls, &self.arguments);
        self.calls.push(',');
        string(&mut self.calls, result);
        self.calls.push(']');
    }
}

impl Format for Page {
    fn called(&mut self, scope: &Scope<'_>, call: &Call) {
        self.arguments.clear();
        arguments(&mut self.arguments, scope, call, LIMIT);
    }

    fn returned(&mut self, scope: &Scope<'_>, call: &Call, result: Option<&Value>, took: Duration) {
        let Some((function, name)) = scope.function(call) else {
            return;
        };
        let end = match scope.outcome(function, result) {
            Outcome::Ok => End::Ok,
            Outcome::Error => End::Error,
            Outcome::Denied => End::Denied,
        };
        let mut text = String::new();
        values(scope, LIMIT).result(&mut text, function.result, result);
        self.row(scope, call.at, took, name, end, &text);
    }

    fn unfinished(&mut self, scope: &Scope<'_>, call: &Call, reason: Option<&str>) {
        if let Some((_, name)) = scope.function(call) {
            let reason = reason.unwrap_or("unfinished");
            self.row(
                scope,
                call.at,
                Duration::ZERO,
                name,
                End::Unfinished,
                reason,
            );
        }
    }

    fn dropped(&mut self, scope: &Scope<'_>, at: Duration, resource: u32, identity: u64) {
        if let Some(name) = scope.functions.drops.get(resource as usize) {
            self.arguments.clear();
            values(scope, LIMIT).resource(&mut self.arguments, resource, identity);
            self.row(scope, at, Duration::ZERO, name, End::Dropped, "");
        }
    }

    fn differs(&mut self, scope: &Scope<'_>, at: Duration, expected: Option<&Event>, came: &Event) {
        self.arguments.clear();
        let mut result = String::from("the run differs from its recording, where this came: ");
        match expected {
            Some(expected) => event(&mut result, scope, expected, LIMIT),
            None => result.push_str("nothing more"),
        }
        let name = match came {
            Event::Call {
                function,
                arguments: passed,
            } => {
                let call = Call {
                    at,
                    function: *function,
                    arguments: passed.clone(),
                };
                arguments(&mut self.arguments, scope, &call, LIMIT);
                scope.functions.functions.get(*function as usize)
            }
            Event::Drop { resource, identity } => {
                values(scope, LIMIT).resource(&mut self.arguments, *resource, *identity);
                scope.functions.drops.get(*resource as usize)
            }
            Event::Return { .. } | Event::Differs { .. } => None,
        };
        if let Some(name) = name {
            self.row(scope, at, Duration::ZERO, name, End::Differs, &result);
        }
    }
}
