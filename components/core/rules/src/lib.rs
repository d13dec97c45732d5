//! Rules about addresses, host names, URLs, environment names and file paths: parsed, printed and matched.
//!
//! A rule is a plain value with a text form: `parse(print(rule)) == rule`. The tool reads rules from a policy and
//! shows its mistakes ([`ParseError`] knows the offending bytes); adapters receive the rules in their configuration
//! and compile them into matchers ([`NetworkMatcher`], [`HttpMatcher`]) whose cost depends on the length of what is
//! asked, not on the number of rules.
//!
//! What this crate does not do: it looks no name up, it opens no socket, and it knows nothing about WASI.
#![no_std]

extern crate alloc;

mod error;
mod gate;
mod glob;
mod host;
mod http;
mod index;
mod lookup;
mod network;
mod outgoing;
mod path;
mod pattern;
mod port;
mod socket;
mod url;

pub use error::{ErrorKind, ParseError};
pub use gate::NetworkGate;
pub use glob::{Glob, GlobName, GlobPart};
pub use host::{AddressClass, Host, HostName, HostPattern};
pub use http::{HttpMatcher, HttpRules, Method, Request, RequestRule, is_token};
pub use lookup::{Lookup, LookupRefusal};
pub use network::{NetworkMatcher, NetworkRules, Verdict};
pub use outgoing::OutgoingRequest;
pub use pattern::NamePattern;
pub use port::Ports;
pub use socket::{DenyRule, Protocol, SocketRule};
pub use url::{Scheme, UrlRule};
