//! The kernel for tests: `wasi-interpose:testing/control` steers its time and its files.

use std::collections::BTreeSet;

use wasi_interpose::adapters::Adapter;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::configure::Configurator;
use wasi_interpose::plan::{LayerConfiguration, Plan};
use wasi_interpose::surface::Surface;
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Config, Engine, OptLevel, Store};

use crate::support::tools::{cache_directory, dummy, policy};

const CONTROL: &str = "wasi-interpose:testing/control";
const TYPES: &str = "wasi:filesystem/types@0.2.12";
const PREOPENS: &str = "wasi:filesystem/preopens@0.2.12";
const WALL_CLOCK: &str = "wasi:clocks/wall-clock@0.2.12";

const VIRTUAL: &str = r#"
version = 1
extends = "deterministic"
[filesystem]
max-bytes = "10000B"
[[filesystem.mounts]]
path = "/"
source = "memory"
"#;

/// The kernel for tests under a policy, compiled once for all that a test starts.
struct Kernels {
    engine: Engine,
    component: Component,
}

/// A kernel without anything around it.
struct Kernel {
    store: Store<()>,
    instance: Instance,
}

impl Kernels {
    fn new(text: &str) -> Self {
        let application = dummy(
            "package test:app;
             world app {
                 import wasi:filesystem/preopens@0.2.12;
                 import wasi:clocks/monotonic-clock@0.2.12;
                 import wasi:clocks/wall-clock@0.2.12;
             }",
        );
        let surface = Surface::of(&application).expect("a surface");
        let plan = Plan::new(&policy(text), &surface).expect("a plan");
        let kernel = (plan.layers.iter())
            .find(|layer| matches!(layer.configuration, LayerConfiguration::Kernel(_)))
            .expect("the policy needs a kernel");
        let cache = CompilationCache::in_directory(cache_directory());
        let configurator = Configurator::new(&cache).expect("a configurator");
        let sealed = configurator
            .configure(Adapter::KernelTesting, &kernel.configuration.encode())
            .unwrap_or_else(|error| panic!("{error}"));
        // Compiling takes longer than all that the kernel does here.
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::None);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::new(&engine, &sealed).expect("it compiles");
        Self { engine, component }
    }

    fn start(&self) -> Kernel {
        let mut linker = Linker::new(&self.engine);
        linker
            .define_unknown_imports_as_traps(&self.component)
            .expect("imports that trap");
        let mut store = Store::new(&self.engine, ());
        let instance = linker
            .instantiate(&mut store, &self.component)
            .expect("an instance");
        Kernel { store, instance }
    }
}

impl Kernel {
    fn call(&mut self, interface: &str, function: &str, arguments: &[Val]) -> Option<Val> {
        let (store, instance) = (&mut self.store, &self.instance);
        let index = instance.get_export_index(&mut *store, None, interface);
        let index = instance.get_export_index(&mut *store, index.as_ref(), function);
        let function = instance
            .get_func(&mut *store, index.expect("the function is exported"))
            .expect("it is a function");
        let mut results = vec![Val::Bool(false); function.ty(&*store).results().len()];
        function
            .call(&mut *store, arguments, &mut results)
            .expect("it does not trap");
        results.pop()
    }

    /// Calls a function of `control`.
    fn control(&mut self, function: &str, arguments: &[Val]) -> Option<Val> {
        self.call(CONTROL, function, arguments)
    }

    /// Calls a method of a descriptor that succeeds.
    fn method(&mut self, function: &str, arguments: &[Val]) -> Option<Val> {
        let name = format!("[method]descriptor.{function}");
        match self.call(TYPES, &name, arguments) {
            Some(Val::Result(Ok(value))) => value.map(|value| *value),
            other => panic!("{function}: {other:?}"),
        }
    }

