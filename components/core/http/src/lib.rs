//! HTTP requests as an application builds them, and the rules that judge them.
//!
//! [`HttpRules`] say which requests may be made, and are compiled into an [`HttpMatcher`]; [`HeaderRules`] say which
//! headers each request has. [`Fields`] and the functions beside them hold the parts of a message where no host holds
//! them.
//!
//! [`Responses`] answer requests without a network: each has a rule about the requests that it answers, and an
//! [`Answer`]. [`Upload`] counts the body of a message that a guest writes, [`Kept`] holds it until it is known where it
//! goes, and [`Download`] is the body of an answer.
//!
//! The syntax is that of RFC 9110 (HTTP semantics) and RFC 3986 (URIs), in the choices that Wasmtime's `wasi:http`
//! makes. This crate sends nothing.
#![no_std]

extern crate alloc;

mod answer;
mod download;
mod fields;
mod header_rules;
mod kept;
mod outgoing;
mod responses;
mod room;
mod rules;
mod syntax;
mod upload;
mod url;
mod url_path;

pub use answer::{Answer, Arrival, has_content};
pub use download::Download;
pub use fields::{FieldError, Fields, is_forbidden};
pub use header_rules::{Change, HeaderRules};
pub use kept::Kept;
pub use outgoing::OutgoingRequest;
pub use responses::Responses;
pub use room::{MAX_KEPT, Room, Share};
pub use rules::{HttpMatcher, HttpRules, Method, Request, RequestRule};
pub use syntax::{
    is_authority, is_field_name, is_field_value, is_method, is_path_with_query, is_scheme, is_token,
};
pub use upload::Upload;
pub use url::{Scheme, UrlRule};
