//! Small files that would bring down a tool that passes them to recursive parsers: each is refused in one sentence, or
//! composed, in little time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wasi_interpose::application::{Application, ApplicationError};
use wasi_interpose::audit::{AuditError, audit};
use wasi_interpose::compose::ComposeError;
use wasi_interpose::preview1::StandardError;
use wasi_interpose::surface::Surface;
use wit_component::{StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

use crate::support::tools::{COMPOSER, builtin, finish, interpose};

/// The longest time to read any of them, on a busy machine and without optimisation.
const LIMIT: Duration = Duration::from_secs(60);

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    [&[id][..], &leb(contents.len()), contents].concat()
}

/// A component with one type, of components (`0x41`) or instances (`0x42`), each declaring the next as its only type.
fn nested_types(kind: u8, levels: usize) -> Vec<u8> {
    let mut types = vec![1];
    for _ in 1..levels {
        types.extend([kind, 1, 1]);
    }
    types.extend([kind, 0]);
    [COMPONENT, &section(7, &types)].concat()
}

/// Components in components.
fn nested_components(levels: usize) -> Vec<u8> {
    let mut component = COMPONENT.to_vec();
    for _ in 1..levels {
        component = [COMPONENT, &section(4, &component)].concat();
    }
    component
}

/// Instance types side by side, each of which has an instance of the previous type.
fn chained_types(count: usize) -> Vec<u8> {
    let mut types = leb(count);
    types.extend([0x42, 0]);
    for previous in 0..count - 1 {
        // The type aliases a type of the enclosing component and exports an instance of it.
        types.extend([0x42, 2, 2, 3, 2, 1]);
        types.extend(leb(previous));
        types.extend([4, 0, 1, b'i', 5, 0]);
    }
    [COMPONENT, &section(7, &types)].concat()
}

/// A component that only imports functions.
fn imports(count: usize) -> Vec<u8> {
    let mut imports = leb(count);
    for number in 0..count {
        let name = format!("f{number}");
        imports.extend([0, name.len() as u8]);
        imports.extend(name.bytes());
        imports.extend([1, 0]);
    }
    [
        COMPONENT,
        &section(7, &[1, 0x40, 0, 1, 0]),
        &section(10, &imports),
    ]
    .concat()
}

/// A core module that imports one function of preview 1 many times, and has an empty `_start`.
fn module_imports(count: usize) -> Vec<u8> {
    let name = |name: &str| [&[name.len() as u8], name.as_bytes()].concat();
    let import = [name("wasi_snapshot_preview1"), name("fd_close"), vec![0, 0]];
    let imports = [leb(count), import.concat().repeat(count)].concat();
    let start = [vec![1], name("_start"), vec![0], leb(count)].concat();
    [
        MODULE,
        &section(1, &[2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 0]),
        &section(2, &imports),
        &section(3, &[1, 1]),
        &section(7, &start),
        &section(10, &[1, 2, 0, 0x0b]),
    ]
    .concat()
}

/// A core module with custom sections that describe worlds.
fn described(worlds: &[&str]) -> Vec<u8> {
    let mut module = MODULE.to_vec();
    for (number, world) in worlds.iter().enumerate() {
        let world = wat::parse_str(world).expect("a component");
        let name = format!("component-type:{number}");
        let contents = [&leb(name.len())[..], name.as_bytes(), &world].concat();
        module.extend(section(0, &contents));
    }
    module
}

fn read(bytes: &[u8]) -> Result<Application, ApplicationError> {
    let started = Instant::now();
    let application = Application::parse(bytes);
    if let Ok(application) = &application {
        Surface::of(application.component()).expect("a surface");
    }
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    application
}

