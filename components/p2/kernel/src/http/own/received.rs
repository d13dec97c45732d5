//! Headers of the host's messages, which the guest gets as the kernel's own.

use std::cell::OnceCell;
use std::rc::Rc;

use super::fields::Fields;
use crate::bindings::exports::wasi::http::types::Headers;
use crate::bindings::wasi::http::types as host;
use crate::host_resource::Forwarded;

/// The headers of a message of the host, once the guest has asked for them. They are copied only once, because a guest may
/// keep whatever it gets, and ask as often as it wants.
#[derive(Default)]
pub struct Copied(OnceCell<Rc<interpose_http::Fields>>);

/// The headers or trailers of a message of the host.
pub fn headers<T>(
    message: &Forwarded<T>,
    copied: &Copied,
    get: impl FnOnce(&T) -> host::Fields,
) -> Headers {
    let copy = || Rc::new(interpose_http::Fields::received(get(message).entries()));
    Fields::show(copied.0.get_or_init(copy))
}
