//! The host's directories as a tree to walk in.

use interpose_mounts::{Link, Refusal, Tree};
use interpose_settings::Reason;

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

/// Why a call failed.
#[derive(Clone, Copy)]
pub struct Failure {
    /// The error that the application gets.
    pub code: ErrorCode,
    /// The rule of the policy that refused the call, if one did.
    pub reason: Option<Reason>,
}

impl Tree for HostTree {
    type Directory = Descriptor;
    type Error = Failure;

    fn open_directory(&self, parent: &Descriptor, name: &str) -> Result<Descriptor, Failure> {
        let mut flags = DescriptorFlags::READ;
        flags.set(DescriptorFlags::MUTATE_DIRECTORY, self.mutates);
        parent
            .open_at(PathFlags::empty(), name, OpenFlags::DIRECTORY, flags)
            .map_err(Failure::from)
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
        error.code == ErrorCode::NoEntry
    }
}

/// An error of the host.
impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self { code, reason: None }
    }
}

/// A refusal before the host was asked.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (code, reason) = match refusal {
            Refusal::Hidden => (ErrorCode::NoEntry, Some(Reason::Hidden)),
            Refusal::HiddenName => (ErrorCode::NotPermitted, Some(Reason::Hidden)),
            Refusal::CrossDevice => (ErrorCode::CrossDevice, Some(Reason::HiddenBelow)),
            Refusal::ReadOnly => (ErrorCode::NotPermitted, Some(Reason::ReadOnly)),
            Refusal::NoEntry => (ErrorCode::NoEntry, None),
            Refusal::NotPermitted => (ErrorCode::NotPermitted, None),
            Refusal::Loop => (ErrorCode::Loop, None),
            Refusal::NameTooLong => (ErrorCode::NameTooLong, None),
            Refusal::Invalid => (ErrorCode::Invalid, None),
            Refusal::Overflow => (ErrorCode::Overflow, None),
            Refusal::Unsupported => (ErrorCode::Unsupported, None),
            Refusal::IsDirectory => (ErrorCode::IsDirectory, None),
            Refusal::NotDirectory => (ErrorCode::NotDirectory, None),
            Refusal::Busy => (ErrorCode::Busy, None),
        };
        Self { code, reason }
    }
}