    fn root(&mut self) -> Val {
        match self.call(PREOPENS, "get-directories", &[]) {
            Some(Val::List(directories)) => match directories.first() {
                Some(Val::Tuple(fields)) => fields[0].clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn open(&mut self, root: &Val, path: &str, create: bool) -> Option<Val> {
        let flags = |names: &[&str]| Val::Flags(names.iter().map(|name| (*name).into()).collect());
        let create: &[&str] = if create { &["create"] } else { &[] };
        let path = Val::String(path.into());
        let arguments = [
            root.clone(),
            flags(&[]),
            path,
            flags(create),
            flags(&["read", "write"]),
        ];
        match self.call(TYPES, "[method]descriptor.open-at", &arguments) {
            Some(Val::Result(Ok(value))) => value.map(|value| *value),
            _ => None,
        }
    }

    fn durable(&mut self, seed: u64) -> Val {
        self.control("durable", &[Val::U64(seed)])
            .expect("a result")
    }

    fn now(&mut self) -> u64 {
        match self.control("now", &[]) {
            Some(Val::U64(now)) => now,
            other => panic!("{other:?}"),
        }
    }

    fn wall(&mut self) -> (u64, u32) {
        match self.call(WALL_CLOCK, "now", &[]) {
            Some(Val::Record(fields)) => match (&fields[0].1, &fields[1].1) {
                (Val::U64(seconds), Val::U32(nanoseconds)) => (*seconds, *nanoseconds),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}

fn bytes(text: &str) -> Val {
    Val::List(text.bytes().map(Val::U8).collect())
}

#[test]
fn what_is_synced_survives_a_loss_of_power() {
    let kernels = Kernels::new(VIRTUAL);
    let mut kernel = kernels.start();
    let root = kernel.root();
    let file = kernel.open(&root, "a", true).expect("a new file");
    kernel.method("write", &[file.clone(), bytes("contents"), Val::U64(0)]);

    let images: Vec<Val> = (0..32).map(|seed| kernel.durable(seed)).collect();
    let outcomes: BTreeSet<bool> = (images.iter())
        .map(|image| {
            let mut next = kernels.start();
            let restored = next.control("restore", std::slice::from_ref(image));
            assert_eq!(restored, Some(Val::Result(Ok(None))));
            let root = next.root();
            next.open(&root, "a", false).is_some()
        })
        .collect();
    assert_eq!(outcomes.len(), 2, "the file is sometimes there");
    assert_eq!(kernel.durable(3), images[3], "one seed has one outcome");

    kernel.method("sync", std::slice::from_ref(&file));
    kernel.method("sync", std::slice::from_ref(&root));
    let files = kernel.control("files", &[]).expect("a result");
    for seed in 0..32 {
        assert_eq!(kernel.durable(seed), files);
    }
    let mut next = kernels.start();
    next.control("restore", std::slice::from_ref(&files));
    let root = next.root();
    let file = next.open(&root, "a", false).expect("the file");
    let read = next.method("read", &[file, Val::U64(100), Val::U64(0)]);
    let expected = Val::Tuple(vec![bytes("contents"), Val::Bool(false)]);
    assert_eq!(read, Some(expected));
    assert_eq!(next.control("files", &[]), Some(files));
}

#[test]
fn what_cannot_be_restored_is_refused() {
    let refusal = |result: Option<Val>| match result {
        Some(Val::Result(Err(Some(message)))) => match *message {
            Val::String(message) => message,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let mut kernel = Kernels::new(VIRTUAL).start();
    let files = kernel.control("files", &[]).expect("a result");
    let malformed = kernel.control("restore", &[bytes("\u{1}")]);
    assert_eq!(refusal(malformed), "the encoded files are malformed");
    let root = kernel.root();
    let open = kernel.control("restore", &[files]);
    assert!(refusal(open).contains("while a file or a directory is open"));
    let block = kernel.control("disk", &[Val::U32(513), Val::Bool(false)]);
    assert!(refusal(block).contains("513"));
    let block = kernel.control("disk", &[Val::U32(4096), Val::Bool(true)]);
    assert_eq!(block, Some(Val::Result(Ok(None))));
    // On an ordered disk the name is there with the contents, or neither is.
    let file = kernel.open(&root, "a", true).expect("a new file");
    kernel.method("write", &[file.clone(), bytes("x"), Val::U64(0)]);
    kernel.method("sync-data", &[file]);
    let files = kernel.control("files", &[]).expect("a result");
    assert_eq!(kernel.durable(1), files);
}

#[test]
fn virtual_time_is_steered() {
    let mut kernel = Kernels::new(VIRTUAL).start();
    let start = kernel.now();
    kernel.control("advance", &[Val::U64(1_500_000_000)]);
    assert_eq!(kernel.now(), start + 1_500_000_000);
    let (seconds, _) = kernel.wall();
    kernel.control("step", &[Val::S64(-3_600_000_000_000)]);
    let (back, _) = kernel.wall();
    assert!((seconds - 3601..=seconds - 3599).contains(&back), "{back}");
    assert!(kernel.now() < start + 1_600_000_000);

    // Where time is the host's, nothing is asked of the host, and nothing changes.
    let text = "version = 1\n[clocks]\nmode = \"inherit\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"";
    let mut kernel = Kernels::new(text).start();
    kernel.control("advance", &[Val::U64(5)]);
    kernel.control("step", &[Val::S64(5)]);
    assert_eq!(kernel.now(), 0);
}
