//! `descriptor`.

use std::cell::OnceCell;
use std::rc::Rc;

use interpose_adapter::arguments;
use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::rt::async_support::{FutureReader, StreamReader};
use interpose_mounts::{Opening, Refusal};
use interpose_settings::Reason;

use crate::bindings::exports::wasi::filesystem::types::{
    self, Advice, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType,
    DirectoryEntry, ErrorCode, Filesize, GuestDescriptor, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use crate::bindings::wasi::filesystem::types as host;

type Result<T> = std::result::Result<T, ErrorCode>;

/// The result of a check that the policy may not pass, with the rule that refused it.
type Checked = std::result::Result<(), (ErrorCode, Option<Reason>)>;

/// The rules of a mount.
pub struct Mount {
    /// Where the application sees it; empty for the host's other preopens together.
    pub path: String,
    /// Whether every change fails, also through descriptors that are opened below.
    pub read_only: bool,
}

/// A file or directory of the host.
pub struct Descriptor {
    host: Rc<host::Descriptor>,
    mount: Rc<Mount>,
    /// Whether this is a directory; empty until an operation needs to know.
    is_directory: OnceCell<bool>,
    /// Whether this is the directory that the mount shows.
    is_root: bool,
}

impl Descriptor {
    /// The directory that a mount shows.
    pub fn root(host: Rc<host::Descriptor>, mount: &Rc<Mount>) -> Self {
        Self {
            host,
            mount: mount.clone(),
            is_directory: OnceCell::from(true),
            is_root: true,
        }
    }

    async fn is_directory(&self) -> Result<bool> {
        if let Some(is_directory) = self.is_directory.get() {
            return Ok(*is_directory);
        }
        let is_directory = matches!(self.host.get_type().await?, DescriptorType::Directory);
        Ok(*self.is_directory.get_or_init(|| is_directory))
    }

    /// Refuses a change in a read-only mount, as a read-only memory mount of WASI 0.2 does.
    fn changing(&self) -> Checked {
        match self.mount.read_only {
            true => Err(refusal(Refusal::ReadOnly)),
            false => Ok(()),
        }
    }

    /// As [`Descriptor::changing`], for a change of a file. A directory in a read-only mount is refused first, as a bad
    /// descriptor.
    async fn changing_file(&self) -> Checked {
        if self.mount.read_only && self.is_directory().await.map_err(of_host)? {
            return Err(of_host(ErrorCode::BadDescriptor));
        }
        self.changing()
    }

    /// As [`Descriptor::changing`], for a change below a directory. A file in a read-only mount is refused first.
    async fn changing_directory(&self) -> Checked {
        if self.mount.read_only && !self.is_directory().await.map_err(of_host)? {
            return Err(of_host(ErrorCode::NotDirectory));
        }
        self.changing()
    }

    /// Whether a path below this directory may be opened so. In a read-only mount, opening fails if the descriptor could
    /// change a file.
    async fn opening(&self, opening: Opening) -> Checked {
        if !self.mount.read_only {
            return Ok(());
        }
        if !self.is_directory().await.map_err(of_host)? {
            return Err(of_host(ErrorCode::NotDirectory));
        }
        opening.check(true).map_err(refusal)
    }

    /// The result of a check for a function that was called with a path, or without one. Tells the host if the policy refused
    /// it: the path of the mount and that of the call. Nobody keeps the paths of directories that were opened below the
    /// mount.
    fn told(&self, function: &str, path: &str, checked: Checked) -> Result<()> {
        checked.map_err(|(code, reason)| {
            if let Some(reason) = reason {
                let mount = self.mount.path.trim_end_matches('/');
                let between = if self.is_root { "/" } else { "/…/" };
                refused(reason, function, Subject::Text(&[mount, between, path]));
            }
            code
        })
    }

    /// Checks a change below this directory.
    async fn change_below(&self, function: &str, path: &str) -> Result<()> {
        self.told(function, path, self.changing_directory().await)
    }
}

fn of_host(code: ErrorCode) -> (ErrorCode, Option<Reason>) {
    (code, None)
}

fn refusal(refusal: Refusal) -> (ErrorCode, Option<Reason>) {
    match refusal {
        Refusal::ReadOnly => (ErrorCode::NotPermitted, Some(Reason::ReadOnly)),
        Refusal::Invalid => (ErrorCode::Invalid, None),
        Refusal::Unsupported => (ErrorCode::Unsupported, None),
        Refusal::IsDirectory => (ErrorCode::IsDirectory, None),
        // The other refusals are those of walks.
        _ => (ErrorCode::NotPermitted, None),
    }
}

/// Refuses two paths that together are too large for one call, because their texts were overwritten.
fn check_paths() -> Result<()> {
    match arguments::fit() {
        true => Ok(()),
        false => Err(ErrorCode::NameTooLong),
    }
}

fn opening(path_flags: PathFlags, open_flags: OpenFlags, flags: DescriptorFlags) -> Opening {
    let synchronized = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    Opening {
        follow: path_flags.contains(PathFlags::SYMLINK_FOLLOW),
        create: open_flags.contains(OpenFlags::CREATE),
        exclusive: open_flags.contains(OpenFlags::EXCLUSIVE),
        truncate: open_flags.contains(OpenFlags::TRUNCATE),
        directory: open_flags.contains(OpenFlags::DIRECTORY),
        write: flags.contains(DescriptorFlags::WRITE),
        synchronized: flags.intersects(synchronized),
    }
}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, offset: Filesize) -> (StreamReader<u8>, FutureReader<Result<()>>) {
        self.host.read_via_stream(offset)
    }

    fn write_via_stream(
        &self,
        data: StreamReader<u8>,
        offset: Filesize,
    ) -> FutureReader<Result<()>> {
        self.host.write_via_stream(data, offset)
    }

    fn append_via_stream(&self, data: StreamReader<u8>) -> FutureReader<Result<()>> {
        self.host.append_via_stream(data)
    }

    async fn advise(&self, offset: Filesize, length: Filesize, advice: Advice) -> Result<()> {
        self.host.advise(offset, length, advice).await
    }

    async fn sync_data(&self) -> Result<()> {
        self.host.sync_data().await
    }

    async fn get_flags(&self) -> Result<DescriptorFlags> {
        let mut flags = self.host.get_flags().await?;
        if self.mount.read_only {
            flags.remove(DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY);
        }
        Ok(flags)
    }

    async fn get_type(&self) -> Result<DescriptorType> {
        self.host.get_type().await
    }

    async fn set_size(&self, size: Filesize) -> Result<()> {
        self.told("set-size", "", self.changing_file().await)?;
        self.host.set_size(size).await
    }

    async fn set_times(&self, accessed: NewTimestamp, modified: NewTimestamp) -> Result<()> {
        self.told("set-times", "", self.changing())?;
        self.host.set_times(accessed, modified).await
    }

    fn read_directory(&self) -> (StreamReader<DirectoryEntry>, FutureReader<Result<()>>) {
        self.host.read_directory()
    }

    async fn sync(&self) -> Result<()> {
        self.host.sync().await
    }

    async fn create_directory_at(&self, path: String) -> Result<()> {
        self.change_below("create-directory-at", &path).await?;
        self.host.create_directory_at(path).await
    }

    async fn stat(&self) -> Result<DescriptorStat> {
        self.host.stat().await
    }

    async fn stat_at(&self, path_flags: PathFlags, path: String) -> Result<DescriptorStat> {
        self.host.stat_at(path_flags, path).await
    }

    async fn set_times_at(
        &self,
        path_flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> Result<()> {
        self.change_below("set-times-at", &path).await?;
        self.host
            .set_times_at(path_flags, path, accessed, modified)
            .await
    }

    async fn link_at(
        &self,
        old_path_flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        check_paths()?;
        let other: &Self = new_descriptor.get();
        self.change_below("link-at", &old_path).await?;
        other.change_below("link-at", &new_path).await?;
        self.host
            .link_at(old_path_flags, old_path, &other.host, new_path)
            .await
    }

    async fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        mut flags: DescriptorFlags,
    ) -> Result<types::Descriptor> {
        let checked = self.opening(opening(path_flags, open_flags, flags)).await;
        self.told("open-at", &path, checked)?;
        if self.mount.read_only {
            // A descriptor of a directory only does not permit changes, as in memory and on Wasmtime's host.
            flags.remove(DescriptorFlags::MUTATE_DIRECTORY);
        }
        let opened = self
            .host
            .open_at(path_flags, path, open_flags, flags)
            .await?;
        Ok(types::Descriptor::new(Self {
            host: Rc::new(opened),
            mount: self.mount.clone(),
            is_directory: OnceCell::new(),
            is_root: false,
        }))
    }

    async fn readlink_at(&self, path: String) -> Result<String> {
        self.host.readlink_at(path).await
    }

    async fn remove_directory_at(&self, path: String) -> Result<()> {
        self.change_below("remove-directory-at", &path).await?;
        self.host.remove_directory_at(path).await
    }

    async fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<()> {
        check_paths()?;
        let other: &Self = new_descriptor.get();
        self.change_below("rename-at", &old_path).await?;
        other.change_below("rename-at", &new_path).await?;
        self.host.rename_at(old_path, &other.host, new_path).await
    }

    async fn symlink_at(&self, old_path: String, new_path: String) -> Result<()> {
        check_paths()?;
        self.change_below("symlink-at", &new_path).await?;
        self.host.symlink_at(old_path, new_path).await
    }

    async fn unlink_file_at(&self, path: String) -> Result<()> {
        self.change_below("unlink-file-at", &path).await?;
        self.host.unlink_file_at(path).await
    }

    async fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.host.is_same_object(&other.get::<Self>().host).await
    }

    async fn metadata_hash(&self) -> Result<MetadataHashValue> {
        self.host.metadata_hash().await
    }

    async fn metadata_hash_at(
        &self,
        path_flags: PathFlags,
        path: String,
    ) -> Result<MetadataHashValue> {
        self.host.metadata_hash_at(path_flags, path).await
    }
}
