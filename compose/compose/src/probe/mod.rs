//! A probe stands between an application and what answers its imports, and sees every call of every interface.
//!
//! It is generated for the application's imports: it imports and exports the same interfaces, with resources of its own in
//! place of those that it imports. [`canonical`] describes their functions and types, and [`module`] generates the core
//! module, which consists of the monitor (the crate `interpose-probe`) and a small function for each function. wit-component
//! does all lifting and lowering.

mod around;
mod canonical;
mod effects;
mod error;
mod module;
mod player;
mod splice;
mod world;

pub use crate::testing::{CONTROL, RUN};
pub(crate) use around::{Injecting, Probing, probed};
pub use around::{Kept, Observed, Player, Probed, SINK, around, probe, replaying};
pub use error::ProbeError;
pub use interpose_calls as calls;
pub use world::{EVENT, PLAYER};
