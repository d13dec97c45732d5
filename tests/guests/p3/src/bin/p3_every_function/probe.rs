//! What a probe is, and how outcomes are written: `ok`, a value, or an error's name in backquotes.

use std::fmt::Debug;
use std::pin::Pin;

/// What a call came to; the error is that it could not be made, and why.
pub type Outcome = Result<String, String>;

/// A call that is being made.
pub type Call = Pin<Box<dyn Future<Output = Outcome>>>;

/// A call of one function.
pub struct Probe {
    /// The interface's name, without a version.
    pub interface: &'static str,
    /// The function's name; that of a method has its resource in front, that of a constructor is `RESOURCE.constructor`.
    pub function: &'static str,
    /// Makes the call.
    pub call: fn(Peers) -> Call,
}

/// Writes a table of probes.
macro_rules! probes {
    ($($interface:literal { $($function:literal => |$peers:pat_param| $call:expr,)* })*) => {
        pub const PROBES: &[$crate::probe::Probe] = &[$($(
            $crate::probe::Probe {
                interface: $interface,
                function: $function,
                call: |$peers| Box::pin(async move { $call }),
            },
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

/// Names errors as WASI has them, after their variants in Rust.
macro_rules! named {
    ($($error:ty),*) => {
        $(impl $crate::probe::Name for $error {
            fn name(&self) -> String {
                $crate::probe::kebab(&format!("{self:?}"))
            }
        })*
    };
}
pub(crate) use named;

/// The name in WASI of a variant, which the bindings print as `ErrorCode::AccessDenied`.
pub fn kebab(variant: &str) -> String {
    let name = variant.rsplit("::").next().unwrap_or(variant);
    let mut kebab = String::new();
    for (position, letter) in name.char_indices() {
        if letter.is_uppercase() && position > 0 {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    // The package has this acronym in capitals.
    kebab.replace("http-", "HTTP-")
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

/// A resource that the call needs, from a function that should give it.
pub fn need<T, E: Name>(what: &str, function: &str, result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| format!("no {what}: `{function}` gives `{}`", error.name()))
}

/// The outcome of a call that returns a value worth writing.
pub fn value_of(value: impl Debug) -> Outcome {
    Ok(format!("`{value:?}`"))
}

/// The outcome of a call that returns, whatever it returns.
pub fn returned<T>(_: T) -> Outcome {
    Ok("ok".into())
}
