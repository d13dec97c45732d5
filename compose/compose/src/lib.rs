//! Composes WebAssembly components with adapters that attenuate WASI, as a policy says.
//!
//! The way from an application to an interposed component:
//!
//! 1. [`Application`](application::Application) reads a component, or a WASI preview 1 module and adapts it.
//! 2. [`Surface`](surface::Surface) holds the component's imports and exports.
//! 3. [`Decisions`](resolved::Decisions) say what the application gets under a [`Policy`](policy::Policy), and
//!    [`Plan`](plan::Plan) says which adapters the application's surface therefore needs.
//! 4. [`Configurator`](configure::Configurator) turns each adapter into a component that needs no configuration.
//! 5. [`link`] wires them around the application with wac-graph.
//! 6. [`audit`] decodes the result and compares it with what the plan grants.
//!
//! [`Composer`](compose::Composer) does all of this. The component that it returns runs on any host of WASI 0.2. The
//! crate `interpose-host` runs the component on Wasmtime, and passes on no more of the host than the policy grants.
//!
//! Every error type says what is wrong and where. Errors are [`miette::Diagnostic`]s, with a code that programs can
//! rely on and, where possible, a hint. A policy can be read from a text, and a plan can be examined before composing:
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
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
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
//! A [`Graph`](graph::Graph) holds several components, each under its own policy.
//!
//! # Without Wasmtime
//!
//! [`Configurator`](configure::Configurator) runs each adapter once in Wasmtime. Without the feature `configure`, which
//! is on by default, the crate does not depend on Wasmtime and offers only the steps before composing: applications,
//! surfaces, plans, [`link`] and [`audit`].

// Without `configure`, a few items are unused.
#![cfg_attr(not(feature = "configure"), allow(dead_code, unused_imports))]

pub mod adapters;
mod aliases;
pub mod application;
pub mod audit;
#[cfg(test)]
mod built;
#[cfg(feature = "configure")]
pub mod cache;
pub mod canonical;
#[cfg(feature = "configure")]
pub mod compose;
pub mod configurations;
#[cfg(feature = "configure")]
pub mod configure;
pub mod denials;
#[cfg(feature = "configure")]
pub mod emit;
pub mod faults;
pub mod foreign;
mod functions;
#[cfg(feature = "configure")]
pub mod graph;
mod http_handler;
#[cfg(feature = "configure")]
pub mod importers;
mod indices;
mod instructions;
pub mod interface;
#[cfg(feature = "configure")]
pub mod interposers;
pub mod link;
mod names;
pub mod p3;
#[cfg(feature = "configure")]
pub mod picture;
pub mod plan;
pub mod preview1;
pub mod probe;
mod prune;
mod replaced;
#[cfg(feature = "configure")]
mod reporter;
pub mod reports;
pub mod resolved;
mod sections;
#[cfg(feature = "configure")]
mod starter;
#[cfg(feature = "configure")]
pub mod step;
#[cfg(feature = "configure")]
mod strip_configure;
mod stub;
pub mod surface;
mod testing;
pub mod wasi;

pub use interpose_policy as policy;
