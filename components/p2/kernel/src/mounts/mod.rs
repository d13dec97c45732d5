//! The mounts of the filesystem: what a configuration puts into memory, what is the host's, and what lies under overlays.

mod bake;
mod lower_tree;
mod preopens;

pub use bake::bake;
pub use lower_tree::{LowerTree, lower_stat};
pub use preopens::{Mount, Preopens};

/// Whether there are overlays in this build.
pub const HAS_OVERLAYS: bool = cfg!(feature = "overlay");
