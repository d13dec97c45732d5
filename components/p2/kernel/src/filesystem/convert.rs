//! Between the types of WASI and those of the filesystem in memory.

use interpose_filesystem::{Access, Error, NewTimestamp, NodeType, OpenOptions, Stat, Timestamp};

use crate::bindings::exports::wasi::clocks::wall_clock::Datetime;
use crate::bindings::exports::wasi::filesystem::types::{
    self, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

impl From<Error> for ErrorCode {
    fn from(error: Error) -> Self {
        match error {
            Error::Access => Self::Access,
            Error::BadDescriptor => Self::BadDescriptor,
            Error::Busy => Self::Busy,
            Error::Exist => Self::Exist,
            Error::FileTooLarge => Self::FileTooLarge,
            Error::IllegalByteSequence => Self::IllegalByteSequence,
            Error::Invalid => Self::Invalid,
            // The second never gets here: whatever needs more of a lower layer is repeated.
            Error::Io | Error::Lower => Self::Io,
            Error::IsDirectory => Self::IsDirectory,
            Error::Loop => Self::Loop,
            Error::TooManyLinks => Self::TooManyLinks,
            Error::NameTooLong => Self::NameTooLong,
            Error::NoEntry => Self::NoEntry,
            Error::InsufficientMemory => Self::InsufficientMemory,
            Error::InsufficientSpace => Self::InsufficientSpace,
            Error::NotDirectory => Self::NotDirectory,
            Error::NotEmpty => Self::NotEmpty,
            Error::Unsupported => Self::Unsupported,
            Error::Overflow => Self::Overflow,
            Error::NotPermitted => Self::NotPermitted,
            Error::ReadOnly => Self::ReadOnly,
            Error::CrossDevice => Self::CrossDevice,
        }
    }
}

/// What a node is, in WASI's words.
pub fn node_type(node_type: NodeType) -> DescriptorType {
    match node_type {
        NodeType::RegularFile => DescriptorType::RegularFile,
        NodeType::Directory => DescriptorType::Directory,
        NodeType::SymbolicLink => DescriptorType::SymbolicLink,
        NodeType::CharacterDevice => DescriptorType::CharacterDevice,
    }
}

/// The attributes of a node, in WASI's words.
pub fn stat(stat: Stat) -> DescriptorStat {
    DescriptorStat {
        type_: node_type(stat.node_type),
        link_count: stat.link_count,
        size: stat.size,
        data_access_timestamp: Some(datetime(stat.accessed)),
        data_modification_timestamp: Some(datetime(stat.modified)),
        status_change_timestamp: Some(datetime(stat.changed)),
    }
}

fn datetime(time: Timestamp) -> Datetime {
    Datetime {
        seconds: time.seconds,
        nanoseconds: time.nanoseconds,
    }
}

/// What a guest wants a timestamp to be.
pub fn new_timestamp(time: types::NewTimestamp) -> NewTimestamp {
    match time {
        types::NewTimestamp::NoChange => NewTimestamp::NoChange,
        types::NewTimestamp::Now => NewTimestamp::Now,
        types::NewTimestamp::Timestamp(Datetime {
            seconds,
            nanoseconds,
        }) => NewTimestamp::At(Timestamp {
            seconds,
            nanoseconds,
        }),
    }
}

/// Whether a symbolic link at the end of a path is followed.
pub fn follows(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

/// How a guest wants to open something.
pub fn open_options(
    path_flags: PathFlags,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
) -> OpenOptions {
    let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    OpenOptions {
        create: open_flags.contains(OpenFlags::CREATE),
        directory: open_flags.contains(OpenFlags::DIRECTORY),
        exclusive: open_flags.contains(OpenFlags::EXCLUSIVE),
        truncate: open_flags.contains(OpenFlags::TRUNCATE),
        follow: follows(path_flags),
        synchronized: flags.intersects(synchronized),
        access: Access {
            read: flags.contains(DescriptorFlags::READ),
            write: flags.contains(DescriptorFlags::WRITE),
            mutate_directory: flags.contains(DescriptorFlags::MUTATE_DIRECTORY),
        },
    }
}

/// What a descriptor permits, in WASI's words.
pub fn descriptor_flags(access: Access) -> DescriptorFlags {
    let mut flags = DescriptorFlags::empty();
    flags.set(DescriptorFlags::READ, access.read);
    flags.set(DescriptorFlags::WRITE, access.write);
    flags.set(DescriptorFlags::MUTATE_DIRECTORY, access.mutate_directory);
    flags
}
