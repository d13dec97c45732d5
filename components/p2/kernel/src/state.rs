//! The state that the kernel keeps between calls.

use std::rc::Rc;

use interpose_adapter::state;
use interpose_filesystem::Root;
use interpose_settings::KernelConfig;
use interpose_stdio::{StandardInput, StandardOutput};
use interpose_time::Time;

use crate::bindings::exports::wasi::io::streams::StreamError;
#[cfg(feature = "responses")]
use crate::http::answers::Answers;
use crate::mounts::{LowerTree, Preopens, bake};

state! {
    /// The kernel's state. It is borrowed for one step at a time, never across a call to an import.
    pub static STATE: Kernel
}

/// The filesystem in memory. It has a journal where a test may take the power away.
#[cfg(feature = "control")]
pub type FileSystem = interpose_filesystem::JournaledFileSystem;

/// The filesystem in memory.
#[cfg(not(feature = "control"))]
pub type FileSystem = interpose_filesystem::FileSystem;

#[cfg(feature = "control")]
fn kept(files: interpose_filesystem::FileSystem) -> FileSystem {
    files.into()
}

#[cfg(not(feature = "control"))]
fn kept(files: FileSystem) -> FileSystem {
    files
}

/// The state that the kernel keeps between calls.
pub struct Kernel {
    /// All memory mounts.
    pub files: FileSystem,
    /// The lower layers of the overlays, once the guest has asked for its preopens.
    pub lower: Vec<(Root, Rc<LowerTree>)>,
    /// The guest's preopens.
    pub preopens: Rc<Preopens>,
    /// Whether some mount shows files of the host, so that the host's `wasi:filesystem` can be called.
    pub host_files: bool,
    /// Whether `/dev/urandom` may ask the host for bytes.
    pub random_device: bool,
    /// Whether these bytes come from the host's interface of WASI 0.3.
    #[cfg(feature = "p3")]
    pub random_p3: bool,
    /// The clocks.
    pub time: Time,
    /// Whether the host's clock that is asked for the time of files is `wasi:clocks/system-clock`.
    #[cfg(feature = "p3")]
    pub system_clock: bool,
    /// Standard input.
    pub stdin: StandardInput<StreamError>,
    /// Standard output.
    pub stdout: StandardOutput,
    /// Standard error.
    pub stderr: StandardOutput,
    /// The answers to HTTP requests.
    #[cfg(feature = "responses")]
    pub answers: Answers,
}

impl Kernel {
    /// The state that a configuration describes.
    pub fn new(config: KernelConfig<'_>) -> Result<Self, String> {
        #[cfg(not(feature = "responses"))]
        if config.responses.is_some() {
            return Err("this build of the adapter answers no requests".into());
        }
        let (files, preopens) = bake(&config.filesystem, config.clocks.start())?;
        Ok(Self {
            files: kept(files),
            lower: Vec::new(),
            host_files: preopens.any_of_host(),
            preopens: Rc::new(preopens),
            random_device: config.random_device,
            #[cfg(feature = "p3")]
            random_p3: config.random_p3,
            #[cfg(feature = "p3")]
            system_clock: config.system_clock,
            time: Time::new(config.clocks, config.wall_clock).map_err(|error| error.to_string())?,
            stdin: StandardInput::new(config.stdin),
            stdout: StandardOutput::new(config.stdout),
            stderr: StandardOutput::new(config.stderr),
            #[cfg(feature = "responses")]
            answers: Answers::new(config.responses)?,
        })
    }
}
