//! `directory-entry-stream`.

use std::rc::Rc;

use interpose_mounts::Place;

use crate::bindings::exports::wasi::filesystem::types::{
    DirectoryEntry, ErrorCode, GuestDirectoryEntryStream,
};
use crate::bindings::wasi::filesystem::types as host;
use crate::mount::Mount;

/// The entries of a directory that are not hidden, in the host's order.
pub struct DirectoryEntryStream {
    pub entries: host::DirectoryEntryStream,
    pub mount: Rc<Mount>,
    /// The place of the directory.
    pub place: Place,
}

impl GuestDirectoryEntryStream for DirectoryEntryStream {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        loop {
            match self.entries.read_directory_entry()? {
                Some(entry) if self.mount.hidden.enter(&self.place, &entry.name).is_none() => {}
                shown => return Ok(shown),
            }
        }
    }
}
