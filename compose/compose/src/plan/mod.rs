//! From a policy and a surface to a plan: which adapters, in which order, each with which configuration, and what
//! answers each import. A plan is a plain value; nothing has been configured or encoded yet.
//!
//! | Module | Holds |
//! | --- | --- |
//! | `model`, `layer`, `layout`, `error` | the plan as data, and why there is none |
//! | `bake` | the files that a mount in memory begins with |
//! | `decide` | which capabilities an application uses, and whether it needs a kernel |
//! | `environment`, `config`, `filesystem`, `network`, `kernel` | the layers for a capability, each with its configuration |
//! | `wire` | what answers each import, and what is left to the host |
//! | `steps` | all of it in order: [`Plan::new`] |

mod bake;
mod config;
mod decide;
mod environment;
mod error;
mod filesystem;
mod kernel;
mod layer;
mod layout;
mod model;
mod network;
mod steps;
mod wire;

pub(crate) use bake::MAX_BYTES;
pub use bake::{BakeError, Baked, BakedKind};
pub use error::{PlanError, Wanted};
pub use layer::{
    KernelPlan, Layer, LayerConfiguration, MountContents, MountPlan, Provider, StdinPlan,
    StdoutPlan, Wire,
};
pub use layout::{APPLICATION, Layout, Role};
pub use model::{Granted, Plan, Warning};
pub use network::header_rules;
