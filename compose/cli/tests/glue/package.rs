//! A WIT package with an interface, and the worlds of the application that uses it and the callee that offers it.

use wasi_interpose::canonical::{Signature, Types};
use wit_parser::{Resolve, WorldId};

/// The interface's name in the programs.
pub const NAME: &str = "test:glue/functions";

/// A function of the interface.
pub struct Function {
    pub name: String,
    pub signature: Signature,
}

/// See the module.
pub struct Package {
    pub resolve: Resolve,
    pub application: WorldId,
    pub callee: WorldId,
    /// How many types of resources there are: `r0`, `r1` and so on.
    pub resources: u32,
    pub functions: Vec<Function>,
}

impl Package {
    /// The package of an interface with these items.
    pub fn new(items: &str) -> Self {
        let text = format!(
            "package test:glue;
interface functions {{\n{items}}}
world application {{ import functions; export step: func(n: u32); export dump: func() -> list<u8>; }}
world callee {{ export functions; export dump: func() -> list<u8>; }}\n"
        );
        let mut resolve = Resolve::default();
        let package = resolve
            .push_str("interface.wit", &text)
            .unwrap_or_else(|error| panic!("{error:#}\n{text}"));
        let world = |name: &str| {
            resolve
                .select_world(&[package], Some(name))
                .expect("a world")
        };
        let (application, callee) = (world("application"), world("callee"));
        let interface = &resolve.interfaces[resolve.packages[package].interfaces["functions"]];
        let mut types = Types::new(&resolve);
        // Their numbers are those in their names.
        let mut resources = 0;
        while let Some(id) = interface.types.get(&format!("r{resources}")) {
            assert_eq!(types.resource(*id), resources);
            resources += 1;
        }
        let functions = interface.functions.values().map(|function| Function {
            name: function.name.clone(),
            signature: types.signature(function).expect("a signature"),
        });
        Self {
            functions: functions.collect(),
            application,
            callee,
            resources,
            resolve: resolve.clone(),
        }
    }
}
