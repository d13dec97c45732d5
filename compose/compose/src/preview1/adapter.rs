//! The adapter's module, cut down to what a program can call, and encoded as a component.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Context;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ElementSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, NameMap, NameSection, TableSection,
};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata, metadata};

use super::copy::PORTABLE;
use super::error::Preview1Error;
use super::linked::{LISTEN, Slot, TABLE};
use super::module::Module;
use super::program::{Entry, Program};
use super::target::Target;
use crate::adapters::{PREVIEW1, PREVIEW1_SOCKETS};
use crate::functions::Functions;
use crate::sections::keep as keep_section;

/// The module that the adapter imports the program's functions from.
const PROGRAM: &str = "program";

/// The adapter as a component.
pub struct Encoded {
    /// The component.
    pub component: Vec<u8>,
    /// The places in its table from [`Encoded::base`] on.
    pub slots: Vec<Slot>,
    /// Where they begin.
    pub base: u32,
}

/// Encodes the adapter for a program.
///
/// # Errors
/// [`Preview1Error::Encode`], which would be a fault of this crate.
pub fn encode(
    program: &Program,
    target: Target,
    listeners: &[SocketAddr],
) -> Result<Encoded, Preview1Error> {
    let adapter = if listeners.is_empty() {
        PREVIEW1
    } else {
        PREVIEW1_SOCKETS
    };
    let is_command = matches!(program.entry, Entry::Command(_));
    let keep = |name: &str| {
        program.imports.iter().any(|import| import.export == name)
            || (PORTABLE.contains(&name) && !target.multi_memory)
            || LISTEN.contains(&name)
            || name == "cabi_realloc"
            || (is_command && name.starts_with("wasi:cli/run@"))
    };
    let (module, slots, base) = cut(adapter, keep)?;
    let (module, mut bindgen) = metadata::decode(&module)?;
    let mut module = module.context("the adapter says of no world that it is made for it")?;
    if !is_command {
        bindgen.resolve.worlds[bindgen.world].exports.clear();
    }
    embed_component_metadata(
        &mut module,
        &bindgen.resolve,
        bindgen.world,
        StringEncoding::UTF8,
    )?;
    let component = ComponentEncoder::default()
        .validate(false)
        .module(&module)?
        .encode()?;
    Ok(Encoded {
        component,
        slots,
        base,
    })
}

/// The new indices of the functions that stay.
struct Moved(BTreeMap<u32, u32>);

impl Reencode for Moved {
    type Error = anyhow::Error;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error<anyhow::Error>> {
        let moved = self.0.get(&index).copied();
        moved.ok_or_else(|| {
            reencode::Error::UserError(anyhow::anyhow!("a function that is left out is used"))
        })
    }
}

/// Leaves out every function that no kept export reaches, and what only those import. The functions that are imported
/// from the program become ones that call through the table.
fn cut(
    bytes: &[u8],
    keep: impl Fn(&str) -> bool,
) -> Result<(Vec<u8>, Vec<Slot>, u32), Preview1Error> {
    let module = Module::read(bytes)?;
    let live = Functions::of(bytes)?.live(&keep);
    let base = *module.tables.first().context("the adapter has no table")?;
    let base = u32::try_from(base).context("the adapter's table is too large")?;

    // Imports first, then those with a body, then those that call through the table.
    let mut moved = BTreeMap::new();
    let (mut imports, mut functions) = (ImportSection::new(), FunctionSection::new());
    let mut slots = Vec::new();
    let mut linked = Vec::new();
    let mut index = 0;
    for import in &module.imports {
        let TypeRef::Func(ty) = import.ty else {
            return Err(anyhow::anyhow!("the adapter imports more than functions").into());
        };
        if live.contains(&index) {
            if import.module == PROGRAM {
                linked.push((index, ty));
                slots.push(Slot {
                    name: import.name.into(),
                    ty: module.function(index).context("it has no type")?.clone(),
                });
            } else {
                moved.insert(index, moved.len() as u32);
                imports.import(import.module, import.name, EntityType::Function(ty));
            }
        }
        index += 1;
    }
    let imported = index;
    for (index, ty) in (0..).zip(&module.functions).skip(imported as usize) {
        if live.contains(&index) {
            moved.insert(index, moved.len() as u32);
            functions.function(*ty);
        }
    }
    for (index, ty) in &linked {
        moved.insert(*index, moved.len() as u32);
        functions.function(*ty);
    }
    let mut moved = Moved(moved);

    let mut code = CodeSection::new();
    let mut bodies = module.functions.len() - imported as usize;
    let mut next = imported;
    let mut result = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match payload {
            Payload::ImportSection(_) => {
                result.section(&imports);
            }
            Payload::FunctionSection(_) => {
                result.section(&functions);
            }
            Payload::TableSection(section) => {
                let mut tables = TableSection::new();
                for table in section {
                    let mut ty = moved.table_type(table?.ty).map_err(plain)?;
                    ty.minimum += slots.len() as u64;
                    ty.maximum = None;
                    tables.table(ty);
                }
                result.section(&tables);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                exports.export(TABLE, ExportKind::Table, 0);
                for export in section {
                    let export = export?;
                    match export.kind {
                        ExternalKind::Func if keep(export.name) => {
                            let index = moved.function_index(export.index).map_err(plain)?;
                            exports.export(export.name, ExportKind::Func, index);
                        }
                        ExternalKind::Memory => {
                            exports.export(export.name, ExportKind::Memory, export.index);
                        }
                        _ => {}
                    }
                }
                result.section(&exports);
            }
            Payload::ElementSection(section) => {
                let mut elements = ElementSection::new();
                moved
                    .parse_element_section(&mut elements, section)
                    .map_err(plain)?;
                result.section(&elements);
            }
            Payload::CodeSectionStart { .. } => {}
            Payload::CodeSectionEntry(body) => {
                if live.contains(&next) {
                    moved.parse_function_body(&mut code, body).map_err(plain)?;
                }
                next += 1;
                bodies -= 1;
                if bodies == 0 {
                    for (slot, (_, ty)) in (base..).zip(&linked) {
                        code.function(&through_table(slot, *ty, &module)?);
                    }
                    result.section(&code);
                }
            }
            // The names say why an adapter traps.
            Payload::CustomSection(section)
                if let KnownCustom::Name(names) = section.as_known() =>
            {
                let mut kept = NameMap::new();
                for names in names {
                    let Name::Function(functions) = names? else {
                        continue;
                    };
                    for function in functions {
                        let function = function?;
                        if let Some(index) = moved.0.get(&function.index) {
                            kept.append(*index, function.name);
                        }
                    }
                }
                let mut section = NameSection::new();
                section.functions(&kept);
                result.section(&section);
            }
            other => keep_section(bytes, &other, &mut result)?,
        }
    }
    Ok((result.finish(), slots, base))
}

/// A function that calls the one in a place of the table with its own arguments.
fn through_table(slot: u32, ty: u32, module: &Module<'_>) -> anyhow::Result<Function> {
    let function = module.types.get(ty as usize).and_then(Option::as_ref);
    let parameters = function.context("it has no type")?.params().len();
    let mut body = Function::new([]);
    let mut code = body.instructions();
    for parameter in 0..parameters as u32 {
        code.local_get(parameter);
    }
    code.i32_const(slot as i32).call_indirect(0, ty).end();
    Ok(body)
}

fn plain(error: reencode::Error<anyhow::Error>) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}
