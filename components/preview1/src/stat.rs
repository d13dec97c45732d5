//! What descriptors and files are, and the rights of descriptors.

use interpose_preview1::{
    Errno, FdFlags, FdStat, FileStat, FileType, Memory, Revision, Rights, Scope,
};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::filesystem::types::{
    self, DescriptorFlags, DescriptorStat, DescriptorType, MetadataHashValue,
};
use crate::clocks::nanoseconds;
use crate::descriptor::{Descriptor, with};
use crate::program::Program;
use crate::stdio;

/// `fd_fdstat_get`.
pub fn descriptor(fd: u32, out: u32) -> Result<(), Errno> {
    let stat = with(|table| fd_stat(table.get(fd)?))?;
    Program.store(out, &stat.bytes())
}

/// `fd_fdstat_set_rights`: a program can give up rights, and not get any back.
pub fn set_rights(fd: u32, base: u64, inheriting: u64) -> Result<(), Errno> {
    let next = Scope {
        base: Rights::parse(base)?,
        inheriting: Rights::parse(inheriting)?,
    };
    with(|table| {
        let descriptor = table.get_mut(fd)?;
        let now = fd_stat(descriptor)?.scope;
        match descriptor {
            Descriptor::File(file) => file.scope.narrow(now, next),
            Descriptor::Directory(directory) => directory.scope.narrow(now, next),
            _ => Err(Errno::BadDescriptor),
        }
    })
}

fn fd_stat(descriptor: &Descriptor) -> Result<FdStat, Errno> {
    let (handle, flags, scope) = match descriptor {
        Descriptor::Stdin(_) | Descriptor::Stdout(_) | Descriptor::Stderr(_) => {
            let right = match descriptor {
                Descriptor::Stdin(_) => Rights::FD_READ,
                _ => Rights::FD_WRITE,
            };
            return Ok(FdStat {
                file_type: stdio::file_type(descriptor).unwrap_or(FileType::Unknown),
                flags: FdFlags::default(),
                scope: Scope {
                    base: right,
                    inheriting: right,
                },
            });
        }
        Descriptor::Socket(socket) => return Ok(socket.fd_stat()),
        Descriptor::Directory(directory) if directory.preopened.is_some() => {
            return Ok(FdStat {
                file_type: FileType::Directory,
                flags: FdFlags::default(),
                scope: Scope {
                    base: Rights::PREOPEN.and(directory.scope.base),
                    inheriting: Rights::PREOPEN_INHERITING.and(directory.scope.inheriting),
                },
            });
        }
        Descriptor::Directory(directory) => {
            (&directory.handle, FdFlags::default(), directory.scope)
        }
        Descriptor::File(file) => {
            let flags = FdFlags::default()
                .with(FdFlags::APPEND, file.append)
                .with(FdFlags::NONBLOCK, file.nonblocking);
            (&file.handle, flags, file.scope)
        }
    };
    let open = handle.get_flags()?;
    let file_type = file_type(handle.get_type()?);
    let mut base = Rights::ALL;
    if file_type == FileType::Directory {
        base = base.without(Rights::FILE_ONLY);
    }
    if open & DescriptorFlags::READ != DescriptorFlags::READ {
        base = base.without(Rights::FD_READ.with(Rights::FD_READDIR));
    }
    if open & DescriptorFlags::WRITE != DescriptorFlags::WRITE {
        base = base.without(Rights::FD_WRITE);
    }
    let sync = [
        (FdFlags::DSYNC, DescriptorFlags::DATA_INTEGRITY_SYNC),
        (FdFlags::RSYNC, DescriptorFlags::REQUESTED_WRITE_SYNC),
        (FdFlags::SYNC, DescriptorFlags::FILE_INTEGRITY_SYNC),
    ];
    let flags = sync.into_iter().fold(flags, |flags, (flag, one)| {
        flags.with(flag, open & one == one)
    });
    Ok(FdStat {
        file_type,
        flags,
        scope: Scope {
            base: base.and(scope.base),
            inheriting: base.and(scope.inheriting),
        },
    })
}

/// `fd_filestat_get`.
pub fn file(fd: u32, out: u32, revision: Revision) -> Result<(), Errno> {
    let stat = with(|table| {
        let descriptor = table.get(fd)?;
        let (handle, scope) = match descriptor {
            Descriptor::File(file) => (&file.handle, file.scope),
            Descriptor::Directory(directory) => (&directory.handle, directory.scope),
            _ => {
                return Ok(FileStat {
                    device: 0,
                    inode: 0,
                    file_type: stdio::file_type(descriptor).unwrap_or(FileType::SocketStream),
                    links: 0,
                    size: 0,
                    times: [0; 3],
                });
            }
        };
        scope.require(Rights::FD_FILESTAT_GET)?;
        file_stat(&handle.stat()?, &handle.metadata_hash()?)
    })?;
    store(out, stat, revision)
}

/// Writes what a file is where the program wants it.
pub fn store(out: u32, stat: FileStat, revision: Revision) -> Result<(), Errno> {
    Program.store(out, &stat.bytes(revision)[..FileStat::size_of(revision)])
}

/// What a file is in the words of preview 1. WASI 0.2 has no devices and no numbers of files; its hash of a file stands
/// for the number.
pub fn file_stat(stat: &DescriptorStat, hash: &MetadataHashValue) -> Result<FileStat, Errno> {
    let time = |time: Option<Datetime>| time.map_or(Ok(0), nanoseconds);
    Ok(FileStat {
        device: 1,
        inode: hash.lower,
        file_type: file_type(stat.type_),
        links: stat.link_count,
        size: stat.size,
        times: [
            time(stat.data_access_timestamp)?,
            time(stat.data_modification_timestamp)?,
            time(stat.status_change_timestamp)?,
        ],
    })
}

/// The type of a file in the words of preview 1, which has none for pipes.
pub fn file_type(ty: types::DescriptorType) -> FileType {
    match ty {
        DescriptorType::BlockDevice => FileType::BlockDevice,
        DescriptorType::CharacterDevice => FileType::CharacterDevice,
        DescriptorType::Directory => FileType::Directory,
        DescriptorType::SymbolicLink => FileType::SymbolicLink,
        DescriptorType::RegularFile => FileType::RegularFile,
        DescriptorType::Socket => FileType::SocketStream,
        DescriptorType::Unknown | DescriptorType::Fifo => FileType::Unknown,
    }
}
