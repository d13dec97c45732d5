//! The component with which a replay writes and exits by WASI, where it is not this project's host that plays it.

use std::fmt::Write;

use anyhow::Context;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::world::{PLAYER, PLAYER_FUNCTIONS};
use crate::surface::{Item, Surface};
use crate::wasi::p2;

/// The interfaces that it imports, if the application does.
const STDOUT: &str = p2!("wasi:cli/stdout");
const STDERR: &str = p2!("wasi:cli/stderr");
const EXIT: &str = p2!("wasi:cli/exit");
const STREAMS: &str = p2!("wasi:io/streams");

/// The packages of the interfaces, as far as they are used.
const PACKAGES: &str = "
package wasi:io@0.2.12 {
    interface error { resource error; }
    interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource output-stream {
            blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        }
    }
}
package wasi:cli@0.2.12 {
    interface stdout { use wasi:io/streams@0.2.12.{output-stream}; get-stdout: func() -> output-stream; }
    interface stderr { use wasi:io/streams@0.2.12.{output-stream}; get-stderr: func() -> output-stream; }
    interface exit { exit: func(status: result); }
}
";

/// The name of the component in a composition.
pub const NAME: &str = "player";

/// Makes the component. It imports no interface that the application does not import.
///
/// # Errors
/// When it cannot be encoded.
pub fn player(application: &Surface) -> anyhow::Result<Vec<u8>> {
    let imports = |interface: &'static str| {
        let path = interface.split('@').next().unwrap_or(interface);
        let mut names = application.imports.iter().filter_map(Item::interface);
        names.any(|name| name.path() == path).then_some(interface)
    };
    let (stdout, stderr, exit) = (imports(STDOUT), imports(STDERR), imports(EXIT));

    let mut resolve = Resolve::default();
    let mut world = String::from("package wasi-interpose:played;\nworld played {\n");
    for interface in [stdout, stderr, exit].into_iter().flatten() {
        writeln!(world, "import {interface};")?;
    }
    let (package, interface) = PLAYER
        .split_once('/')
        .context("the player has no package")?;
    writeln!(
        world,
        "export {PLAYER};\n}}\n{PACKAGES}
        package {package} {{ interface {interface} {{ {PLAYER_FUNCTIONS} }} }}"
    )?;
    let package = resolve.push_str("player.wit", &world)?;
    let world = resolve.select_world(&[package], None)?;
    let mut module = wat::parse_str(code(stdout, stderr, exit)?)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()
}

/// The text of the core module.
fn code(stdout: Option<&str>, stderr: Option<&str>, exit: Option<&str>) -> anyhow::Result<String> {
    let mut code = String::from("(module\n");
    for (interface, function) in [(stdout, "get-stdout"), (stderr, "get-stderr")] {
        if let Some(interface) = interface {
            writeln!(
                code,
                "(import \"{interface}\" \"{function}\" (func ${function} (result i32)))"
            )?;
        }
    }
    if let Some(interface) = exit {
        writeln!(
            code,
            "(import \"{interface}\" \"exit\" (func $exit (param i32)))"
        )?;
    }
    if stdout.or(stderr).is_some() {
        writeln!(
            code,
            "(import \"{STREAMS}\" \"[method]output-stream.blocking-write-and-flush\"
                (func $write (param i32 i32 i32 i32)))"
        )?;
    }
    // What is written lies from 64 on; the result of a write lies at 16.
    code.push_str(
        "(memory (export \"memory\") 1)
        (global $top (mut i32) (i32.const 64))
        (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $top))
            (global.set $top (i32.add (local.get $at) (local.get 3)))
            (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
                (then (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.const 1)
                        (i32.shr_u (i32.sub (global.get $top) (i32.shl (memory.size) (i32.const 16))) (i32.const 16)))))
                    (then unreachable))))
            (local.get $at))\n",
    );
    for (name, interface) in [("stdout", stdout), ("stderr", stderr)] {
        if interface.is_none() {
            continue;
        }
        // A stream takes 4,096 bytes at a time.
        writeln!(
            code,
            "(global ${name} (mut i32) (i32.const 0))
            (func $print-{name} (param $at i32) (param $left i32)
                (local $part i32)
                (if (i32.eqz (global.get ${name})) (then (global.set ${name} (call $get-{name}))))
                (block $done (loop $more
                    (br_if $done (i32.eqz (local.get $left)))
                    (local.set $part (select (local.get $left) (i32.const 4096)
                        (i32.lt_u (local.get $left) (i32.const 4096))))
                    (call $write (global.get ${name}) (local.get $at) (local.get $part) (i32.const 16))
                    (br_if $done (i32.load8_u (i32.const 16)))
                    (local.set $at (i32.add (local.get $at) (local.get $part)))
                    (local.set $left (i32.sub (local.get $left) (local.get $part)))
                    (br $more))))"
        )?;
    }
    let print = |name: &str, interface: Option<&str>, number: u32| match interface {
        Some(_) => format!(
            "(if (i32.eq (local.get 0) (i32.const {number}))
                (then (call $print-{name} (local.get 1) (local.get 2))))"
        ),
        None => String::new(),
    };
    let exiting = match exit {
        Some(_) => "(call $exit (i32.ne (local.get 0) (i32.const 0)))",
        None => "",
    };
    writeln!(
        code,
        "(func (export \"{PLAYER}#print\") (param i32 i32 i32)
            {} {}
            (global.set $top (i32.const 64)))
        (func (export \"{PLAYER}#exit\") (param i32) {exiting})
        (func (export \"{PLAYER}#differs\") (param i32 i32) unreachable))",
        print("stdout", stdout, 1),
        print("stderr", stderr, 2),
    )?;
    Ok(code)
}
