//! The program: what it is, and its module without its start function.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportKind, ExportSection, ImportSection, MemoryType};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef};

use super::error::Preview1Error;
use super::export::{Exported, exported};
use super::module::Module;
use super::target::Target;
use super::{error, known};
use crate::sections::keep;

/// The names of the revisions as modules import them, and what stands in front of the name of a function of the adapter
/// that differs between the two.
pub const REVISIONS: [(&str, &str); 2] = [
    ("wasi_snapshot_preview1", ""),
    ("wasi_unstable", "unstable_"),
];

/// What the program's module exports for the others, under names that no program has.
pub const MEMORY: &str = "interpose:memory";
/// The function that ran at instantiation before.
pub const START: &str = "interpose:start";

/// A function of WASI that the program imports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The module that it is imported from, a name of [`REVISIONS`].
    pub module: &'static str,
    /// Its name in [`Program::module`], where each import has a name of its own.
    pub name: String,
    /// The name of the adapter's export that it is.
    pub export: String,
}

/// A memory that the program imports, which the component makes for it.
#[derive(Clone, Debug)]
pub struct ImportedMemory {
    /// The module that it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// Its type.
    pub ty: MemoryType,
}

/// What of the program runs, and when.
#[derive(Debug)]
pub enum Entry {
    /// `run` of the component runs these functions.
    Command(Vec<String>),
    /// The functions run once, when the component is instantiated; others can be called then.
    Reactor {
        /// What runs at first.
        initialize: Vec<String>,
        /// The functions of the component.
        exports: Vec<Exported>,
    },
}

/// A program for preview 1.
pub struct Program {
    /// Its module, without a start function, which exports [`MEMORY`] and [`START`] if it has them. What it imported more
    /// than once has several names now.
    pub module: Vec<u8>,
    /// What it imports of WASI.
    pub imports: BTreeSet<Import>,
    /// The memory that it imports.
    pub imported_memory: Option<ImportedMemory>,
    /// Whether it has a memory.
    pub has_memory: bool,
    /// Whether it accepts connections of sockets that it is given.
    pub accepts: bool,
    /// What runs.
    pub entry: Entry,
}

impl Program {
    /// Reads a valid module.
    ///
    /// # Errors
    /// [`Preview1Error`] when it is no program for preview 1.
    pub fn read(bytes: &[u8], target: Target) -> Result<Self, Preview1Error> {
        let module = Module::read(bytes)?;
        check_memory(&module)?;
        let (imports, imported_memory) = imports(&module, target)?;
        check_exports(&module)?;
        let entry = entry(&module)?;
        Ok(Self {
            module: rewritten(bytes, &module)?,
            accepts: imports.iter().any(|import| import.export == "sock_accept"),
            imports,
            imported_memory,
            has_memory: !module.memories.is_empty(),
            entry,
        })
    }
}

fn check_memory(module: &Module<'_>) -> Result<(), Preview1Error> {
    let refuse = |kind, help| Err(Preview1Error::OtherMemory { kind, help });
    match module.memories[..] {
        [] => Ok(()),
        [memory] if memory.memory64 => refuse("one of 64 bits", "build it for wasm32"),
        [memory] if memory.shared => {
            refuse("shared by threads", error::help("wasi", "thread-spawn"))
        }
        [memory] if memory.page_size_log2.is_some_and(|size| size != 16) => refuse(
            "one with pages of another size",
            "build it without custom page sizes",
        ),
        [_] => Ok(()),
        _ => refuse("one of several", "build it with one memory"),
    }
}

/// Checks the names that the tool needs, and the functions that it calls.
fn check_exports(module: &Module<'_>) -> Result<(), Preview1Error> {
    let refuse = |name: &str, reason: &str, help| {
        Err(Preview1Error::OtherExport {
            name: name.into(),
            reason: reason.into(),
            help,
        })
    };
    for (name, ..) in &module.exports {
        if [MEMORY, START].contains(name) {
            return refuse(
                name,
                "the tool exports something of its own under this name",
                "give it another name",
            );
        }
    }
    let named = [COMMAND, INITIALIZE].map(|name| (name, module.exported_function(name)));
    let starts = named
        .into_iter()
        .chain([("a start function", module.start)]);
    for (name, index) in starts {
        let Some(index) = index else { continue };
        let ty = module.function(index);
        if ty.is_none_or(|ty| !ty.params().is_empty() || !ty.results().is_empty()) {
            return refuse(
                name,
                "its type is not that of a function without parameters and results",
                "build it with the SDK of a WASI preview 1 target, such as wasm32-wasip1 or wasi-sdk",
            );
        }
    }
    Ok(())
}

fn imports(
    module: &Module<'_>,
    target: Target,
) -> Result<(BTreeSet<Import>, Option<ImportedMemory>), Preview1Error> {
    let adapter = known::module()?;
    let mut imports = BTreeSet::new();
    let mut memory = None;
    for (import, own_name) in module.imports.iter().zip(own_names(module)) {
        let foreign = || Preview1Error::ForeignImport {
            name: import.name.into(),
            module: import.module.into(),
            help: error::help(import.module, import.name),
        };
        let revision = REVISIONS.iter().find(|(name, _)| *name == import.module);
        match (import.ty, revision) {
            (TypeRef::Memory(ty), None) => {
                memory = Some(ImportedMemory {
                    module: import.module.into(),
                    name: own_name,
                    ty: ty.into(),
                });
            }
            (TypeRef::Func(ty) | TypeRef::FuncExact(ty), Some(revision)) => {
                let found = module.types.get(ty as usize).and_then(Option::as_ref);
                imports.insert(Import {
                    module: revision.0,
                    name: own_name,
                    export: wasi_function(&adapter, import.name, *revision, found, target)?,
                });
            }
            _ => return Err(foreign()),
        }
    }
    Ok((imports, memory))
}

