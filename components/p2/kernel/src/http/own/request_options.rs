//! `request-options`.

use std::cell::Cell;

use crate::bindings::exports::wasi::clocks::monotonic_clock::Duration;
use crate::bindings::exports::wasi::http::types::GuestRequestOptions;

/// How long a guest wants to wait for an answer.
#[derive(Default)]
pub struct RequestOptions {
    connect: Cell<Option<Duration>>,
    first_byte: Cell<Option<Duration>>,
    between_bytes: Cell<Option<Duration>>,
}

impl GuestRequestOptions for RequestOptions {
    fn new() -> Self {
        Self::default()
    }

    fn connect_timeout(&self) -> Option<Duration> {
        self.connect.get()
    }

    fn set_connect_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.connect.set(duration);
        Ok(())
    }

    fn first_byte_timeout(&self) -> Option<Duration> {
        self.first_byte.get()
    }

    fn set_first_byte_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.first_byte.set(duration);
        Ok(())
    }

    fn between_bytes_timeout(&self) -> Option<Duration> {
        self.between_bytes.get()
    }

    fn set_between_bytes_timeout(&self, duration: Option<Duration>) -> Result<(), ()> {
        self.between_bytes.set(duration);
        Ok(())
    }
}
