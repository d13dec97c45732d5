//! Runs composed components on an embedded Wasmtime, with no more of the host than a policy grants.
//!
//! [`Host`] runs a command, and [`Server`] answers HTTP requests with a component. [`Grant::of`] says what they give to a
//! composition: of what the embedder [offers](Offer), no more than the policy names.
//!
//! ```
//! use interpose_host::{Buffer, Grant, Host, Offer, Outcome, Output};
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let application = Application::read("examples/dice.wat".as_ref())?;
//! let policy = Policy::load("examples/dice.toml")?;
//! // `CompilationCache::of_user()` keeps compiled code between runs.
//! let cache = CompilationCache::disabled();
//! let composition = Composer::new(&cache)?.compose(&application, &policy)?;
//!
//! let host = Host::new(&cache)?;
//! let program = host.compile(&composition.component)?;
//! let stdout = Buffer::default();
//! // `Offer::inherit()` offers the streams and variables of this process.
//! let offer = Offer { stdout: Output::Buffer(stdout.clone()), ..Offer::default() };
//! let grant = Grant::of(&composition.plan, &offer);
//! let finished = host.run(&program, &grant, &[])?;
//! assert!(matches!(finished.outcome, Outcome::Exited(0)));
//! assert_eq!(stdout.contents(), b"rolled 2\n");
//! # Ok(())
//! # }
//! ```
//!
//! # A host that gives no more
//!
//! The adapters hold the policy by themselves, on any host. The host of this crate holds it a second time, as far as a host
//! can: [`Grant`] says how far that is. So an application that somehow came to run without its adapters gets nothing
//! from it that its policy denies:
//!
//! ```
//! use interpose_host::{Grant, Host, Offer, Outcome};
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::plan::Plan;
//! use wasi_interpose::policy::Policy;
//! use wasi_interpose::surface::Surface;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let application = Application::read("examples/dice.wat".as_ref())?;
//! let policy = Policy::load("examples/dice.toml")?;
//! let plan = Plan::new(&policy, &Surface::of(application.component())?)?;
//! let grant = Grant::of(&plan, &Offer::inherit());
//!
//! let host = Host::new(&CompilationCache::disabled())?;
//! let program = host.compile(application.component())?;
//! match host.run(&program, &grant, &[])?.outcome {
//!     Outcome::Trapped(trap) => assert!(trap.message.contains("wasi:random/random")),
//!     Outcome::Exited(_) => panic!("random numbers of the host"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Paths that an application could exchange
//!
//! A policy names paths of this machine. [`Paths`](paths::Paths) finds those that an application could exchange until the next
//! run, and directories that give away more than files.
//!
//! ```
//! use interpose_host::Offer;
//! use interpose_host::paths::Paths;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let policy = Policy::load("examples/dice.toml")?;
//! let mut paths = Paths::of_this_machine();
//! paths.add(None, &policy, &Offer::inherit());
//! paths.check()?;
//! for warning in paths.warnings() {
//!     eprintln!("{warning}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! What a run may take is in [`Grant::limits`], and [`Host::for_grant`] makes a host that can hold it.
//!
//! ```
//! use interpose_host::{Exceeded, Grant, Host, Limit, Limits, Offer, Outcome};
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let application = Application::read("examples/dice.wat".as_ref())?;
//! let policy = Policy::load("examples/dice.toml")?;
//! let cache = CompilationCache::disabled();
//! let composition = Composer::new(&cache)?.compose(&application, &policy)?;
//!
//! let mut grant = Grant::of(&composition.plan, &Offer::default());
//! let fuel = Limit { value: 10, place: "this program".into() };
//! grant.limits = Limits { fuel: Some(fuel), ..Limits::default() };
//! let host = Host::for_grant(&cache, &grant)?;
//! let program = host.compile(&composition.component)?;
//! let outcome = host.run(&program, &grant, &[])?.outcome;
//! assert!(matches!(outcome, Outcome::Exceeded(Exceeded::Fuel(_))));
//! # Ok(())
//! # }
//! ```
//!
//! # Many policies for one application
//!
//! An [open](wasi_interpose::compose::Form::open) composition is compiled once for many policies. [`Grant::configurations`] makes its
//! adapters what they are to be.
//!
//! ```
//! use interpose_host::{Buffer, Grant, Host, Offer, Output};
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::{Composer, Form};
//! use wasi_interpose::policy::Policy;
//! use wasi_interpose::policy::model::Random;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let application = Application::read("examples/dice.wat".as_ref())?;
//! let cache = CompilationCache::disabled();
//! let (composer, host) = (Composer::new(&cache)?, Host::new(&cache)?);
//! let form = Form { open: true, ..Form::default() };
//! let mut compiled = None;
//! for seed in [7, 8] {
//!     let mut policy = Policy::load("examples/dice.toml")?;
//!     policy.random = Some(Random::Seeded(seed));
//!     let composition = composer.compose_as(&application, &policy, form)?;
//!     let stdout = Buffer::default();
//!     let offer = Offer { stdout: Output::Buffer(stdout.clone()), ..Offer::default() };
//!     let mut grant = Grant::of(&composition.plan, &offer);
//!     grant.configurations = composition.configurations;
//!     // It is the same component each time. A cache finds that out by itself.
//!     let program = match compiled.take() {
//!         Some(program) => program,
//!         None => host.compile(&composition.component)?,
//!     };
//!     host.run(&program, &grant, &[])?;
//!     assert!(stdout.contents().starts_with(b"rolled "));
//!     compiled = Some(program);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Several components
//!
//! A [`Graph`](wasi_interpose::graph::Graph) is several components, each under a policy of its own.
//!
//! ```
//! use interpose_host::{Buffer, Grant, Host, Offer, Output};
//! use wasi_interpose::application::Application;
//! use wasi_interpose::graph::Graph;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let launcher = Application::read("examples/launcher.wat".as_ref())?;
//! let dice = Application::read("examples/dice.wat".as_ref())?;
//! let mut graph = Graph::new("launcher");
//! graph.add("launcher", launcher, Policy::load("deny")?);
//! graph.add("dice", dice, Policy::load("examples/dice.toml")?);
//! graph.connect("launcher", "wasi:cli/run", "dice");
//!
//! let cache = CompilationCache::disabled();
//! let assembled = Composer::new(&cache)?.assemble(&graph)?;
//! for import in &assembled.surface.imports {
//!     assert_eq!(assembled.reachable_by(import), ["dice"]);
//! }
//!
//! let stdout = Buffer::default();
//! let offer = Offer { stdout: Output::Buffer(stdout.clone()), ..Offer::default() };
//! let grant = Grant::of_graph(&assembled, &offer)?;
//! let host = Host::new(&cache)?;
//! host.run(&host.compile(&assembled.component)?, &grant, &[])?;
//! assert_eq!(stdout.contents(), b"rolled 2\n");
//! # Ok(())
//! # }
//! ```
//!
//! # Answering HTTP requests
//!
//! A [`Server`] answers requests with a component that exports `wasi:http/incoming-handler`.
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use interpose_host::{Event, Grant, Offer, Server, Stop};
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let cache = CompilationCache::of_user();
//! let application = Application::read("server.wasm".as_ref())?;
//! let policy = Policy::load("policy.toml")?;
//! let composition = Composer::new(&cache)?.compose(&application, &policy)?;
//!
//! let server = Server::new(&cache)?;
//! let program = server.compile(&composition.component)?;
//! let grant = Grant::of(&composition.plan, &Offer::inherit());
//! let service = server.prepare(&program, &grant, &[])?;
//! // `stop.request()` ends it, from any thread.
//! let stop = Stop::new();
//! service.serve(TcpListener::bind("127.0.0.1:8080")?, &stop, |event| {
//!     if let Event::Failed { request, failure } = event {
//!         eprintln!("{request}: {failure}");
//!     }
//! })?;
//! # Ok(())
//! # }
//! ```

