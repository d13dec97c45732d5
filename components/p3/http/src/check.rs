//! Judges a request.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_http::OutgoingRequest as Outgoing;
use interpose_settings::Reason;

use crate::MATCHER;
use crate::bindings::wasi::http::types::{ErrorCode, Method, Request, Scheme};

/// Refuses that a function sends a request that the policy does not allow.
pub fn check(function: &str, request: &Request) -> Result<(), ErrorCode> {
    let method = request.get_method();
    let scheme = request.get_scheme();
    let authority = request.get_authority();
    let path_with_query = request.get_path_with_query();
    let outgoing = Outgoing {
        method: method_name(&method),
        scheme: scheme.as_ref().map(scheme_name),
        authority: authority.as_deref(),
        path_with_query: path_with_query.as_deref(),
    };
    if with(&MATCHER, |matcher| matcher.allows(&outgoing)) {
        return Ok(());
    }
    refused(Reason::Request, function, Subject::Text(&outgoing.shown()));
    Err(ErrorCode::HttpRequestDenied)
}

interpose_adapter::http_names!(Method, Scheme);
