//! `descriptor` and the preopens.

use interpose_adapter::rt::async_support::{FutureReader, StreamReader};

use super::bindings::exports::wasi_interpose::p3::directories;
use super::bindings::exports::wasi_interpose::p3::files::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType,
    DirectoryEntry, ErrorCode, Filesize, GuestDescriptor, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use super::convert::{
    descriptor_flags, flags_of_descriptor, new_timestamp, open_flags, path_flags,
};
use super::streams::{list, read, write};
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::types as p2;
use crate::filesystem::descriptor::Descriptor;
use crate::filesystem::preopens;

type Result<T> = std::result::Result<T, ErrorCode>;
type Done = FutureReader<Result<()>>;

impl files::Guest for Adapter {
    type Descriptor = Descriptor;
}

impl directories::Guest for Adapter {
    fn get_directories() -> Vec<(files::Descriptor, String)> {
        let directories = preopens::directories().into_iter();
        directories
            .map(|(descriptor, name)| (files::Descriptor::new(descriptor), name))
            .collect()
    }
}

impl GuestDescriptor for Descriptor {
    async fn read_via_stream(&self, offset: Filesize) -> (StreamReader<u8>, Done) {
        read(self.input(offset))
    }

    async fn write_via_stream(&self, data: StreamReader<u8>, offset: Filesize) -> Done {
        write(data, self.output(Some(offset)))
    }

    async fn append_via_stream(&self, data: StreamReader<u8>) -> Done {
        write(data, self.output(None))
    }

    async fn read_directory(&self) -> (StreamReader<DirectoryEntry>, Done) {
        list(self.entries())
    }

    fn advise(&self, offset: Filesize, length: Filesize, advice: Advice) -> Result<()> {
        Ok(p2::GuestDescriptor::advise(
            self,
            offset,
            length,
            advice.into(),
        )?)
    }

    fn sync_data(&self) -> Result<()> {
        Ok(p2::GuestDescriptor::sync_data(self)?)
    }

    fn get_flags(&self) -> Result<DescriptorFlags> {
        Ok(flags_of_descriptor(p2::GuestDescriptor::get_flags(self)?))
    }

    fn get_type(&self) -> Result<DescriptorType> {
        Ok(p2::GuestDescriptor::get_type(self)?.into())
    }

    fn set_size(&self, size: Filesize) -> Result<()> {
        Ok(p2::GuestDescriptor::set_size(self, size)?)
    }

    fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        let (accessed, modified) = (new_timestamp(accessed)?, new_timestamp(modified)?);
        Ok(p2::GuestDescriptor::set_times(self, accessed, modified)?)
    }

    fn sync(&self) -> Result<()> {
        Ok(p2::GuestDescriptor::sync(self)?)
    }

    fn create_directory_at(&self, path: String) -> Result<()> {
        Ok(p2::GuestDescriptor::create_directory_at(self, path)?)
    }

    fn stat(&self) -> Result<DescriptorStat> {
        Ok(p2::GuestDescriptor::stat(self)?.into())
    }

    fn stat_at(&self, flags: PathFlags, path: String) -> Result<DescriptorStat> {
        Ok(p2::GuestDescriptor::stat_at(self, path_flags(flags), path)?.into())
    }

    fn set_times_at(
        &self,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        let (accessed, modified) = (new_timestamp(accessed)?, new_timestamp(modified)?);
        let flags = path_flags(flags);
        Ok(p2::GuestDescriptor::set_times_at(
            self, flags, path, accessed, modified,
        )?)
    }

    fn link_at(
        &self,
        old_path_flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        let flags = path_flags(old_path_flags);
        Ok(self.link(flags, &old_path, new_descriptor.get(), &new_path)?)
    }

    fn open_at(
        &self,
        flags: PathFlags,
        path: String,
        opening: OpenFlags,
        access: DescriptorFlags,
    ) -> Result<files::Descriptor> {
        let opened = self.open(
            path_flags(flags),
            &path,
            open_flags(opening),
            descriptor_flags(access),
        )?;
        Ok(files::Descriptor::new(opened))
    }

    fn readlink_at(&self, path: String) -> Result<String> {
        Ok(p2::GuestDescriptor::readlink_at(self, path)?)
    }

    fn remove_directory_at(&self, path: String) -> Result<()> {
        Ok(p2::GuestDescriptor::remove_directory_at(self, path)?)
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        Ok(self.rename(&old_path, new_descriptor.get(), &new_path)?)
    }

    fn symlink_at(&self, old_path: String, new_path: String) -> Result<()> {
        Ok(p2::GuestDescriptor::symlink_at(self, old_path, new_path)?)
    }

    fn unlink_file_at(&self, path: String) -> Result<()> {
        Ok(p2::GuestDescriptor::unlink_file_at(self, path)?)
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.is_same(other.get())
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue> {
        Ok(hash(p2::GuestDescriptor::metadata_hash(self)?))
    }

    fn metadata_hash_at(&self, flags: PathFlags, path: String) -> Result<MetadataHashValue> {
        let flags = path_flags(flags);
        Ok(hash(p2::GuestDescriptor::metadata_hash_at(
            self, flags, path,
        )?))
    }
}

fn hash(hash: p2::MetadataHashValue) -> MetadataHashValue {
    MetadataHashValue {
        lower: hash.lower,
        upper: hash.upper,
    }
}
