//! Layouts and signatures are those of wit-parser, from which bindings generators and wit-component take theirs, and the
//! glue for any function is a valid module.

use arbitrary::Unstructured;
use proptest::prelude::*;
use wasi_interpose::canonical::{CoreType, Number, Types};
use wasi_interpose::link::fuse::glue::{self, Callee, Function, Memories, Resource};
use wasmparser::{Validator, WasmFeatures};
use wit_component::DecodedWasm;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, SizeAlign, Type};

use crate::interface;
use crate::package::Package;

/// The packages of a random document.
fn random(bytes: &[u8]) -> Option<Resolve> {
    let config = wit_smith::Config {
        max_packages: 2,
        max_files_per_package: 2,
        max_pkg_items: 4,
        max_interface_items: 20,
        max_type_size: 200,
        fixed_length_lists: true,
        ..wit_smith::Config::default()
    };
    let package = wit_smith::smith(&config, &mut Unstructured::new(bytes)).ok()?;
    match wit_component::decode(&package).expect("packages") {
        DecodedWasm::WitPackage(resolve, _) => Some(resolve),
        DecodedWasm::Component(..) => None,
    }
}

fn wasi() -> Resolve {
    let mut resolve = Resolve::default();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/p2");
    resolve
        .push_dir(folder)
        .expect("the WIT of this repository");
    resolve
}

/// Compares all types and functions, and returns how many there were.
fn compare(resolve: &Resolve) -> [usize; 2] {
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve);
    let mut types = Types::new(resolve);
    let mut compared = [0; 2];
    for (id, definition) in resolve.types.iter() {
        let id = Type::Id(id);
        let Ok(ty) = types.ty(&id) else {
            continue;
        };
        let expected = (
            sizes.size(&id).size_wasm32(),
            sizes.align(&id).align_wasm32(),
        );
        assert_eq!(
            (ty.size as usize, ty.alignment as usize),
            expected,
            "{definition:?}"
        );
        compared[0] += 1;
    }
    let functions = resolve.interfaces.iter();
    for function in functions.flat_map(|(_, interface)| interface.functions.values()) {
        let Ok(signature) = types.signature(function) else {
            continue;
        };
        let imported = resolve.wasm_signature(AbiVariant::GuestImport, function);
        assert_eq!(core(&imported), signature.lowered(), "{function:?}");
        assert_eq!(
            imported.indirect_params,
            signature.has_arguments_in_memory()
        );
        assert_eq!(imported.retptr, signature.has_result_in_memory());
        let exported = resolve.wasm_signature(AbiVariant::GuestExport, function);
        assert_eq!(core(&exported), signature.lifted(), "{function:?}");
        compared[1] += 1;
    }
    compared
}

fn core(signature: &wit_parser::abi::WasmSignature) -> CoreType {
    let number = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => Number::I32,
        WasmType::I64 | WasmType::PointerOrI64 => Number::I64,
        WasmType::F32 => Number::F32,
        WasmType::F64 => Number::F64,
    };
    CoreType {
        parameters: signature.params.iter().map(number).collect(),
        result: signature.results.first().map(number),
    }
}

