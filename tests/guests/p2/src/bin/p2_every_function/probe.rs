//! What a probe is, and how outcomes are written: `ok`, a value, or an error's name in backquotes.

use std::fmt::Debug;

use wasip2::filesystem::types::ErrorCode as FilesystemError;
use wasip2::http::types::{ErrorCode as HttpError, HeaderError};
use wasip2::io::streams::StreamError;
use wasip2::sockets::network::ErrorCode as SocketError;

use crate::config::StoreError;

/// What a call came to; the error is that it could not be made, and why.
pub type Outcome = Result<String, String>;

/// A call of one function.
pub struct Probe {
    /// The interface's name, without a version.
    pub interface: &'static str,
    /// The function's name; that of a method has its resource in front, that of a constructor is `RESOURCE.constructor`.
    pub function: &'static str,
    /// Makes the call.
    pub call: fn(&Peers) -> Outcome,
}

/// Writes a table of probes.
macro_rules! probes {
    ($($interface:literal { $($function:literal => $call:expr,)* })*) => {
        pub const PROBES: &[$crate::probe::Probe] = &[$($(
            $crate::probe::Probe { interface: $interface, function: $function, call: $call },
        )*)*];
    };
}
pub(crate) use probes;

/// Where the peers of this run listen, as text. Where none is named, at an address that nobody has.
pub struct Peers {
    pub tcp: String,
    pub udp: String,
    pub http: String,
}

impl Peers {
    pub fn new(arguments: &[String]) -> Self {
        let named = |name: &str| {
            let value = arguments
                .iter()
                .find_map(|argument| argument.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or("127.0.0.1:1").to_owned()
        };
        Self {
            tcp: named("tcp"),
            udp: named("udp"),
            http: named("http"),
        }
    }
}

/// How an error is called.
pub trait Name {
    /// Its name in WASI.
    fn name(&self) -> String;
}

impl Name for FilesystemError {
    fn name(&self) -> String {
        FilesystemError::name(self).into()
    }
}

impl Name for SocketError {
    fn name(&self) -> String {
        SocketError::name(self).into()
    }
}

impl Name for StreamError {
    fn name(&self) -> String {
        match self {
            Self::Closed => "closed".into(),
            Self::LastOperationFailed(_) => "last-operation-failed".into(),
        }
    }
}

impl Name for HttpError {
    fn name(&self) -> String {
        match self {
            Self::HttpRequestDenied => "HTTP-request-denied".into(),
            other => format!("{other:?}"),
        }
    }
}

impl Name for HeaderError {
    fn name(&self) -> String {
        format!("{self:?}")
    }
}

impl Name for StoreError {
    fn name(&self) -> String {
        format!("{self:?}")
    }
}

impl Name for () {
    fn name(&self) -> String {
        "error".into()
    }
}

/// The outcome of a call that returns nothing of interest, or an error.
pub fn done<T, E: Name>(result: Result<T, E>) -> Outcome {
    Ok(match result {
        Ok(_) => "ok".into(),
        Err(error) => format!("`{}`", error.name()),
    })
}

/// The outcome of a call that returns a value worth writing, or an error.
pub fn shown<T: Debug, E: Name>(result: Result<T, E>) -> Outcome {
    match result {
        Ok(value) => value_of(value),
        error => done(error),
    }
}

/// The outcome of a call that returns a value worth writing.
pub fn value_of(value: impl Debug) -> Outcome {
    Ok(format!("`{value:?}`"))
}

/// The outcome of a call that returns, whatever it returns.
pub fn returned<T>(_: T) -> Outcome {
    Ok("ok".into())
}

/// A resource that the call needs, from a function that should give it.
pub fn need<T, E: Name>(what: &str, function: &str, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("no {what}: `{function}` gives `{}`", error.name()))
}

/// The same of a function that gives an option or a list.
pub fn need_some<T>(
    what: &str,
    function: &str,
    gives: &str,
    found: Option<T>,
) -> Result<T, String> {
    found.ok_or_else(|| format!("no {what}: `{function}` gives {gives}"))
}
