//! Folds the events of a probe into what an application used.

mod files;
mod http;
mod network;

use interpose_calls::{Event, Table, Value};
use interpose_policy::covered::{has_table, is_p3};
use semver::Version;

use crate::seen::{Handle, Seen};
use crate::state::{Called, Origin, State};
use crate::uses::Uses;

/// Learns from the events of a probe what an application uses.
///
/// It has to be told of every event of one instance, in order.
#[derive(Debug)]
pub struct Learner {
    table: Table,
    /// The function that was called and has not returned, with its arguments.
    open: Option<(u32, Vec<Value>)>,
    state: State,
}

/// The path of an interface of WASI that tables of a policy decide about, or that their streams belong to.
pub(crate) fn decided(interface: &str) -> Option<&str> {
    let (path, version) = interface.split_once('@')?;
    let (package, name) = path.strip_prefix("wasi:")?.split_once('/')?;
    let version = version.parse::<Version>().ok()?;
    let is_io = package == "io" && version.major == 0 && version.minor == 2;
    // No probe sees the calls of WASI 0.3, whose interfaces have other functions under the same paths.
    let has_table = has_table(package, name, &version) && !is_p3(&version);
    (is_io || has_table).then_some(path)
}

impl Learner {
    /// Nothing has happened yet. `table` is that of the probe.
    pub fn new(table: Table) -> Self {
        Self {
            table,
            open: None,
            state: State::default(),
        }
    }

    /// What was used so far.
    pub fn uses(&self) -> &Uses {
        &self.state.uses
    }

    /// Takes note of an event.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Call {
                function,
                arguments,
            } => self.called(function, arguments),
            Event::Return { function, result } => self.returned(function, result.as_ref()),
            Event::Drop { resource, identity } => self.state.forget((resource, identity)),
            Event::Differs { .. } => {}
        }
    }

    fn called(&mut self, index: u32, arguments: Vec<Value>) {
        if let Some(function) = self.table.functions.get(index as usize) {
            let uses = &mut self.state.uses;
            *uses.calls.entry(function.interface.clone()).or_default() += 1;
            // It does not return.
            if decided(&function.interface) == Some("wasi:cli/exit") {
                uses.exit += 1;
            }
        }
        self.open = Some((index, arguments));
    }

    fn returned(&mut self, index: u32, result: Option<&Value>) {
        let Some((_, arguments)) = self.open.take().filter(|(open, _)| *open == index) else {
            return;
        };
        let Some(function) = self.table.functions.get(index as usize) else {
            return;
        };
        let call = Called {
            table: &self.table,
            function,
            arguments: &arguments,
            result,
        };
        if let Some(interface) = decided(&function.interface) {
            self.state.note(interface, &call);
        }
    }
}

impl State {
    fn note(&mut self, interface: &str, call: &Called<'_>) {
        match interface {
            "wasi:cli/environment" => self.note_environment(call),
            "wasi:cli/stdin" => self.note_stream(call, Origin::Stdin),
            "wasi:cli/stdout" => self.note_stream(call, Origin::Stdout),
            "wasi:cli/stderr" => self.note_stream(call, Origin::Stderr),
            "wasi:cli/terminal-stdin" => self.note_terminal(call, &Origin::Stdin),
            "wasi:cli/terminal-stdout" => self.note_terminal(call, &Origin::Stdout),
            "wasi:cli/terminal-stderr" => self.note_terminal(call, &Origin::Stderr),
            "wasi:clocks/monotonic-clock" | "wasi:clocks/wall-clock" => self.uses.clocks += 1,
            "wasi:random/random" | "wasi:random/insecure" | "wasi:random/insecure-seed" => {
                self.uses.random += 1;
            }
            "wasi:config/store" => self.note_config(call),
            "wasi:io/streams" => self.note_io(call),
            "wasi:filesystem/preopens" | "wasi:filesystem/types" => self.note_files(call),
            "wasi:http/types" | "wasi:http/outgoing-handler" => self.note_http(call),
            _ if interface.starts_with("wasi:sockets/") => self.note_network(call),
            _ => {}
        }
    }

    fn note_environment(&mut self, call: &Called<'_>) {
        let Some(result) = call.result() else {
            return;
        };
        match call.name() {
            "get-arguments" if result.items().next().is_some() => self.uses.arguments += 1,
            "get-environment" => {
                let names = result.items().filter_map(|pair| pair.part(0)?.text());
                for name in names {
                    *self.uses.variables.entry(name.to_owned()).or_default() += 1;
                }
            }
            "initial-cwd" => {
                if let Some(cwd) = result.some().and_then(Seen::text) {
                    self.uses.cwd = Some(cwd.to_owned());
                }
            }
            _ => {}
        }
    }

    fn note_stream(&mut self, call: &Called<'_>, origin: Origin) {
        if let Some(stream) = call.result().and_then(Seen::handle) {
            self.streams.insert(stream, origin);
        }
    }

    /// Only an inherited stream is a terminal, so being one is a use of it.
    fn note_terminal(&mut self, call: &Called<'_>, origin: &Origin) {
        if call.result().and_then(Seen::some).is_some() {
            self.note_use(origin);
        }
    }

    fn note_use(&mut self, origin: &Origin) {
        match origin {
            Origin::Stdin => self.uses.stdin += 1,
            Origin::Stdout => self.uses.stdout += 1,
            Origin::Stderr => self.uses.stderr += 1,
            Origin::File(..) => {}
        }
    }

    fn note_config(&mut self, call: &Called<'_>) {
        let Some(value) = call.ok() else {
            return;
        };
        let mut note = |key: Option<&str>| {
            if let Some(key) = key {
                *self.uses.config.entry(key.to_owned()).or_default() += 1;
            }
        };
        match call.name() {
            "get" if value.some().is_some() => note(call.argument(0).and_then(Seen::text)),
            "get-all" => {
                let pairs = value.items();
                pairs.for_each(|pair| note(pair.part(0).and_then(Seen::text)));
            }
            _ => {}
        }
    }

    /// Reading, writing, splicing and waiting are uses of what the streams belong to.
    fn note_io(&mut self, call: &Called<'_>) {
        for position in 0..call.arguments.len().min(2) {
            let stream = call.argument(position).and_then(Seen::handle);
            let Some(origin) = stream.and_then(|stream| self.streams.get_mut(&stream)) else {
                continue;
            };
            if let Origin::File(place, end) = origin {
                let read = call.ok().and_then(|read| read.bytes().or(read.number()));
                *end = end.saturating_add(read.unwrap_or_default());
                let (place, end) = (place.clone(), *end);
                self.note_size(&place, end);
                continue;
            }
            let origin = origin.clone();
            self.note_use(&origin);
        }
    }

    fn forget(&mut self, handle: Handle) {
        self.streams.remove(&handle);
        self.descriptors.forget(handle);
        self.lookups.forget(handle);
        self.requests.forget(handle);
    }
}
