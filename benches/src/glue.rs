//! Measures calls between an application and its callee: wired as two components, and as core modules with generated glue
//! in both of its forms.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_interpose::canonical::Types;
use wasi_interpose::link::fuse::glue::{self, Callee, Function, Memories, Resource};
use wasmtime::component::{Component, Linker as ComponentLinker};
use wasmtime::{Config, Engine, Linker, Module, Ref, Store, TypedFunc};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::measurements::Measurements;
use crate::table::{Table, Value};

const FUNCTIONS: &str = include_str!("glue/functions.wit");
const APPLICATION: &str = include_str!("glue/application.wat");
const CALLEE: &str = include_str!("glue/callee.wat");

/// The interface between them.
const INTERFACE: &str = "test:glue/functions";

/// What the application does so many times, and a description.
const CALLS: [(&str, &str); 9] = [
    ("nothing", "no argument, no result"),
    ("inspect", "a handle"),
    ("open-and-drop", "a new handle, and its end"),
    ("stat", "a record as result"),
    ("find", "a handle and a path of 11 bytes"),
    ("read-small", "4 KiB as result"),
    ("read-large", "1 MiB as result"),
    ("write-large", "1 MiB as argument"),
    ("names", "a list of 100 names as result"),
];

/// The least time of the calls in one measurement.
const LEAST: Duration = Duration::from_millis(10);

/// Does something so many times.
type Repeat = Box<dyn FnMut(&str, u32) -> Result<()>>;

/// Measures the calls in all forms, alternating.
///
/// # Errors
/// An error when a program of this measurement is not valid.
pub fn measure(rounds: usize) -> Result<Table> {
    let mut config = Config::new();
    // As `interpose run` does.
    config.concurrency_support(false);
    let engine = Engine::new(&config)?;
    let mut forms = [
        ("wired", wired(&engine)?),
        ("multiple", fused(&engine, Memories::Multiple)?),
        ("portable", fused(&engine, Memories::Portable)?),
    ];
    let mut table = Table::new(
        "Calls between two components, which do nothing themselves",
        &["ratio: portable glue to wired components"],
    );
    for (call, description) in CALLS {
        let mut measured = Measurements::default();
        for _ in 0..rounds {
            for (form, repeat) in &mut forms {
                measured.add(form, per_call(call, repeat)?);
            }
        }
        let [wired, multiple, portable] =
            ["wired", "multiple", "portable"].map(|form| measured.median(form));
        let (wired, portable) = (wired?, portable?);
        table.row(
            format!("{call}: {description}"),
            [
                ("wired", Value::Nanoseconds(wired)),
                ("multiple memories", Value::Nanoseconds(multiple?)),
                ("portable", Value::Nanoseconds(portable)),
                ("ratio", Value::Ratio(portable / wired)),
            ],
        );
    }
    Ok(table)
}

/// The time of one call in nanoseconds. The number of calls doubles until they take long enough.
fn per_call(call: &str, repeat: &mut Repeat) -> Result<f64> {
    let mut count = 1;
    loop {
        let start = Instant::now();
        repeat(call, count)?;
        let elapsed = start.elapsed();
        if elapsed >= LEAST {
            return Ok(elapsed.as_nanos() as f64 / f64::from(count));
        }
        count *= 2;
    }
}

fn wired(engine: &Engine) -> Result<Repeat> {
    let mut graph = CompositionGraph::new();
    let mut instances = Vec::new();
    for (world, text) in [("callee", CALLEE), ("application", APPLICATION)] {
        let name = format!("test:{world}");
        let part = component(world, text)?;
        let package = Package::from_bytes(&name, None, part, graph.types_mut())?;
        let package = graph.register_package(package)?;
        instances.push(graph.instantiate(package));
    }
    let functions = graph.alias_instance_export(instances[0], INTERFACE)?;
    graph.set_instantiation_argument(instances[1], INTERFACE, functions)?;
    for name in CALLS.iter().map(|call| call.0).chain(["start"]) {
        let export = graph.alias_instance_export(instances[1], name)?;
        graph.export(export, name)?;
    }
    let composed = graph.encode(EncodeOptions::default())?;
    let mut store = Store::new(engine, ());
    let component = Component::new(engine, composed)?;
    let instance = ComponentLinker::new(engine).instantiate(&mut store, &component)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "start")?;
    start.call(&mut store, ())?;
    Ok(Box::new(move |call, times| {
        let function = instance.get_typed_func::<(u32,), ()>(&mut store, call)?;
        Ok(function.call(&mut store, (times,))?)
    }))
}

fn component(world: &str, text: &str) -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("functions.wit", FUNCTIONS)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut module = wat::parse_str(text)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode()
}

