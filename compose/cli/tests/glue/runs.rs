//! Runs an application and its callee: as two components in Wasmtime, and as core modules with generated glue between
//! them.

use std::sync::LazyLock;

use wac_graph::types::Package as Part;
use wac_graph::{CompositionGraph, EncodeOptions};
use wasi_interpose::link::fuse::glue::{self, Callee, Function, Memories, Resource};
use wasmtime::component::{Component, Linker as ComponentLinker, TypedFunc};
use wasmtime::{Config, Engine, Extern, Func, Instance, Linker, Module, OptLevel, Store, Val};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::WorldId;

use crate::package::{NAME, Package};

/// One engine for all cases.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::None)
        .wasm_component_model_fixed_length_lists(true)
        .wasm_component_model_map(true)
        .wasm_exceptions(true)
        .concurrency_support(false);
    Engine::new(&config).expect("an engine")
});

/// The bytes of both memories after a step: the application's and the callee's.
pub type Dumps = [Vec<u8>; 2];

/// A program that can do steps.
pub trait Run {
    /// Does a step, and returns both memories.
    ///
    /// # Errors
    /// The trap.
    fn step(&mut self, number: u32) -> wasmtime::Result<Dumps>;
}

/// Both as components.
pub struct Wired {
    store: Store<()>,
    step: TypedFunc<(u32,), ()>,
    dumps: [TypedFunc<(), (Vec<u8>,)>; 2],
}

impl Wired {
    /// Both programs as text, the application's first.
    pub fn new(package: &Package, [application, callee]: &[String; 2]) -> Self {
        let application = component(package, package.application, application);
        let callee = component(package, package.callee, callee);
        let composed = compose(callee, application).expect("a composition");
        let component = Component::new(&ENGINE, composed).expect("a component");
        let mut store = Store::new(&ENGINE, ());
        let instance = ComponentLinker::new(&ENGINE)
            .instantiate(&mut store, &component)
            .expect("an instance");
        let dumps = ["dump", "callee-dump"]
            .map(|name| instance.get_typed_func(&mut store, name).expect("a dump"));
        Self {
            step: instance.get_typed_func(&mut store, "step").expect("steps"),
            dumps,
            store,
        }
    }
}

impl Run for Wired {
    fn step(&mut self, number: u32) -> wasmtime::Result<Dumps> {
        self.step.call(&mut self.store, (number,))?;
        let [application, callee] = &self.dumps;
        let application = application.call(&mut self.store, ())?.0;
        Ok([application, callee.call(&mut self.store, ())?.0])
    }
}

