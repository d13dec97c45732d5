//! What every composition keeps, and attempts to break it: nothing is widened, nothing is left to chance, the same
//! input gives the same bytes, denied is an error, and a configured adapter is sealed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use interpose_host::{Grant, Outcome, Save};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::application::Application;
use wasi_interpose::audit::{AuditError, Finding, audit};
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{ComposeError, Composer};
use wasi_interpose::configure::{Configurator, ConfigureError};
use wasi_interpose::plan::{Plan, PlanError};
use wasi_interpose::policy::Policy;
use wasi_interpose::resolved::{RefusalReason, Refused};
use wasi_interpose::surface::Surface;
use wasm_encoder::{
    ComponentImportSection, ComponentSection, ComponentTypeRef, ComponentTypeSection, InstanceType,
};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::support::guests::{Target, binary, programs};
use crate::tools::{
    COMPOSER, GuestFile, HOST, builtin, builtin_names, cache_directory, dummy, finish, guest,
    imports, interpose, policy, run_component, text,
};

/// Invariant 1, for each program and each policy that is built in: the result imports nothing that the application
/// does not, by full name, and exports the same. Planning is exact about it, and a sample is encoded as well.
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
    Target::ALL.into_iter().flat_map(of).collect()
}

/// An application that uses one function of one interface gets an import of no other interface, whatever the policy.
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

/// What no adapter answers is left to the host only by a policy that leaves all of its capability to it.
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
        // An instance inside is no type either.
        let nested = parse(r#"(export "x" (instance (export "get" (func))))"#);
        assert!(COMPOSER.compose(&nested, &builtin("deny")).is_err());
        // Nothing can be done with an empty one.
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

/// An application that has a capability's interfaces for their types alone can call nothing of it, so the adapters that
/// it needs for other things ask the host for nothing of it either.
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

/// Nor is the host asked about a terminal of a stream that the policy does not pass on.
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
    // What the composer cannot express is named.
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

/// A function called like one of WASI's is still whoever's it is.
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

/// The times of files in memory are those of the clock that the policy gives, also to a program that has no clock.
#[test]
fn files_have_the_times_of_the_clock() {
    let modified = |clocks: &str| {
        let policy = policy(&format!(
            "version = 1\ndefault = \"inherit\"\n[clocks]\n{clocks}\n\
             [[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\""
        ));
        let composition = COMPOSER.compose(&guest("p2_fs_commands"), &policy);
        let arguments = ["program", "write file", "modified file"];
        let grant = Grant {
            arguments: arguments.map(str::to_owned).into(),
            ..Grant::default()
        };
        let ran = run_component(&composition.expect("a composition").component, grant);
        let time = ran
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("modified file: "));
        let (seconds, nanoseconds) = time
            .and_then(|time| time.split_once('.'))
            .unwrap_or_else(|| panic!("{ran:?}"));
        let number = |text: &str| text.parse::<u64>().expect("a number");
        (number(seconds), number(nanoseconds))
    };
    let now = || {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.expect("a time after 1970").as_secs()
    };
    let before = now();
    let (seconds, nanoseconds) = modified("mode = \"coarse\"\nresolution = \"1h\"");
    assert_eq!((seconds % 3600, nanoseconds), (0, 0));
    assert!((before - 3600..=now()).contains(&seconds), "{seconds}");
    let hours = 3600 * 1000;
    let before = now();
    let (seconds, _) = modified("mode = \"offset\"\noffset = \"+1000h\"");
    assert!(
        (before + hours..=now() + hours).contains(&seconds),
        "{seconds}"
    );
}

/// Invariant 2: what no table mentions is refused by name, each import of it.
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

/// A result with an import that was not planned, under any sort of name, does not pass the audit; nor one that lacks
/// or adds exports.
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
    // The application in the place of the result: all that the adapters should have answered.
    assert!(matches!(
        audit(application.component(), granted, &surface),
        Err(AuditError::Differs(_))
    ));
    let exposed = COMPOSER
        .compose_exposed(&application, &builtin("sandbox"))
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

/// The component with one more import, of an empty instance, behind everything else.
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

