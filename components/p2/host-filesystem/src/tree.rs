//! The host's directories as a tree to walk in.

use interpose_mounts::{Link, Refusal, Tree};

use crate::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};
use crate::bindings::wasi::filesystem::types::Descriptor;

/// The host's directories.
pub struct HostTree {
    /// Whether directories are opened so that something can be changed through them. A host may refuse changes through
    /// a directory that was opened without this flag.
    pub mutates: bool,
}

/// The host's error, or a refusal before the host was asked.
#[derive(Clone, Copy)]
pub struct Failure(pub ErrorCode);

impl Tree for HostTree {
    type Directory = Descriptor;
    type Error = Failure;

    fn open_directory(&self, parent: &Descriptor, name: &str) -> Result<Descriptor, Failure> {
        let mut flags = DescriptorFlags::READ;
        flags.set(DescriptorFlags::MUTATE_DIRECTORY, self.mutates);
        parent
            .open_at(PathFlags::empty(), name, OpenFlags::DIRECTORY, flags)
            .map_err(Failure)
    }

    fn read_link(&self, parent: &Descriptor, name: &str) -> Link {
        match parent.readlink_at(name) {
            Ok(target) => Link::To(target),
            // WASI has this error for absolute targets.
            Err(ErrorCode::NotPermitted) => Link::Outside,
            Err(_) => Link::None,
        }
    }

    fn is_absence(error: &Failure) -> bool {
        error.0 == ErrorCode::NoEntry
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self(match refusal {
            Refusal::NoEntry => ErrorCode::NoEntry,
            Refusal::NotPermitted => ErrorCode::NotPermitted,
            Refusal::Loop => ErrorCode::Loop,
            Refusal::NameTooLong => ErrorCode::NameTooLong,
            Refusal::Invalid => ErrorCode::Invalid,
            Refusal::Overflow => ErrorCode::Overflow,
            Refusal::Unsupported => ErrorCode::Unsupported,
            Refusal::IsDirectory => ErrorCode::IsDirectory,
            Refusal::NotDirectory => ErrorCode::NotDirectory,
            Refusal::Busy => ErrorCode::Busy,
            Refusal::CrossDevice => ErrorCode::CrossDevice,
        })
    }
}

impl From<Failure> for ErrorCode {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}
