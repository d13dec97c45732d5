//! The policy language: TOML to a typed [`Policy`], with diagnostics.

mod interface;
pub mod model;

pub use interface::InterfacePattern;
pub use model::Policy;
