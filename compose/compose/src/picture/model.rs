//! A picture as data.

/// A graph of boxes and arrows. Each arrow leads from what imports to what answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// A sentence about the picture.
    pub title: String,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows, at most one between two boxes.
    pub arrows: Vec<Arrow>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The kind of part that it stands for.
    pub kind: NodeKind,
    /// The component of a graph that the part belongs to.
    pub component: Option<String>,
    /// The name of the part.
    pub name: String,
    /// What is to be known about it.
    pub lines: Vec<String>,
}

/// The kind of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// An application, or a component of a graph.
    Application,
    /// An interposer of a policy.
    Interposer,
    /// The adapter that owns `wasi:io`.
    Kernel,
    /// Any other adapter.
    Filter,
    /// The host.
    Host,
}

impl NodeKind {
    /// The word for the kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Interposer => "interposer",
            Self::Kernel => "kernel",
            Self::Filter => "filter",
            Self::Host => "host",
        }
    }
}

/// An arrow from one box to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The position of the box that imports.
    pub from: usize,
    /// The position of the box that answers.
    pub to: usize,
    /// What passes: interfaces, or rules about them.
    pub lines: Vec<String>,
}
