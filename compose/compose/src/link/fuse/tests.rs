//! What is fused and what is refused, for components of dummy modules.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::WasmFeatures;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

use super::glue::Memories;
use super::{Fusion, Refusal, Side, fuse};
use crate::foreign::validate;
use crate::surface::Surface;

/// The interfaces of the worlds below.
const PACKAGE: &str = "
    package acme:shop@1.0.0;
    interface host {
        resource socket { send: func(bytes: list<u8>) -> result<u32>; }
        log: func(text: string);
    }
    interface types {
        record item { name: string, price: f64, tags: list<string> }
        variant problem { empty, missing(item), other(string) }
    }
    interface store {
        use types.{item, problem};
        resource shelf {
            constructor(size: u32);
            put: func(item: item) -> result<u64, problem>;
            items: func() -> list<item>;
            largest: static func(shelves: list<borrow<shelf>>) -> option<shelf>;
        }
        find: func(name: string) -> result<shelf, problem>;
        all: func() -> list<tuple<shelf, string>>;
        close: func(shelf: shelf) -> u32;
        ping: func();
    }
    interface reading {
        use store.{shelf};
        read: func(shelf: borrow<shelf>) -> option<shelf>;
    }
    interface prices {
        use types.{item};
        price: func(item: item) -> f64;
    }
    interface selling {
        use store.{shelf};
        sell: func(shelf: shelf) -> bool;
    }
    world shop { import host; export types; export store; export reading; }
    world pure { export types; export store; export reading; }
    world app { import types; import store; import reading; import host; export prices; }
    world caller { import types; import store; import reading; export prices; }
    world seller { import types; import store; export selling; }
    interface newer { extra: func() -> u32; }
    world logs { import newer; export host; }
    world late { import newer; export types; export prices; }
";