mod config;
mod configuring;
mod grant;
mod limits;
mod linking;
mod network;
pub mod paths;
mod requests;
mod save;
mod serve;
mod turns;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use miette::Diagnostic;
use thiserror::Error;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, WasmBacktrace};
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use self::turns::Turns;
use wasi_interpose::adapters::{self, Adapter};
use wasi_interpose::cache::{self, CompilationCache};
use wasi_interpose::configure::ConfigureError;
use wasi_interpose::foreign::apart;
use wasi_interpose::surface::{Surface, SurfaceError};

pub use grant::{Buffer, Directory, Grant, GrantError, Input, Offer, Output};
pub use interpose_policy::model::{Bytes, Limit, Limits};
pub use limits::Exceeded;
pub use network::Network;
pub use requests::Http;
pub use save::{Save, SaveError, Saved};
pub use serve::{Event, Failure, Server, Service, Stop};

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The component ended with this status; 0 is success.
    Exited(i32),
    /// The component trapped.
    Trapped(Trap),
    /// The component was ended, because it exceeded a limit.
    Exceeded(Exceeded),
}

/// Why a component trapped.
#[derive(Debug, Error, Diagnostic)]
#[error("the application trapped: {message}")]
#[diagnostic(code("host::trapped"))]
pub struct Trap {
    /// What the runtime calls it, in one sentence; for an adapter's own traps, why it trapped.
    pub message: String,
    /// The functions on the stack, innermost first, where their names are known.
    pub backtrace: Vec<String>,
}