fn component(package: &Package, world: WorldId, text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    embed_component_metadata(&mut module, &package.resolve, world, StringEncoding::UTF8)
        .expect("metadata");
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

fn compose(callee: Vec<u8>, application: Vec<u8>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut graph = CompositionGraph::new();
    let instantiate = |graph: &mut CompositionGraph, name: &str, component: Vec<u8>| {
        let package = Part::from_bytes(name, None, component, graph.types_mut())
            .map_err(|error| error.to_string())?;
        let package = graph.register_package(package)?;
        Ok::<_, Box<dyn std::error::Error>>(graph.instantiate(package))
    };
    let callee = instantiate(&mut graph, "test:callee", callee)?;
    let application = instantiate(&mut graph, "test:application", application)?;
    let functions = graph.alias_instance_export(callee, NAME)?;
    graph.set_instantiation_argument(application, NAME, functions)?;
    for (instance, from, to) in [
        (application, "step", "step"),
        (application, "dump", "dump"),
        (callee, "dump", "callee-dump"),
    ] {
        let export = graph.alias_instance_export(instance, from)?;
        graph.export(export, to)?;
    }
    let options = EncodeOptions {
        validate: false,
        ..EncodeOptions::default()
    };
    Ok(graph.encode(options)?)
}

/// Both as core modules.
pub struct Fused {
    store: Store<Targets>,
    application: Instance,
    callee: Instance,
}

/// What the application's imports lead to; they are known after it was instantiated.
#[derive(Default)]
pub struct Targets(Vec<(String, Func)>);

impl Fused {
    /// Both programs as text, the application's first.
    pub fn new(package: &Package, [application, callee]: &[String; 2], memories: Memories) -> Self {
        let mut store = Store::new(&ENGINE, Targets::default());
        let module = |text: &str| {
            let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            Module::new(&ENGINE, bytes).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
        };
        let mut linker = Linker::new(&ENGINE);
        for resource in 0..package.resources {
            for intrinsic in ["new", "rep"] {
                let name = format!("[resource-{intrinsic}]r{resource}");
                linker
                    .func_wrap(&format!("[export]{NAME}"), &name, |rep: i32| rep)
                    .expect("a new name");
            }
        }
        let callee_module = module(callee);
        let callee = linker
            .instantiate(&mut store, &callee_module)
            .expect("a callee");
        // The application's imports, before there is anything behind them.
        let program = module(application);
        let mut linker: Linker<Targets> = Linker::new(&ENGINE);
        for import in program.imports() {
            let ty = import.ty().unwrap_func().clone();
            let name = import.name().to_owned();
            linker
                .func_new(
                    NAME,
                    import.name(),
                    ty,
                    move |mut caller, arguments, results: &mut [Val]| {
                        let targets = &caller.data_mut().0;
                        let target = targets.iter().find(|target| target.0 == name);
                        let target = target.expect("a target").1;
                        target.call(&mut caller, arguments, results)
                    },
                )
                .expect("a new name");
        }
        let application = linker
            .instantiate(&mut store, &program)
            .expect("an application");
        let modules = Glue::new(package, &callee_module, memories);
        modules.instantiate(&mut store, callee, application);
        Self {
            store,
            application,
            callee,
        }
    }
}

impl Run for Fused {
    fn step(&mut self, number: u32) -> wasmtime::Result<Dumps> {
        let step = self
            .application
            .get_typed_func::<u32, ()>(&mut self.store, "step")?;
        step.call(&mut self.store, number)?;
        Ok([self.application, self.callee].map(|instance| {
            // As the component does, so that it is part of what is shown.
            let dump = instance.get_typed_func::<(), u32>(&mut self.store, "dump");
            dump.and_then(|dump| dump.call(&mut self.store, ()))
                .expect("a dump");
            let memory = instance
                .get_memory(&mut self.store, "memory")
                .expect("a memory");
            memory.data(&self.store).to_vec()
        }))
    }
}

/// The generated modules.
struct Glue {
    direct: Vec<u8>,
    with_memory: Vec<u8>,
    copy: Option<Vec<u8>>,
}

impl Glue {
    fn new(package: &Package, callee: &Module, memories: Memories) -> Self {
        let existing = |name: String| callee.get_export(&name).is_some().then_some(name);
        let functions = package.functions.iter().map(|function| Function {
            export: function.name.clone(),
            callee: format!("{NAME}#{}", function.name),
            post_return: existing(format!("cabi_post_{NAME}#{}", function.name)),
            signature: function.signature.clone(),
        });
        let (with_memory, direct): (Vec<_>, Vec<_>) =
            functions.partition(|function| function.signature.needs_memory());
        let resources: Vec<Resource> = (0..package.resources)
            .map(|resource| Resource {
                drop: format!("[resource-drop]r{resource}"),
                destructor: existing(format!("{NAME}#[dtor]r{resource}")),
            })
            .collect();
        let callee = Callee {
            memory: "memory".into(),
            realloc: existing("cabi_realloc".into()),
        };
        Self {
            direct: glue::direct(&direct, &resources),
            with_memory: glue::with_memory(&with_memory, &callee, memories),
            copy: (memories == Memories::Portable).then(|| glue::copy(&callee)),
        }
    }

    fn instantiate(&self, store: &mut Store<Targets>, callee: Instance, application: Instance) {
        let mut linker = Linker::new(&ENGINE);
        let add =
            |linker: &mut Linker<Targets>, store: &mut Store<Targets>, name: &str, bytes: &[u8]| {
                let module =
                    Module::new(&ENGINE, bytes).unwrap_or_else(|error| panic!("{error:?}"));
                let instance = linker
                    .instantiate(&mut *store, &module)
                    .expect("an instance");
                linker
                    .instance(&mut *store, name, instance)
                    .expect("a new name");
                let exports: Vec<(String, Extern)> = instance
                    .exports(&mut *store)
                    .map(|export| (export.name().to_owned(), export.into_extern()))
                    .collect();
                for (name, export) in exports {
                    if let Extern::Func(function) = export {
                        store.data_mut().0.push((name, function));
                    }
                }
            };
        linker
            .instance(&mut *store, "callee", callee)
            .expect("a new name");
        for (from, to) in [("memory", "memory"), ("cabi_realloc", "realloc")] {
            let export = application
                .get_export(&mut *store, from)
                .expect("an export");
            linker
                .define(&mut *store, "application", to, export)
                .expect("a new name");
        }
        add(&mut linker, store, "direct", &self.direct);
        if let Some(copy) = &self.copy {
            add(&mut linker, store, "copy", copy);
        }
        add(&mut linker, store, "glue", &self.with_memory);
    }
}
