//! Makes a plan from a policy and a surface: the adapters, their order, the configuration of each, and the answer to
//! each import. A plan is a plain value; planning configures and encodes nothing.
//!
//! | Module | Holds |
//! | --- | --- |
//! | `model`, `layer`, `answers`, `layout`, `error` | the plan as data, and its errors |
//! | `bake` | the files that a mount in memory starts with |
//! | `decide` | which capabilities an application uses, and whether it needs a kernel |
//! | `environment`, `config`, `filesystem`, `network`, `responses`, `kernel` | the layers and their configurations |
//! | `p3`, `p3_imports` | the layers for interfaces of WASI 0.3, with the same configurations, and what an application imports of it |
//! | `of_kernel` | what a kernel answers of WASI 0.3 |
//! | `wire` | the answer to each import, and the imports that are left to the host |
//! | `steps` | all of these in order: [`Plan::new`] |

mod answers;
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
mod of_kernel;
mod p3;
mod p3_imports;
mod responses;
mod steps;
mod wire;

pub use answers::{ResponsePlan, ResponsesPlan};
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