/// Why a component could not be run, or its files not be saved.
#[derive(Debug, Error, Diagnostic)]
pub enum HostError {
    /// The runtime could not be set up.
    #[error("the runtime could not be started: {0:#}")]
    #[diagnostic(code("host::runtime"))]
    Runtime(wasmtime::Error),
    /// The component could not be compiled.
    #[error("the component could not be compiled: {0:#}")]
    #[diagnostic(code("host::compile"))]
    Compile(wasmtime::Error),
    /// The component could not be instantiated: it asks for something that this host does not give.
    #[error("the component could not be instantiated: {0:#}")]
    #[diagnostic(code("host::instantiate"))]
    Instantiate(wasmtime::Error),
    /// The component is no command.
    #[error("the component exports no `wasi:cli/run` of WASI 0.2, so there is nothing to run")]
    #[diagnostic(
        code("host::not-a-command"),
        help("`interpose compose` works for components that are not commands")
    )]
    NotACommand,
    /// The component handles no requests.
    #[error(
        "the component exports no `wasi:http/incoming-handler` of WASI 0.2, so there is nothing to serve"
    )]
    #[diagnostic(
        code("host::not-a-server"),
        help("`interpose compose` works for components that handle no requests")
    )]
    NotAServer,
    /// The component handles requests of other types than this host's, so that this host cannot call it.
    #[error(
        "the component's `wasi:http/incoming-handler` cannot be called: its requests are of types of its own, not of the host's ({0:#})"
    )]
    #[diagnostic(
        code("host::foreign-requests"),
        help(
            "a server cannot be plugged into what `interpose adapter` writes: `interpose serve --policy` and `interpose compose` put the policy around it"
        )
    )]
    ForeignRequests(wasmtime::Error),
    /// An adapter of an open composition could not be configured.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Configure(ConfigureError),
    /// The component's imports and exports could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Surface(#[from] SurfaceError),
    /// A directory could not be opened for the component.
    #[error("the directory `{}` cannot be opened: {reason}", path.display())]
    #[diagnostic(code("host::directory"), help("check the path and its permissions"))]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The component's files could not be saved.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Save(#[from] SaveError),
    /// The grant has a limit that code has to be compiled for, and this host compiles without.
    #[error("this host does not hold a limit of time or fuel")]
    #[diagnostic(
        code("host::limits"),
        help("make the host, or the server, with `for_grant` and a grant that has the limit")
    )]
    Limits,
}

/// What code is compiled for. Each of these makes it slower, and code that is compiled for one is of no use for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Purpose {
    /// Runs that are the same on every processor.
    deterministic: bool,
    /// Being interrupted.
    interrupted: bool,
    /// Counting fuel.
    fuel: bool,
}

