//! The refusal of every socket.

use interpose_adapter::refusals::{Subject, refused};
use interpose_settings::Reason;

use crate::bindings::exports::wasi::sockets::types::ErrorCode;

/// Refuses that a function makes a socket of a protocol.
pub fn no_socket(function: &str, protocol: &str) -> ErrorCode {
    refused(Reason::Protocol, function, Subject::Text(&[protocol]));
    ErrorCode::AccessDenied
}
