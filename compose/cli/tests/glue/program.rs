//! The core modules of a case, in the form that wit-component makes components of.

use std::fmt::Write;

use wasi_interpose::canonical::{CoreType, Kind, Number};

use crate::case::{BadAllocation, Case, Step};
use crate::package::NAME;
use crate::value::{HEAP, IMAGE, SIZE};

/// Where the application writes what calls return, and the callee which calls there were: eight bytes each.
pub const LOG: u32 = 1024;
/// Where each program writes what it was asked to allocate.
const ALLOCATIONS: u32 = 3072;

/// The application: `step` does one of its steps.
pub fn application(case: &Case) -> String {
    let mut imports = String::new();
    let mut steps = String::new();
    let mut imported = Vec::new();
    let mut import = |name: String, ty: &CoreType| {
        if !imported.contains(&name) {
            let _ = writeln!(
                imports,
                "(import {NAME:?} {name:?} (func ${name:?} {}))",
                signature(ty)
            );
            imported.push(name);
        }
    };
    for (number, step) in case.steps.iter().enumerate() {
        let _ = write!(
            steps,
            "(if (i32.eq (local.get 0) (i32.const {number})) (then "
        );
        match step {
            Step::Call {
                function,
                arguments,
            } => {
                let function = &case.package.functions[*function];
                let ty = function.signature.lowered();
                import(function.name.clone(), &ty);
                let arguments = arguments.iter().zip(&ty.parameters);
                let arguments: String = arguments
                    .map(|(value, number)| constant(*value, *number))
                    .collect();
                let call = format!("(call ${} {arguments})", function.name);
                let place = LOG + 8 * number as u32;
                let _ = match ty.result {
                    Some(number) => {
                        write!(steps, "({}.store (i32.const {place}) {call})", name(number))
                    }
                    None => write!(steps, "{call}"),
                };
            }
            Step::Drop { resource, handle } => {
                let drop = format!("[resource-drop]r{resource}");
                let ty = CoreType {
                    parameters: vec![Number::I32],
                    result: None,
                };
                let _ = write!(steps, "(call ${drop:?} (i32.const {}))", *handle as i32);
                import(drop, &ty);
            }
        }
        steps.push_str("))\n");
    }
    format!(
        "(module {imports} {} (func (export \"step\") (param i32)\n{steps}))",
        common(&case.images[0], case.bad_allocations[0].as_ref())
    )
}

