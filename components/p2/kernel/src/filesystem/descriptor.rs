//! `descriptor`.

use std::cell::RefCell;
use std::rc::Rc;

use interpose_adapter::arguments;
use interpose_filesystem::NodeType;

use super::convert::{descriptor_flags, follows, new_timestamp, node_type, open_options, stat};
use super::device;
use super::listing::DirectoryEntryStream;
use super::memory::{Changing, OpenFile, files, sync};
use crate::bindings::exports::wasi::filesystem::types::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode,
    Filesize, GuestDescriptor, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::exports::wasi::io::streams;
use crate::bindings::wasi::filesystem::types as host;
use crate::clocks::timestamp;
use crate::host_resource::HostResource;
use crate::streams::file::{FileReader, FileWriter};
use crate::streams::input::InputStream;
use crate::streams::limits::MAX_BYTES;
use crate::streams::output::OutputStream;

/// An open file or directory.
pub enum Descriptor {
    /// A file or directory in memory.
    Memory(Rc<OpenFile>),
    /// A file or directory of the host.
    Host(Rc<host::Descriptor>),
}

type Result<T> = std::result::Result<T, ErrorCode>;

impl Descriptor {
    /// The bytes of a file from an offset on, or those of a device.
    pub fn input(&self, offset: Filesize) -> Result<InputStream> {
        Ok(match self {
            Self::Memory(file) => match file.device() {
                Some(device) => device::input(device, file.access())?,
                None if file.node_type() == NodeType::Directory => {
                    return Err(ErrorCode::IsDirectory);
                }
                None => InputStream::File(FileReader::new(file.clone(), offset)),
            },
            Self::Host(file) => InputStream::Host(HostResource::new(file.read_via_stream(offset)?)),
        })
    }

    /// A stream that writes from an offset on, or appends.
    pub fn output(&self, offset: Option<Filesize>) -> Result<OutputStream> {
        Ok(match self {
            Self::Memory(file) => {
                let function = match offset {
                    Some(_) => "write-via-stream",
                    None => "append-via-stream",
                };
                Changing::file(function, file).files(|files| files.check_write_stream(file))?;
                match file.device() {
                    Some(device) => device::output(device, file.access())?,
                    None => OutputStream::File(FileWriter::new(file.clone(), offset)),
                }
            }
            Self::Host(file) => OutputStream::Host(HostResource::new(match offset {
                Some(offset) => file.write_via_stream(offset)?,
                None => file.append_via_stream()?,
            })),
        })
    }

    /// The entries of a directory.
    pub fn entries(&self) -> Result<DirectoryEntryStream> {
        match self {
            Self::Memory(file) if file.node_type() == NodeType::Directory => {
                Ok(DirectoryEntryStream::Memory {
                    directory: file.clone(),
                    last: RefCell::new(None),
                })
            }
            Self::Memory(_) => Err(ErrorCode::NotDirectory),
            Self::Host(file) => Ok(DirectoryEntryStream::Host(file.read_directory()?)),
        }
    }

    /// `open-at`.
    pub fn open(
        &self,
        path_flags: PathFlags,
        path: &str,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Self> {
        Ok(match self {
            Self::Memory(file) => {
                let options = open_options(path_flags, open_flags, flags);
                let now = timestamp();
                let opened = Changing::names("open-at", file, path)
                    .files(|files| files.open_at(file, path, options, now));
                Self::Memory(OpenFile::new(opened?))
            }
            Self::Host(file) => {
                Self::Host(Rc::new(file.open_at(path_flags, path, open_flags, flags)?))
            }
        })
    }

    /// `link-at`.
    pub fn link(&self, flags: PathFlags, old_path: &str, new: &Self, new_path: &str) -> Result<()> {
        check_paths()?;
        match (self, new) {
            (Self::Memory(old), Self::Memory(new)) => {
                let now = timestamp();
                let follow = follows(flags);
                Changing::names("link-at", new, new_path)
                    .files(|files| files.link_at(old, old_path, follow, new, new_path, now))
            }
            (Self::Host(old), Self::Host(new)) => old.link_at(flags, old_path, new, new_path),
            _ => Err(ErrorCode::CrossDevice),
        }
    }

    /// `rename-at`.
    pub fn rename(&self, old_path: &str, new: &Self, new_path: &str) -> Result<()> {
        check_paths()?;
        match (self, new) {
            (Self::Memory(old), Self::Memory(new)) => {
                let now = timestamp();
                Changing::names("rename-at", new, new_path)
                    .files(|files| files.rename_at(old, old_path, new, new_path, now))
            }
            (Self::Host(old), Self::Host(new)) => old.rename_at(old_path, new, new_path),
            _ => Err(ErrorCode::CrossDevice),
        }
    }

    /// `is-same-object`.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(one), Self::Memory(other)) => {
                files(|files| Ok(files.is_same_object(one, other))).unwrap_or(false)
            }
            (Self::Host(one), Self::Host(other)) => one.is_same_object(other),
            _ => false,
        }
    }
}