impl Purpose {
    fn of(grant: &Grant) -> Self {
        Self {
            deterministic: grant.deterministic,
            interrupted: grant.limits.timeout.is_some(),
            fuel: grant.limits.fuel.is_some(),
        }
    }

    /// # Errors
    /// [`HostError::Limits`] if code that is compiled for this does not hold these limits.
    fn check(self, limits: &Limits) -> Result<(), HostError> {
        let holds =
            (self.interrupted || limits.timeout.is_none()) && (self.fuel || limits.fuel.is_none());
        match holds {
            true => Ok(()),
            false => Err(HostError::Limits),
        }
    }
}

/// A WebAssembly runtime that runs components of WASI 0.2.
pub struct Host {
    engine: Engine,
    purpose: Purpose,
}

impl Host {
    /// Makes a host that keeps compiled code in `cache`. It runs with grants that have no limit of time or fuel;
    /// [`Host::for_grant`] makes one for those.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> Result<Self, HostError> {
        Self::with(cache, Purpose::default())
    }

    /// Like [`Host::new`], for what a grant has: [`Grant::deterministic`], and limits of time and fuel. Each of them makes
    /// code slower, and has its own in the cache.
    ///
    /// # Errors
    /// As [`Host::new`].
    pub fn for_grant(cache: &CompilationCache, grant: &Grant) -> Result<Self, HostError> {
        Self::with(cache, Purpose::of(grant))
    }

    fn with(cache: &CompilationCache, purpose: Purpose) -> Result<Self, HostError> {
        let mut config = Config::new();
        // Nothing in WASI 0.2 is asynchronous to the component model, and without this each call between components
        // costs ten times as much.
        config.concurrency_support(false);
        config.epoch_interruption(purpose.interrupted);
        config.consume_fuel(purpose.fuel);
        if purpose.deterministic {
            // The runtime decides what WebAssembly leaves to the processor.
            config
                .cranelift_nan_canonicalization(true)
                .relaxed_simd_deterministic(true);
        }
        cache.apply(&mut config);
        Ok(Self {
            engine: Engine::new(&config).map_err(HostError::Runtime)?,
            purpose,
        })
    }

    /// Compiles a component, or takes it from the cache.
    ///
    /// # Errors
    /// [`HostError::Compile`] when the runtime does not take it.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        let surface = Surface::of(component)?;
        let component = apart(|| cache::compile(&self.engine, component))
            .unwrap_or_else(|panic| Err(wasmtime::Error::msg(panic)))
            .map_err(HostError::Compile)?;
        Ok(Program { component, surface })
    }

    /// Runs a command to its end. `saves` says which of its memory files to write out then; the component must
    /// have been composed with its filesystem exposed for that.
    ///
    /// # Errors
    /// [`HostError`] when it could not be started or its files not be saved. A trap is an [`Outcome`].
    pub fn run(
        &self,
        program: &Program,
        grant: &Grant,
        saves: &[Save],
    ) -> Result<Finished, HostError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| HostError::Runtime(e.into()))?;
        runtime.block_on(self.run_async(program, grant, saves))
    }

    async fn run_async(
        &self,
        program: &Program,
        grant: &Grant,
        saves: &[Save],
    ) -> Result<Finished, HostError> {
        let Some(export) = program.run_export() else {
            return Err(HostError::NotACommand);
        };
        let limits = &grant.limits;
        self.purpose.check(limits)?;
        let targets = save::open_targets(saves, &grant.directories)?;
        let mut linker = Linker::<State>::new(&self.engine);
        linking::link(&mut linker, &program.surface, grant).map_err(HostError::Runtime)?;
        let prepared = PreparedGrant::new(grant, Guests::One)?;
        let mut store = Store::new(&self.engine, State::new(&prepared));
        store.data_mut().saving = targets;
        limits::hold(&mut store, limits).map_err(HostError::Runtime)?;
        let turns = limits.timeout.is_some().then(|| {
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            Turns::start(self.engine.clone())
        });
        let leaving = Arc::clone(&store.data().leaving);
        let outcome = {
            let mut call = pin!(call(&linker, &mut store, program, limits, export));
            tokio::select! {
                outcome = call.as_mut() => outcome?,
                exceeded = limits::time_is_over(limits.timeout.as_ref()) => {
                    match leaving.load(Ordering::Acquire) {
                        // It has come to its own end, and its files are being saved.
                        true => call.await?,
                        false => Outcome::Exceeded(exceeded),
                    }
                }
            }
        };
        drop(turns);
        if matches!(outcome, Outcome::Exited(_)) {
            save::save_all(&mut store).await;
        }
        let saved = store.into_data().saved.unwrap_or(Ok(Vec::new()))?;
        Ok(Finished { outcome, saved })
    }
}