/// Invariant 3: the same bytes from the library with and without a cache, and from another process; whatever the order
/// in which the files of a mount were made.
#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (
        directory_with(&["b", "a", "c"]),
        directory_with(&["c", "b", "a"]),
    );
    let app = GuestFile::new("fs_read_only");
    let application = guest("fs_read_only");
    let with = |directory: &Path| {
        let text = format!(
            "version = 1\nextends = \"sandbox\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = {:?}\n",
            text(directory)
        );
        policy(&text)
    };
    let expected = COMPOSER
        .compose(&application, &with(first.path()))
        .expect("a composition")
        .component;
    let again = COMPOSER
        .compose(&application, &with(second.path()))
        .expect("a composition")
        .component;
    assert!(
        expected == again,
        "the order in which files are made changes the result"
    );
    let cold = tempfile::tempdir().expect("a temporary directory");
    for cache in [
        CompilationCache::disabled(),
        CompilationCache::in_directory(cold.path().to_owned()),
        CompilationCache::in_directory(cold.path().to_owned()),
    ] {
        let composer = Composer::new(&cache).expect("a composer");
        let found = composer
            .compose(&application, &with(second.path()))
            .expect("a composition")
            .component;
        assert!(expected == found, "the cache changes the result: {cache:?}");
    }
    let out = text(&cold.path().join("out.wasm"));
    let mount = format!("/={}", text(second.path()));
    let mut outputs = Vec::new();
    for _ in 0..2 {
        let printed = finish(interpose().current_dir(cold.path()).args([
            "compose",
            &app.path(),
            "-p",
            "sandbox",
            "--mount",
            &mount,
            "-o",
            &out,
        ]));
        assert_eq!(printed.status, 0, "{printed:?}");
        outputs.push(fs::read(&out).expect("the result"));
    }
    assert!(outputs[0] == outputs[1], "two processes disagree");
}

fn directory_with(names: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in names {
        let below = directory.path().join(name);
        fs::create_dir(&below).expect("a directory");
        for name in names {
            fs::write(below.join(name), "contents").expect("a file");
        }
    }
    directory
}

/// The same run, each time in a process of its own and at another time.
#[test]
fn deterministic_runs_are_the_same() {
    for program in [
        "demo",
        "random_hash_map",
        "random_print",
        "p2_time_clocks",
        "p2_random_seeded",
    ] {
        let app = GuestFile::new(program);
        let run = |clutter: &str| {
            let mut command = interpose();
            command.env("CLUTTER", clutter);
            let printed = finish(command.args(["run", &app.path(), "-p", "deterministic"]));
            assert_eq!(printed.status, 0, "{program}: {printed:?}");
            (printed.stdout, printed.stderr)
        };
        let first = run("");
        assert!(!first.0.is_empty(), "{program} prints nothing");
        assert_eq!(first, run("more of it"), "{program}");
    }
}

/// What was composed is an application like any other.
#[test]
fn compositions_are_composed_again() {
    let application = guest("fs_create_read");
    let compose = |application: &Application, name: &str| {
        let composition = COMPOSER
            .compose(application, &builtin(name))
            .expect("a composition");
        Application::parse(&composition.component).expect("a component")
    };
    let expected = run_component(
        compose(&application, "sandbox").component(),
        Grant::default(),
    );
    let mut again = application;
    for name in ["sandbox", "memory-filesystem", "inherit", "deterministic"] {
        let before = imports(again.component());
        again = compose(&again, name);
        assert!(imports(again.component()).is_subset(&before), "{name}");
    }
    assert_eq!(run_component(again.component(), Grant::default()), expected);
}

