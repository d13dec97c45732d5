//! `directory-entry-stream`.

use std::cell::RefCell;
use std::rc::Rc;

use super::convert::node_type;
use super::memory::{OpenFile, files};
use crate::bindings::exports::wasi::filesystem::types::{
    DirectoryEntry, ErrorCode, GuestDirectoryEntryStream,
};
use crate::bindings::wasi::filesystem::types as host;

/// The entries of a directory.
pub enum DirectoryEntryStream {
    /// Of a directory in memory, in the order of their names.
    Memory {
        /// The directory.
        directory: Rc<OpenFile>,
        /// The name that was given last.
        last: RefCell<Option<String>>,
    },
    /// Of a directory of the host, in its order.
    Host(host::DirectoryEntryStream),
}

impl GuestDirectoryEntryStream for DirectoryEntryStream {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        match self {
            Self::Memory { directory, last } => {
                let mut last = last.borrow_mut();
                let entry = files(|files| {
                    let entry = files.next_entry(directory, last.as_deref())?;
                    Ok(entry.map(|entry| (node_type(entry.node_type), entry.name.to_owned())))
                })?;
                Ok(entry.map(|(type_, name)| {
                    *last = Some(name.clone());
                    DirectoryEntry { type_, name }
                }))
            }
            Self::Host(entries) => entries.read_directory_entry(),
        }
    }
}
