//! What resources stand for.
//!
//! A resource is known by its type and a number. [`Labels`] follows the calls of an application and finds out what each
//! resource stands for, from the functions of WASI 0.2 that make it or name it:
//!
//! | Resource | Label |
//! | --- | --- |
//! | `descriptor` | the path: the name of a preopened directory, or a directory's label joined with the path that was opened |
//! | a stream of a standard stream, a terminal | `stdin`, `stdout`, `stderr` |
//! | `tcp-socket`, `udp-socket` | the remote address; before one is known, the local address, behind `local` |
//! | `resolve-address-stream` | the name |
//! | `outgoing-request` | method and URL; the method is GET, the scheme is https and the path is empty until the application sets them |
//! | `incoming-request` | method and URL, as far as the application has asked for them |
//! | `outgoing-response` | the status |
//! | `bucket` of `wasi:keyvalue` | the name |
//! | a pollable of a clock | `at` an instant or `after` a duration |
//! | every other resource that a function makes | the label of the first resource among the function's arguments |
//!
//! The last line gives a stream of a file the file's path, a pollable the label of what is waited for, and a response the
//! request's method and URL.
#![no_std]

extern crate alloc;

mod known;
mod path;
mod read;

pub use path::join;
pub use read::resource;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use interpose_calls::{Event, Table, Value};
use serde::{Deserialize, Serialize};

use known::{Naming, namings};
use read::{Read, address, each_resource, success, text_of};

/// What a resource stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The label: text that comes from the application, as it is, with whatever characters.
    pub text: Arc<str>,
    /// What the resource belongs to.
    pub of: Of,
}

/// What a resource belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Of {
    /// A file or a directory. The label is its path.
    Path,
    /// Something else with a name that the application chose.
    Name,
    /// Standard input, output or error.
    Standard,
    /// A socket. The label is an address.
    Socket,
    /// An HTTP request. The label is its method and its URL.
    Request,
    /// Something else.
    Other,
}

impl Label {
    fn new(of: Of, text: impl Into<Arc<str>>) -> Self {
        Self {
            text: text.into(),
            of,
        }
    }

    /// Whether the label is a name that the application chose, which is shown in quotes.
    pub fn is_name(&self) -> bool {
        matches!(self.of, Of::Path | Of::Name)
    }
}

/// A resource: the position of its type in [`Table::resources`], and its identity.
type Key = (u32, u64);

/// A request that is put together.
#[derive(Clone, Debug, Default)]
struct Request {
    method: Option<String>,
    scheme: Option<String>,
    authority: Option<String>,
    path: Option<String>,
}

/// Follows the calls of one instance, and knows what its resources stand for; see the [module](self).
///
/// It has to be told of every event, in order. A call gives a label when it returns without an error, and a label is
/// forgotten when its resource is dropped, or when the call returns to which its ownership was passed. So ask for the labels
/// of a call's arguments before [`Labels::observe`] is told of its return, and for the label of a resource that is dropped
/// before it is told of that.
#[derive(Clone, Debug)]
pub struct Labels {
    table: Arc<Table>,
    namings: Arc<[Naming]>,
    labels: BTreeMap<Key, Label>,
    requests: BTreeMap<Key, Request>,
    open: Option<Open>,
}

/// What is known of a call that has not returned.
#[derive(Clone, Debug)]
struct Open {
    function: u32,
    subject: Option<Key>,
    given: Option<Given>,
    passed: Vec<Key>,
}

/// What the arguments of a call say about a resource.
#[derive(Clone, Debug)]
enum Given {
    Label(Label),
    Text(Option<String>),
}

impl Labels {
    /// No resource is known yet.
    pub fn new(table: Arc<Table>) -> Self {
        Self {
            namings: namings(&table),
            table,
            labels: BTreeMap::new(),
            requests: BTreeMap::new(),
            open: None,
        }
    }

