//! The parts of an HTTP request as a guest builds it: fields, and the syntax of what stands beside them.
//!
//! The rules are those of RFC 9110 (HTTP semantics) and RFC 3986 (URIs), in the choices that Wasmtime's `wasi:http`
//! makes. Nothing here sends anything.
#![no_std]

extern crate alloc;

mod fields;
mod header_rules;
mod room;
mod syntax;

pub use fields::{FieldError, Fields, is_forbidden};
pub use header_rules::{Change, HeaderRules};
pub use room::{MAX_KEPT, Room, Share};
pub use syntax::{
    is_authority, is_field_name, is_field_value, is_method, is_path_with_query, is_scheme,
};
