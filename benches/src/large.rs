//! Makes a large application.

use anyhow::{Context, Result};
use wasi_interpose::application::Application;
use wasm_encoder::{CodeSection, FunctionSection, Module, RawSection};
use wasmparser::{Parser, Payload};

use crate::guest;

/// The least size of the application's code in bytes.
const SIZE: usize = 5_000_000;

/// The benchmark program with all its functions repeated, but never called, until it is large. Large applications
/// consist of code, which takes longer to read than data.
///
/// # Errors
/// An error when the program cannot be built or has a structure that Rust does not emit.
pub fn application() -> Result<Vec<u8>> {
    let module = repeat(&guest::build(guest::Target::Wasip1)?)?;
    Ok(Application::parse(&module)?.component().to_vec())
}

fn repeat(module: &[u8]) -> Result<Vec<u8>> {
    let mut types: Vec<u32> = Vec::new();
    let mut bodies: Vec<&[u8]> = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::FunctionSection(section) => {
                types = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let size: usize = bodies.iter().map(|body| body.len()).sum();
    let times = SIZE.div_ceil(size.max(1));
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for _ in 0..times {
        for (kind, body) in types.iter().zip(&bodies) {
            functions.function(*kind);
            code.raw(body);
        }
    }
    let mut large = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match (&payload, payload.as_section()) {
            (Payload::FunctionSection(_), _) => drop(large.section(&functions)),
            (Payload::CodeSectionStart { .. }, _) => drop(large.section(&code)),
            (Payload::CodeSectionEntry(_), _) | (_, None) => {}
            (_, Some((id, range))) => {
                let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
                let data = module.get(range).context("a section is cut short")?;
                large.section(&RawSection { id, data });
            }
        }
    }
    Ok(large.finish())
}