fn fused(engine: &Engine, memories: Memories) -> Result<Repeat> {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    let module = |bytes: &[u8]| Ok::<_, anyhow::Error>(Module::new(engine, bytes)?);
    // The callee's own handles are what they stand for.
    let same = module(&wat::parse_str(
        r#"(module (func (export "[resource-new]file") (param i32) (result i32) (local.get 0)))"#,
    )?)?;
    let same = linker.instantiate(&mut store, &same)?;
    linker.instance(&mut store, &format!("[export]{INTERFACE}"), same)?;
    let callee = linker.instantiate(&mut store, &module(&wat::parse_str(CALLEE)?)?)?;
    linker.instance(&mut store, "callee", callee)?;

    // As in components, the application's imports go through a table, because glue needs the application's memory.
    let program = module(&wat::parse_str(APPLICATION)?)?;
    let table = module(&wat::parse_str(table(&program)?)?)?;
    let table = linker.instantiate(&mut store, &table)?;
    linker.instance(&mut store, INTERFACE, table)?;
    let application = linker.instantiate(&mut store, &program)?;
    for (from, to) in [("memory", "memory"), ("cabi_realloc", "realloc")] {
        let export = application.get_export(&mut store, from).context(from)?;
        linker.define(&mut store, "application", to, export)?;
    }

    let modules = Glue::new(memories)?;
    let direct = linker.instantiate(&mut store, &module(&modules.direct)?)?;
    linker.instance(&mut store, "direct", direct)?;
    if let Some(copy) = modules.copy {
        let copy = linker.instantiate(&mut store, &module(&copy)?)?;
        linker.instance(&mut store, "copy", copy)?;
    }
    let with_memory = linker.instantiate(&mut store, &module(&modules.with_memory)?)?;
    let table = table.get_table(&mut store, "table").context("the table")?;
    for (index, import) in (0..).zip(program.imports()) {
        let name = import.name();
        let function = direct.get_func(&mut store, name);
        let function = function.or_else(|| with_memory.get_func(&mut store, name));
        table.set(&mut store, index, Ref::Func(function))?;
    }
    let start = application.get_typed_func::<(), ()>(&mut store, "start")?;
    start.call(&mut store, ())?;
    Ok(Box::new(move |call, times| {
        let function: TypedFunc<u32, ()> = application.get_typed_func(&mut store, call)?;
        Ok(function.call(&mut store, times)?)
    }))
}

/// A module with a table, and a function that calls the table's for each import of a program.
fn table(program: &Module) -> Result<String> {
    let mut functions = String::new();
    let imports: Vec<_> = program.imports().collect();
    for (index, import) in imports.iter().enumerate() {
        let ty = import.ty().func().context("a function")?.clone();
        let parameters: String = ty.params().map(|ty| format!("(param {ty})")).collect();
        let results: String = ty.results().map(|ty| format!("(result {ty})")).collect();
        let arguments: String = (0..ty.params().len())
            .map(|local| format!("(local.get {local})"))
            .collect();
        write!(
            functions,
            "(type $t{index} (func {parameters} {results}))
            (func (export {:?}) (type $t{index}) {arguments}
              (call_indirect (type $t{index}) (i32.const {index})))",
            import.name()
        )?;
    }
    let count = imports.len();
    Ok(format!(
        "(module (table (export \"table\") {count} funcref) {functions})"
    ))
}

/// The generated modules.
struct Glue {
    direct: Vec<u8>,
    with_memory: Vec<u8>,
    copy: Option<Vec<u8>>,
}

impl Glue {
    fn new(memories: Memories) -> Result<Self> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("functions.wit", FUNCTIONS)?;
        let interface = resolve.packages[package].interfaces["functions"];
        let mut types = Types::new(&resolve);
        let mut functions = Vec::new();
        for function in resolve.interfaces[interface].functions.values() {
            functions.push(Function {
                export: function.name.clone(),
                callee: format!("{INTERFACE}#{}", function.name),
                post_return: None,
                signature: types.signature(function)?,
            });
        }
        let (with_memory, direct): (Vec<_>, Vec<_>) = functions
            .into_iter()
            .partition(|function| function.signature.needs_memory());
        let resource = Resource {
            drop: "[resource-drop]file".into(),
            destructor: Some(format!("{INTERFACE}#[dtor]file")),
        };
        let callee = Callee {
            memory: "memory".into(),
            realloc: Some("cabi_realloc".into()),
        };
        Ok(Self {
            direct: glue::direct(&direct, &[resource]),
            with_memory: glue::with_memory(&with_memory, &callee, memories),
            copy: (memories == Memories::Portable).then(|| glue::copy(&callee)),
        })
    }
}
