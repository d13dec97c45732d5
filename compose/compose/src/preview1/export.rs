//! The functions of a reactor as functions of a component.

use std::collections::BTreeSet;

use wasm_encoder::PrimitiveValType;
use wasmparser::names::KebabStr;
use wasmparser::{FuncType, ValType};

use super::error::Preview1Error;
use super::module::Module;

/// A function that a component exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Its name in the program.
    pub function: String,
    /// Its name in the component.
    pub name: String,
    /// The types of its parameters.
    pub parameters: Vec<PrimitiveValType>,
    /// The type of its result.
    pub result: Option<PrimitiveValType>,
}

/// The functions that a module exports, but for `initialize` and for those that belong to its toolchain.
pub fn exported(module: &Module<'_>, initialize: &str) -> Result<Vec<Exported>, Preview1Error> {
    let mut names = BTreeSet::new();
    let mut exports = Vec::new();
    for (function, index) in module.exported_functions() {
        if function == initialize || function.starts_with("__") || function.starts_with("cabi_") {
            continue;
        }
        let refuse = |reason: String| Preview1Error::OtherExport {
            name: function.into(),
            reason,
            help: "export functions over `i32`, `i64`, `f32` and `f64` with one result at most, under names that are words joined by `-` or `_`; for more, describe them in WIT and build a component",
        };
        let name = kebab(function)
            .ok_or_else(|| refuse("its name does not become words joined by `-`".into()))?;
        if !names.insert(name.clone()) {
            return Err(refuse(format!("another one becomes `{name}` too")));
        }
        let types = module.function(index).and_then(types);
        let (parameters, result) = types
            .ok_or_else(|| refuse("its parameters or results are not plain numbers".into()))?;
        if parameters.len() > MAX_PARAMETERS {
            return Err(refuse(format!(
                "it has more than {MAX_PARAMETERS} parameters"
            )));
        }
        exports.push(Exported {
            function: function.into(),
            name,
            parameters,
            result,
        });
    }
    Ok(exports)
}

/// With more parameters, a component passes a pointer to all of them (`MAX_FLAT_PARAMS` of the canonical ABI).
const MAX_PARAMETERS: usize = 16;

/// A name as a component can have it: `add_two` and `addTwo` become `add-two`.
fn kebab(name: &str) -> Option<String> {
    let mut kebab = String::new();
    let mut before = '_';
    for character in name.chars() {
        if character.is_ascii_uppercase() && before.is_ascii_lowercase() {
            kebab.push('-');
        }
        match character {
            '_' | '-' | '.' | '#' | '/' if kebab.ends_with('-') => {}
            '_' | '-' | '.' | '#' | '/' => kebab.push('-'),
            other => kebab.push(other.to_ascii_lowercase()),
        }
        before = character;
    }
    let kebab = kebab.trim_matches('-').to_owned();
    KebabStr::new(&kebab)?;
    Some(kebab)
}

fn types(ty: &FuncType) -> Option<(Vec<PrimitiveValType>, Option<PrimitiveValType>)> {
    let parameters = ty.params().iter().map(|ty| plain(*ty));
    let result = match ty.results() {
        [] => None,
        [ty] => Some(plain(*ty)?),
        _ => return None,
    };
    Some((parameters.collect::<Option<_>>()?, result))
}

fn plain(ty: ValType) -> Option<PrimitiveValType> {
    match ty {
        ValType::I32 => Some(PrimitiveValType::S32),
        ValType::I64 => Some(PrimitiveValType::S64),
        ValType::F32 => Some(PrimitiveValType::F32),
        ValType::F64 => Some(PrimitiveValType::F64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_kebab_case() {
        let kebabs = ["add_two", "addTwo", "x", "add__two", "HTTPGet"].map(kebab);
        let expected = ["add-two", "add-two", "x", "add-two", "httpget"];
        assert_eq!(kebabs, expected.map(|name| Some(name.to_owned())));
        assert_eq!(["", "_", "a b", "ä", "9"].map(kebab), [const { None }; 5]);
    }
}
