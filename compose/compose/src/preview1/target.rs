//! How a core module becomes a component, and for which host.

/// How a core module for WASI preview 1 becomes a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview1 {
    /// With the adapter of this project.
    Own(Target),
    /// With the standard adapter of Wasmtime, which keeps its state in the program's memory. Modules that describe a
    /// world are always encoded with it, because they lower imports of their own with that memory.
    Standard,
}

impl Default for Preview1 {
    /// With the adapter of this project, for any host.
    fn default() -> Self {
        Self::Own(Target::default())
    }
}

/// What the host of the component has besides the first version of WASI 0.2 and the first version of WebAssembly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Modules may have several memories. Bytes are copied at once then, and not through the arguments of calls.
    pub multi_memory: bool,
    /// `wasi:cli/exit` has `exit-with-code`. Otherwise every failure has the status 1, and a program that can write to
    /// standard error ends with a line there that says the code.
    pub exit_with_code: bool,
}

impl Target {
    /// The host of this project has both.
    pub const OWN_HOST: Self = Self {
        multi_memory: true,
        exit_with_code: true,
    };
}
