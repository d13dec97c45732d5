//! Composes WebAssembly components with adapters that attenuate WASI, as a policy says.
//!
//! The way from an application to an interposed component:
//!
//! 1. [`Application`](application::Application) reads a component, or a WASI preview 1 module and adapts it.
//! 2. [`Surface`](surface::Surface) is what it imports and exports.
//! 3. [`Plan`](plan::Plan) says which adapters a [`Policy`](policy::Policy) needs for that surface.
//! 4. [`Configurator`](configure::Configurator) turns each adapter into one that needs no configuration any more.
//! 5. [`graph`] wires them around the application with wac-graph.
//! 6. [`audit`] decodes the result and compares it with what the plan grants.
//!
//! [`Composer`](compose::Composer) does all of it; [`Host`](host::Host) runs the result:
//!
//! ```no_run
//! use wasi_interpose::application::Application;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::host::{Grant, Host, Output};
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cache = CompilationCache::of_user();
//! let application = Application::read("app.wasm".as_ref())?;
//! let policy = Policy::load("deterministic")?;
//! let composition = Composer::new(&cache)?.compose(&application, &policy)?;
//!
//! let host = Host::new(&cache)?;
//! let program = host.compile(&composition.component)?;
//! let grant = Grant { stdout: Output::Inherit, ..Grant::default() };
//! let finished = host.run(&program, &grant, &[])?;
//! println!("{:?}", finished.outcome);
//! # Ok(())
//! # }
//! ```

pub mod adapters;
pub mod application;
pub mod assembly;
pub mod audit;
pub mod cache;
pub mod cli;
pub mod compose;
pub mod configure;
pub mod emit;
mod glue;
pub mod graph;
mod guard;
pub mod host;
mod incoming;
pub mod interface;
mod names;
pub mod plan;
mod prune;
mod sections;
mod stub;
pub mod surface;

pub use interpose_policy as policy;
