//! Removes from an adapter's core module what nobody calls any more.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportSection, FunctionSection, ImportSection, Module, NameMap, NameSection,
};
use wasmparser::{ExternalKind, FunctionBody, KnownCustom, Name, Parser, Payload, TypeRef};

use super::reindex::encoded;
use crate::functions::Functions;

/// A module without what nobody calls.
pub struct Trimmed {
    /// The module.
    pub module: Vec<u8>,
    /// What it still imports: names by the names of the instances that they are in.
    pub imports: BTreeMap<String, BTreeSet<String>>,
}

/// Removes the exported functions for which `kept` does not hold, and all functions and imports that nothing reaches
/// then.
///
/// # Errors
/// An error when the bytes are no module, or one whose parts cannot be encoded.
pub fn trim(module: &[u8], kept: impl Fn(&str) -> bool) -> anyhow::Result<Trimmed> {
    let functions = Functions::of(module)?;
    let live = functions.live(&kept);
    let count = functions.imported + functions.defined;
    let mut next = 0;
    let numbers = (0..count).map(|function| {
        live.contains(&function).then(|| {
            next += 1;
            next - 1
        })
    });
    let mut trimmer = Trimmer {
        numbers: numbers.collect(),
        imported: functions.imported,
        kept: &kept,
        imports: BTreeMap::new(),
        body: functions.imported,
    };
    let mut result = Module::new();
    encoded(utils::parse_core_module(
        &mut trimmer,
        &mut result,
        Parser::new(0),
        module,
    ))?;
    if let Some(names) = trimmer.names(module)? {
        result.section(&names);
    }
    Ok(Trimmed {
        module: result.finish(),
        imports: trimmer.imports,
    })
}

/// Encodes a module without some of its functions.
struct Trimmer<'k> {
    /// The new index of each function; `None` for those that are gone.
    numbers: Vec<Option<u32>>,
    /// How many functions the module imported.
    imported: u32,
    kept: &'k dyn Fn(&str) -> bool,
    imports: BTreeMap<String, BTreeSet<String>>,
    /// The old index of the next function with a body.
    body: u32,
}

impl Trimmer<'_> {
    fn new_index(&self, function: u32) -> Option<u32> {
        self.numbers.get(function as usize).copied().flatten()
    }

    /// The names of the functions that are left.
    fn names(&self, module: &[u8]) -> anyhow::Result<Option<NameSection>> {
        let mut names = NameMap::new();
        let mut is_empty = true;
        for payload in Parser::new(0).parse_all(module) {
            let Payload::CustomSection(section) = payload? else {
                continue;
            };
            let KnownCustom::Name(section) = section.as_known() else {
                continue;
            };
            for subsection in section {
                if let Name::Function(functions) = subsection? {
                    for naming in functions {
                        let naming = naming?;
                        if let Some(new) = self.new_index(naming.index) {
                            names.append(new, naming.name);
                            is_empty = false;
                        }
                    }
                }
            }
        }
        let mut section = NameSection::new();
        section.functions(&names);
        Ok((!is_empty).then_some(section))
    }
}

impl Reencode for Trimmer<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        // What is left refers to nothing that is gone, because what it refers to is reached.
        Ok(self.new_index(function).unwrap_or(function))
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let mut function = 0;
        for import in section.into_imports() {
            let import = import?;
            if matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                function += 1;
                if self.new_index(function - 1).is_none() {
                    continue;
                }
            }
            let of_module = self.imports.entry(import.module.to_owned()).or_default();
            of_module.insert(import.name.to_owned());
            let ty = self.entity_type(import.ty)?;
            imports.import(import.module, import.name, ty);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for (function, ty) in (self.imported..).zip(section) {
            let ty = self.type_index(ty?)?;
            if self.new_index(function).is_some() {
                functions.function(ty);
            }
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Infallible>> {
        self.body += 1;
        match self.new_index(self.body - 1) {
            Some(_) => utils::parse_function_body(self, code, body),
            None => Ok(()),
        }
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        for export in section {
            let export = export?;
            if export.kind != ExternalKind::Func || (self.kept)(export.name) {
                self.parse_export(exports, export)?;
            }
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::WasmFeatures;

    use super::*;

    #[test]
    fn what_nobody_calls_is_gone() {
        let module = r#"(module
            (import "a" "used" (func $used))
            (import "a" "unused" (func $unused (param i32)))
            (import "b" "unused" (func $other))
            (memory (export "memory") 1)
            (table 1 funcref)
            (elem (i32.const 0) $in_table)
            (func $interpose (export "kept") call $helper call $used)
            (func (export "gone") i32.const 1 call $unused call $gone)
            (func $gone call $other)
            (func $helper i32.const 0 call_indirect)
            (func $in_table nop))"#;
        let module = wat::parse_str(module).expect("a module");
        let trimmed = trim(&module, |export| export == "kept").expect("a module");
        let mut validator = wasmparser::Validator::new_with_features(WasmFeatures::all());
        validator
            .validate_all(&trimmed.module)
            .expect("it is valid");
        let functions = Functions::of(&trimmed.module).expect("functions");
        assert_eq!((functions.imported, functions.defined), (1, 3));
        assert!(functions.exports("kept") && !functions.exports("gone"));
        let names: Vec<(&String, usize)> = trimmed
            .imports
            .iter()
            .map(|(module, names)| (module, names.len()))
            .collect();
        assert_eq!(names, [(&"a".to_owned(), 1)]);
        let text = wasmprinter::print_bytes(&trimmed.module).expect("text");
        assert!(
            text.contains("$interpose") && text.contains("$helper"),
            "{text}"
        );
        assert!(!text.contains("$gone"), "{text}");
    }
}
