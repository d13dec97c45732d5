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
    /// The entries of a directory in memory, in the order of their names.
    Memory {
        /// The directory.
        directory: Rc<OpenFile>,
        /// The name that was returned last.
        last: RefCell<Option<String>>,
    },
    /// The entries of a directory of the host, in the host's order.
    Host(host::DirectoryEntryStream),
}

impl GuestDirectoryEntryStream for DirectoryEntryStream {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        match self {
            Self::Memory { directory, last } => {
                let mut last = last.borrow_mut();
                let entry = files(|files| {
                    let entry = files.next_entry(directory, last.as_deref())?;
                    Ok(entry.map(|entry| DirectoryEntry {
                        type_: node_type(entry.node_type),
                        name: entry.name.to_owned(),
                    }))
                })?;
                if let Some(entry) = &entry {
                    // Each name reuses the memory of the name before it.
                    last.get_or_insert_default().clone_from(&entry.name);
                }
                Ok(entry)
            }
            Self::Host(entries) => entries.read_directory_entry(),
        }
    }
}
