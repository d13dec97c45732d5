//! Composes several components, each under its own policy.
//!
//! Each component is planned, configured, encoded and audited alone, as if the others were its host; only then are the
//! results connected. A component therefore reaches only what its own part imports, and no other component's policy
//! changes that. An import that another component answers is not the host's, so the importing component's policy does
//! not decide about it.
//!
//! ```no_run
//! use wasi_interpose::application::Application;
//! use wasi_interpose::graph::Graph;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut graph = Graph::new("app");
//! graph.add("app", Application::read("app.wasm".as_ref())?, Policy::load("sandbox")?);
//! graph.add("markdown", Application::read("markdown.wasm".as_ref())?, Policy::load("deny")?);
//! graph.connect("app", "acme:text/markdown", "markdown");
//! let assembled = Composer::new(&CompilationCache::of_user())?.assemble(&graph)?;
//! for import in &assembled.surface.imports {
//!     println!("{}: {:?}", import.name, assembled.reachable_by(import));
//! }
//! # Ok(())
//! # }
//! ```

mod assemble;
mod connect;
mod error;
mod model;

pub use assemble::{Assembled, AssembledMember};
pub use error::{GraphError, GraphProblem, GraphProblemKind, LoadError, Location, OfComponent};
pub use interpose_policy::graph::HOST;
pub use model::{Graph, Import, Member};
