//! Passes the host's HTTP requests to an application that is above a kernel.
//!
//! Above a kernel, the application's `wasi:http/types` are the kernel's, so the host cannot use the application's
//! `wasi:http/incoming-handler`. The kernel cannot export a handler with the host's types either, because its world
//! already exports a `wasi:http/types`. Two components without logic therefore surround kernel and application. The
//! last one exports a handler with the host's types. The first one holds the arguments of the call until the kernel
//! takes them; it exists because the last one is instantiated after the kernel, which therefore cannot import it.

use crate::wasi::{own, p2};

/// The text of the component that holds the host's request until the kernel takes it. The component has the host's
/// types.
pub const REQUEST: &str = include_str!("http_handler/request.wat");

/// The name of [`REQUEST`] in a composition.
pub const REQUEST_NAME: &str = "incoming-request";

/// The text of the component that exports the handler.
pub const HANDLER: &str = include_str!("http_handler/handler.wat");

/// The name of [`HANDLER`] in a composition.
pub const HANDLER_NAME: &str = "incoming-handler";

/// The name under which [`HANDLER`] imports and exports the handler.
pub const EXPORT: &str = p2!("wasi:http/incoming-handler");

/// The interface whose types both components import. The kernel imports it too.
pub const TYPES: &str = p2!("wasi:http/types");

/// The interface that [`REQUEST`] exports for the kernel to take the request.
pub const INCOMING: &str = own!("incoming");

/// The interface that [`REQUEST`] exports for [`HANDLER`] to put the host's request into.
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
