//! Nothing is widened: a composition imports no more than its application does, and no more than the policy grants; the
//! audit refuses a composition that was changed.

use std::collections::BTreeSet;

use wasi_interpose::application::Application;
use wasi_interpose::audit::{AuditError, Finding, audit};
use wasi_interpose::compose::{ComposeError, Form};
use wasi_interpose::plan::{Plan, PlanError};
use wasi_interpose::policy::Policy;
use wasi_interpose::resolved::{RefusalReason, Refused};
use wasi_interpose::surface::Surface;
use wasm_encoder::{
    ComponentImportSection, ComponentSection, ComponentTypeRef, ComponentTypeSection, InstanceType,
};
use wasmparser::{Validator, WasmFeatures};

use crate::support::guests::{Target, binary, programs};
use crate::support::tools::{COMPOSER, builtin, builtin_names, dummy, guest, imports, policy};

/// Invariant 1, for each program and each built-in policy: the composition imports nothing that the application does
/// not import, by full name, and exports the same. The plan shows this exactly; a sample is encoded as well.
#[test]
fn nothing_is_widened() {
    for (position, (program, target)) in all_programs().into_iter().enumerate() {
        let application = Application::parse(&binary(&program, target)).expect("an application");
        let surface = Surface::of(application.component()).expect("a surface");
        let before = imports(application.component());
        for (turn, name) in builtin_names().iter().enumerate() {
            let policy = builtin(name);
            let plan = Plan::new(&policy, &surface)
                .unwrap_or_else(|error| panic!("{program} under {name}: {error}"));
            let added: Vec<_> = plan
                .granted
                .keys()
                .filter(|import| !before.contains(*import))
                .collect();
            assert!(
                added.is_empty(),
                "{program} under {name} would import {added:?}"
            );
            if (position + turn) % 7 != 0 {
                continue;
            }
            let composition = COMPOSER
                .compose(&application, &policy)
                .unwrap_or_else(|error| panic!("{program} under {name}: {error}"));
            let after = imports(&composition.component);
            let left: Vec<_> = after
                .iter()
                .filter(|import| !plan.granted.contains_key(*import))
                .collect();
            assert!(left.is_empty(), "{program} under {name} imports {left:?}");
            let exports = |surface: &Surface| -> BTreeSet<String> {
                surface
                    .exports
                    .iter()
                    .map(|item| item.name.clone())
                    .collect()
            };
            assert_eq!(
                exports(&composition.surface),
                exports(&surface),
                "{program} under {name}"
            );
        }
    }
}

fn all_programs() -> Vec<(String, Target)> {
    let of = |target| {
        programs(target)
            .into_iter()
            .map(move |program| (program, target))
    };
    let programs = Target::ALL.into_iter().flat_map(of);
    // This program imports a draft that no adapter answers, so policies that do not name the draft refuse it.
    programs
        .filter(|(program, _)| program != "p2_config_drafts")
        .collect()
}

/// A composition of an application that uses one function of one interface imports no other interface, whatever the
/// policy.
#[test]
fn applications_with_one_import_get_no_other() {
    let world = "wasi:io/poll wasi:io/streams wasi:clocks/monotonic-clock wasi:clocks/wall-clock \
        wasi:filesystem/types wasi:filesystem/preopens wasi:cli/stdin wasi:cli/stdout wasi:cli/stderr \
        wasi:cli/terminal-stdin wasi:cli/terminal-stdout wasi:cli/environment wasi:cli/exit \
        wasi:random/random wasi:random/insecure wasi:random/insecure-seed wasi:sockets/tcp \
        wasi:sockets/instance-network wasi:sockets/ip-name-lookup wasi:http/outgoing-handler";
    for interface in world.split_whitespace() {
        let app = dummy(&format!(
            "package test:app; world app {{ import {interface}@0.2.12; }}"
        ));
        let application = Application::parse(&app).expect("an application");
        let before = imports(&app);
        for name in builtin_names() {
            let composition = COMPOSER
                .compose(&application, &builtin(&name))
                .unwrap_or_else(|error| panic!("{interface} under {name}: {error}"));
            let after = imports(&composition.component);
            let added: BTreeSet<_> = after.difference(&before).collect();
            assert!(added.is_empty(), "{interface} under {name}: {added:?}");
        }
    }
}

