//! What the kernel keeps between calls.

use std::rc::Rc;

use interpose_adapter::state;
use interpose_config::KernelConfig;
use interpose_filesystem::{FileSystem, Root};

use crate::clocks::Time;
use crate::filesystem::{LowerTree, Preopens, bake};
use crate::stdio::{Input, Output};

state! {
    /// The kernel's state. Borrowed for one step at a time, never across a call to an import.
    pub static STATE: Kernel
}

/// What the kernel keeps between calls.
pub struct Kernel {
    /// All memory mounts.
    pub files: FileSystem,
    /// What lies under those of them that are overlays, once the guest has asked for its preopens.
    pub lower: Vec<(Root, Rc<LowerTree>)>,
    /// What the guest's preopens are.
    pub preopens: Rc<Preopens>,
    /// Whether some mount shows files of the host, and its `wasi:filesystem` can therefore be called.
    pub host_files: bool,
    /// Whether `/dev/urandom` may ask the host for bytes.
    pub random_device: bool,
    /// Time.
    pub time: Time,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
}

impl Kernel {
    /// The state that a configuration describes.
    pub fn new(config: KernelConfig<'_>) -> Result<Self, String> {
        let (files, preopens) = bake(&config.filesystem, config.clocks.start())?;
        Ok(Self {
            files,
            lower: Vec::new(),
            host_files: preopens.any_of_host(),
            preopens: Rc::new(preopens),
            random_device: config.random_device,
            time: Time::new(config.clocks, config.wall_clock)?,
            stdin: Input::new(config.stdin),
            stdout: Output::new(config.stdout),
            stderr: Output::new(config.stderr),
        })
    }
}
