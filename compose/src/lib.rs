//! Composes WebAssembly components with adapters that attenuate WASI, as a policy says.
//!
//! The way from an application to an interposed component:
//!
//! 1. [`Application`](application::Application) reads a component, or a WASI preview 1 module and adapts it.
//! 2. [`Surface`](surface::Surface) is what it imports and exports.
//! 3. [`Decisions`](resolved::Decisions) are what the application gets under a [`Policy`](policy::Policy), and
//!    [`Plan`](plan::Plan) says which adapters that needs for its surface.
//! 4. [`Configurator`](configure::Configurator) turns each adapter into one that needs no configuration any more.
//! 5. [`link`] wires them around the application with wac-graph.
//! 6. [`audit`] decodes the result and compares it with what the plan grants.
//!
//! [`Composer`](compose::Composer) does all of it, [`Host`](host::Host) runs the result on an embedded Wasmtime, and
//! [`Grant::of`](host::Grant::of) says what that host has to give for it: of what is [offered](host::Offer), no more than
//! the policy names.
//!
//! ```
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::host::{Buffer, Grant, Host, Offer, Outcome, Output};
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
//! The component can be written to a file as well, and run by any other host of WASI 0.2.
//!
//! # Step by step
//!
//! A policy can be made of a text, and a plan be looked at before anything is composed. Every error is a type of its own
//! that says what is wrong where.
//!
//! ```
//! use wasi_interpose::application::Application;
//! use wasi_interpose::audit::audit;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::{ComposeError, Composer};
//! use wasi_interpose::plan::{Plan, PlanError};
//! use wasi_interpose::policy::Policy;
//! use wasi_interpose::surface::Surface;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let application = Application::read("examples/dice.wat".as_ref())?;
//! let surface = Surface::of(application.component())?;
//! let text = r#"
//!     version = 1
//!     default = "error"
//!     [random]
//!     mode = "seeded"
//!     seed = 7
//! "#;
//! let policy = Policy::parse("dice.toml", text, None)?;
//! // The policy says nothing about standard output and what else the application imports.
//! let Err(PlanError::Refused(refused)) = Plan::new(&policy, &surface) else {
//!     panic!("there is a plan");
//! };
//! assert!(refused.0.iter().any(|refusal| refusal.import.starts_with("wasi:cli/stdout@")));
//!
//! // So it needs a default: everything else is the host's.
//! let policy = Policy::parse("dice.toml", &text.replace("error", "inherit"), None)?;
//! let plan = Plan::new(&policy, &surface)?;
//! let adapters: Vec<&str> = plan.layers.iter().map(|layer| layer.adapter.name()).collect();
//! assert_eq!(adapters, ["random"]);
//! assert!(plan.grants("wasi:cli/stdout") && !plan.grants("wasi:random/random"));
//!
//! // What is composed has that plan, and was audited; anybody can do so again.
//! let composition = Composer::new(&CompilationCache::disabled())?.compose(&application, &policy)?;
//! assert_eq!(composition.plan, plan);
//! audit(&composition.component, &plan.granted, &surface)?;
//! # Ok(())
//! # }
//! ```
//!
//! # A host that gives no more
//!
//! The adapters hold the policy by themselves, on any host. The host of this crate holds it a second time, as far as a host
//! can: [`host::Grant`] says how far that is. So an application that somehow came to run without its adapters gets nothing
//! from it that its policy denies:
//!
//! ```
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::host::{Grant, Host, Offer, Outcome};
//! use wasi_interpose::plan::Plan;
//! use wasi_interpose::policy::Policy;
//! use wasi_interpose::surface::Surface;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
//! use wasi_interpose::host::Offer;
//! use wasi_interpose::paths::Paths;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
//! # Without a runtime
//!
//! Without the feature `runtime`, which is on by default, there is what comes before running: applications, surfaces, plans,
//! [`link`] and [`audit`]. The crate does not depend on Wasmtime then.
//!
//! # Several components
//!
//! An [`Assembly`](assembly::Assembly) is several components, each under a policy of its own.
//!
//! ```
//! use wasi_interpose::application::Application;
//! use wasi_interpose::assembly::Assembly;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::host::{Buffer, Grant, Host, Offer, Output};
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let launcher = Application::read("examples/launcher.wat".as_ref())?;
//! let dice = Application::read("examples/dice.wat".as_ref())?;
//! let mut assembly = Assembly::new("launcher");
//! assembly.add("launcher", launcher, Policy::load("deny")?);
//! assembly.add("dice", dice, Policy::load("examples/dice.toml")?);
//! assembly.connect("launcher", "wasi:cli/run", "dice");
//!
//! let cache = CompilationCache::disabled();
//! let assembled = Composer::new(&cache)?.assemble(&assembly)?;
//! for import in &assembled.surface.imports {
//!     assert_eq!(assembled.reachable_by(import), ["dice"]);
//! }
//!
//! let stdout = Buffer::default();
//! let offer = Offer { stdout: Output::Buffer(stdout.clone()), ..Offer::default() };
//! let grant = Grant::of_assembly(&assembled, &offer)?;
//! let host = Host::new(&cache)?;
//! host.run(&host.compile(&assembled.component)?, &grant, &[])?;
//! assert_eq!(stdout.contents(), b"rolled 2\n");
//! # Ok(())
//! # }
//! ```
//!
//! # Answering HTTP requests
//!
//! A [`Server`](host::Server) answers requests with a component that exports `wasi:http/incoming-handler`.
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::host::{Event, Grant, Offer, Server, Stop};
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
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

// Without `runtime`, a few items are unused.
#![cfg_attr(not(feature = "runtime"), allow(dead_code, unused_imports))]

pub mod adapters;
mod aliases;
pub mod application;
#[cfg(feature = "runtime")]
pub mod assembly;
pub mod audit;
#[cfg(feature = "runtime")]
pub mod cache;
#[cfg(feature = "runtime")]
pub mod cli;
#[cfg(feature = "runtime")]
pub mod compose;
#[cfg(feature = "runtime")]
pub mod configure;
#[cfg(feature = "runtime")]
pub mod emit;
mod foreign;
#[cfg(feature = "runtime")]
pub mod host;
mod http_handler;
mod http_types_shim;
mod instructions;
pub mod interface;
pub mod link;
mod names;
#[cfg(feature = "runtime")]
pub mod paths;
pub mod plan;
mod prune;
pub mod resolved;
mod sections;
#[cfg(feature = "runtime")]
mod strip_configure;
mod stub;
pub mod surface;
pub mod wasi;

pub use foreign::Limit;
pub use interpose_policy as policy;