/// A name of its own for each import: in a component, a module cannot import the same name twice, as those of Go do.
fn own_names(module: &Module<'_>) -> Vec<String> {
    let mut times = BTreeMap::new();
    let names = module.imports.iter().map(|import| {
        let time = times.entry((import.module, import.name)).or_insert(0_u32);
        *time += 1;
        match *time {
            1 => import.name.to_owned(),
            // No function of WASI has such a name.
            time => format!("{}:{time}", import.name),
        }
    });
    names.collect()
}

/// Finds the adapter's function for an import: the name of its export.
fn wasi_function(
    adapter: &Module<'_>,
    name: &str,
    (module, prefix): (&'static str, &str),
    found: Option<&FuncType>,
    target: Target,
) -> Result<String, Preview1Error> {
    let unknown = || Preview1Error::UnknownFunction {
        name: name.into(),
        module: module.into(),
    };
    // The predecessor had no `sock_accept`.
    let is_later = name == "sock_accept" && !prefix.is_empty();
    if !known::is_function_of_wasi(name) || is_later {
        return Err(unknown());
    }
    let own = format!("{prefix}{name}");
    let export = if name == "proc_exit" && target.exit_with_code {
        "proc_exit_with_code".into()
    } else if adapter.exported_function(&own).is_some() {
        own
    } else {
        name.to_owned()
    };
    let index = adapter.exported_function(&export).ok_or_else(unknown)?;
    let expected = adapter
        .function(index)
        .context("a function of the adapter has no type")?;
    if found != Some(expected) {
        return Err(Preview1Error::OtherType {
            name: name.into(),
            module: module.into(),
            found: found.map_or("something else".into(), ToString::to_string),
            expected: expected.to_string(),
        });
    }
    Ok(export)
}

/// The function that every program has.
const COMMAND: &str = "_start";
/// The function that a reactor has for what comes first.
const INITIALIZE: &str = "_initialize";

fn entry(module: &Module<'_>) -> Result<Entry, Preview1Error> {
    let start = module.start.map(|_| START.to_owned());
    if module.exported_function(COMMAND).is_some() {
        let functions = start.into_iter().chain([COMMAND.into()]).collect();
        return Ok(Entry::Command(functions));
    }
    let exports = exported(module, INITIALIZE);
    if exports.as_ref().is_ok_and(Vec::is_empty) {
        // Everything that the program does, it does when it is instantiated.
        return match start {
            Some(start) => Ok(Entry::Command(vec![start])),
            None => Err(Preview1Error::NothingToRun),
        };
    }
    let initialize = module
        .exported_function(INITIALIZE)
        .map(|_| INITIALIZE.into());
    Ok(Entry::Reactor {
        initialize: start.into_iter().chain(initialize).collect(),
        exports: exports?,
    })
}

/// The module without its start function, with the exports that the others need, and a name for each import.
fn rewritten(bytes: &[u8], module: &Module<'_>) -> Result<Vec<u8>, Preview1Error> {
    let mut exports = ExportSection::new();
    for (name, kind, index) in &module.exports {
        exports.export(name, kind_of(*kind)?, *index);
    }
    if !module.memories.is_empty() {
        exports.export(MEMORY, ExportKind::Memory, 0);
    }
    if let Some(start) = module.start {
        exports.export(START, ExportKind::Func, start);
    }
    // Sections of a module have an order: the exports stand before these.
    let mut exports = Some(exports);
    let mut result = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match &payload {
            Payload::StartSection { .. } => continue,
            Payload::ImportSection(_) => {
                result.section(&renamed(module)?);
                continue;
            }
            Payload::ExportSection(_)
            | Payload::ElementSection(_)
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::DataSection(_)
            | Payload::End(_) => {
                if let Some(exports) = exports.take() {
                    result.section(&exports);
                }
                if matches!(payload, Payload::ExportSection(_)) {
                    continue;
                }
            }
            // The whole section of code is copied at its start.
            Payload::CodeSectionEntry(_) => continue,
            _ => {}
        }
        keep(bytes, &payload, &mut result)?;
    }
    Ok(result.finish())
}

/// The section of imports, with the names of [`own_names`].
fn renamed(module: &Module<'_>) -> Result<ImportSection, Preview1Error> {
    let mut imports = ImportSection::new();
    for (import, name) in module.imports.iter().zip(own_names(module)) {
        let ty = RoundtripReencoder.entity_type(import.ty);
        imports.import(
            import.module,
            &name,
            ty.context("an import is of a kind that is not known")?,
        );
    }
    Ok(imports)
}

fn kind_of(kind: ExternalKind) -> Result<ExportKind, Preview1Error> {
    let kind = RoundtripReencoder.export_kind(kind);
    Ok(kind.context("an export is of a kind that is not known")?)
}
