//! `descriptor`, of which there is none.

use interpose_adapter::rt::async_support::{FutureReader, StreamReader};

use crate::bindings::exports::wasi::filesystem::types::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType,
    DirectoryEntry, ErrorCode, Filesize, GuestDescriptor, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};

type Result<T> = std::result::Result<T, ErrorCode>;

/// A file or directory. No value of this type can be made.
pub enum Descriptor {}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, _: Filesize) -> (StreamReader<u8>, FutureReader<Result<()>>) {
        match *self {}
    }

    fn write_via_stream(&self, _: StreamReader<u8>, _: Filesize) -> FutureReader<Result<()>> {
        match *self {}
    }

    fn append_via_stream(&self, _: StreamReader<u8>) -> FutureReader<Result<()>> {
        match *self {}
    }

    async fn advise(&self, _: Filesize, _: Filesize, _: Advice) -> Result<()> {
        match *self {}
    }

    async fn sync_data(&self) -> Result<()> {
        match *self {}
    }

    async fn get_flags(&self) -> Result<DescriptorFlags> {
        match *self {}
    }

    async fn get_type(&self) -> Result<DescriptorType> {
        match *self {}
    }

    async fn set_size(&self, _: Filesize) -> Result<()> {
        match *self {}
    }

    async fn set_times(&self, _: NewTimestamp, _: NewTimestamp) -> Result<()> {
        match *self {}
    }

    fn read_directory(&self) -> (StreamReader<DirectoryEntry>, FutureReader<Result<()>>) {
        match *self {}
    }

    async fn sync(&self) -> Result<()> {
        match *self {}
    }

    async fn create_directory_at(&self, _: String) -> Result<()> {
        match *self {}
    }

    async fn stat(&self) -> Result<DescriptorStat> {
        match *self {}
    }

    async fn stat_at(&self, _: PathFlags, _: String) -> Result<DescriptorStat> {
        match *self {}
    }

    async fn set_times_at(
        &self,
        _: PathFlags,
        _: String,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> Result<()> {
        match *self {}
    }

    async fn link_at(
        &self,
        _: PathFlags,
        _: String,
        _: DescriptorBorrow<'_>,
        _: String,
    ) -> Result<()> {
        match *self {}
    }

    async fn open_at(
        &self,
        _: PathFlags,
        _: String,
        _: OpenFlags,
        _: DescriptorFlags,
    ) -> Result<types::Descriptor> {
        match *self {}
    }

    async fn readlink_at(&self, _: String) -> Result<String> {
        match *self {}
    }

    async fn remove_directory_at(&self, _: String) -> Result<()> {
        match *self {}
    }

    async fn rename_at(&self, _: String, _: DescriptorBorrow<'_>, _: String) -> Result<()> {
        match *self {}
    }

    async fn symlink_at(&self, _: String, _: String) -> Result<()> {
        match *self {}
    }

    async fn unlink_file_at(&self, _: String) -> Result<()> {
        match *self {}
    }

    async fn is_same_object(&self, _: DescriptorBorrow<'_>) -> bool {
        match *self {}
    }

    async fn metadata_hash(&self) -> Result<MetadataHashValue> {
        match *self {}
    }

    async fn metadata_hash_at(&self, _: PathFlags, _: String) -> Result<MetadataHashValue> {
        match *self {}
    }
}
