//! Conversions between the types of WASI 0.2 and 0.3.

use super::bindings::exports::wasi_interpose::p3::files as p3;
use crate::bindings::exports::wasi::clocks::wall_clock::Datetime;
use crate::bindings::exports::wasi::filesystem::types as p2;

impl From<p2::ErrorCode> for p3::ErrorCode {
    fn from(code: p2::ErrorCode) -> Self {
        use p2::ErrorCode;
        match code {
            ErrorCode::Access => Self::Access,
            // WASI 0.3 has no name for it, because its functions wait.
            ErrorCode::WouldBlock => Self::Other(Some(code.name().into())),
            ErrorCode::Already => Self::Already,
            ErrorCode::BadDescriptor => Self::BadDescriptor,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::Deadlock => Self::Deadlock,
            ErrorCode::Quota => Self::Quota,
            ErrorCode::Exist => Self::Exist,
            ErrorCode::FileTooLarge => Self::FileTooLarge,
            ErrorCode::IllegalByteSequence => Self::IllegalByteSequence,
            ErrorCode::InProgress => Self::InProgress,
            ErrorCode::Interrupted => Self::Interrupted,
            ErrorCode::Invalid => Self::Invalid,
            ErrorCode::Io => Self::Io,
            ErrorCode::IsDirectory => Self::IsDirectory,
            ErrorCode::Loop => Self::Loop,
            ErrorCode::TooManyLinks => Self::TooManyLinks,
            ErrorCode::MessageSize => Self::MessageSize,
            ErrorCode::NameTooLong => Self::NameTooLong,
            ErrorCode::NoDevice => Self::NoDevice,
            ErrorCode::NoEntry => Self::NoEntry,
            ErrorCode::NoLock => Self::NoLock,
            ErrorCode::InsufficientMemory => Self::InsufficientMemory,
            ErrorCode::InsufficientSpace => Self::InsufficientSpace,
            ErrorCode::NotDirectory => Self::NotDirectory,
            ErrorCode::NotEmpty => Self::NotEmpty,
            ErrorCode::NotRecoverable => Self::NotRecoverable,
            ErrorCode::Unsupported => Self::Unsupported,
            ErrorCode::NoTty => Self::NoTty,
            ErrorCode::NoSuchDevice => Self::NoSuchDevice,
            ErrorCode::Overflow => Self::Overflow,
            ErrorCode::NotPermitted => Self::NotPermitted,
            ErrorCode::Pipe => Self::Pipe,
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::InvalidSeek => Self::InvalidSeek,
            ErrorCode::TextFileBusy => Self::TextFileBusy,
            ErrorCode::CrossDevice => Self::CrossDevice,
        }
    }
}

impl From<p2::DescriptorType> for p3::DescriptorType {
    fn from(kind: p2::DescriptorType) -> Self {
        use p2::DescriptorType;
        match kind {
            DescriptorType::Unknown => Self::Other(None),
            DescriptorType::BlockDevice => Self::BlockDevice,
            DescriptorType::CharacterDevice => Self::CharacterDevice,
            DescriptorType::Directory => Self::Directory,
            DescriptorType::Fifo => Self::Fifo,
            DescriptorType::SymbolicLink => Self::SymbolicLink,
            DescriptorType::RegularFile => Self::RegularFile,
            DescriptorType::Socket => Self::Socket,
        }
    }
}

impl From<p2::DescriptorStat> for p3::DescriptorStat {
    fn from(stat: p2::DescriptorStat) -> Self {
        Self {
            type_: stat.type_.into(),
            link_count: stat.link_count,
            size: stat.size,
            data_access_timestamp: stat.data_access_timestamp.map(instant),
            data_modification_timestamp: stat.data_modification_timestamp.map(instant),
            status_change_timestamp: stat.status_change_timestamp.map(instant),
        }
    }
}

fn instant(time: Datetime) -> p3::Instant {
    p3::Instant {
        seconds: time.seconds.try_into().unwrap_or(i64::MAX),
        nanoseconds: time.nanoseconds,
    }
}

/// The new value that a guest asks for a timestamp. A time before 1970 is invalid, because WASI 0.2 has none.
pub fn new_timestamp(time: p3::NewTimestamp) -> Result<p2::NewTimestamp, p3::ErrorCode> {
    Ok(match time {
        p3::NewTimestamp::NoChange => p2::NewTimestamp::NoChange,
        p3::NewTimestamp::Now => p2::NewTimestamp::Now,
        p3::NewTimestamp::Timestamp(time) => p2::NewTimestamp::Timestamp(Datetime {
            seconds: u64::try_from(time.seconds).map_err(|_| p3::ErrorCode::Invalid)?,
            nanoseconds: time.nanoseconds,
        }),
    })
}

/// Flags of WASI 0.2. The flags of WASI 0.3 are the same, in the same order.
pub fn path_flags(flags: p3::PathFlags) -> p2::PathFlags {
    p2::PathFlags::from_bits_truncate(flags.bits())
}

/// Flags of WASI 0.2, as [`path_flags`].
pub fn open_flags(flags: p3::OpenFlags) -> p2::OpenFlags {
    p2::OpenFlags::from_bits_truncate(flags.bits())
}

/// Flags of WASI 0.2, as [`path_flags`].
pub fn descriptor_flags(flags: p3::DescriptorFlags) -> p2::DescriptorFlags {
    p2::DescriptorFlags::from_bits_truncate(flags.bits())
}

/// Flags of WASI 0.3, as [`path_flags`].
pub fn flags_of_descriptor(flags: p2::DescriptorFlags) -> p3::DescriptorFlags {
    p3::DescriptorFlags::from_bits_truncate(flags.bits())
}

impl From<p3::Advice> for p2::Advice {
    fn from(advice: p3::Advice) -> Self {
        match advice {
            p3::Advice::Normal => Self::Normal,
            p3::Advice::Sequential => Self::Sequential,
            p3::Advice::Random => Self::Random,
            p3::Advice::WillNeed => Self::WillNeed,
            p3::Advice::DontNeed => Self::DontNeed,
            p3::Advice::NoReuse => Self::NoReuse,
        }
    }
}
