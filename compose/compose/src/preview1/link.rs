//! The module that puts functions into the adapter's table, after everything is instantiated.

use std::net::{IpAddr, SocketAddr};

use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, Function, FunctionSection,
    ImportSection, Module, RefType, StartSection, TableType, TypeSection, ValType,
};

use super::copy::{ADAPTER, GIVE, PROGRAM};
use super::linked::{LISTEN, Slot, TABLE};
use super::program::Entry;
use super::target::Target;

/// What the module is instantiated with besides the program and the adapter: the module that copies.
pub const COPY: &str = "copy";

/// The name of the adapter's import that runs the program.
const RUN: &str = "start";

/// The module: its elements fill the adapter's table from `base` on with the functions of the slots. Its start function
/// hands the addresses of listening sockets to the adapter, and runs what comes first in a reactor.
pub fn module(
    slots: &[Slot],
    base: u32,
    entry: &Entry,
    target: Target,
    listeners: &[SocketAddr],
) -> Vec<u8> {
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    types.ty().function([], []);
    let (run, initialize): (&[String], &[String]) = match entry {
        Entry::Command(run) => (run, &[]),
        Entry::Reactor { initialize, .. } => (&[], initialize),
    };
    let mut imported = 0;
    let mut indices = Vec::new();
    for slot in slots {
        if slot.name == RUN {
            // The function with a body that runs the program.
            indices.push(None);
            continue;
        }
        let (module, name) = match slot.name.as_str() {
            "write" if !target.multi_memory => (ADAPTER, GIVE),
            name => (COPY, name),
        };
        types
            .ty()
            .function(values(slot.ty.params()), values(slot.ty.results()));
        imports.import(module, name, EntityType::Function(types.len() - 1));
        indices.push(Some(imported));
        imported += 1;
    }
    for function in run.iter().chain(initialize) {
        imports.import(PROGRAM, function, EntityType::Function(0));
    }
    let runs = imported..imported + run.len() as u32;
    let initializes = runs.end..runs.end + initialize.len() as u32;
    let mut own = initializes.end;
    let mut listen = [None; 2];
    for (place, name) in LISTEN.into_iter().enumerate() {
        if listeners
            .iter()
            .any(|listener| usize::from(listener.is_ipv6()) == place)
        {
            let parameters: &[ValType] = match place {
                0 => &[ValType::I32, ValType::I32],
                _ => &[ValType::I64, ValType::I64, ValType::I32],
            };
            types.ty().function(parameters.iter().copied(), []);
            imports.import(ADAPTER, name, EntityType::Function(types.len() - 1));
            listen[place] = Some(own);
            own += 1;
        }
    }
    imports.import(
        ADAPTER,
        TABLE,
        EntityType::Table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: u64::from(base) + slots.len() as u64,
            maximum: None,
            shared: false,
        }),
    );

    let mut functions = FunctionSection::new();
    functions.function(0).function(0);
    let (mut running, mut starting) = (Function::new([]), Function::new([]));
    for function in runs {
        running.instructions().call(function);
    }
    running.instructions().end();
    for listener in listeners {
        let mut code = starting.instructions();
        match listener.ip() {
            IpAddr::V4(address) => {
                code.i32_const(u32::from(address) as i32);
            }
            IpAddr::V6(address) => {
                let bits = u128::from(address);
                code.i64_const((bits >> 64) as i64).i64_const(bits as i64);
            }
        }
        code.i32_const(listener.port().into());
        if let Some(function) = listen[usize::from(listener.is_ipv6())] {
            code.call(function);
        }
    }
    for function in initializes {
        starting.instructions().call(function);
    }
    starting.instructions().end();
    let mut code = CodeSection::new();
    code.function(&running).function(&starting);

    let filled: Vec<u32> = indices.iter().map(|index| index.unwrap_or(own)).collect();
    let mut elements = ElementSection::new();
    elements.active(
        None,
        &ConstExpr::i32_const(base as i32),
        Elements::Functions(filled.into()),
    );

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    if !initialize.is_empty() || !listeners.is_empty() {
        module.section(&StartSection {
            function_index: own + 1,
        });
    }
    module.section(&elements).section(&code);
    module.finish()
}

fn values(types: &[wasmparser::ValType]) -> Vec<ValType> {
    let plain = types.iter().map(|ty| match ty {
        wasmparser::ValType::I64 => ValType::I64,
        _ => ValType::I32,
    });
    plain.collect()
}
