//! The types of nodes and the devices.

/// The type of a node.
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

/// The device that a node stands for. The filesystem only stores this value; the owner of the filesystem performs the
/// device's input and output.
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
