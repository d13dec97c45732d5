//! Runs composed components on an embedded Wasmtime, with no more of the host than a policy grants.
//!
//! [`Host`] runs a command, and [`Server`] answers HTTP requests with a component. [`Grant::of`] decides what they give
//! to a composition: the part of the embedder's [offer](Offer) that the policy names.
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
//! The adapters enforce the policy on any host. The host of this crate enforces it a second time, as far as a host can;
//! [`Grant`] says how far that is. An application that runs without its adapters, for whatever reason, therefore gets
//! nothing from this host that its policy denies:
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
//!     Outcome::Exceeded(limit) => println!("{limit}"),
//!     Outcome::Exited(_) => panic!("random numbers of the host"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Paths that an application could exchange
//!
//! A policy names paths of this machine. [`Paths`](paths::Paths) finds paths that an application could exchange before
//! the next run, and directories that give access to more than files.
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
//! [`Grant::limits`] limits the time, memory and fuel of a run, and [`Host::for_grant`] makes a host that can enforce
//! the limits.
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
//! An [open](wasi_interpose::compose::Form::open) composition is compiled once for many policies.
//! [`Grant::configurations`] configures its adapters when it is instantiated.
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
//! A [`Graph`](wasi_interpose::graph::Graph) holds several components, each under its own policy.
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
mod error;
mod exceeded;
mod exit;
mod grant;
mod host;
mod last_line;
mod life;
mod limits;
mod linking;
mod linking_p3;
mod memory;
mod network;
mod observing;
mod outcome;
pub mod paths;
mod playing;
mod program;
mod refusals;
mod requests;
mod save;
mod serve;
mod start;
mod state;
mod testing;
mod turns;

pub use error::HostError;
pub use exceeded::Exceeded;
pub use grant::{Buffer, Directory, Grant, GrantError, Input, Offer, Output};
pub use host::{Finished, Host};
pub use interpose_policy::model::{Bytes, Limit, Limits};
pub use life::{Life, Lived, Watch};
pub use network::Network;
pub use observing::{Instance, Observe, Observer};
pub use outcome::{Outcome, Trap};
pub use playing::Player;
pub use program::Program;
pub use refusals::{Refusals, Refused};
pub use requests::Http;
pub use save::model::{Save, SaveError, Saved, Saving};
pub use serve::event::{Event, Failure};
pub use serve::stop::Stop;
pub use serve::{Server, Service};
pub use testing::{Tester, Tests};
