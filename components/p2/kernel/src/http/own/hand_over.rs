//! Messages of the kernel's own become the host's.

use interpose_adapter::with;

use super::super::incoming_response::FutureIncomingResponse as Future;
use super::super::of_host;
use super::host_fields::to_host;
use super::outgoing_request::OutgoingRequest;
use super::outgoing_response::OutgoingResponse;
use super::request_options::RequestOptions;
use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, FutureIncomingResponse, GuestOutgoingRequest, GuestOutgoingResponse,
    GuestRequestOptions,
};
use crate::bindings::wasi::http::{outgoing_handler, types as host};
use crate::error::StreamFailure;
use crate::host_resource::{Forwarded, HostResource};
use crate::state::STATE;

/// Hands a request over to the layer below.
pub fn request(
    request: &OutgoingRequest,
    options: Option<&RequestOptions>,
) -> Result<FutureIncomingResponse, ErrorCode> {
    let body = request.message().taken();
    let refused = |error| {
        if let Some(body) = &body {
            body.refuse();
        }
        error
    };
    let send = || {
        let own = request;
        let invalid = |()| ErrorCode::HttpProtocolError;
        let request = host::OutgoingRequest::new(to_host(own.message().fields())?);
        request
            .set_method(&own.method())
            .map_err(|()| ErrorCode::HttpRequestMethodInvalid)?;
        request.set_scheme(own.scheme().as_ref()).map_err(invalid)?;
        request
            .set_authority(own.authority().as_deref())
            .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
        request
            .set_path_with_query(own.path_with_query().as_deref())
            .map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
        let receiver = match &body {
            Some(_) => Some(request.body().map_err(invalid)?),
            None => None,
        };
        let options = options.map(|own| {
            let options = host::RequestOptions::new();
            // A host that does not know an option does not obey it either.
            let _ = options.set_connect_timeout(own.connect_timeout());
            let _ = options.set_first_byte_timeout(own.first_byte_timeout());
            let _ = options.set_between_bytes_timeout(own.between_bytes_timeout());
            options
        });
        Ok((outgoing_handler::handle(request, options)?, receiver))
    };
    let (future, receiver) = send().map_err(refused)?;
    if let (Some(body), Some(receiver)) = (&body, receiver) {
        body.send(receiver);
    }
    Ok(FutureIncomingResponse::new(Future::Host(
        HostResource::new(future),
    )))
}

/// Answers a request to the application.
pub fn answer(
    param: Forwarded<host::ResponseOutparam>,
    response: Result<types::OutgoingResponse, ErrorCode>,
) {
    // No resource is ever made from a `response-outparam`.
    let Some(param) = param.into_inner() else {
        return;
    };
    let response = response.map(|response| response.into_inner::<OutgoingResponse>());
    let own = match response {
        Ok(own) => own,
        Err(error) => return host::ResponseOutparam::set(param, Err(error)),
    };
    let make = || {
        let response = host::OutgoingResponse::new(to_host(own.message().fields())?);
        let invalid = |()| ErrorCode::HttpProtocolError;
        response
            .set_status_code(own.status_code())
            .map_err(invalid)?;
        let receiver = match own.message().taken() {
            Some(body) => Some((body, response.body().map_err(invalid)?)),
            None => None,
        };
        Ok((response, receiver))
    };
    match make() {
        Ok((response, receiver)) => {
            host::ResponseOutparam::set(param, Ok(response));
            if let Some((body, receiver)) = receiver {
                body.send(receiver);
            }
        }
        Err(error) => host::ResponseOutparam::set(param, Err(error)),
    }
}

/// The HTTP error that made a stream of a body fail, if it was one. The host is only asked if it can have made one.
pub fn error_code(failure: &StreamFailure) -> Option<ErrorCode> {
    let host_types = with(&STATE, |kernel| kernel.answers.host_types);
    host_types.then(|| of_host::error_code(failure)).flatten()
}
