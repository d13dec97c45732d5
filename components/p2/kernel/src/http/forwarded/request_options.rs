//! `request-options`.

use delegate::delegate;

use crate::bindings::exports::wasi::clocks::monotonic_clock::Duration;
use crate::bindings::exports::wasi::http::types::GuestRequestOptions;
use crate::bindings::wasi::http::types as host;

/// How long a guest wants to wait for an answer.
pub struct RequestOptions(pub host::RequestOptions);

impl GuestRequestOptions for RequestOptions {
    fn new() -> Self {
        Self(host::RequestOptions::new())
    }

    delegate! {
        to self.0 {
            fn connect_timeout(&self) -> Option<Duration>;
            fn set_connect_timeout(&self, duration: Option<Duration>) -> Result<(), ()>;
            fn first_byte_timeout(&self) -> Option<Duration>;
            fn set_first_byte_timeout(&self, duration: Option<Duration>) -> Result<(), ()>;
            fn between_bytes_timeout(&self) -> Option<Duration>;
            fn set_between_bytes_timeout(&self, duration: Option<Duration>) -> Result<(), ()>;
        }
    }
}
