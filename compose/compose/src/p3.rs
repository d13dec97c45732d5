//! What a host has to know of a component before it compiles it for WASI 0.3.

use std::collections::BTreeSet;

use semver::Version;
use wasmparser::WasmFeatures;

use crate::foreign::validate_structure;
use crate::interface::InterfaceName;
use crate::names::rename_imports;
use crate::surface::Surface;
use crate::wasi::Revision;

pub use crate::names::RenameError;

/// Whether a runtime has to support concurrency for a component: whether the component has something asynchronous of the
/// component model in it (functions, streams or futures), or imports or exports an interface of WASI 0.3 that has. That
/// makes each call between components take ten times as long, so a runtime should not support it for other components.
///
/// The component must be valid, as [`Surface::of`] finds.
pub fn is_asynchronous(component: &[u8], surface: &Surface) -> bool {
    let mut items = surface.imports.iter().chain(&surface.exports);
    let has_asynchronous =
        items.any(|item| item.interface().is_some_and(|name| name.is_asynchronous()));
    has_asynchronous || is_asynchronous_inside(component)
}

/// Whether a component has something asynchronous of the component model in it: functions, streams or futures.
pub(crate) fn is_asynchronous_inside(component: &[u8]) -> bool {
    let features = WasmFeatures::all()
        - WasmFeatures::CM_ASYNC
        - WasmFeatures::CM_ASYNC_STACKFUL
        - WasmFeatures::CM_MORE_ASYNC_BUILTINS
        - WasmFeatures::CM_THREADING
        - WasmFeatures::CM_ERROR_CONTEXT;
    // What is valid only with these features uses them.
    validate_structure(component, features).is_err()
}

/// The component with the imports of the release candidate of WASI 0.3 under the names of a release, because Wasmtime knows
/// only those; `None` if there are no such imports. Their types are the same.
///
/// # Errors
/// [`RenameError`] when the bytes are not a component.
pub fn with_released_names(
    component: &[u8],
    surface: &Surface,
) -> Result<Option<Vec<u8>>, RenameError> {
    let mut taken: BTreeSet<String> = surface
        .imports
        .iter()
        .map(|item| item.name.clone())
        .collect();
    let mut renamed = Vec::new();
    for item in &surface.imports {
        let Some(name) = item.interface().filter(is_candidate) else {
            continue;
        };
        // A release that the component does not import: hosts answer each of them alike.
        let released = (0..).map(|patch| InterfaceName {
            version: Some(Version::new(0, 3, patch)),
            ..name.clone()
        });
        let mut free = released.map(|name| name.to_string());
        if let Some(free) = free.find(|name| !taken.contains(name)) {
            taken.insert(free.clone());
            renamed.push((item.name.clone(), free));
        }
    }
    if renamed.is_empty() {
        return Ok(None);
    }
    let new_name = |old: &str| {
        let found = renamed.iter().find(|(name, _)| name == old);
        found.map(|(_, new)| new.clone())
    };
    let annotations = |old: &str| {
        let item = surface.import(old);
        item.map(|item| item.annotations.clone())
            .unwrap_or_default()
    };
    rename_imports(component, new_name, annotations)
}

fn is_candidate(name: &InterfaceName) -> bool {
    let version = name.version.as_ref();
    name.revision() == Some(Revision::P3) && version.is_some_and(|version| !version.pre.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn whatever_is_asynchronous_is_found() {
        let is = |bytes: &[u8]| is_asynchronous(bytes, &Surface::of(bytes).unwrap());
        for text in [
            r#"(component (import "f" (func async)))"#,
            r#"(component (import "i" (instance (export "f" (func async)))))"#,
            r#"(component (import "f" (func (param "s" (stream u8)))))"#,
            r#"(component (type (future)))"#,
            r#"(component (core func (canon backpressure.inc)))"#,
            r#"(component (component (core func (canon task.cancel))))"#,
            r#"(component (import "wasi:clocks/monotonic-clock@0.3.0"
                (instance (export "now" (func (result u64))))))"#,
            r#"(component (import "wasi:filesystem/types@0.3.1"
                (instance (export "descriptor" (type (sub resource))))))"#,
            r#"(component
                (instance $i)
                (export "wasi:http/handler@0.3.0" (instance $i)))"#,
            r#"(component
                (import "f" (func $f async (param "text" string)))
                (core module $m (memory (export "m") 1))
                (core instance $i (instantiate $m))
                (core func (canon lower (func $f) async (memory (core memory $i "m")))))"#,
        ] {
            assert!(is(&component(text)), "{text}");
        }
        for text in [
            "(component)",
            r#"(component (import "f" (func)))"#,
            r#"(component (import "wasi:clocks/monotonic-clock@0.2.0"
                (instance (export "now" (func (result u64))))))"#,
            r#"(component
                (import "wasi:random/random@0.3.0" (instance (export "f" (func (result u64)))))
                (core module (func (export "f") i32.const 1 drop)))"#,
        ] {
            assert!(!is(&component(text)), "{text}");
        }
    }

    #[test]
    fn candidates_get_the_names_of_releases_that_are_free() {
        let mixed = component(
            r#"(component
                (import "wasi:random/random@0.3.0-rc-2026-03-15" (instance (export "a" (func))))
                (import "wasi:random/random@0.3.0" (instance (export "b" (func))))
                (import "wasi:cli/exit@0.3.0-rc-2026-03-15" (instance (export "c" (func))))
                (import "wasi:cli/exit@0.3.0-rc-2025-09-16" (instance (export "d" (func))))
                (import "wasi:cli/exit@0.2.0" (instance (export "e" (func)))))"#,
        );
        let surface = Surface::of(&mixed).unwrap();
        let renamed = with_released_names(&mixed, &surface).unwrap().unwrap();
        let surface = Surface::of(&renamed).unwrap();
        let names: Vec<&str> = surface
            .imports
            .iter()
            .map(|item| item.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "wasi:random/random@0.3.1",
                "wasi:random/random@0.3.0",
                "wasi:cli/exit@0.3.0",
                "wasi:cli/exit@0.3.0-rc-2025-09-16",
                "wasi:cli/exit@0.2.0"
            ]
        );
        assert_eq!(with_released_names(&renamed, &surface).unwrap(), None);
    }
}