/// Invariant 4: what is denied is answered with the error that WASI names. Programs run to their end.
#[test]
fn denied_is_an_error() {
    let denied = |program: &str, text: &str| {
        let composition = COMPOSER
            .compose(&guest(program), &policy(text))
            .expect("a composition");
        let ran = run_component(&composition.component, Grant::default());
        assert_eq!(ran.end, "exit 0", "{program}: {ran:?}");
        ran.stdout
    };
    let base = "version = 1\ndefault = \"deny\"\n[stdio]\nstdout = \"inherit\"\n";
    let output = denied("p2_network_refused", base);
    assert!(output.contains("look up: access-denied"), "{output}");
    assert!(!output.contains("allowed"), "{output}");
    let output = denied("p2_http_refused", base);
    assert!(output.to_lowercase().contains("denied"), "{output}");
    let output = denied("fs_create_read", base);
    assert!(output.contains("write: error: "), "{output}");
    assert!(output.contains("read: error: "), "{output}");
    let mount =
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\naccess = \"read-only\"\n";
    let output = denied("fs_create_read", &format!("{base}{mount}"));
    assert!(
        output.contains("write: error: Operation not permitted"),
        "{output}"
    );
    let quota = format!(
        "{base}[filesystem]\nmax-bytes = \"3B\"\n{}",
        mount.replace("read-only", "read-write")
    );
    let output = denied("fs_create_read", &quota);
    // The program's library knows of a failed stream only that it failed.
    assert!(output.starts_with("write: error: I/O error"), "{output}");
    assert_eq!(denied("cli_echo", base), "\n0 bytes\n");
    let output = denied("env_variables", base);
    assert_eq!(output, "EMPTY Err(NotPresent)\nMISSING Err(NotPresent)\n");
    assert_eq!(denied("env_arguments", base), "");
}

