//! What nodes and devices there are.

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeType {
    /// A file with contents.
    RegularFile,
    /// A directory.
    Directory,
    /// A symbolic link.
    SymbolicLink,
    /// A device: see [`Device`].
    CharacterDevice,
}

/// Which device a node stands for. The filesystem only remembers it; whoever holds the filesystem performs its input
/// and output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// `/dev/null`: reads end at once, writes vanish.
    Null,
    /// `/dev/zero`: reads give zeroes, writes vanish.
    Zero,
    /// `/dev/urandom`: reads give random bytes, writes vanish.
    Random,
    /// `/dev/stdin`.
    Stdin,
    /// `/dev/stdout`.
    Stdout,
    /// `/dev/stderr`.
    Stderr,
}