/// The callee: it writes down its arguments, makes resources, and answers what the case says.
pub fn callee(case: &Case) -> String {
    let mut imports = String::new();
    for resource in 0..case.package.resources {
        for intrinsic in ["new", "rep"] {
            let name = format!("[resource-{intrinsic}]r{resource}");
            let _ = writeln!(
                imports,
                "(import \"[export]{NAME}\" {name:?} (func ${name:?} (param i32) (result i32)))"
            );
        }
    }
    let mut functions = String::new();
    let note = |value: &str, functions: &mut String| {
        let _ = writeln!(
            functions,
            "({value}) (global.set $log (i32.add (global.get $log) (i32.const 8)))"
        );
    };
    for (position, function) in case.package.functions.iter().enumerate() {
        let ty = function.signature.lifted();
        let _ = writeln!(
            functions,
            "(func (export \"{NAME}#{}\") {}",
            function.name,
            signature(&ty)
        );
        for (index, number) in ty.parameters.iter().enumerate() {
            let number = name(*number);
            note(
                &format!("{number}.store (global.get $log) (local.get {index})"),
                &mut functions,
            );
        }
        // What the callee gets as the ownership of a resource stands for what the application was given.
        if let Kind::Record(fields) = &function.signature.arguments.kind
            && !function.signature.has_arguments_in_memory()
        {
            let mut index = 0;
            for field in fields {
                if let Kind::Own(resource) = field.ty.kind {
                    let value = format!(
                        "i32.store (global.get $log) (call $\"[resource-rep]r{resource}\" (local.get {index}))"
                    );
                    note(&value, &mut functions);
                }
                index += field.ty.flat.as_ref().map_or(0, Vec::len);
            }
        }
        functions.push_str("(global.set $answers (i32.add (global.get $answers) (i32.const 1)))\n");
        for (number, answer) in (1..).zip(&case.answers) {
            if answer.function != position {
                continue;
            }
            let _ = write!(
                functions,
                "(if (i32.eq (global.get $answers) (i32.const {number})) (then "
            );
            let mut returned = ty.result.map(|number| constant(answer.returned, number));
            for made in &answer.made {
                let new = format!(
                    "(call $\"[resource-new]r{}\" (i32.const {}))",
                    made.resource, made.representation
                );
                match made.place {
                    Some(place) => {
                        let _ = write!(functions, "(i32.store (i32.const {place}) {new})");
                    }
                    None => returned = Some(new),
                }
            }
            let _ = writeln!(functions, "(return {})))", returned.unwrap_or_default());
        }
        functions.push_str("unreachable)\n");
        let result = ty
            .result
            .map_or(String::new(), |number| format!("(param {})", name(number)));
        let _ = writeln!(
            functions,
            "(func (export \"cabi_post_{NAME}#{}\") {result}",
            function.name
        );
        note(
            "i32.store (global.get $log) (i32.const 0x706f7374)",
            &mut functions,
        );
        // What was returned is gone now.
        if function.signature.has_result_in_memory() {
            functions.push_str("(i32.store8 (local.get 0) (i32.const 0xdd))");
        }
        functions.push_str(")\n");
    }
    for resource in 0..case.package.resources {
        let _ = writeln!(
            functions,
            "(func (export \"{NAME}#[dtor]r{resource}\") (param i32)"
        );
        let value = format!(
            "i64.store (global.get $log) (i64.or (i64.const {}) (i64.extend_i32_u (local.get 0)))",
            (resource + 1) << 16
        );
        note(&value, &mut functions);
        functions.push_str(")\n");
    }
    format!(
        "(module {imports} {} (global $answers (mut i32) (i32.const 0)) (global $log (mut i32) (i32.const {LOG}))
         (global $arguments (export \"arguments\") (mut i32) (i32.const 0))\n{functions})",
        common(&case.images[1], case.bad_allocations[1].as_ref())
    )
}

/// The memory, the function that allocates, and the one that shows the memory.
fn common(image: &[u8], bad: Option<&BadAllocation>) -> String {
    let bytes: String = image.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let bad = bad.map_or(String::new(), |bad| {
        let BadAllocation { call, address } = bad;
        format!(
            "(if (i32.eq (global.get $allocated) (i32.const {call})) (then
               (global.set $allocated (i32.const 1000)) (return (i32.const {}))))",
            *address as i32
        )
    });
    let pages = SIZE / 65536;
    format!(
        "(memory (export \"memory\") {pages}) (data (i32.const {IMAGE}) \"{bytes}\")
        (global $heap (mut i32) (i32.const {HEAP})) (global $allocated (mut i32) (i32.const 0))
        (global $allocations (mut i32) (i32.const {ALLOCATIONS}))
        (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (local $at i32)
          (if (i32.lt_u (global.get $allocations) (i32.const {IMAGE})) (then
            (i32.store (global.get $allocations) (local.get 2))
            (i32.store offset=4 (global.get $allocations) (local.get 3))
            (global.set $allocations (i32.add (global.get $allocations) (i32.const 8)))))
          {bad}
          (global.set $allocated (i32.add (global.get $allocated) (i32.const 1)))
          (local.set $at (i32.and (i32.add (global.get $heap) (i32.sub (local.get 2) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get 2))))
          (global.set $heap (i32.add (local.get $at) (local.get 3)))
          (local.get $at))
        (func (export \"dump\") (result i32)
          (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const {SIZE}))
          (i32.const 0))"
    )
}

fn signature(ty: &CoreType) -> String {
    let mut text = String::new();
    for number in &ty.parameters {
        let _ = write!(text, "(param {})", name(*number));
    }
    if let Some(number) = ty.result {
        let _ = write!(text, "(result {})", name(number));
    }
    text
}

fn name(number: Number) -> &'static str {
    match number {
        Number::I32 => "i32",
        Number::I64 => "i64",
        Number::F32 => "f32",
        Number::F64 => "f64",
    }
}

fn constant(value: u64, number: Number) -> String {
    match number {
        Number::I32 => format!("(i32.const {})", value as u32 as i32),
        Number::I64 => format!("(i64.const {})", value as i64),
        Number::F32 => format!("(f32.reinterpret_i32 (i32.const {}))", value as u32 as i32),
        Number::F64 => format!("(f64.reinterpret_i64 (i64.const {}))", value as i64),
    }
}
