//! The option that says how a core module for WASI preview 1 becomes a component.

use clap::{Args, ValueEnum};
use wasi_interpose::preview1::{Preview1, Target};

/// How a core module for WASI preview 1 becomes a component.
#[derive(Clone, Debug, Default, Args)]
pub struct Preview1Options {
    /// The adapter that makes a component of a core module for WASI preview 1
    #[arg(long, value_enum, value_name = "ADAPTER", display_order = 80)]
    preview1: Option<Adapter>,
}

/// An adapter for WASI preview 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Adapter {
    /// This tool's, for every host of WASI 0.2
    Portable,
    /// This tool's, for hosts with WASI 0.2.12 and modules with several memories
    Newest,
    /// The standard adapter of Wasmtime
    Standard,
}

impl Preview1Options {
    /// The option with this value; without one if there is no such value.
    pub fn named(name: &str) -> Self {
        Self {
            preview1: Adapter::from_str(name, false).ok(),
        }
    }

    /// The value of the option; empty without one.
    pub fn name(&self) -> &'static str {
        match self.preview1 {
            None => "",
            Some(Adapter::Portable) => "portable",
            Some(Adapter::Newest) => "newest",
            Some(Adapter::Standard) => "standard",
        }
    }

    /// The adapter. Unless the option says otherwise, it is this tool's for `target`.
    pub fn adapter(&self, target: Target) -> Preview1 {
        match self.preview1 {
            None => Preview1::Own(target),
            Some(Adapter::Portable) => Preview1::Own(Target::default()),
            Some(Adapter::Newest) => Preview1::Own(Target::OWN_HOST),
            Some(Adapter::Standard) => Preview1::Standard,
        }
    }
}
