//! What the generated modules see, and what they take for text.

use wasi_interpose::link::fuse::glue::{self, Callee, Memories};
use wasmtime::{Instance, Memory, MemoryType, Module, Store};

use crate::package::Package;
use crate::runs::ENGINE;

#[test]
fn portable_glue_never_sees_two_memories() {
    let package = Package::new("resource r0; text: func(of: borrow<r0>, a: string) -> string;");
    let functions: Vec<glue::Function> = package
        .functions
        .into_iter()
        .map(|function| glue::Function {
            export: function.name.clone(),
            callee: function.name,
            post_return: None,
            signature: function.signature,
        })
        .collect();
    let callee = Callee {
        memory: "memory".into(),
        realloc: Some("realloc".into()),
    };
    let memories = |module: &[u8]| -> Vec<String> {
        let module = Module::new(&ENGINE, module).expect("a module");
        let imported = module
            .imports()
            .filter(|import| import.ty().memory().is_some());
        imported.map(|import| import.module().to_owned()).collect()
    };
    let glue = |form| glue::with_memory(&functions, &callee, form);
    assert_eq!(memories(&glue(Memories::Portable)), ["application"]);
    assert_eq!(memories(&glue::copy(&callee)), ["callee"]);
    assert_eq!(memories(&glue(Memories::Multiple)).len(), 3);
    let direct = glue::direct(&[], &[]);
    assert_eq!(memories(&direct), [""; 0]);
}

#[test]
fn strings_are_utf8_as_the_standard_library_has_it() {
    const BYTES: [u8; 22] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
        0xed, 0xee, 0xef, 0xf0, 0xf3, 0xf4, 0xf5,
    ];
    let callee = Callee {
        memory: "memory".into(),
        realloc: None,
    };
    let mut store = Store::new(&ENGINE, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("a memory");
    let module = Module::new(&ENGINE, glue::copy(&callee)).expect("a module");
    let instance = Instance::new(&mut store, &module, &[memory.into()]).expect("an instance");
    let utf8 = instance
        .get_typed_func::<(u32, u32), ()>(&mut store, "utf8")
        .expect("the function");
    let mut check = |text: &[u8]| {
        // At the end of the memory, where one byte too many would trap.
        let start = memory.data_size(&store) - text.len();
        memory.data_mut(&mut store)[start..].copy_from_slice(text);
        let valid = utf8
            .call(&mut store, (start as u32, text.len() as u32))
            .is_ok();
        assert_eq!(valid, std::str::from_utf8(text).is_ok(), "{text:x?}");
    };
    check(b"");
    for number in 0..BYTES.len().pow(4) {
        let digit = |place: u32| BYTES[number / BYTES.len().pow(place) % BYTES.len()];
        let text = [digit(0), digit(1), digit(2), digit(3)];
        // One that is cut short, or has something behind it.
        for length in 1..=4 {
            if number < BYTES.len().pow(length) {
                check(&text[..length as usize]);
            }
        }
        if number % 7 == 0 {
            let mut long = b"eight by".to_vec();
            long.extend(text);
            long.extend(b"and so on");
            check(&long);
        }
    }
}
