//! `wasi:http/outgoing-handler` in the build that answers requests.

use interpose_adapter::with;

use super::super::answer::Pending;
use super::super::incoming_response::FutureIncomingResponse as Future;
use super::hand_over;
use super::outgoing_request::OutgoingRequest as Own;
use super::request_options::RequestOptions as Options;
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::http::outgoing_handler::{
    ErrorCode, FutureIncomingResponse, Guest, OutgoingRequest, RequestOptions,
};
use crate::bindings::exports::wasi::http::types::GuestRequestOptions;
use crate::state::STATE;

impl Guest for Adapter {
    fn handle(
        request: OutgoingRequest,
        options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        let request: Own = request.into_inner();
        let options = options.map(|options| options.into_inner::<Options>());
        let (answer, others_go_below) = request.with_outgoing(|outgoing| {
            with(&STATE, |kernel| {
                let answers = &mut kernel.answers;
                (answers.answer(outgoing), answers.others_go_below)
            })
        });
        let body = request.message().taken();
        let Some(answer) = answer else {
            if others_go_below {
                return hand_over::request(&request, options.as_ref());
            }
            request.tell_of_refusal();
            if let Some(body) = body {
                body.refuse();
            }
            return Err(ErrorCode::HttpRequestDenied);
        };
        let has_length = request.message().fields().content_length().unwrap_or(0) > 0;
        if body.is_none() && has_length {
            return Err(ErrorCode::HttpRequestBodySize(Some(0)));
        }
        if let Some(body) = &body {
            body.discard();
        }
        let timeout = options.and_then(|options| options.first_byte_timeout());
        let pending = request.with_outgoing(|outgoing| {
            let body = body.map(|body| body.body().clone());
            Pending::new(answer, outgoing.method, body, timeout)
        });
        Ok(FutureIncomingResponse::new(Future::Own(pending)))
    }
}