/// Invariant 5: an adapter that was configured needs nothing of its host to know its policy.
#[test]
fn a_sealed_composition_runs_on_an_empty_host() {
    let sealed = policy(
        "version = 1
         default = \"deny\"
         [environment]
         set = { GREETING = \"hello\" }
         [stdio]
         stdin = { text = \"in\" }
         stdout = \"discard\"
         [[filesystem.mounts]]
         path = \"/\"
         source = \"memory\"
         [clocks]
         mode = \"virtual\"
         start = 2026-01-01T00:00:00Z
         tick = \"1us\"
         [random]
         mode = \"seeded\"
         seed = 1",
    );
    for program in [
        "fs_create_read",
        "demo",
        "env_variables",
        "cli_echo",
        "random_bytes",
    ] {
        let composition = COMPOSER
            .compose_exposed(&guest(program), &sealed)
            .expect("a composition");
        assert_eq!(
            imports(&composition.component),
            BTreeSet::new(),
            "{program}"
        );
        let is_configure = |name: &str| name.contains("configure");
        assert!(
            !composition
                .surface
                .exports
                .iter()
                .any(|item| is_configure(&item.name))
        );
        let compiled = HOST
            .compile(&composition.component)
            .expect("the component compiles");
        let saved = tempfile::tempdir().expect("a temporary directory");
        let request = Save {
            from: "/".into(),
            to: saved.path().to_owned(),
        };
        let finished = HOST
            .run(&compiled, &Grant::default(), &[request])
            .expect("it starts");
        assert!(
            matches!(finished.outcome, Outcome::Exited(0)),
            "{program}: {:?}",
            finished.outcome
        );
        if program == "fs_create_read" {
            assert_eq!(
                fs::read(saved.path().join("a.txt")).expect("a file"),
                b"second"
            );
        }
    }
}

/// Bytes that are no configuration are refused by the adapter, in words, and do not make it trap.
#[test]
fn damaged_configurations_are_refused() {
    let configurator = Configurator::new(&CompilationCache::in_directory(
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
    ))
    .expect("a configurator");
    let app = dummy(
        "package test:app;
         world app {
             import wasi:filesystem/preopens@0.2.12;
             import wasi:clocks/monotonic-clock@0.2.12;
             import wasi:clocks/wall-clock@0.2.12;
             import wasi:cli/environment@0.2.12;
             import wasi:random/random@0.2.12;
             import wasi:cli/stdout@0.2.12;
             import wasi:cli/exit@0.2.12;
         }",
    );
    let surface = Surface::of(&app).expect("a surface");
    let mut seen = BTreeSet::new();
    for text in [
        "version = 1\nextends = \"deterministic\"",
        "version = 1\ndefault = \"inherit\"\n[clocks]\nmode = \"offset\"\noffset = \"1h\"",
    ] {
        let plan = Plan::new(&policy(text), &surface).expect("a plan");
        for layer in &plan.layers {
            seen.insert(layer.adapter);
            let whole = layer.configuration.encode();
            let refused =
                |bytes: &[u8], must: bool| match configurator.configure(layer.adapter, bytes) {
                    Err(ConfigureError::Refused { reason, .. }) => assert!(!reason.is_empty()),
                    Err(error) => panic!("{} traps on {bytes:?}: {error}", layer.adapter),
                    Ok(_) => assert!(!must, "{} accepts {bytes:?}", layer.adapter),
                };
            refused(&whole, false);
            (0..whole.len()).for_each(|length| refused(&whole[..length], true));
            refused(&[whole.as_slice(), b"more"].concat(), true);
            refused(&[0xff; 64], true);
            for position in 0..whole.len() {
                for byte in [0x00, 0x7f, 0xff] {
                    let mut changed = whole.clone();
                    changed[position] = byte;
                    refused(&changed, false);
                }
            }
        }
    }
    assert!(
        seen.contains(&Adapter::Kernel) && seen.len() >= 4,
        "{seen:?}"
    );
}

/// The bodies of functions, in all modules of a component, that do nothing but trap.
fn traps_alone(component: &[u8]) -> usize {
    let payloads = Parser::new(0).parse_all(component);
    let bodies = payloads.filter_map(|payload| match payload.expect("a section") {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    bodies
        .filter(|body| body.as_bytes() == [0x00, 0x00, 0x0b])
        .count()
}

#[test]
fn configured_adapters_cannot_be_configured_again() {
    let application = dummy(
        "package test:app;
         world app {
             import wasi:filesystem/preopens@0.2.12;
             import wasi:clocks/wall-clock@0.2.12;
             import wasi:cli/environment@0.2.12;
             import wasi:random/random@0.2.12;
             import wasi:sockets/tcp-create-socket@0.2.12;
             import wasi:http/outgoing-handler@0.2.12;
         }",
    );
    let text = r#"
version = 1
default = "inherit"
[environment]
inherit = ["LANG"]
[[filesystem.mounts]]
path = "/"
source = "memory"
[random]
mode = "seeded"
seed = 1
[network]
connect = ["tcp://localhost:80"]
[http]
allow = ["http://localhost/*"]
"#;
    let surface = Surface::of(&application).expect("a surface");
    let plan = Plan::new(&policy(text), &surface).expect("a plan");
    let configurator = Configurator::new(&CompilationCache::in_directory(cache_directory()));
    let configurator = configurator.expect("a configurator");
    let engine = Engine::default();
    for layer in &plan.layers {
        let (adapter, whole) = (layer.adapter, layer.configuration.encode());
        let configured = configurator.configure(adapter, &whole);
        let configured = configured.unwrap_or_else(|error| panic!("{error}"));
        let removed = traps_alone(&configured) - traps_alone(adapter.component());
        assert!(removed > 0, "{adapter}");

        let component = Component::new(&engine, &configured).expect("it compiles");
        let mut linker = Linker::new(&engine);
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("imports that trap");
        let mut store = Store::new(&engine, ());
        let instance = linker
            .instantiate(&mut store, &component)
            .expect("an instance");
        let configure = instance
            .get_typed_func::<(&[u8],), (Result<(), String>,)>(&mut store, "configure")
            .expect("the function is still exported");
        let error = configure
            .call(&mut store, (&whole,))
            .expect_err("it was configured before");
        let trap = error.downcast_ref::<wasmtime::Trap>();
        assert_eq!(
            trap,
            Some(&wasmtime::Trap::UnreachableCodeReached),
            "{adapter}: {error:?}"
        );
    }
    let adapters: BTreeSet<Adapter> = plan.layers.iter().map(|layer| layer.adapter).collect();
    assert!(adapters.len() >= 5, "{adapters:?}");
}

/// What was configured for another version of the tool, or for another adapter, is refused.
#[test]
fn configurations_are_for_one_adapter_and_version() {
    let surface = Surface::of(&dummy(
        "package test:app; world app { import wasi:random/random@0.2.12; }",
    ))
    .expect("a surface");
    let plan = Plan::new(&builtin("deterministic"), &surface).expect("a plan");
    let whole = plan.layers[0].configuration.encode();
    let configurator = Configurator::new(&CompilationCache::disabled()).expect("a configurator");
    let mut newer = whole.clone();
    newer[0] = newer[0].wrapping_add(1);
    assert!(matches!(
        configurator.configure(plan.layers[0].adapter, &newer),
        Err(ConfigureError::Refused { .. })
    ));
}
