//! The adapter's module, cut down to what a program can call, and encoded as a component.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use anyhow::Context;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ElementSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, NameMap, NameSection, TableSection,
};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata, metadata};
use wit_parser::{InterfaceId, Resolve};

use super::copy::PORTABLE;
use super::error::Preview1Error;
use super::linked::{LISTEN, Slot, TABLE};
use super::module::Module;
use super::program::{Entry, Import, Program};
use super::target::Target;
use crate::adapters::{PREVIEW1, PREVIEW1_SOCKETS};
use crate::functions::Functions;
use crate::interface::InterfaceName;
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

/// What stands in front of the name of a `proc_exit` that writes a code to standard error which the host cannot be told.
const NOTED: &str = "noted_";

/// Encodes the adapter for a program.
///
/// # Errors
/// [`Preview1Error::Encode`], which would be a fault of this crate.
pub fn encode(
    program: &Program,
    target: Target,
    listeners: &[SocketAddr],
) -> Result<Encoded, Preview1Error> {
    let is_command = matches!(program.entry, Entry::Command(_));
    let binary = binary(listeners);
    let (_, bindgen) = metadata::decode(binary)?;
    let keep = |name: &str| is_kept(name, &program.imports, &program.entry, target);
    let mut live = Functions::of(binary)?.live(keep);
    keep_types(&bindgen.resolve, &Module::read(binary)?, &mut live);
    let (module, slots, base) = cut(binary, keep, &live)?;
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

/// Takes the `proc_exit` that writes a code to standard error which the host cannot be told, if the component imports no
/// more with it: if the program can write to standard error itself.
///
/// # Errors
/// [`Preview1Error::Encode`], which would be a fault of this crate.
pub fn note_exit_codes(
    program: &mut Program,
    target: Target,
    listeners: &[SocketAddr],
) -> Result<(), Preview1Error> {
    let functions = Functions::of(binary(listeners))?;
    let imported = |imports: &BTreeSet<Import>| {
        let mut live = functions.live(|name| is_kept(name, imports, &program.entry, target));
        live.split_off(&functions.imported);
        live
    };
    let noted = program.imports.iter().map(|import| {
        let noted = format!("{NOTED}{}", import.export);
        Import {
            export: match functions.exports(&noted) {
                true => noted,
                false => import.export.clone(),
            },
            ..import.clone()
        }
    });
    let noted = noted.collect();
    if imported(&noted) == imported(&program.imports) {
        program.imports = noted;
    }
    Ok(())
}

/// Adds to the functions of the adapter that stay those that drop resources of the interfaces which a kept import uses, so
/// that the component imports the types of these interfaces too. wit-component leaves out what no function mentions: a
/// program that only waits would import `wasi:io/streams` without `wasi:io/error`, and a kernel that reads the host's
/// streams needs both. Types alone give a program nothing.
///
/// `wasi:io/poll` is not added: there are adapters for programs that do not import it.
fn keep_types(resolve: &Resolve, module: &Module<'_>, live: &mut BTreeSet<u32>) {
    let imports = || (0..).zip(&module.imports);
    let id = |name: &str| {
        let mut interfaces = resolve.interfaces.iter();
        interfaces.find_map(|(id, _)| (resolve.id_of(id)? == name).then_some(id))
    };
    let kept = imports().filter(|(index, _)| live.contains(index));
    let mut left: Vec<InterfaceId> = kept.filter_map(|(_, import)| id(import.module)).collect();
    let mut used = BTreeSet::new();
    while let Some(interface) = left.pop() {
        let direct = resolve.interface_direct_deps(interface);
        left.extend(direct.filter(|one| used.insert(*one)));
    }
    let names = used.into_iter().filter_map(|id| resolve.id_of(id));
    let names: BTreeSet<String> = names
        .filter(|name| InterfaceName::parse(name).is_some_and(|name| !name.is("wasi:io/poll")))
        .collect();
    let drops = imports().filter(|(_, import)| {
        names.contains(import.module) && import.name.starts_with("[resource-drop]")
    });
    live.extend(drops.map(|(index, _)| index));
}

/// The module of the adapter, as it is embedded.
fn binary(listeners: &[SocketAddr]) -> &'static [u8] {
    if listeners.is_empty() {
        PREVIEW1
    } else {
        PREVIEW1_SOCKETS
    }
}

/// Whether the component needs an export of the adapter.
fn is_kept(name: &str, imports: &BTreeSet<Import>, entry: &Entry, target: Target) -> bool {
    imports.iter().any(|import| import.export == name)
        || (PORTABLE.contains(&name) && !target.multi_memory)
        || LISTEN.contains(&name)
        || name == "cabi_realloc"
        || (matches!(entry, Entry::Command(_)) && name.starts_with("wasi:cli/run@"))
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

/// Leaves out every function that is not `live`, and every export for which `keep` does not hold. The functions that are
/// imported from the program become ones that call through the table.
fn cut(
    bytes: &[u8],
    keep: impl Fn(&str) -> bool,
    live: &BTreeSet<u32>,
) -> Result<(Vec<u8>, Vec<Slot>, u32), Preview1Error> {
    let module = Module::read(bytes)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of the adapter that a program imports, after [`note_exit_codes`].
    fn noted(functions: &[&str], target: Target) -> Vec<String> {
        let imports: String = functions
            .iter()
            .map(|function| {
                let parameters = match *function {
                    "proc_exit" => "(param i32)",
                    "fd_close" => "(param i32) (result i32)",
                    _ => "(param i32 i32 i32 i32) (result i32)",
                };
                format!(r#"(import "wasi_snapshot_preview1" "{function}" (func {parameters}))"#)
            })
            .collect();
        let text = format!(r#"(module {imports} (memory 1) (func (export "_start")))"#);
        let module = wat::parse_str(text).unwrap();
        let mut program = Program::read(&module, target).unwrap();
        note_exit_codes(&mut program, target, &[]).unwrap();
        let imports = program.imports.into_iter();
        imports.map(|import| import.export).collect()
    }

    #[test]
    fn exit_codes_are_noted_only_where_the_program_can_write_to_standard_error() {
        let any = Target::default();
        assert_eq!(noted(&["proc_exit"], any), ["proc_exit"]);
        assert_eq!(
            noted(&["proc_exit", "fd_close", "fd_read"], any),
            ["fd_close", "fd_read", "proc_exit"]
        );
        assert_eq!(
            noted(&["proc_exit", "fd_write"], any),
            ["fd_write", "noted_proc_exit"]
        );
        assert_eq!(
            noted(&["proc_exit", "fd_write"], Target::OWN_HOST),
            ["fd_write", "noted_proc_exit_with_code"]
        );
        assert_eq!(
            noted(&["proc_exit"], Target::OWN_HOST),
            ["proc_exit_with_code"]
        );
    }
}