#[track_caller]
fn too_much(bytes: &[u8], what: &str) {
    match read(bytes) {
        Err(error @ ApplicationError::TooMuch(_)) => {
            assert!(error.to_string().contains(what), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let deep = "more than 100 deep";
    for levels in [101, 128, 2_112, 3_930, 100_000, 1_000_000] {
        too_much(&nested_types(0x41, levels), deep);
        too_much(&nested_types(0x42, levels), deep);
    }
    for levels in [101, 200, 8_000] {
        too_much(&nested_components(levels), deep);
    }
    for count in [101, 128, 3_000, 100_000] {
        too_much(&chained_types(count), deep);
    }
    // The parser of the text form limits the nesting of parentheses, and the binary of a text is checked too.
    let text = "(component ".repeat(50_000);
    match read(text.as_bytes()) {
        Err(ApplicationError::NotWasm { .. }) => {}
        other => panic!("{other:?}"),
    }
    let bytes: String = nested_types(0x42, 3_000)
        .iter()
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    too_much(format!("(component binary \"{bytes}\")").as_bytes(), deep);
}

#[test]
fn what_is_nested_within_the_limit_is_read() {
    for levels in [50, 98] {
        read(&nested_types(0x41, levels)).expect("types of components");
        read(&nested_types(0x42, levels)).expect("types of instances");
        read(&nested_components(levels)).expect("components");
        let chained = read(&chained_types(levels)).expect("types made of each other");
        COMPOSER
            .compose(&chained, &builtin("deterministic"))
            .expect("a composition");
    }
}

#[test]
fn what_is_more_than_programs_have_is_refused() {
    too_much(&imports(10_001), "more than 10000 imports");
    too_much(&imports(100_000), "more than 10000 imports");
    for count in [10_001, 100_001, 200_000] {
        too_much(&module_imports(count), "it has more than 10000 imports");
    }
    read(&module_imports(10_000)).expect("a program");
    let many = read(&imports(10_000)).expect("a component");
    // A composition of such components may have twice as many, and the error for more is the same.
    let composed = audit(&imports(20_001), &BTreeMap::new(), &Surface::default());
    assert!(
        matches!(composed, Err(AuditError::TooMuch(_))),
        "{composed:?}"
    );
    let started = Instant::now();
    match COMPOSER.compose(&many, &builtin("inherit")) {
        Ok(composition) => assert_eq!(composition.surface.imports.len(), 10_000),
        Err(ComposeError::Plan(_)) => {}
        Err(other) => panic!("{other}"),
    }
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    // One type more than a million, two bytes each.
    let mut types = leb(1_000_001);
    types.extend([0x70, 0x7f].repeat(1_000_001));
    too_much(
        &[COMPONENT, &section(7, &types)].concat(),
        "more than 1000000 definitions",
    );
}

#[test]
fn types_that_double_at_each_level_are_refused() {
    let mut types = vec![60, 0x70, 0x7f];
    for previous in 0..59 {
        types.extend([0x6f, 2, previous, previous]);
    }
    match read(&[COMPONENT, &section(7, &types)].concat()) {
        Err(ApplicationError::Invalid { message }) => {
            assert!(message.contains("type size"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long.wasm");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((512 << 20) + 1).unwrap();
    match Application::read(&path) {
        Err(ApplicationError::File { error, .. }) => {
            assert_eq!(
                error.to_string(),
                "this is more than `interpose` reads: it has more than 512 MiB"
            );
        }
        other => panic!("{other:?}"),
    }
    let printed = finish(interpose().arg("inspect").arg(&path));
    assert_eq!(printed.status, 2, "{}", printed.stderr);
    assert!(
        printed.stderr.contains("no toolchain is known"),
        "{}",
        printed.stderr
    );
}

/// The imports of a world as WIT, in the form of a custom section.
fn world(imports: &str) -> String {
    format!(
        r#"(component
            (@custom "wit-component-encoding" "\04\00")
            (type $w (component
                (type $c (component {imports}))
                (export "x:y/w" (component (type $c)))))
            (export "w" (type $w)))"#
    )
}

/// An interface with a record, and another whose record contains the first one's.
fn uses(first: &str, second: &str) -> String {
    format!(
        r#"(type $first (instance (type $t (record (field "x" u32))) (export "t" (type (eq $t)))))
           (import "{first}" (instance $i (type $first)))
           (alias export $i "t" (type $t))
           (type $second (instance
               (alias outer 1 $t (type $u))
               (export "t" (type $v (eq $u)))
               (type $r (record (field "y" $v)))
               (export "r" (type (eq $r)))))
           (import "{second}" (instance $j (type $second)))"#
    )
}

#[test]
fn packages_that_use_each_other_are_refused() {
    let third = r#"(alias export $j "r" (type $s))
           (type $third (instance (alias outer 1 $s (type $u)) (export "r" (type (eq $u)))))
           (import "acme:p/c@1.2.3" (instance $k (type $third)))"#;
    let versions = uses("acme:p/a@1.2.3", "acme:p/b@1.2.2");
    for worlds in [
        vec![world(&format!("{versions}{third}"))],
        // None of these sections has a cycle alone.
        vec![
            world(&uses("acme:one/a", "acme:two/b")),
            world(&uses("acme:two/c", "acme:one/d")),
        ],
        vec![
            world(&uses("acme:one/a", "acme:one/b")),
            world(&uses("acme:one/b", "acme:one/a")),
        ],
        // The standard adapter uses the package that uses it.
        vec![world(&uses(
            "wasi:clocks/mine@0.2.12",
            "wasi:io/mine@0.2.12",
        ))],
        // A package that the world imports uses the world's own package.
        vec![world(&uses("x:y/i", "acme:p/b"))],
    ] {
        let worlds: Vec<&str> = worlds.iter().map(String::as_str).collect();
        match read(&described(&worlds)) {
            Err(ApplicationError::Standard(StandardError::Adapt { message })) => {
                assert!(message.contains("uses a package that uses it"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    let usual = world(&uses("acme:p/a@1.2.3", "acme:p/b@1.2.3"));
    read(&described(&[&usual])).expect("packages without a cycle");
    read(&described(&[&world(&versions)])).expect("two versions of a package");
    too_much(
        &[MODULE, &{
            let name = b"\x0ecomponent-type";
            section(0, &[&name[..], &nested_types(0x42, 5_000)].concat())
        }]
        .concat(),
        "more than 100 deep",
    );
}

/// A chain of types, each imported as an alias of the previous one, and instances that have its last link under many
/// names.
fn chained_aliases(links: usize, instances: usize, exports: usize) -> String {
    let chain: String = (1..=links)
        .map(|link| format!("(import \"t{link}\" (type $t{link} (eq $t{})))", link - 1))
        .collect();
    let exports: String = (0..exports)
        .map(|number| format!("(export \"e{number}\" (type (eq $u)))"))
        .collect();
    let types: String = (0..instances)
        .map(|number| {
            format!(
                "(type $i{number} (instance (alias outer 1 $t{links} (type $u)) {exports}))
                 (import \"acme:p/x{number}\" (instance (type $i{number})))"
            )
        })
        .collect();
    format!("(type $t0 (list u8)) {chain} {types}")
}

/// Reading these files takes little time, whether they are refused or not.
#[test]
fn long_chains_of_aliases_take_little_time() {
    let component = format!("(component {})", chained_aliases(9_000, 9, 9_000));
    let _ = read(&wat::parse_str(component).expect("a component"));
    let module = described(&[&world(&chained_aliases(9_000, 9, 9_000))]);
    let _ = read(&module);
}

#[test]
fn worlds_and_versions_beyond_number_are_refused() {
    let one = world(&uses("acme:p/a@1.2.3", "acme:p/b@1.2.3"));
    read(&described(&vec![one.as_str(); 50])).expect("fifty worlds");
    too_much(
        &described(&vec![one.as_str(); 101]),
        "it describes more than 100 worlds",
    );
    let versions: String = (0..101)
        .map(|patch| {
            format!("(type $i{patch} (instance)) (import \"acme:p/a@1.0.{patch}\" (instance (type $i{patch})))")
        })
        .collect();
    too_much(
        &described(&[&world(&versions)]),
        "more than 100 versions of one interface",
    );
}

#[test]
fn modules_with_changed_worlds_are_adapted_or_refused() {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str(
            "app.wit",
            "package test:app@1.0.0;
             interface things {
                 resource thing { constructor(); name: func() -> string; }
                 record pair { one: u32, other: list<string> }
                 swap: func(pair: pair) -> result<pair, string>;
             }
             world app { use things.{pair}; import things; import take: func(pair: pair); export run: func(); }",
        )
        .unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let abi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = dummy_module(&resolve, world, abi);
    let plain = module.len();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut adapted = 0;
    for position in plain..module.len() {
        for change in [0x01, 0x02, 0x10, 0x80, 0xff] {
            let mut changed = module.clone();
            changed[position] ^= change;
            adapted += u32::from(Application::parse(&changed).is_ok());
        }
    }
    assert!(adapted > 0, "no change was harmless");
}

#[test]
fn other_versions_of_the_format_are_called_so() {
    for (header, message, hint) in [
        (
            *b"\0asm\x0e\0\x01\0",
            "this component is in version 14 of the binary format, and `interpose` reads version 13",
            "newer tools",
        ),
        (
            *b"\0asm\x0c\0\x01\0",
            "this component is in version 12 of the binary format, and `interpose` reads version 13",
            "build it again",
        ),
        (
            *b"\0asm\x02\0\0\0",
            "this core module is in version 2 of the binary format, and `interpose` reads version 1",
            "newer tools",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("other.wasm");
        std::fs::write(&path, header).unwrap();
        let printed = finish(interpose().arg("inspect").arg(&path));
        assert_eq!(printed.status, 2);
        assert!(printed.stderr.contains(message), "{}", printed.stderr);
        assert!(printed.stderr.contains(hint), "{}", printed.stderr);
        assert!(!printed.stderr.contains("cut short"), "{}", printed.stderr);
    }
}

/// Exports instances of a WASI stream and of the interface that gives it.
fn exports_again(exports: &str) -> String {
    format!(
        r#"(component
            (import "wasi:io/error@0.2.0" (instance $error
                (export "error" (type $r (sub resource)))
                (export "[method]error.to-debug-string" (func (param "self" (borrow $r)) (result string)))))
            (alias export $error "error" (type $e))
            (import "wasi:io/streams@0.2.0" (instance $streams
                (export "output-stream" (type $o (sub resource)))
                (export "error" (type $error (eq $e)))
                (type $variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
                (export "stream-error" (type $stream-error (eq $variant)))
                (export "[method]output-stream.check-write"
                    (func (param "self" (borrow $o)) (result (result u64 (error $stream-error)))))))
            (alias export $streams "output-stream" (type $stream))
            (import "wasi:cli/stdout@0.2.0" (instance $stdout
                (export "output-stream" (type $s (eq $stream)))
                (export "get-stdout" (func (result (own $s))))))
            {exports})"#
    )
}

#[test]
fn imports_may_be_exported_again() {
    for exports in [
        r#"(export "wasi:cli/stdout@0.2.0" (instance $stdout))"#,
        r#"(export "wasi:io/streams@0.2.0" (instance $streams))"#,
        r#"(export "wasi:cli/stdout@0.2.0" (instance $stdout)) (export "wasi:io/streams@0.2.0" (instance $streams))"#,
        r#"(export "wasi:io/streams@0.2.0" (instance $streams)) (export "wasi:cli/stdout@0.2.0" (instance $stdout))"#,
        r#"(export "acme:my/streams" (instance $streams)) (export "acme:my/stdout" (instance $stdout))"#,
        r#"(export "acme:my/streams" (instance $streams)) (export "acme:my/again" (instance $streams))"#,
        r#"(instance $both (export "streams" (instance $streams)) (export "stdout" (instance $stdout)))
           (export "acme:my/both" (instance $both))"#,
        r#"(alias export $streams "output-stream" (type $t)) (export "t" (type $t))
           (export "acme:my/streams" (instance $streams))"#,
    ] {
        let application = Application::parse(exports_again(exports).as_bytes()).expect("valid");
        let before = Surface::of(application.component()).expect("a surface");
        for policy in [
            "inherit",
            "sandbox",
            "deterministic",
            "read-only",
            "offline",
            "deny",
        ] {
            match COMPOSER.compose(&application, &builtin(policy)) {
                Ok(composition) => {
                    let names = |surface: &Surface| -> Vec<String> {
                        surface
                            .exports
                            .iter()
                            .map(|item| item.name.clone())
                            .collect()
                    };
                    assert_eq!(names(&composition.surface), names(&before), "{policy}");
                    // The resources that the exports use are the same too.
                    for (own, composed) in before.exports.iter().zip(&composition.surface.exports) {
                        assert_eq!(own.uses, composed.uses, "{policy}: {}", own.name);
                        assert_eq!(own.functions, composed.functions, "{policy}: {}", own.name);
                    }
                }
                // Messages that refuse types of an adapter, and types outside interfaces, say exactly that.
                Err(ComposeError::Plan(error)) => {
                    assert!(
                        error.to_string().contains("belong to the adapter"),
                        "{error}"
                    );
                }
                Err(ComposeError::Graph(error)) => {
                    assert!(error.to_string().contains("`t`"), "{policy}: {error}");
                }
                Err(other) => panic!("{policy}: {exports}: {other}"),
            }
        }
    }
}
