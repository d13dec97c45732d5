//! Runs the benchmark program in the runtimes and filesystems that are compared.

use anyhow::{Context, Result, bail, ensure};
use interpose_host::{Buffer, Directory, Grant, Host, Outcome, Output, Program};
use tempfile::TempDir;
use wasi_interpose::cache::CompilationCache;
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use crate::guest;

/// The runtime and the filesystem of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// On Wasmtime with its default settings and a directory of this machine.
    Host,
    /// On Wasmtime with the tool's settings and a directory of this machine.
    TunedHost,
    /// On Wasmtime with its default settings and the kernel.
    Kernel,
    /// With the kernel, on the tool's settings, wired.
    TunedKernel,
    /// With the kernel, as `interpose run` runs it: fused with the program.
    Fused,
    /// With the kernel, fused without multiple memories.
    Portable,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 6] = [
        Self::Host,
        Self::TunedHost,
        Self::Kernel,
        Self::TunedKernel,
        Self::Fused,
        Self::Portable,
    ];
}

/// The benchmark program, compiled for every setting.
pub struct Runtimes {
    plain: Plain,
    plain_programs: [InstancePre<State>; 2],
    tuned: Tuned,
    tuned_programs: [Program; 4],
}

impl Runtimes {
    /// Builds the program, composes it and compiles all forms.
    ///
    /// # Errors
    /// An error when one of these steps fails.
    pub fn new() -> Result<Self> {
        let application = guest::build(guest::Target::Wasip2)?;
        let compose = |linking| guest::compose(&application, linking);
        let [composed, fused, portable] = guest::LINKINGS.map(compose);
        let composed = composed?.component;
        let plain = Plain::new(&Config::new())?;
        let tuned = Tuned::new()?;
        Ok(Self {
            plain_programs: [plain.load(&application)?, plain.load(&composed)?],
            tuned_programs: [
                tuned.load(&application)?,
                tuned.load(&composed)?,
                tuned.load(&fused?.component)?,
                tuned.load(&portable?.component)?,
            ],
            plain,
            tuned,
        })
    }

    /// Runs the program with an empty filesystem and returns its output.
    ///
    /// # Errors
    /// An error when the program fails.
    pub fn run(&self, setting: Setting, arguments: &[&str]) -> Result<String> {
        let directory = tempfile::tempdir()?;
        let [host, kernel] = &self.plain_programs;
        let [tuned_host, tuned_kernel, fused, portable] = &self.tuned_programs;
        match setting {
            Setting::Host => text(self.plain.run(host, arguments, Some(&directory))?),
            Setting::Kernel => text(self.plain.run(kernel, arguments, None)?),
            Setting::TunedHost => self.tuned.run(tuned_host, arguments, true),
            Setting::TunedKernel => self.tuned.run(tuned_kernel, arguments, false),
            Setting::Fused => self.tuned.run(fused, arguments, false),
            Setting::Portable => self.tuned.run(portable, arguments, false),
        }
    }
}

pub(crate) fn text(output: Vec<u8>) -> Result<String> {
    String::from_utf8(output).context("the benchmark program printed no text")
}

/// The host of `interpose run`.
pub struct Tuned(Host);

impl Tuned {
    /// A host without a cache.
    ///
    /// # Errors
    /// An error when this machine cannot run WebAssembly.
    pub fn new() -> Result<Self> {
        Ok(Self(Host::new(&CompilationCache::disabled())?))
    }

    /// Compiles a component.
    ///
    /// # Errors
    /// An error when the component is not valid.
    pub fn load(&self, component: &[u8]) -> Result<Program> {
        Ok(self.0.compile(component)?)
    }

    /// Runs a program and returns its output, with an empty directory of this machine as `/` if it is to have one.
    ///
    /// # Errors
    /// An error when the program fails.
    pub fn run(
        &self,
        program: &Program,
        arguments: &[&str],
        has_directory: bool,
    ) -> Result<String> {
        let directory = tempfile::tempdir()?;
        let directory = has_directory.then_some(&directory);
        let stdout = Buffer::default();
        let grant = Grant {
            stdout: Output::Buffer(stdout.clone()),
            stderr: Output::Inherit,
            arguments: named(arguments),
            directories: directory
                .map(|directory| Directory {
                    path: directory.path().to_owned(),
                    name: "/".into(),
                    read_only: false,
                })
                .into_iter()
                .collect(),
            ..Grant::default()
        };
        match self.0.run(program, &grant, &[])?.outcome {
            Outcome::Exited(0) => text(stdout.contents()),
            Outcome::Exited(status) => bail!("the benchmark program ended with status {status}"),
            Outcome::Trapped(trap) => bail!("the benchmark program trapped: {}", trap.message),
            Outcome::Exceeded(exceeded) => bail!("{exceeded}"),
        }
    }
}

/// The arguments of a program, with its name in front.
pub(crate) fn named(arguments: &[&str]) -> Vec<String> {
    let arguments = arguments.iter().map(|argument| argument.to_string());
    std::iter::once("bench".to_owned())
        .chain(arguments)
        .collect()
}

/// Wasmtime with its own WASI, as its documentation shows it.
pub struct Plain {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
}

impl Plain {
    /// The most bytes that a program may print.
    pub(crate) const MOST_OUTPUT: usize = 1 << 20;

    /// A runtime with these settings.
    ///
    /// # Errors
    /// An error when this machine cannot run WebAssembly.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            engine: Engine::new(config)?,
        })
    }

    /// Compiles a component and resolves its imports.
    ///
    /// # Errors
    /// An error when the component is not valid or imports other interfaces than those of WASI.
    pub fn load(&self, component: &[u8]) -> Result<InstancePre<State>> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let component = Component::new(&self.engine, component)?;
        Ok(linker.instantiate_pre(&component)?)
    }

    /// Instantiates a component and drops the instance.
    ///
    /// # Errors
    /// An error when the instantiation traps.
    pub fn instantiate(&self, program: &InstancePre<State>) -> Result<()> {
        let mut store = Store::new(&self.engine, State::new(WasiCtx::builder().build()));
        self.runtime
            .block_on(program.instantiate_async(&mut store))?;
        Ok(())
    }

    fn run(
        &self,
        program: &InstancePre<State>,
        arguments: &[&str],
        directory: Option<&TempDir>,
    ) -> Result<Vec<u8>> {
        let stdout = MemoryOutputPipe::new(Self::MOST_OUTPUT);
        let mut wasi = WasiCtx::builder();
        wasi.args(&named(arguments))
            .stdout(stdout.clone())
            .inherit_stderr();
        if let Some(directory) = directory {
            wasi.preopened_dir(directory.path(), "/", FsPerms::ReadWrite)?;
        }
        let mut store = Store::new(&self.engine, State::new(wasi.build()));
        let command = CommandPre::new(program.clone())?;
        let succeeded = self.runtime.block_on(async {
            let command = command.instantiate_async(&mut store).await?;
            command.wasi_cli_run().call_run(&mut store).await
        })?;
        ensure!(succeeded.is_ok(), "the benchmark program failed");
        Ok(stdout.contents().to_vec())
    }
}

/// The data of a store of [`Plain`].
pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl State {
    fn new(wasi: WasiCtx) -> Self {
        Self {
            wasi,
            table: ResourceTable::new(),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
