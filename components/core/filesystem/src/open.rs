//! Opening and creating files.

use crate::{
    Access, Descriptor, Error, FileSystem, NodeType, Timestamp,
    contents::Contents,
    node::{Kind, NodeId},
    resolve::{Ending, Resolved},
};

/// How to open a file or directory, as the flags of POSIX `open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Make an empty file if there is nothing (`O_CREAT`).
    pub create: bool,
    /// Only open a directory (`O_DIRECTORY`).
    pub directory: bool,
    /// With `create`, fail if there is anything, be it a symbolic link (`O_EXCL`).
    pub exclusive: bool,
    /// Make a file's size 0 (`O_TRUNC`).
    pub truncate: bool,
    /// Follow a symbolic link at the end of the path (without `O_NOFOLLOW`).
    pub follow: bool,
    /// What the descriptor shall permit.
    pub access: Access,
}

impl FileSystem {
    /// Opens a file or directory, as POSIX `openat`, or creates a file.
    ///
    /// Like on Wasmtime's host, creating and truncating open for writing too, and what is not asked to be writable is
    /// readable. A descriptor permits mutating directories if it was asked to and its tree is not read-only.
    ///
    /// Fails with
    /// - [`Error::NotDirectory`] if `dir` is none, or with `directory` if there is something else;
    /// - [`Error::Invalid`] for `directory` with `create`, `exclusive` or `truncate`;
    /// - [`Error::NotPermitted`] to write anything but a device in a read-only tree;
    /// - [`Error::Exist`], [`Error::NoEntry`] for what `exclusive` and the lack of `create` say;
    /// - [`Error::IsDirectory`] to write a directory, or to create with a path that ends in a slash;
    /// - [`Error::Loop`] for a symbolic link at the end that is not followed;
    /// - [`Error::InsufficientSpace`] if there are as many entries as there may be;
    /// - or as resolving the path fails.
    pub fn open_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        options: OpenOptions,
        now: Timestamp,
    ) -> Result<Descriptor, Error> {
        let start = self.start_of(dir)?;
        if options.directory && (options.create || options.exclusive || options.truncate) {
            return Err(Error::Invalid);
        }
        let read_only = self.tree(dir.root).read_only;
        let access = Access {
            read: options.access.read || !options.access.write,
            write: options.access.write || options.create || options.truncate,
            mutate_directory: false,
        };
        if read_only && access.write {
            let node = self.resolve_writable_device(start, path, options)?;
            return Ok(self.open_node(node, dir.root, access));
        }
        let ending = Ending {
            follow: options.follow && !(options.create && options.exclusive),
            create: options.create,
        };
        match self.resolve(start, path, ending)? {
            Resolved::Missing { directory, name } => {
                if !options.create {
                    return Err(Error::NoEntry);
                }
                self.check_not_removed(directory)?;
                let node =
                    self.create(directory, name.into(), Kind::File(Contents::default()), now)?;
                self.nodes[directory].touch(now);
                Ok(self.open_node(node, dir.root, access))
            }
            Resolved::Node(_) if options.create && options.exclusive => Err(Error::Exist),
            Resolved::Node(node) => {
                let access = self.check_openable(node, options, access, read_only)?;
                if options.truncate {
                    self.truncate(node, now);
                }
                Ok(self.open_node(node, dir.root, access))
            }
        }
    }

    /// Whether an existing node can be opened like that, and what its descriptor then permits.
    fn check_openable(
        &self,
        node: NodeId,
        options: OpenOptions,
        access: Access,
        read_only: bool,
    ) -> Result<Access, Error> {
        match self.nodes[node].node_type() {
            NodeType::SymbolicLink => Err(Error::Loop),
            NodeType::Directory if access.write => Err(Error::IsDirectory),
            NodeType::Directory => Ok(Access {
                mutate_directory: options.access.mutate_directory && !read_only,
                ..access
            }),
            _ if options.directory => Err(Error::NotDirectory),
            _ => Ok(access),
        }
    }

    /// The device that a path leads to in a read-only tree, where a device is all that can be written: POSIX lets
    /// `EROFS` depend on where a file is stored, and what is written to a device is not stored in the tree.
    fn resolve_writable_device(
        &self,
        start: NodeId,
        path: &str,
        options: OpenOptions,
    ) -> Result<NodeId, Error> {
        // Everything else is refused whatever the path leads to, as on Wasmtime's host.
        let node = self
            .resolve_node(start, path, options.follow)
            .map_err(|_| Error::NotPermitted)?;
        if self.nodes[node].device().is_some() && !options.exclusive {
            Ok(node)
        } else {
            Err(Error::NotPermitted)
        }
    }

    /// Makes a file empty. Anything else has no size to change.
    fn truncate(&mut self, node: NodeId, now: Timestamp) {
        let node = &mut self.nodes[node];
        if let Kind::File(contents) = &mut node.kind {
            contents.set_size(0, &mut self.quota);
            node.touch(now);
        }
    }
}
