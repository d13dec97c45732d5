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

impl From<Link> for Linking {
    fn from(link: Link) -> Self {
        match link {
            Link::Auto => Self::Fused(Memories::Portable),
            Link::Portable => Self::AllFused(Memories::Portable),
            Link::Fused => Self::AllFused(Memories::Multiple),
            Link::Wired => Self::Wired,
        }
    }
}