/// An import that no adapter answers is left to the host only together with its whole capability.
#[test]
fn what_no_adapter_answers_is_not_left_to_the_host() {
    let every_table = "version = 1\ndefault = \"error\"\n[environment]\n[arguments]\n[network]\n[http]\n\
        [exit]\nmode = \"trap\"\n[clocks]\nmode = \"deny\"\n[random]\nmode = \"deny\"\n[config]\n\
        [stdio]\nstdin = \"closed\"\nstdout = \"discard\"\nstderr = \"discard\"\n[filesystem]\nmounts = []";
    let mut policies: Vec<_> = ["deny", "deterministic"].map(builtin).into();
    policies.push(policy(every_table));
    for (interface, table) in [
        ("wasi:cli/terminal-size@0.2.3", "stdio"),
        ("wasi:clocks/timezone@0.2.0", "clocks"),
        ("wasi:config/other@0.2.0-rc.1", "config"),
        ("wasi:filesystem/watch@0.2.0", "filesystem"),
        ("wasi:http/proxy@0.2.0", "http"),
        ("wasi:io/more@0.2.3", "io"),
        ("wasi:random/more@0.2.3", "random"),
        ("wasi:sockets/raw@0.2.3", "network"),
    ] {
        let parse = |contents: &str| {
            let component = format!(r#"(component (import "{interface}" (instance {contents})))"#);
            Application::parse(component.as_bytes()).expect("an application")
        };
        let application = parse(r#"(export "get" (func (result u32)))"#);
        for policy in &policies {
            match COMPOSER.compose(&application, policy) {
                Err(ComposeError::Plan(PlanError::Unavailable { what, .. })) => {
                    assert!(what.contains(interface), "{what}");
                }
                other => panic!(
                    "{interface}: {:?}",
                    other.map(|composition| composition.plan)
                ),
            }
        }
        // An instance inside the instance can hold functions too.
        let nested = parse(r#"(export "x" (instance (export "get" (func))))"#);
        assert!(COMPOSER.compose(&nested, &builtin("deny")).is_err());
        // An empty instance has nothing to call.
        let empty = COMPOSER.compose(&parse(""), &builtin("deny"));
        assert!(empty.is_ok(), "{interface}: {:?}", empty.err());
        let inherit = COMPOSER.compose(&application, &builtin("inherit"));
        let left = imports(&inherit.expect("a composition").component);
        assert_eq!(left, [interface.to_owned()].into(), "{table}");
    }
    let nested = r#"(component (import "wasi:filesystem/types@0.2.0"
        (instance (export "x" (instance (export "f" (func)))))))"#;
    let nested = Application::parse(nested.as_bytes()).expect("an application");
    assert!(COMPOSER.compose(&nested, &builtin("deny")).is_err());
}

/// An application that imports a capability's interfaces only for their types can call nothing of it, so the adapters
/// that it needs for other capabilities import nothing of it from the host either.
#[test]
fn types_alone_ask_for_no_functions() {
    let stdout = r#"
        (import "wasi:io/error@0.2.0" (instance $e (export "error" (type (sub resource)))))
        (import "wasi:io/poll@0.2.0" (instance $p (export "pollable" (type $t (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $t))))))
        (import "wasi:io/streams@0.2.0" (instance $s (export "output-stream" (type (sub resource)))))
        (alias export $s "output-stream" (type $o))
        (import "wasi:cli/stdout@0.2.0" (instance (alias outer 1 $o (type $h))
            (export "output-stream" (type $x (eq $h))) (export "get-stdout" (func (result (own $x))))))
        (import "wasi:sockets/network@0.2.0" (instance $n (export "network" (type (sub resource)))))
        (alias export $n "network" (type $net))
        (import "wasi:sockets/instance-network@0.2.0" (instance (alias outer 1 $net (type $h))
            (export "network" (type $x (eq $h))) (export "instance-network" (func (result (own $x))))))"#;
    let types = [
        "clocks/monotonic-clock",
        "filesystem/preopens",
        "filesystem/types",
        "http/outgoing-handler",
        "http/types",
        "random/random",
    ];
    let types: String = types
        .iter()
        .map(|name| format!("(import \"wasi:{name}@0.2.0\" (instance))"))
        .collect();
    let component = format!("(component {stdout} {types})");
    let application = Application::parse(component.as_bytes()).expect("an application");
    for default in ["deny", "inherit"] {
        let policy = policy(&format!(
            "version = 1\ndefault = \"{default}\"\n[stdio]\nstdout = \"discard\"\n\
             [network]\nconnect = [\"tcp://192.0.2.1:80\"]\n\
             [[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/etc\"\nsubtree = \"ssl\""
        ));
        let composition = COMPOSER.compose(&application, &policy);
        let composition = composition.unwrap_or_else(|error| panic!("{error}"));
        let surface = Surface::of(&composition.component).expect("a surface");
        for import in &surface.imports {
            let called = ["wasi:io/", "wasi:cli/", "wasi:sockets/"];
            let may_be_called = called
                .iter()
                .any(|package| import.name.starts_with(package));
            assert!(
                import.functions.is_empty() || may_be_called,
                "{} under {default}: {:?}",
                import.name,
                import.functions
            );
        }
    }
}

