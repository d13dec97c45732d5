//! Files and directories of the host.

use std::rc::Rc;

use crate::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};
use crate::bindings::wasi::filesystem::types as host;

/// A file or directory of the host.
#[derive(Clone)]
pub struct HostDescriptor {
    descriptor: Rc<host::Descriptor>,
    /// Whether every change fails, also by way of what is opened below.
    read_only: bool,
}

impl HostDescriptor {
    /// Wraps a descriptor of the host.
    pub fn new(descriptor: Rc<host::Descriptor>, read_only: bool) -> Self {
        Self {
            descriptor,
            read_only,
        }
    }

    /// The descriptor, for whatever changes nothing.
    pub fn reading(&self) -> &host::Descriptor {
        &self.descriptor
    }

    /// The descriptor, for a change: [`ErrorCode::NotPermitted`] if there may be none,
    /// as in a memory mount and in a directory that Wasmtime opens read-only.
    pub fn changing(&self) -> Result<&host::Descriptor, ErrorCode> {
        if self.read_only {
            Err(ErrorCode::NotPermitted)
        } else {
            Ok(&self.descriptor)
        }
    }

    /// Opens something below. In a read-only mount, asking for a descriptor that could change a file fails; one of a
    /// directory simply does not permit changes, as in memory and on Wasmtime's host.
    pub fn open_at(
        &self,
        path_flags: PathFlags,
        path: &str,
        open_flags: OpenFlags,
        mut flags: DescriptorFlags,
    ) -> Result<Self, ErrorCode> {
        let changes = open_flags.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE)
            || flags.contains(DescriptorFlags::WRITE);
        let parent = if changes {
            self.changing()?
        } else {
            self.reading()
        };
        if self.read_only {
            flags.remove(DescriptorFlags::MUTATE_DIRECTORY);
        }
        let opened = parent.open_at(path_flags, path, open_flags, flags)?;
        Ok(Self::new(Rc::new(opened), self.read_only))
    }

    /// What the descriptor permits.
    pub fn flags(&self) -> Result<DescriptorFlags, ErrorCode> {
        let mut flags = self.descriptor.get_flags()?;
        if self.read_only {
            flags.remove(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY);
        }
        Ok(flags)
    }
}