/// Refuses two paths that together are too large for one call, because their texts were overwritten.
fn check_paths() -> Result<()> {
    if arguments::fit() {
        Ok(())
    } else {
        Err(ErrorCode::NameTooLong)
    }
}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, offset: Filesize) -> Result<streams::InputStream> {
        Ok(streams::InputStream::new(self.input(offset)?))
    }

    fn write_via_stream(&self, offset: Filesize) -> Result<streams::OutputStream> {
        Ok(streams::OutputStream::new(self.output(Some(offset))?))
    }

    fn append_via_stream(&self) -> Result<streams::OutputStream> {
        Ok(streams::OutputStream::new(self.output(None)?))
    }

    fn advise(&self, offset: Filesize, length: Filesize, advice: Advice) -> Result<()> {
        match self {
            Self::Memory(file) if file.node_type() == NodeType::Directory => {
                Err(ErrorCode::BadDescriptor)
            }
            // Linux refuses a length that `off_t` cannot express.
            Self::Memory(_) if i64::try_from(length).is_err() => Err(ErrorCode::Invalid),
            Self::Memory(_) => Ok(()),
            Self::Host(file) => file.advise(offset, length, advice),
        }
    }

    fn sync_data(&self) -> Result<()> {
        match self {
            Self::Memory(file) => {
                sync(file, false);
                Ok(())
            }
            Self::Host(file) => file.sync_data(),
        }
    }

    fn get_flags(&self) -> Result<DescriptorFlags> {
        match self {
            Self::Memory(file) => Ok(descriptor_flags(file.access())),
            Self::Host(file) => file.get_flags(),
        }
    }

    fn get_type(&self) -> Result<DescriptorType> {
        match self {
            Self::Memory(file) => Ok(node_type(file.node_type())),
            Self::Host(file) => file.get_type(),
        }
    }

    fn set_size(&self, size: Filesize) -> Result<()> {
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                Changing::file("set-size", file).files(|files| files.set_size(file, size, now))
            }
            Self::Host(file) => file.set_size(size),
        }
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                Changing::file("set-times", file).files(|files| {
                    files.set_times(file, new_timestamp(accessed), new_timestamp(modified), now)
                })
            }
            Self::Host(file) => file.set_times(accessed, modified),
        }
    }

    fn read(&self, length: Filesize, offset: Filesize) -> Result<(Vec<u8>, bool)> {
        match self {
            Self::Memory(file) => match file.device() {
                Some(device) => device::read(device, file, offset, length),
                None => {
                    let bytes = files(|files| files.read(file, offset, length.min(MAX_BYTES)))?;
                    // As on Wasmtime's host, a read that reaches the end does not report the end yet, and a read of no
                    // bytes does.
                    let end = bytes.is_empty();
                    Ok((bytes, end))
                }
            },
            Self::Host(file) => file.read(length, offset),
        }
    }

    fn write(&self, buffer: Vec<u8>, offset: Filesize) -> Result<Filesize> {
        match self {
            Self::Memory(file) => match file.device() {
                Some(device) => device::write(device, file, offset, buffer),
                None => {
                    let now = timestamp();
                    Changing::file("write", file)
                        .files(|files| files.write(file, offset, &buffer, now))
                }
            },
            Self::Host(file) => file.write(&buffer, offset),
        }
    }

    fn read_directory(&self) -> Result<types::DirectoryEntryStream> {
        Ok(types::DirectoryEntryStream::new(self.entries()?))
    }

    fn sync(&self) -> Result<()> {
        match self {
            Self::Memory(file) => {
                sync(file, true);
                Ok(())
            }
            Self::Host(file) => file.sync(),
        }
    }

    fn create_directory_at(&self, path: String) -> Result<()> {
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                Changing::names("create-directory-at", file, &path)
                    .files(|files| files.create_directory_at(file, &path, now))
            }
            Self::Host(file) => file.create_directory_at(&path),
        }
    }

    fn stat(&self) -> Result<DescriptorStat> {
        match self {
            Self::Memory(file) => files(|files| Ok(stat(files.stat(file)))),
            Self::Host(file) => file.stat(),
        }
    }

    fn stat_at(&self, path_flags: PathFlags, path: String) -> Result<DescriptorStat> {
        match self {
            Self::Memory(file) => {
                files(|files| files.stat_at(file, &path, follows(path_flags)).map(stat))
            }
            Self::Host(file) => file.stat_at(path_flags, &path),
        }
    }

    fn set_times_at(
        &self,
        path_flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                let (accessed, modified) = (new_timestamp(accessed), new_timestamp(modified));
                Changing::names("set-times-at", file, &path).files(|files| {
                    files.set_times_at(file, &path, follows(path_flags), accessed, modified, now)
                })
            }
            Self::Host(file) => file.set_times_at(path_flags, &path, accessed, modified),
        }
    }

    fn link_at(
        &self,
        old_path_flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        self.link(old_path_flags, &old_path, new_descriptor.get(), &new_path)
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<types::Descriptor> {
        let opened = self.open(path_flags, &path, open_flags, flags)?;
        Ok(types::Descriptor::new(opened))
    }

    fn readlink_at(&self, path: String) -> Result<String> {
        match self {
            Self::Memory(file) => files(|files| files.readlink_at(file, &path).map(str::to_owned)),
            Self::Host(file) => file.readlink_at(&path),
        }
    }

    fn remove_directory_at(&self, path: String) -> Result<()> {
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                Changing::names("remove-directory-at", file, &path)
                    .files(|files| files.remove_directory_at(file, &path, now))
            }
            Self::Host(file) => file.remove_directory_at(&path),
        }
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        self.rename(&old_path, new_descriptor.get(), &new_path)
    }

    fn symlink_at(&self, old_path: String, new_path: String) -> Result<()> {
        check_paths()?;
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                Changing::names("symlink-at", file, &new_path)
                    .files(|files| files.symlink_at(&old_path, file, &new_path, now))
            }
            Self::Host(file) => file.symlink_at(&old_path, &new_path),
        }
    }

    fn unlink_file_at(&self, path: String) -> Result<()> {
        match self {
            Self::Memory(file) => {
                let now = timestamp();
                Changing::names("unlink-file-at", file, &path)
                    .files(|files| files.unlink_file_at(file, &path, now))
            }
            Self::Host(file) => file.unlink_file_at(&path),
        }
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.is_same(other.get())
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue> {
        match self {
            Self::Memory(file) => files(|files| Ok(hash(files.metadata_hash(file)))),
            Self::Host(file) => file.metadata_hash(),
        }
    }

    fn metadata_hash_at(&self, path_flags: PathFlags, path: String) -> Result<MetadataHashValue> {
        match self {
            Self::Memory(file) => files(|files| {
                files
                    .metadata_hash_at(file, &path, follows(path_flags))
                    .map(hash)
            }),
            Self::Host(file) => file.metadata_hash_at(path_flags, &path),
        }
    }
}

fn hash((lower, upper): (u64, u64)) -> MetadataHashValue {
    MetadataHashValue { lower, upper }
}
