//! Runs a core module on Wasmtime's own preview 1.

use anyhow::Result;
use wasmtime::{Engine, InstancePre, Linker, Module, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx};

use crate::runtime::{Plain, named, text};

/// Wasmtime's own preview 1 for a core module, on one thread as the host of `interpose run` is.
pub struct Core {
    engine: Engine,
    program: InstancePre<WasiP1Ctx>,
}

impl Core {
    /// Compiles a module.
    ///
    /// # Errors
    /// An error when the module is not valid or imports more than preview 1.
    pub fn new(module: &[u8]) -> Result<Self> {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |state: &mut WasiP1Ctx| state)?;
        let module = Module::new(&engine, module)?;
        Ok(Self {
            program: linker.instantiate_pre(&module)?,
            engine,
        })
    }

    /// Runs the module with an empty directory of this machine as `/`, and returns its output.
    ///
    /// # Errors
    /// An error when the program fails.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let directory = tempfile::tempdir()?;
        let stdout = MemoryOutputPipe::new(Plain::MOST_OUTPUT);
        let mut wasi = WasiCtx::builder();
        wasi.args(&named(arguments))
            .stdout(stdout.clone())
            .inherit_stderr()
            .allow_blocking_current_thread(true)
            .preopened_dir(directory.path(), "/", FsPerms::ReadWrite)?;
        let mut store = Store::new(&self.engine, wasi.build_p1());
        let instance = self.program.instantiate(&mut store)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        start.call(&mut store, ())?;
        text(stdout.contents().to_vec())
    }
}
