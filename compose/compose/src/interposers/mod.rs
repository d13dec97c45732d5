//! Components of the user's own between an application and the adapters, as `[[interpose]]` of a policy names them.
//!
//! The application and its interposers become one component first, a [`Chain`], and that is what is planned: its
//! surface, the decisions, the adapters, the grant and the audit are those of any application.
//!
//! - **Answers.** An import of the application is answered by the nearest interposer that exports the interface, in a
//!   compatible version; an import of an interposer by the nearest one behind it. All other imports are the chain's, and
//!   the policy decides about them.
//! - **Fronts.** An interposer that imports and exports an interface which the application exports stands in front of
//!   the application: the chain's export is the interposer's. The nearest interposer is the innermost.
//! - **Never wider.** The chain exports what the application exports. It may import an interface that the application
//!   does not import only if a table of the policy decides about it; `default` does not.
//!
//! | Module | Does |
//! | --- | --- |
//! | `model` | holds a chain |
//! | `read` | reads the files of a policy |
//! | `connect` | decides which component answers what, by the surfaces alone |
//! | `widen` | refuses imports that only an interposer has and that no table decides about |
//! | `build` | does all of these in order, and encodes and audits the chain |

mod build;
mod connect;
mod error;
mod model;
mod read;
mod widen;

pub use error::{InterposeError, RefusedImport};
pub use model::{Chain, ChainExport, Link, LinkAnswer};
