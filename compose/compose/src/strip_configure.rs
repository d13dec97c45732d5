//! Removes from a configured adapter the code that reads the configuration, which nothing may run again, and the code that
//! tells of refusals where nobody is to be told.

use thiserror::Error;
use wasm_encoder::{CodeSection, ComponentSectionId, Function, Module, RawSection};
use wasmparser::{Parser, Payload};

use crate::functions::Functions;
use crate::reporter::{REPORT_TO, TELL};
use crate::sections::{keep, rewrite, slice};

/// The exports of an adapter's module that are called only before the snapshot: the function and the one that frees its
/// result.
const BEFORE: [&str; 2] = ["configure", "cabi_post_configure"];

/// The exports of an adapter's module by which it tells of refusals.
const TELLING: [&str; 2] = [REPORT_TO, TELL];

/// The code could not be removed because the bytes are not an adapter.
#[derive(Debug, Error)]
#[error("the code that read the configuration could not be taken out: {0:#}")]
pub struct StripError(anyhow::Error);

/// Replaces `configure`, and each function that only `configure` reaches, by a function that traps. The replaced code
/// is an eighth of a kernel and a third of a filter with many rules. Unless the adapter is `telling`, the functions that
/// tell of refusals are replaced by functions that do nothing, and what they alone reach is gone too. Indices stay the
/// same, so nothing else changes.
///
/// # Errors
/// [`StripError`] when the bytes are not a component.
pub fn strip_configure(component: &[u8], telling: bool) -> Result<Vec<u8>, StripError> {
    let sealed = rewrite(component, |section, copy| {
        let Payload::ModuleSection {
            unchecked_range, ..
        } = section
        else {
            return Ok(false);
        };
        let module = slice(component, unchecked_range)?;
        if !Functions::of(module)?.exports(BEFORE[0]) {
            return Ok(false);
        }
        copy.section(&RawSection {
            id: ComponentSectionId::CoreModule as u8,
            data: &sealed_module(module, telling)?,
        });
        Ok(true)
    });
    sealed.map_err(StripError)
}

fn sealed_module(module: &[u8], telling: bool) -> anyhow::Result<Vec<u8>> {
    let mut functions = Functions::of(module)?;
    let silent: Vec<u32> = match telling {
        true => Vec::new(),
        false => (TELLING.iter().copied())
            .filter_map(|name| functions.exported(name))
            .collect(),
    };
    for function in &silent {
        functions.empty(*function);
    }
    let live = functions.live(|export| !BEFORE.contains(&export));
    let mut sealed = Module::new();
    let mut code = CodeSection::new();
    let mut index = functions.imported;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::CodeSectionEntry(body) => {
                if silent.contains(&index) {
                    let mut nothing = Function::new([]);
                    nothing.instructions().end();
                    code.function(&nothing);
                } else if live.contains(&index) {
                    code.raw(body.as_bytes());
                } else {
                    let mut trap = Function::new([]);
                    trap.instructions().unreachable().end();
                    code.function(&trap);
                }
                index += 1;
                if code.len() == functions.defined {
                    sealed.section(&code);
                }
            }
            Payload::CodeSectionStart { .. } => {}
            other => keep(module, other, &mut sealed)?,
        }
    }
    Ok(sealed.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_configure_reaches_is_gone() {
        let module = r#"
            (import "host" "call" (func $host))
            (table 1 funcref)
            (elem (i32.const 0) $in_table)
            (global funcref (ref.func $in_global))
            (start $start)
            (func $start)
            (func $in_table call $of_table)
            (func $of_table nop)
            (func $in_global nop nop)
            (func $decode call $decode_more call $shared)
            (func $decode_more call $host)
            (func $shared call $host call $host)
            (func $run call $shared)
            (func (export "configure") call $decode)
            (func (export "cabi_post_configure") call $decode_more)
            (export "run" (func $run))
        "#;
        let component = |module: &str| {
            let text = format!("(component (core module {module}))");
            wat::parse_str(text).expect("a component")
        };
        let sealed = strip_configure(&component(module), true).expect("an adapter");
        wasmparser::validate(&sealed).expect("it is still valid");
        let bodies: Vec<usize> = Parser::new(0)
            .parse_all(&sealed)
            .filter_map(|payload| match payload.expect("a section") {
                Payload::CodeSectionEntry(body) => Some(body.as_bytes()),
                _ => None,
            })
            .enumerate()
            .filter(|(_, body)| *body == [0x00, 0x00, 0x0b])
            .map(|(place, _)| place)
            .collect();
        // The bodies in their order in the text: `$decode`, `$decode_more`, and the two exports.
        assert_eq!(bodies, [4, 5, 8, 9]);

        let other = component(&module.replace("\"configure\"", "\"other\""));
        assert_eq!(strip_configure(&other, true).expect("a component"), other);
    }

    #[test]
    fn nothing_is_told_where_nobody_is_to_be_told() {
        let module = r#"(component (core module
            (import "host" "call" (func $host))
            (func $format call $host)
            (func $tell (export "interpose-refused") (param i32) call $format)
            (func (export "interpose-report-to") (param i32) call $host)
            (func (export "run") i32.const 0 call $tell)
            (func (export "configure"))))"#;
        let component = wat::parse_str(module).expect("a component");
        let bodies = |telling: bool| -> Vec<Vec<u8>> {
            let sealed = strip_configure(&component, telling).expect("an adapter");
            wasmparser::validate(&sealed).expect("it is still valid");
            Parser::new(0)
                .parse_all(&sealed)
                .filter_map(|payload| match payload.expect("a section") {
                    Payload::CodeSectionEntry(body) => Some(body.as_bytes().to_vec()),
                    _ => None,
                })
                .collect()
        };
        let (trap, nothing) = (vec![0x00, 0x00, 0x0b], vec![0x00, 0x0b]);
        let (silent, telling) = (bodies(false), bodies(true));
        assert_eq!(silent[..3], [trap.clone(), nothing.clone(), nothing]);
        assert_eq!(silent[3..], telling[3..]);
        assert!(telling[..3].iter().all(|body| body.len() > trap.len()));
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let whole = wat::parse_str("(component (core module (func (export \"configure\"))))");
        let whole = whole.expect("a component");
        assert!(strip_configure(&whole, false).is_ok());
        // The first eight bytes alone are an empty component.
        for length in (0..8).chain(9..whole.len()) {
            assert!(
                strip_configure(&whole[..length], false).is_err(),
                "{length}"
            );
        }
    }
}
