//! What the kernel keeps between calls.

use std::rc::Rc;

use interpose_adapter::state;
use interpose_filesystem::{FileSystem, Root};
use interpose_settings::KernelConfig;
use interpose_stdio::{StandardInput, StandardOutput};
use interpose_time::Time;

use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::mounts::{LowerTree, Preopens, bake};

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
    pub stdin: StandardInput<StreamError>,
    /// Standard output.
    pub stdout: StandardOutput,
    /// Standard error.
    pub stderr: StandardOutput,
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
            time: Time::new(config.clocks, config.wall_clock).map_err(|error| error.to_string())?,
            stdin: StandardInput::new(config.stdin),
            stdout: StandardOutput::new(config.stdout),
            stderr: StandardOutput::new(config.stderr),
        })
    }
}
