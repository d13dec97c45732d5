//! Rules about addresses, host names, environment names and file paths: parsed, printed and matched.
//!
//! A rule is a plain value with a text form: `parse(print(rule)) == rule`. The tool reads rules from a policy and
//! shows its mistakes ([`ParseError`] knows the offending bytes); adapters receive the rules in their configuration
//! and compile them into matchers ([`NetworkMatcher`]) whose cost depends on the length of what is asked, not on the number
//! of rules. Rules about HTTP are in the crate `interpose-http`, which finds hosts with the [`HostIndex`] of this one.
//!
//! What this crate does not do: it looks no name up, it opens no socket, and it knows nothing about WASI.
#![no_std]

extern crate alloc;

mod error;
mod glob;
mod host;
mod index;
mod lookup;
mod network;
mod pattern;
mod port;
mod session;
mod socket;

pub use error::{ErrorKind, ParseError};
pub use glob::{Glob, GlobName, GlobPart};
pub use host::{AddressClass, Host, HostName, HostPattern, Target, reached_addresses, split_ports};
pub use index::HostIndex;
pub use lookup::{Lookup, LookupRefusal};
pub use network::{NetworkMatcher, NetworkRules, Verdict};
pub use pattern::NamePattern;
pub use port::Ports;
pub use session::NetworkSession;
pub use socket::{DenyRule, Protocol, SocketRule};
