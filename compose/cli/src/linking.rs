//! `--link`: how the parts of a composition become one component.

use clap::ValueEnum;

use wasi_interpose::link::Linking;
use wasi_interpose::link::fuse::glue::Memories;

/// How the parts of a composition become one component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Link {
    /// `portable` where that is possible, and `wired` where it is not
    #[default]
    Auto,
    /// In place of calls between components, functions that need no feature of an engine
    Portable,
    /// The same, faster, for engines with multiple memories
    Fused,
    /// Each part is a component, between which the engine copies values
    Wired,
}

impl Link {
    /// The same in the words of the library.
    pub const fn linking(self) -> Linking {
        match self {
            Self::Auto => Linking::Fused(Memories::Portable),
            Self::Portable => Linking::AllFused(Memories::Portable),
            Self::Fused => Linking::AllFused(Memories::Multiple),
            Self::Wired => Linking::Wired,
        }
    }
}