    /// The same knowledge of functions for another instance of the same component, of which no resource is known.
    pub fn for_another(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
            namings: Arc::clone(&self.namings),
            labels: BTreeMap::new(),
            requests: BTreeMap::new(),
            open: None,
        }
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::Call {
                function,
                arguments,
            } => self.open = self.called(*function, arguments),
            Event::Return { function, result } => {
                if let Some(open) = self.open.take().filter(|open| open.function == *function) {
                    self.returned(open, result.as_ref());
                }
            }
            Event::Drop { resource, identity } => self.forget((*resource, *identity)),
            Event::Differs { .. } => {}
        }
    }

    /// What a resource stands for, if that is known: text that comes from the application, as it is, with whatever
    /// characters. `resource` is the position of its type in [`Table::resources`].
    pub fn label(&self, resource: u32, identity: u64) -> Option<&str> {
        Some(&self.shown(resource, identity)?.text)
    }

    /// The label with what the resource belongs to, if it is known.
    pub fn shown(&self, resource: u32, identity: u64) -> Option<&Label> {
        self.labels.get(&(resource, identity))
    }

    fn forget(&mut self, key: Key) {
        self.labels.remove(&key);
        self.requests.remove(&key);
    }

    fn called(&self, index: u32, arguments: &[Value]) -> Option<Open> {
        let naming = self.namings.get(index as usize)?;
        if *naming == Naming::Nothing {
            return None;
        }
        let table = &*self.table;
        let function = table.functions.get(index as usize)?;
        let (mut subject, mut passed) = (None, Vec::new());
        for (parameter, value) in function.parameters.iter().zip(arguments) {
            each_resource(
                table,
                parameter.ty,
                value,
                &mut |resource, identity, is_owned| {
                    subject.get_or_insert((resource, identity));
                    if is_owned {
                        passed.push((resource, identity));
                    }
                },
            );
        }
        let last = function.parameters.last().zip(arguments.last());
        let last = last.map(|(parameter, value)| Read {
            table,
            ty: parameter.ty,
            value,
        });
        let text = || {
            let parameters = function.parameters.iter().zip(arguments);
            let mut texts = parameters.filter_map(|(_, value)| text_of(value));
            texts.next()
        };
        let given = match naming {
            Naming::OpenAt => text().map(|path| {
                let base = subject.and_then(|subject| self.labels.get(&subject));
                let base = base.map_or("", |label| &label.text);
                Given::Label(Label::new(Of::Path, join(base, &path)))
            }),
            Naming::FirstText => text().map(|text| Given::Label(Label::new(Of::Name, text))),
            Naming::Instant | Naming::Duration => match arguments {
                [Value::Unsigned(nanoseconds)] => {
                    let word = match naming {
                        Naming::Instant => "at",
                        _ => "after",
                    };
                    let time = Duration::from_nanos(*nanoseconds);
                    let text = format!("{word} {time:?}");
                    Some(Given::Label(Label::new(Of::Other, text)))
                }
                _ => None,
            },
            Naming::Connect | Naming::Bind => last.and_then(address).map(|address| {
                let text = match naming {
                    Naming::Bind => format!("local {address}"),
                    _ => address,
                };
                Given::Label(Label::new(Of::Socket, text))
            }),
            Naming::SetMethod | Naming::SetScheme | Naming::SetText(_) => {
                Some(Given::Text(last.and_then(|value| value.text_or_case())))
            }
            Naming::SetStatus => match arguments {
                [_, Value::Unsigned(status)] => {
                    Some(Given::Label(Label::new(Of::Other, status.to_string())))
                }
                _ => None,
            },
            Naming::Stream => last
                .and_then(|value| address(value.payload()?))
                .map(|address| Given::Label(Label::new(Of::Socket, address))),
            _ => None,
        };
        Some(Open {
            function: index,
            subject,
            given,
            passed,
        })
    }

    fn returned(&mut self, open: Open, result: Option<&Value>) {
        let table = Arc::clone(&self.table);
        let namings = Arc::clone(&self.namings);
        let function = open.function as usize;
        let returned = table.functions.get(function).zip(namings.get(function));
        if let Some((function, naming)) = returned {
            let result = function.result.zip(result);
            let result = result.map(|(ty, value)| Read {
                table: &table,
                ty,
                value,
            });
            match success(result) {
                Some(value) => self.succeeded(naming, &open, value),
                // An error can have resources too.
                None => self.inherit(&open, result),
            }
        }
        for key in open.passed {
            self.forget(key);
        }
    }

    /// Takes note of a call that had no error. `value` is what it returned.
    fn succeeded(&mut self, naming: &Naming, open: &Open, value: Option<Read<'_>>) {
        match (naming, &open.given) {
            (Naming::Preopens, _) => self.preopened(value),
            (Naming::Constant(text), _) => self.give(value, &Label::new(Of::Standard, *text)),
            (
                Naming::OpenAt
                | Naming::FirstText
                | Naming::Instant
                | Naming::Duration
                | Naming::Stream,
                Some(Given::Label(label)),
            ) => self.give(value, label),
            (Naming::Connect | Naming::Bind | Naming::SetStatus, Some(Given::Label(label))) => {
                if let Some(subject) = open.subject {
                    self.labels.insert(subject, label.clone());
                }
            }
            (Naming::RemoteAddress, _) => {
                if let Some((subject, address)) = open.subject.zip(value.and_then(address)) {
                    self.labels.insert(subject, Label::new(Of::Socket, address));
                }
            }
            (Naming::LocalAddress, _) => {
                if let Some((subject, address)) = open.subject.zip(value.and_then(address)) {
                    let known = self.labels.get(&subject);
                    if known.is_none_or(|label| label.text.starts_with("local ")) {
                        let label = Label::new(Of::Socket, format!("local {address}"));
                        self.labels.insert(subject, label);
                    }
                }
            }
            (Naming::NewRequest, _) => {
                let request = Request {
                    method: Some("get".into()),
                    scheme: Some("https".into()),
                    ..Request::default()
                };
                if let Some(key) = value.and_then(|value| value.resource()) {
                    self.requests.insert(key, request);
                    self.describe(key);
                }
            }
            (Naming::NewResponse, _) => self.give(value, &Label::new(Of::Other, "200")),
            (
                Naming::SetMethod | Naming::SetScheme | Naming::SetText(_),
                Some(Given::Text(text)),
            ) => {
                self.set(naming, open, text.clone());
            }
            (Naming::GetMethod | Naming::GetScheme | Naming::GetText(_), _) => {
                self.set(naming, open, value.and_then(|value| value.text_or_case()));
            }
            _ => self.inherit(open, value),
        }
    }

    fn set(&mut self, naming: &Naming, open: &Open, text: Option<String>) {
        let Some(subject) = open.subject else {
            return;
        };
        let request = self.requests.entry(subject).or_default();
        match naming {
            Naming::SetMethod | Naming::GetMethod => request.method = text,
            Naming::SetScheme | Naming::GetScheme => {
                request.scheme = text.map(|text| text.to_ascii_lowercase());
            }
            Naming::SetText(known::Part::Authority) | Naming::GetText(known::Part::Authority) => {
                request.authority = text;
            }
            _ => request.path = text,
        }
        self.describe(subject);
    }

    fn describe(&mut self, key: Key) {
        let Some(request) = self.requests.get(&key) else {
            return;
        };
        let path = request.path.as_deref().unwrap_or_default();
        let url = match (&request.scheme, &request.authority) {
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}{path}"),
            (None, Some(authority)) => format!("//{authority}{path}"),
            (_, None) => path.to_owned(),
        };
        let method = request.method.as_deref().unwrap_or_default();
        let text = format!("{} {url}", method.to_uppercase());
        self.labels
            .insert(key, Label::new(Of::Request, text.trim()));
    }

    fn preopened(&mut self, value: Option<Read<'_>>) {
        for entry in value.into_iter().flat_map(|list| list.items()) {
            let parts: Vec<Read<'_>> = entry.fields().collect();
            if let [descriptor, name] = parts.as_slice()
                && let Some(name) = text_of(name.value)
            {
                self.give(Some(*descriptor), &Label::new(Of::Path, join("", &name)));
            }
        }
    }

    fn give(&mut self, value: Option<Read<'_>>, label: &Label) {
        if let Some(Read { table, ty, value }) = value {
            each_resource(table, ty, value, &mut |resource, identity, _| {
                self.labels.insert((resource, identity), label.clone());
            });
        }
    }

    fn inherit(&mut self, open: &Open, value: Option<Read<'_>>) {
        let label = open.subject.and_then(|subject| self.labels.get(&subject));
        if let Some(label) = label.cloned() {
            self.give(value, &label);
        }
    }
}