/// A component of a world, whose functions trap.
fn component(package: &str, world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("shop.wit", package).expect("a package");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("a world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    let mut encoder = ComponentEncoder::default();
    let encoder = encoder.module(&module).expect("a module");
    encoder.encode().expect("a component")
}

/// What is beside the components in a fusion.
#[derive(Default)]
struct Beside {
    unused: BTreeSet<String>,
    renamed: BTreeMap<String, String>,
}

/// Fuses the components with each kind of modules. Each import of the application that the callee exports is linked.
fn fused(callee: &[u8], application: &[u8], beside: &Beside) -> Result<Vec<Vec<u8>>, Refusal> {
    let exports = Surface::of(callee).expect("a surface").exports;
    let imports = Surface::of(application).expect("a surface").imports;
    let links: BTreeMap<String, String> = imports
        .into_iter()
        .filter(|import| exports.iter().any(|export| export.name == import.name))
        .map(|import| (import.name.clone(), import.name))
        .collect();
    let fusion = Fusion {
        application,
        callee,
        links: &links,
        unused: &beside.unused,
        renamed: &beside.renamed,
    };
    let kinds = [Memories::Multiple, Memories::Portable].into_iter();
    kinds
        .map(|memories| {
            let fused = fuse(&fusion, memories)?;
            validate(&fused).unwrap_or_else(|error| panic!("{memories:?}: {error}"));
            let portable = WasmFeatures::all() - WasmFeatures::MULTI_MEMORY;
            let mut validator = wasmparser::Validator::new_with_features(portable);
            let is_portable = validator.validate_all(&fused).is_ok();
            assert!(is_portable || memories == Memories::Multiple);
            Ok(fused)
        })
        .collect()
}

fn names(component: &[u8]) -> (Vec<String>, Vec<String>) {
    let surface = Surface::of(component).expect("a surface");
    let names = |items: Vec<crate::surface::Item>| items.into_iter().map(|item| item.name);
    (
        names(surface.imports).collect(),
        names(surface.exports).collect(),
    )
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_is_linked_is_no_import_any_more() {
    let (callee, application) = (component(PACKAGE, "pure"), component(PACKAGE, "caller"));
    for fused in fused(&callee, &application, &Beside::default()).expect("it is fused") {
        let (imports, exports) = names(&fused);
        assert_eq!(imports, Vec::<String>::new());
        assert_eq!(exports, ["acme:shop/prices@1.0.0"]);
    }
}

#[test]
fn imports_that_an_adapter_does_not_use_are_gone() {
    let (callee, application) = (component(PACKAGE, "shop"), component(PACKAGE, "caller"));
    let with = |unused: &[&str]| {
        let beside = Beside {
            unused: set(unused),
            ..Beside::default()
        };
        let fused = fused(&callee, &application, &beside).expect("it is fused");
        names(&fused[0]).0
    };
    assert_eq!(with(&["acme:shop/host@1.0.0"]), Vec::<String>::new());
    // The modules that toolchains put between a main module and its imports keep what they import.
    assert_eq!(with(&[]), ["acme:shop/host@1.0.0"]);
}

#[test]
fn resources_of_the_host_are_not_shared() {
    let (callee, application) = (component(PACKAGE, "shop"), component(PACKAGE, "app"));
    let refusal = fused(&callee, &application, &Beside::default()).expect_err("it is refused");
    let import = "acme:shop/host@1.0.0".to_owned();
    assert_eq!(
        refusal,
        Refusal::SharedImport {
            import: import.clone()
        }
    );
    // Not even under another name.
    let beside = Beside {
        renamed: [(import.clone(), "acme:shop/other".to_owned())].into(),
        ..Beside::default()
    };
    let refusal = fused(&callee, &application, &beside).expect_err("it is refused");
    assert_eq!(refusal, Refusal::SharedImport { import });
    // Nor in another version.
    let other = PACKAGE.replace("@1.0.0;", "@1.1.0;").replace(
        "world app { import types; import store; import reading; import host;",
        "world app { import host;",
    );
    let application = component(&other, "app");
    let links = BTreeMap::new();
    let none = Beside::default();
    let fusion = Fusion {
        application: &application,
        callee: &callee,
        links: &links,
        unused: &none.unused,
        renamed: &none.renamed,
    };
    let refusal = fuse(&fusion, Memories::Multiple).expect_err("it is refused");
    assert_eq!(
        refusal,
        Refusal::SharedResource {
            interface: "acme:shop/host".into(),
            resource: "socket".into()
        }
    );
}

#[test]
fn an_import_with_a_name_that_is_taken_gets_another_one() {
    let (callee, application) = (component(PACKAGE, "late"), component(PACKAGE, "logs"));
    let import = "acme:shop/newer@1.0.0".to_owned();
    let none = Beside::default();
    let refusal = fused(&callee, &application, &none).expect_err("it is refused");
    assert_eq!(
        refusal,
        Refusal::SharedImport {
            import: import.clone()
        }
    );
    let beside = Beside {
        renamed: [(import, "acme:shop/other".to_owned())].into(),
        ..none
    };
    fused(&callee, &application, &beside).expect("it is fused");
}

#[test]
fn what_is_handed_on_is_refused_unless_it_is_a_value() {
    let callee = component(PACKAGE, "pure");
    let refusal = fused(&callee, &component(PACKAGE, "seller"), &Beside::default());
    assert_eq!(
        refusal.expect_err("it is refused"),
        Refusal::HandedOn {
            interface: "acme:shop/store@1.0.0".into()
        }
    );
}

#[test]
fn types_that_differ_are_refused() {
    let application = component(PACKAGE, "caller");
    for (from, to) in [
        ("price: f64", "price: f32"),
        ("{ empty, missing(item)", "{ none, missing(item)"),
        ("put: func(item: item)", "put: func(thing: item)"),
        ("tags: list<string>", "tags: list<string>, more: u8"),
        ("-> option<shelf>", "-> result<shelf>"),
    ] {
        let callee = component(&PACKAGE.replace(from, to), "pure");
        let refusal = fused(&callee, &application, &Beside::default());
        assert!(
            matches!(refusal, Err(Refusal::Mismatch { .. })),
            "{from}: {refusal:?}"
        );
    }
}

#[test]
fn compositions_are_refused() {
    let callee = component(PACKAGE, "pure");
    let text = r#"(component
        (import "acme:shop/types@1.0.0" (instance))
        (component (core module)))"#;
    let application = wat::parse_str(text).expect("a component");
    let refusal = fused(&callee, &application, &Beside::default()).expect_err("it is refused");
    let side = Side::Application;
    assert_eq!(refusal, Refusal::Composition { side });
    let text = r#"(component
        (type (future))
        (core func (canon future.new 0)))"#;
    let application = wat::parse_str(text).expect("a component");
    let refusal = fused(&callee, &application, &Beside::default()).expect_err("it is refused");
    assert_eq!(refusal, Refusal::Asynchronous { side });
}

#[test]
fn what_is_no_component_is_refused() {
    let (callee, application) = (component(PACKAGE, "pure"), component(PACKAGE, "caller"));
    let links = BTreeMap::new();
    let none = Beside::default();
    for length in (9..application.len()).step_by(97) {
        for (callee, application) in [
            (&callee[..], &application[..length]),
            (&callee[..length.min(callee.len() - 1)], &application[..]),
        ] {
            let fusion = Fusion {
                application,
                callee,
                links: &links,
                unused: &none.unused,
                renamed: &none.renamed,
            };
            assert!(fuse(&fusion, Memories::Portable).is_err(), "{length}");
        }
    }
}