/// The host is not asked either whether a stream is a terminal if the policy does not pass the stream on.
#[test]
fn a_stream_that_is_denied_is_no_terminal_of_the_host() {
    let component = r#"(component
        (import "wasi:cli/terminal-input@0.2.0" (instance $i (export "terminal-input" (type (sub resource)))))
        (alias export $i "terminal-input" (type $t))
        (import "wasi:cli/terminal-stdin@0.2.0" (instance (alias outer 1 $t (type $h))
            (export "terminal-input" (type $x (eq $h)))
            (export "get-terminal-stdin" (func (result (option (own $x))))))))"#;
    let application = Application::parse(component.as_bytes()).expect("an application");
    let left = |policy: &Policy| {
        let composition = COMPOSER.compose(&application, policy);
        imports(&composition.expect("a composition").component).len()
    };
    assert_eq!(left(&builtin("deny")), 0);
    assert_eq!(
        left(&policy("version = 1\n[stdio]\nstdin = \"inherit\"")),
        2
    );
}

/// Worlds may define types of their own, outside of interfaces. They carry no authority.
#[test]
fn types_of_worlds_are_left_alone() {
    let library = dummy(
        "package test:app;
         world app {
             use wasi:io/streams@0.2.12.{output-stream};
             record point { x: u32, y: u32 }
             resource handle;
             import wasi:random/random@0.2.12;
             export turn: func(point: point) -> point;
             export pass: func(handle: handle) -> handle;
         }",
    );
    let application = Application::parse(&library).expect("an application");
    let before = imports(&library);
    for name in builtin_names() {
        let composition = COMPOSER.compose(&application, &builtin(&name));
        let composition = composition.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(imports(&composition.component).is_subset(&before), "{name}");
        assert_eq!(composition.surface.exports.len(), 2, "{name}");
    }
    // The message names an export that the composer cannot express.
    let component = r#"(component
        (type $p (record (field "x" u32))) (export $point "point" (type $p))
        (core module $m (func (export "f") (param i32))) (core instance $i (instantiate $m))
        (func $f (param "p" $point) (canon lift (core func $i "f"))) (export "f" (func $f)))"#;
    let application = Application::parse(component.as_bytes()).expect("an application");
    let error = COMPOSER.compose(&application, &builtin("inherit"));
    assert_eq!(
        error.map(|_| ()).expect_err("an error").to_string(),
        "the composition could not be encoded: types that are exported outside of interfaces, `point`, cannot be expressed"
    );
}

/// A function with the name of one of WASI's belongs to the interface that exports it.
#[test]
fn functions_are_those_of_their_interfaces() {
    let component = r#"(component
        (import "acme:x/y" (instance (export "exit-with-code" (func))))
        (import "wasi:cli/environment@0.2.0" (instance
            (export "get-environment" (func (result (list (tuple string string)))))))
        (import "wasi:cli/exit@0.2.0" (instance (export "exit" (func (param "status" (result)))))))"#;
    let application = Application::parse(component.as_bytes()).expect("an application");
    let policy = policy("version = 1\ndefault = \"inherit\"\n[environment]");
    let composition = COMPOSER.compose(&application, &policy);
    composition.unwrap_or_else(|error| panic!("{error}"));
}

