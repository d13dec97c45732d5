//! Requests to an application under a kernel.
//!
//! Under a kernel, the application's `wasi:http/types` are the kernel's, so its `wasi:http/incoming-handler` cannot be
//! given to the host. The kernel cannot export one with the host's types either: a world has one `wasi:http/types` to
//! export. So two components without logic stand around kernel and application. The last exports the handler with the
//! host's types; the first holds what that was called with until the kernel takes it, because the last comes into being
//! after the kernel and can be no import of it.

use crate::wasi::{own, p2};

/// The text of the component that holds the host's request until the kernel takes it. Its types are the host's.
pub const REQUEST: &str = include_str!("http_handler/request.wat");

/// What it is called in a composition.
pub const REQUEST_NAME: &str = "incoming-request";

/// The text of the component that exports the handler.
pub const HANDLER: &str = include_str!("http_handler/handler.wat");

/// What it is called in a composition.
pub const HANDLER_NAME: &str = "incoming-handler";

/// The name that [`HANDLER`] imports and exports it under.
pub const EXPORT: &str = p2!("wasi:http/incoming-handler");

/// The interface that both import for its types, and that the kernel imports too.
pub const TYPES: &str = p2!("wasi:http/types");

/// What the kernel takes the request from, and offers it under.
pub const INCOMING: &str = own!("incoming");

/// What [`HANDLER`] puts the host's request into.
pub const HOLDER: &str = own!("holder");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;

    fn names(text: &str) -> (Vec<String>, Vec<String>) {
        let component = wat::parse_str(text).unwrap();
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&component)
            .unwrap();
        let surface = Surface::of(&component).unwrap();
        let names =
            |items: Vec<crate::surface::Item>| items.into_iter().map(|item| item.name).collect();
        (names(surface.imports), names(surface.exports))
    }

    #[test]
    fn the_components_have_the_names_that_they_are_wired_by() {
        let (imports, exports) = names(REQUEST);
        assert_eq!(imports, [TYPES]);
        assert_eq!(exports, [INCOMING, HOLDER]);
        let (imports, exports) = names(HANDLER);
        assert_eq!(imports, [TYPES, HOLDER, INCOMING, EXPORT]);
        assert_eq!(exports, [EXPORT]);
    }
}
