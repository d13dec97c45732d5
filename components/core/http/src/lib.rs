//! HTTP requests as an application builds them, and the rules that judge them.
//!
//! [`HttpRules`] say which requests may be made, and are compiled into an [`HttpMatcher`]; [`HeaderRules`] say which
//! headers each request has. [`Fields`] and the functions beside them hold the parts of a message where no host holds
//! them.
//!
//! The syntax is that of RFC 9110 (HTTP semantics) and RFC 3986 (URIs), in the choices that Wasmtime's `wasi:http`
//! makes. This crate sends nothing.
#![no_std]

extern crate alloc;

mod fields;
mod header_rules;
mod outgoing;
mod room;
mod rules;
mod syntax;
mod url;
mod url_path;

pub use fields::{FieldError, Fields, is_forbidden};
pub use header_rules::{Change, HeaderRules};
pub use outgoing::OutgoingRequest;
pub use room::{MAX_KEPT, Room, Share};
pub use rules::{HttpMatcher, HttpRules, Method, Request, RequestRule};
pub use syntax::{
    is_authority, is_field_name, is_field_value, is_method, is_path_with_query, is_scheme, is_token,
};
pub use url::{Scheme, UrlRule};