/// Makes an instance of a command and calls it.
async fn call(
    linker: &Linker<State>,
    store: &mut Store<State>,
    program: &Program,
    limits: &Limits,
    (interface, function): (String, String),
) -> Result<Outcome, HostError> {
    let instance = linker.instantiate_async(&mut *store, &program.component);
    let instance = match instance.await {
        Ok(instance) => instance,
        Err(error) => return Outcome::while_starting(error, limits, store.data()),
    };
    store.data_mut().instance = Some(instance);
    let run = instance
        .get_export_index(&mut *store, None, &interface)
        .and_then(|outer| instance.get_export_index(&mut *store, Some(&outer), &function))
        .ok_or(HostError::NotACommand)?;
    let run = instance
        .get_typed_func::<(), (Result<(), ()>,)>(&mut *store, &run)
        .map_err(HostError::Instantiate)?;
    Ok(match run.call_async(store, ()).await {
        Ok((result,)) => Outcome::Exited(i32::from(result.is_err())),
        Err(error) => Outcome::of(&error, limits),
    })
}

/// A compiled component.
pub struct Program {
    component: Component,
    surface: Surface,
}

impl Program {
    /// The export that runs a command, in whichever 0.2 version the component has it: interface and function.
    fn run_export(&self) -> Option<(String, String)> {
        let interface = self.surface.wasi_export("wasi:cli/run")?;
        Some((interface.to_owned(), "run".to_owned()))
    }
}

/// A run that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub outcome: Outcome,
    /// What was saved, in the order of the requests; empty after a trap, when nothing can be read any more.
    pub saved: Vec<Saved>,
}

impl Outcome {
    /// How a component ended that a call did not return from.
    fn of(error: &wasmtime::Error, limits: &Limits) -> Self {
        if let Some(I32Exit(status)) = error.downcast_ref() {
            return Self::Exited(*status);
        }
        if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
            return Self::Exceeded(exceeded.clone());
        }
        match (error.downcast_ref::<wasmtime::Trap>(), &limits.fuel) {
            (Some(wasmtime::Trap::OutOfFuel), Some(fuel)) => {
                Self::Exceeded(Exceeded::Fuel(fuel.clone()))
            }
            _ => Self::Trapped(Trap::of(error)),
        }
    }

    /// How a component ended while it was being instantiated, by what its start functions did.
    ///
    /// # Errors
    /// [`HostError::Configure`] when an adapter was not configured, [`HostError::Instantiate`] when the runtime did not
    /// make the instance: that is no end of the component's.
    fn while_starting(
        error: wasmtime::Error,
        limits: &Limits,
        state: &State,
    ) -> Result<Self, HostError> {
        if error.is::<Exceeded>() {
            return Ok(Self::of(&error, limits));
        }
        if let Some(error) = configuring::refused(&error, state.configuring) {
            return Err(error);
        }
        // What happens in a function of the component has its stack; what the runtime does for it, such as copying
        // the contents of its memory, is a trap without one.
        let is_its_own =
            error.is::<I32Exit>() || error.is::<WasmBacktrace>() || error.is::<wasmtime::Trap>();
        match is_its_own {
            true => Ok(Self::of(&error, limits)),
            false => Err(HostError::Instantiate(error)),
        }
    }
}

