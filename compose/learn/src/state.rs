//! What is known of the resources of an application while its events are folded.

use std::collections::HashMap;
use std::net::IpAddr;

use interpose_calls::{Function, Table, Value};

use crate::seen::{Handle, Seen};
use crate::uses::{LookedUp, Refusal, Request, Uses};

/// What is known after some events.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) uses: Uses,
    pub(crate) streams: HashMap<Handle, Origin>,
    pub(crate) descriptors: Descriptors,
    pub(crate) lookups: Lookups,
    pub(crate) requests: Requests,
}

/// Where the bytes of a stream come from or go to.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Stdin,
    Stdout,
    Stderr,
    /// A file that is read. The number says up to which byte.
    File(Place, u64),
}

/// A call that has returned.
pub(crate) struct Called<'a> {
    pub(crate) table: &'a Table,
    pub(crate) function: &'a Function,
    pub(crate) arguments: &'a [Value],
    pub(crate) result: Option<&'a Value>,
}

impl<'a> Called<'a> {
    /// The argument at this position.
    pub(crate) fn argument(&self, position: usize) -> Option<Seen<'a>> {
        let parameter = self.function.parameters.get(position)?;
        let value = self.arguments.get(position)?;
        Some(Seen::new(self.table, parameter.ty, value))
    }

    /// The resource whose method was called.
    pub(crate) fn subject(&self) -> Option<Handle> {
        self.argument(0)?.handle()
    }

    pub(crate) fn result(&self) -> Option<Seen<'a>> {
        Some(Seen::new(self.table, self.function.result?, self.result?))
    }

    /// What the call returned without an error.
    pub(crate) fn ok(&self) -> Option<Seen<'a>> {
        self.result()?.ok()
    }

    /// The name of the error that the call returned.
    pub(crate) fn error(&self) -> Option<&'a str> {
        self.result()?.error()
    }

    /// The function's name without what WIT's binary form puts in front of it.
    pub(crate) fn name(&self) -> &'a str {
        let name = self.function.name.as_str();
        name.split_once(']').map_or(name, |(_, name)| name)
    }
}

impl State {
    pub(crate) fn refuse(&mut self, call: &Called<'_>, subject: String, error: &str) {
        let interface = &call.function.interface;
        let path = interface
            .split_once('@')
            .map_or(&**interface, |(path, _)| path);
        let refusal = Refusal {
            function: format!("{path}.{}", call.name()),
            subject,
            error: error.to_owned(),
        };
        *self.uses.refusals.entry(refusal).or_default() += 1;
    }

    pub(crate) fn note_unnameable(&mut self, what: String) {
        *self.uses.unnameable.entry(what).or_default() += 1;
    }
}

/// The places of descriptors.
#[derive(Debug, Default)]
pub(crate) struct Descriptors(pub(crate) HashMap<Handle, Place>);

impl Descriptors {
    pub(crate) fn forget(&mut self, handle: Handle) {
        self.0.remove(&handle);
    }
}

/// A place in the files of a preopen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The preopen's name.
    pub(crate) preopen: String,
    /// The path below it; empty for the preopen itself.
    pub(crate) path: String,
    /// Whether every path that led here consists of names alone. A `..` behind a symbolic link leads elsewhere than its
    /// text says.
    pub(crate) is_plain: bool,
}

impl Place {
    /// The place that a path below this one names. `None` if it leads out of the preopen, which every host refuses.
    pub(crate) fn join(&self, path: &str) -> Option<Self> {
        if path.starts_with('/') {
            return None;
        }
        let mut names: Vec<&str> = self
            .path
            .split('/')
            .filter(|name| !name.is_empty())
            .collect();
        let mut is_plain = self.is_plain;
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => {
                    names.pop()?;
                    is_plain = false;
                }
                name => names.push(name),
            }
        }
        Some(Self {
            preopen: self.preopen.clone(),
            path: names.join("/"),
            is_plain,
        })
    }

    /// The path as the application knows it.
    pub(crate) fn shown(&self) -> String {
        match (self.preopen.as_str(), self.path.as_str()) {
            (preopen, "") => preopen.to_owned(),
            (preopen, path) => format!("{}/{path}", preopen.trim_end_matches('/')),
        }
    }
}

/// What lookups returned.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    /// What the results of a lookup belong to.
    pub(crate) streams: HashMap<Handle, LookedUp>,
    /// The name whose lookup returned an address last.
    pub(crate) names: HashMap<IpAddr, String>,
}

impl Lookups {
    pub(crate) fn forget(&mut self, handle: Handle) {
        self.streams.remove(&handle);
    }
}

/// The requests that are put together, and those that are under way.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) parts: HashMap<Handle, Parts>,
    pub(crate) under_way: HashMap<Handle, Vec<Request>>,
}

impl Requests {
    pub(crate) fn forget(&mut self, handle: Handle) {
        self.parts.remove(&handle);
        self.under_way.remove(&handle);
    }
}

/// The parts of a request that an application has set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) method: Option<String>,
    pub(crate) scheme: Option<String>,
    pub(crate) authority: Option<String>,
    pub(crate) path_with_query: Option<String>,
}
