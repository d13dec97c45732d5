//! Requests and responses of the kernel itself. In the build that answers requests, they are handed over to the host if
//! the kernel does not answer them. In the other build they can be built, but sending one is refused.

#[cfg(feature = "responses")]
mod answering_handler;
mod fields;
#[cfg(feature = "responses")]
mod hand_over;
#[cfg(feature = "responses")]
mod host_fields;
#[cfg(feature = "responses")]
mod kept_body;
#[cfg(not(feature = "responses"))]
mod no_host;
#[cfg(not(feature = "responses"))]
mod outgoing_body;
#[cfg(not(feature = "responses"))]
mod outgoing_handler;
mod outgoing_request;
mod outgoing_response;
#[cfg(feature = "responses")]
mod received;
mod request_options;
mod room;

#[cfg(feature = "responses")]
use kept_body as outgoing_body;

pub use fields::Fields;
pub use outgoing_body::OutgoingBody;
pub use outgoing_request::OutgoingRequest;
pub use outgoing_response::OutgoingResponse;
pub use request_options::RequestOptions;

#[cfg(feature = "responses")]
pub use super::of_host::finish_incoming_body;
#[cfg(feature = "responses")]
pub use hand_over::{answer, error_code};
#[cfg(not(feature = "responses"))]
pub use no_host::{Copied, answer, error_code, finish_incoming_body, headers};
#[cfg(feature = "responses")]
pub use received::{Copied, headers};