impl Trap {
    fn of(error: &wasmtime::Error) -> Self {
        let frames = error
            .downcast_ref::<WasmBacktrace>()
            .map(WasmBacktrace::frames)
            .unwrap_or_default();
        let backtrace: Vec<String> = frames
            .iter()
            .filter_map(|frame| Some(frame.func_name()?.to_owned()))
            .collect();
        let own = backtrace.iter().find_map(|name| adapters::reason(name));
        let message = match (own, error.downcast_ref::<wasmtime::Trap>()) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(trap)) => trap.to_string(),
            (None, None) => error.root_cause().to_string(),
        };
        Self { message, backtrace }
    }
}

/// How many guests share a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guests {
    /// One: handing each file operation to another thread would only cost time.
    One,
    /// Several: none may wait for a file while others could go on.
    Several,
}

/// A grant whose directories are open and whose rules are ready to be asked: made once for all stores, whose number is that
/// of the requests to a server. What one instance changes cannot decide which directory the next one gets.
struct PreparedGrant {
    grant: Grant,
    guests: Guests,
    filesystem: WasiFilesystemCtx,
    sockets: Arc<[network::Check]>,
    requests: requests::Requests,
}

impl PreparedGrant {
    fn new(grant: &Grant, guests: Guests) -> Result<Self, HostError> {
        Ok(Self {
            sockets: grant.network.checks(),
            requests: requests::Requests::new(&grant.http),
            filesystem: open(&grant.directories, guests)?,
            guests,
            grant: grant.clone(),
        })
    }
}

/// Opens directories. Clones of the result share what was opened.
fn open(directories: &[Directory], guests: Guests) -> Result<WasiFilesystemCtx, HostError> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.allow_blocking_current_thread(guests == Guests::One);
    for directory in directories {
        let permissions = if directory.read_only {
            FsPerms::ReadOnly
        } else {
            FsPerms::ReadWrite
        };
        wasi.preopened_dir(&directory.path, &directory.name, permissions)
            .map_err(|error| HostError::Directory {
                path: directory.path.clone(),
                reason: error.root_cause().to_string(),
            })?;
    }
    Ok(wasi.build().filesystem().clone())
}

/// What a store holds.
struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    requests: requests::Requests,
    config: config::Values,
    table: ResourceTable,
    /// The instance, once there is one: its exposed filesystem is read when it ends.
    instance: Option<wasmtime::component::Instance>,
    saving: Vec<save::Target>,
    /// Held while files are written, where other components write to the same directories.
    saving_turn: Option<Arc<tokio::sync::Mutex<()>>>,
    /// Whether the component has called `exit`: it does nothing any more, but its files may still be on their way.
    leaving: Arc<AtomicBool>,
    /// What its memories take.
    memory: limits::Memory,
    /// The adapter that is being configured.
    configuring: Option<Adapter>,
    saved: Option<Result<Vec<Saved>, SaveError>>,
}

impl State {
    fn new(prepared: &PreparedGrant) -> Self {
        let grant = &prepared.grant;
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(prepared.guests == Guests::One);
        match &grant.stdin {
            Input::Closed => {}
            Input::Inherit => drop(wasi.inherit_stdin()),
            Input::Bytes(bytes) => drop(wasi.stdin(MemoryInputPipe::new(bytes.clone()))),
        }
        match &grant.stdout {
            Output::Discard => {}
            Output::Inherit => drop(wasi.inherit_stdout()),
            Output::Buffer(buffer) => drop(wasi.stdout(buffer.pipe())),
        }
        match &grant.stderr {
            Output::Discard => {}
            Output::Inherit => drop(wasi.inherit_stderr()),
            Output::Buffer(buffer) => drop(wasi.stderr(buffer.pipe())),
        }
        wasi.args(&grant.arguments).envs(&grant.variables);
        grant.network.apply(&prepared.sockets, &mut wasi);
        let mut wasi = wasi.build();
        *wasi.filesystem() = prepared.filesystem.clone();
        Self {
            wasi,
            http: WasiHttpCtx::new(),
            requests: prepared.requests.clone(),
            config: grant.config.iter().cloned().collect(),
            table: ResourceTable::new(),
            instance: None,
            saving: Vec::new(),
            saving_turn: None,
            leaving: Arc::default(),
            memory: limits::Memory::default(),
            configuring: None,
            saved: None,
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

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.requests,
        }
    }
}