/// Invariant 2: imports that no table mentions are refused, each by name.
#[test]
fn what_the_policy_never_mentions_is_refused() {
    let app = dummy(
        "package test:app;
         interface billing { pay: func(amount: u32); }
         world app {
             import billing;
             import refund: func(amount: u32);
             import wasi:random/random@0.2.12;
         }",
    );
    let application = Application::parse(&app).expect("an application");
    for name in ["deny", "sandbox", "deterministic"] {
        match COMPOSER.compose(&application, &builtin(name)) {
            Err(ComposeError::Plan(PlanError::Refused(Refused(refusals)))) => {
                let found: Vec<_> = refusals
                    .iter()
                    .map(|r| (r.import.as_str(), &r.reason))
                    .collect();
                let expected = [
                    ("refund", &RefusalReason::NotAnInterface),
                    ("test:app/billing", &RefusalReason::NotAllowed),
                ];
                let as_set: BTreeSet<String> = found.iter().map(|f| format!("{f:?}")).collect();
                assert_eq!(
                    as_set,
                    expected.iter().map(|f| format!("{f:?}")).collect(),
                    "{name}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// The audit refuses a composition with an import that was not planned, whatever the form of its name, and one that
/// lacks or adds exports.
#[test]
fn a_tampered_result_is_refused() {
    let application = guest("fs_create_read");
    let surface = Surface::of(application.component()).expect("a surface");
    let composition = COMPOSER
        .compose(&application, &builtin("sandbox"))
        .expect("a composition");
    let granted = &composition.plan.granted;
    audit(&composition.component, granted, &surface).expect("the result itself");
    for name in [
        "wasi:filesystem/preopens@0.2.0",
        "wasi:filesystem/preopens@0.2.12",
        "wasi:sockets/tcp@0.2.0",
        "wasi:cli/stdout",
        "acme:extra/door",
        "door",
    ] {
        let tampered = with_import(&composition.component, name);
        match audit(&tampered, granted, &surface) {
            Err(AuditError::Differs(findings)) => {
                let import = name.to_owned();
                assert!(
                    findings.contains(&Finding::NotGranted { import }),
                    "{name}: {findings:?}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    // In place of the composition, the audit gets the application with all imports that the adapters should have
    // answered.
    assert!(matches!(
        audit(application.component(), granted, &surface),
        Err(AuditError::Differs(_))
    ));
    let form = Form {
        exposed: true,
        ..Form::default()
    };
    let exposed = COMPOSER
        .compose_as(&application, &builtin("sandbox"), form)
        .expect("a composition");
    match audit(&exposed.component, granted, &surface) {
        Err(AuditError::Differs(findings)) => {
            let extra = |finding: &Finding| matches!(finding, Finding::ExtraExport { .. });
            assert!(findings.iter().all(extra), "{findings:?}");
        }
        other => panic!("{other:?}"),
    }
    let library = guest("cli_hello");
    let none = COMPOSER
        .compose(&library, &builtin("sandbox"))
        .expect("a composition");
    let nothing = wat::parse_str("(component)").expect("a component");
    let surface = Surface::of(library.component()).expect("a surface");
    assert!(matches!(
        audit(&nothing, &none.plan.granted, &surface),
        Err(AuditError::Differs(_))
    ));
    for length in [0, 8, composition.component.len() / 2] {
        let cut = &composition.component[..length];
        assert!(audit(cut, granted, &surface).is_err(), "{length} bytes");
    }
}

/// The component with one more import, of an empty instance, behind all other sections.
fn with_import(component: &[u8], name: &str) -> Vec<u8> {
    let validate = |bytes: &[u8]| {
        Validator::new_with_features(WasmFeatures::all())
            .validate_all(bytes)
            .expect("a component")
    };
    let index = validate(component).as_ref().component_type_count();
    let mut types = ComponentTypeSection::new();
    types.instance(&InstanceType::new());
    let mut imports = ComponentImportSection::new();
    imports.import(name, ComponentTypeRef::Instance(index));
    let mut tampered = component.to_vec();
    types.append_to_component(&mut tampered);
    imports.append_to_component(&mut tampered);
    validate(&tampered);
    tampered
}
