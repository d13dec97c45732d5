//! A component that is not a program: its host and another component call its own interface through the composition.

use interpose_host::Grant;
use wasi_interpose::application::Application;
use wasi_interpose::graph::Graph;
use wasi_interpose::policy::Policy;
use wasmtime::component::{
    Component, ComponentNamedList, Instance, Lift, Linker, Lower, ResourceTable,
};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::support::tools::{COMPOSER, builtin, guest, imports, policy, run_component};

const LIBRARY: &str = "p2_library";

/// The interface that the library exports.
const MARKS: &str = "test:library/marks@1.0.0";

/// The start of 2026.
const START: u64 = 1_767_225_600;

/// A policy with files in memory and virtual clocks, and nothing else.
const OWN_FILES_AND_TIME: &str = r#"
version = 1
default = "deny"
[[filesystem.mounts]]
path = "/"
source = "memory"
[clocks]
mode = "virtual"
start = 2026-01-01T00:00:00Z
"#;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// An instance of the library, ready for calls.
struct Library {
    store: Store<State>,
    instance: Instance,
}

impl Library {
    fn start(engine: &Engine, component: &[u8]) -> Self {
        let component = Component::new(engine, component).expect("the component compiles");
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).expect("the host is linked");
        let state = State {
            wasi: WasiCtxBuilder::new().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(engine, state);
        let instance = linker.instantiate(&mut store, &component);
        Self {
            instance: instance.expect("an instance"),
            store,
        }
    }

    fn call<P, R>(&mut self, name: &str, parameters: P) -> R
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let (instance, store) = (&self.instance, &mut self.store);
        let marks = instance.get_export_index(&mut *store, None, MARKS);
        let function = instance.get_export_index(&mut *store, marks.as_ref(), name);
        let function = function.unwrap_or_else(|| panic!("`{name}` is exported"));
        let typed = instance.get_typed_func::<P, R>(&mut *store, function);
        let typed = typed.unwrap_or_else(|error| panic!("`{name}`: {error:#}"));
        typed
            .call(store, parameters)
            .unwrap_or_else(|error| panic!("`{name}`: {error:?}"))
    }

    fn add(&mut self, line: &str) -> Result<String, String> {
        self.call::<_, (Result<String, String>,)>("add", (line,)).0
    }

    fn count(&mut self) -> u32 {
        self.call::<_, (u32,)>("count", ()).0
    }

    fn now(&mut self) -> u64 {
        self.call::<_, (u64,)>("now", ()).0
    }
}

fn engine() -> Engine {
    let mut config = Config::new();
    config.concurrency_support(false);
    Engine::new(&config).expect("an engine")
}

#[test]
fn exports_of_a_library_find_what_earlier_calls_left() {
    let composition = COMPOSER
        .compose(&guest(LIBRARY), &policy(OWN_FILES_AND_TIME))
        .unwrap_or_else(|error| panic!("{error}"));
    let left = imports(&composition.component);
    let of_host = ["filesystem", "clocks"];
    assert!(
        !left
            .iter()
            .any(|name| of_host.iter().any(|part| name.contains(part))),
        "{left:?}"
    );
    let engine = engine();
    let mut library = Library::start(&engine, &composition.component);
    assert_eq!(library.count(), 0);
    assert_eq!(library.add("one"), Ok("one\n".into()));
    assert_eq!(library.add("two"), Ok("one\ntwo\n".into()));
    assert_eq!(library.count(), 2);
    assert_eq!(library.now(), START);
    let mut other = Library::start(&engine, &composition.component);
    assert_eq!(other.count(), 0, "instances share their files");
}

#[test]
fn exports_of_a_library_get_errors_where_nothing_is_granted() {
    let composition = COMPOSER
        .compose(&guest(LIBRARY), &builtin("deny"))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut library = Library::start(&engine(), &composition.component);
    library.add("one").expect_err("there are no files");
    assert_eq!(library.count(), 0);
    assert_eq!(library.now(), 0);
}

/// Adds two marks, and succeeds if the library then has two and its time is the start of 2026.
const PROGRAM: &str = r#"(component
    (import "test:library/marks@1.0.0" (instance $marks
        (export "add" (func (param "line" string) (result (result string (error string)))))
        (export "count" (func (result u32)))
        (export "now" (func (result u64)))))
    (core module $memory
        (memory (export "memory") 1)
        (data (i32.const 0) "mark")
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get 3)))))
    (core instance $memory (instantiate $memory))
    (core func $add (canon lower (func $marks "add")
        (memory $memory "memory") (realloc (func $memory "realloc"))))
    (core func $count (canon lower (func $marks "count")))
    (core func $now (canon lower (func $marks "now")))
    (core module $program
        (import "marks" "add" (func $add (param i32 i32 i32)))
        (import "marks" "count" (func $count (result i32)))
        (import "marks" "now" (func $now (result i64)))
        (func (export "run") (result i32)
            (call $add (i32.const 0) (i32.const 4) (i32.const 64))
            (call $add (i32.const 0) (i32.const 4) (i32.const 64))
            (i32.or
                (i32.ne (call $count) (i32.const 2))
                (i64.ne (call $now) (i64.const 1767225600)))))
    (core instance $program (instantiate $program (with "marks" (instance
        (export "add" (func $add)) (export "count" (func $count)) (export "now" (func $now))))))
    (func $run (result (result)) (canon lift (core func $program "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $run)))"#;

#[test]
fn a_library_is_called_by_another_component_under_its_own_policy() {
    let run = |library_policy: Policy| {
        let program = Application::parse(PROGRAM.as_bytes()).expect("a component");
        let mut graph = Graph::new("program");
        graph.add("program", program, builtin("inherit"));
        graph.add("library", guest(LIBRARY), library_policy);
        graph.connect("program", "test:library/marks", "library");
        let assembled = COMPOSER
            .assemble(&graph)
            .unwrap_or_else(|error| panic!("{error}"));
        run_component(&assembled.component, Grant::default()).end
    };
    assert_eq!(run(policy(OWN_FILES_AND_TIME)), "exit 0");
    assert_eq!(run(builtin("deny")), "exit 1");
}
