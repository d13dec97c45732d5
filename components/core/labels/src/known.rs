//! The functions that say what a resource stands for.

use alloc::sync::Arc;

use interpose_calls::{Function, Table};

use crate::read::{has_resource, passes_resource};

/// A part of a request that is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Authority,
    Path,
}

/// How a function gives labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Not at all: it makes no resource, and none is passed to it.
    Nothing,
    /// What it makes gets the label of the first resource among the arguments.
    Inherit,
    /// `get-directories`.
    Preopens,
    /// `open-at`.
    OpenAt,
    /// What it makes gets this label.
    Constant(&'static str),
    /// What it makes gets the first text among the arguments as label.
    FirstText,
    /// It makes a pollable of a clock that is ready at an instant.
    Instant,
    /// It makes a pollable of a clock that is ready after a duration.
    Duration,
    /// It connects a socket.
    Connect,
    /// It binds a socket.
    Bind,
    /// It makes datagram streams of a socket, perhaps for one remote address.
    Stream,
    /// It returns a socket's remote address.
    RemoteAddress,
    /// It returns a socket's local address.
    LocalAddress,
    /// It makes an outgoing request.
    NewRequest,
    /// It makes an outgoing response.
    NewResponse,
    SetMethod,
    SetScheme,
    SetText(Part),
    SetStatus,
    GetMethod,
    GetScheme,
    GetText(Part),
}

/// How each function of a table gives labels.
pub(crate) fn namings(table: &Table) -> Arc<[Naming]> {
    let functions = table.functions.iter();
    functions
        .map(|function| {
            let named = naming(function);
            named.unwrap_or_else(|| {
                let mut parameters = function.parameters.iter().map(|parameter| parameter.ty);
                let takes = parameters.clone().any(|ty| has_resource(table, ty));
                let passes = parameters.any(|ty| passes_resource(table, ty));
                let makes = function.result.is_some_and(|ty| has_resource(table, ty));
                match takes && (makes || passes) {
                    true => Naming::Inherit,
                    false => Naming::Nothing,
                }
            })
        })
        .collect()
}

/// How a function of WASI 0.2 gives labels, if it does so in a way of its own.
fn naming(function: &Function) -> Option<Naming> {
    let (interface, version) = function.interface.split_once('@')?;
    if !version.starts_with("0.2.") {
        return None;
    }
    Some(match (interface, function.name.as_str()) {
        ("wasi:filesystem/preopens", "get-directories") => Naming::Preopens,
        ("wasi:filesystem/types", "[method]descriptor.open-at") => Naming::OpenAt,
        ("wasi:cli/stdin", "get-stdin") => Naming::Constant("stdin"),
        ("wasi:cli/stdout", "get-stdout") => Naming::Constant("stdout"),
        ("wasi:cli/stderr", "get-stderr") => Naming::Constant("stderr"),
        ("wasi:cli/terminal-stdin", "get-terminal-stdin") => Naming::Constant("stdin"),
        ("wasi:cli/terminal-stdout", "get-terminal-stdout") => Naming::Constant("stdout"),
        ("wasi:cli/terminal-stderr", "get-terminal-stderr") => Naming::Constant("stderr"),
        ("wasi:clocks/monotonic-clock", "subscribe-instant") => Naming::Instant,
        ("wasi:clocks/monotonic-clock", "subscribe-duration") => Naming::Duration,
        ("wasi:keyvalue/store", "open") => Naming::FirstText,
        ("wasi:sockets/ip-name-lookup", "resolve-addresses") => Naming::FirstText,
        ("wasi:sockets/tcp", "[method]tcp-socket.start-connect") => Naming::Connect,
        ("wasi:sockets/tcp", "[method]tcp-socket.start-bind")
        | ("wasi:sockets/udp", "[method]udp-socket.start-bind") => Naming::Bind,
        ("wasi:sockets/udp", "[method]udp-socket.stream") => Naming::Stream,
        ("wasi:sockets/tcp", "[method]tcp-socket.remote-address")
        | ("wasi:sockets/udp", "[method]udp-socket.remote-address") => Naming::RemoteAddress,
        ("wasi:sockets/tcp", "[method]tcp-socket.local-address")
        | ("wasi:sockets/udp", "[method]udp-socket.local-address") => Naming::LocalAddress,
        ("wasi:http/types", name) => http(name)?,
        _ => return None,
    })
}

fn http(name: &str) -> Option<Naming> {
    Some(match name {
        "[constructor]outgoing-request" => Naming::NewRequest,
        "[constructor]outgoing-response" => Naming::NewResponse,
        "[method]outgoing-request.set-method" => Naming::SetMethod,
        "[method]outgoing-request.set-scheme" => Naming::SetScheme,
        "[method]outgoing-request.set-authority" => Naming::SetText(Part::Authority),
        "[method]outgoing-request.set-path-with-query" => Naming::SetText(Part::Path),
        "[method]outgoing-response.set-status-code" => Naming::SetStatus,
        "[method]incoming-request.method" => Naming::GetMethod,
        "[method]incoming-request.scheme" => Naming::GetScheme,
        "[method]incoming-request.authority" => Naming::GetText(Part::Authority),
        "[method]incoming-request.path-with-query" => Naming::GetText(Part::Path),
        _ => return None,
    })
}