/// Generates the glue of all functions in every form and validates each module with no more features than it may need.
fn validate(resolve: &Resolve) {
    let mut types = Types::new(resolve);
    let functions = resolve.interfaces.iter().flat_map(|(id, interface)| {
        let functions = interface.functions.values();
        functions.map(move |function| (id, function))
    });
    let functions = functions.filter_map(|(id, function)| {
        let name = format!("{}#{}", id.index(), function.name);
        let signature = types.signature(function).ok();
        Some(Function {
            export: name.clone(),
            post_return: Some(format!("cabi_post_{name}")),
            callee: name,
            signature: signature.filter(|signature| signature.weight() <= glue::MAX_WEIGHT)?,
        })
    });
    let (with_memory, direct): (Vec<_>, Vec<_>) =
        functions.partition(|function| function.signature.needs_memory());
    let resources: Vec<Resource> = (0..types.resources().len())
        .map(|number| Resource {
            drop: format!("drop{number}"),
            destructor: (number % 2 == 0).then(|| format!("destroy{number}")),
        })
        .collect();
    let callee = Callee {
        memory: "memory".into(),
        realloc: Some("realloc".into()),
    };
    let portable = WasmFeatures::WASM1 | WasmFeatures::MULTI_VALUE | WasmFeatures::SIGN_EXTENSION;
    let multiple = portable | WasmFeatures::MULTI_MEMORY | WasmFeatures::BULK_MEMORY;
    for (module, features) in [
        (glue::direct(&direct, &resources), portable),
        (
            glue::with_memory(&with_memory, &callee, Memories::Portable),
            portable,
        ),
        (glue::copy(&callee), portable),
        (
            glue::with_memory(&with_memory, &callee, Memories::Multiple),
            multiple,
        ),
    ] {
        let mut validator = Validator::new_with_features(features);
        if let Err(error) = validator.validate_all(&module) {
            panic!(
                "{error}\n{}",
                wasmprinter::print_bytes(&module).unwrap_or_default()
            );
        }
    }
}

#[test]
fn layouts_of_wasi_are_those_of_wit_parser() {
    let [types, functions] = compare(&wasi());
    assert!(
        types > 100 && functions > 150,
        "{types} types and {functions} functions"
    );
}

#[test]
fn glue_for_wasi_is_valid() {
    validate(&wasi());
}

/// As much code as there may be, in each of the ways in which values are passed.
#[test]
fn glue_for_the_heaviest_functions_is_valid() {
    let deep = (0..5).fold("u8".to_owned(), |ty, depth| {
        let fields = vec![ty; 6 - depth / 2].join(", ");
        format!("result<option<tuple<{fields}>>, list<tuple<bool, option<u16>>>>")
    });
    let mut flat = String::from("variant v0 { a0(bool) }\n");
    for level in 1..10 {
        let below = level - 1;
        flat += &format!(
            "variant v{level} {{ a{level}(v{below}), b{level}(v{below}), c{level}(list<v{below}>) }}\n"
        );
    }
    let wide: Vec<String> = (0..600)
        .map(|field| format!("w{field}: option<tuple<char, u64>>"))
        .collect();
    let wide = format!("record wide {{ {} }}\n", wide.join(", "));
    let many: Vec<String> = (0..3000).map(|case| format!("m{case}(u32)")).collect();
    let many = format!("variant many {{ {} }}\n", many.join(", "));
    let functions: Vec<String> = (0..10)
        .map(|level| format!("flat{level}: func(a: v{level}) -> v{level};\n"))
        .collect();
    let text = format!(
        "package test:heavy;\ninterface types {{ {flat} {wide} {many} {}
        deep: func(a: {deep}) -> list<{deep}>; all: func(a: wide) -> wide; cases: func(a: many) -> many; }}",
        functions.concat()
    );
    let mut resolve = Resolve::default();
    resolve.push_str("heavy.wit", &text).expect("a package");
    let mut types = Types::new(&resolve);
    let functions = resolve
        .interfaces
        .iter()
        .flat_map(|(_, interface)| interface.functions.values());
    let weights =
        functions.map(|function| types.signature(function).expect("a signature").weight());
    let weights: Vec<u32> = weights.collect();
    assert!(weights.iter().any(|weight| *weight > glue::MAX_WEIGHT));
    assert!(
        weights
            .iter()
            .any(|weight| (glue::MAX_WEIGHT / 3..=glue::MAX_WEIGHT).contains(weight))
    );
    compare(&resolve);
    validate(&resolve);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_interfaces_have_the_layouts_of_wit_parser_and_valid_glue(
        bytes in proptest::collection::vec(any::<u8>(), 1000..20_000),
    ) {
        let items = interface::items(&mut Unstructured::new(&bytes)).expect("an interface");
        for resolve in random(&bytes).into_iter().chain([Package::new(&items).resolve]) {
            compare(&resolve);
            validate(&resolve);
        }
    }
}
