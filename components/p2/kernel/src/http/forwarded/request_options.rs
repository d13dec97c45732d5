//! `request-options`.

use crate::bindings::exports::wasi::clocks::monotonic_clock::Duration;
use crate::bindings::exports::wasi::http::types::GuestRequestOptions;
use crate::bindings::wasi::http::types as host;

/// How long a guest wants to wait for an answer.
pub struct RequestOptions(pub host::RequestOptions);

impl GuestRequestOptions for RequestOptions {
    fn new() -> Self {
        Self(host::RequestOptions::new())
    }

    fn connect_timeout(&self) -> Option<Duration> {
        self.0.connect_timeout()
    }

    fn set_connect_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.0.set_connect_timeout(duration)
    }

    fn first_byte_timeout(&self) -> Option<Duration> {
        self.0.first_byte_timeout()
    }

    fn set_first_byte_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.0.set_first_byte_timeout(duration)
    }

    fn between_bytes_timeout(&self) -> Option<Duration> {
        self.0.between_bytes_timeout()
    }

    fn set_between_bytes_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.0.set_between_bytes_timeout(duration)
    }
}
