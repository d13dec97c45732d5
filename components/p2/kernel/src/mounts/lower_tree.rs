//! The lower layers of overlays: directories of the host.

use std::cell::RefCell;
use std::rc::Rc;

use interpose_filesystem::{LowerEntry, Need, NodeType, Stat, Timestamp};

use crate::bindings::exports::wasi::clocks::wall_clock::Datetime;
use crate::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use crate::bindings::wasi::filesystem::types as host;

type Result<T> = std::result::Result<T, ErrorCode>;

/// How many files and directories below the root are kept open: those that were used last, as they are likely to be
/// used next.
const RECENT: usize = 16;

/// A directory of the host under an overlay. Nothing in it is ever changed, and no symbolic link in it is followed: those
/// are followed in the overlay.
pub struct LowerTree {
    root: Rc<host::Descriptor>,
    /// The paths and descriptors that were used last, the newest at the end. Never borrowed across a call to the host.
    recent: RefCell<Vec<(String, Rc<host::Descriptor>)>>,
}

/// Whether an error says that nothing is at a path, or something else than was looked for.
fn is_absence(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NoEntry | ErrorCode::NotDirectory | ErrorCode::Loop
    )
}

/// A path's directory and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

impl LowerTree {
    /// The tree below a directory of the host.
    pub fn new(root: Rc<host::Descriptor>) -> Rc<Self> {
        Rc::new(Self {
            root,
            recent: RefCell::default(),
        })
    }

    /// What is known about the root.
    pub fn stat(&self) -> Result<DescriptorStat> {
        self.root.stat()
    }

    fn recent(&self, path: &str) -> Option<Rc<host::Descriptor>> {
        if path.is_empty() {
            return Some(self.root.clone());
        }
        let mut recent = self.recent.borrow_mut();
        let place = recent.iter().position(|(known, _)| known == path)?;
        let entry = recent.remove(place);
        let descriptor = entry.1.clone();
        recent.push(entry);
        Some(descriptor)
    }

    fn remember(&self, path: &str, descriptor: &Rc<host::Descriptor>) {
        let oldest = {
            let mut recent = self.recent.borrow_mut();
            recent.push((path.to_owned(), descriptor.clone()));
            (recent.len() > RECENT).then(|| recent.remove(0))
        };
        // Dropping it calls the host.
        drop(oldest);
    }

    /// Opens a file or directory name by name, so that no symbolic link is followed and no path is too long.
    fn open(&self, path: &str, flags: OpenFlags) -> Result<Rc<host::Descriptor>> {
        if let Some(descriptor) = self.recent(path) {
            return Ok(descriptor);
        }
        let slashes: Vec<usize> = path.match_indices('/').map(|(place, _)| place).collect();
        // From the nearest directory above that is open.
        let mut start = 0;
        let mut directory = self.root.clone();
        for &slash in slashes.iter().rev() {
            if let Some(descriptor) = self.recent(&path[..slash]) {
                (start, directory) = (slash + 1, descriptor);
                break;
            }
        }
        let ends = slashes.into_iter().chain([path.len()]);
        let opened = start;
        for end in ends.skip_while(|&end| end < opened) {
            let flags = if end == path.len() {
                flags
            } else {
                OpenFlags::DIRECTORY
            };
            directory = Rc::new(directory.open_at(
                PathFlags::empty(),
                &path[start..end],
                flags,
                DescriptorFlags::READ,
            )?);
            self.remember(&path[..end], &directory);
            start = end + 1;
        }
        Ok(directory)
    }

    /// Opens a file or directory, to be told whether that can be done. It stays open for what is read of it next.
    pub fn check_opens(&self, path: &str) -> Result<()> {
        match self.open(path, OpenFlags::empty()) {
            Ok(_) => Ok(()),
            // It has gone since it was found.
            Err(code) if is_absence(&code) => Err(ErrorCode::NoEntry),
            Err(code) => Err(code),
        }
    }

    /// The names in a directory; none if there is no such directory, as below one that exists in the overlay alone.
    pub fn list(&self, path: &str) -> Result<Vec<(String, NodeType)>> {
        let directory = match self.open(path, OpenFlags::DIRECTORY) {
            Err(code) if is_absence(&code) => return Ok(Vec::new()),
            directory => directory?,
        };
        let entries = directory.read_directory()?;
        let mut names = Vec::new();
        loop {
            match entries.read_directory_entry() {
                Ok(None) => return Ok(names),
                Ok(Some(entry)) => {
                    if let Some(node_type) = shown(entry.type_) {
                        names.push((entry.name, node_type));
                    }
                }
                // No guest could use such a name.
                Err(ErrorCode::IllegalByteSequence) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What is known about an entry, if there is one that can be shown.
    pub fn entry(&self, path: &str) -> Result<Option<LowerEntry>> {
        let (directory, name) = split(path);
        let found = self
            .open(directory, OpenFlags::DIRECTORY)
            .and_then(|directory| {
                let stat = directory.stat_at(PathFlags::empty(), name)?;
                Ok((directory, stat))
            });
        let (directory, stat) = match found {
            Err(code) if is_absence(&code) => return Ok(None),
            found => found?,
        };
        let Some(node_type) = shown(stat.type_) else {
            return Ok(None);
        };
        let has_other_names = node_type != NodeType::Directory && stat.link_count > 1;
        let identity = if has_other_names {
            let hash = directory.metadata_hash_at(PathFlags::empty(), name)?;
            Some((hash.lower, hash.upper))
        } else {
            None
        };
        let target = match node_type {
            NodeType::SymbolicLink => match directory.readlink_at(name) {
                // It is absolute.
                Err(ErrorCode::NotPermitted) => None,
                target => Some(target?),
            },
            _ => None,
        };
        Ok(Some(LowerEntry {
            identity,
            stat: lower_stat(node_type, stat),
            target,
        }))
    }

    /// Reads a file until there is enough, or no more; nothing of one that has gone since it was found.
    pub fn read(&self, need: &Need, offset: u64, least: u64, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = match self.open(&need.path, OpenFlags::empty()) {
            Err(code) if is_absence(&code) => return Ok(bytes),
            file => file?,
        };
        while (bytes.len() as u64) < least {
            let length = bytes.len() as u64;
            let (more, ended) = match file.read(most - length, offset + length) {
                // A directory is in its place.
                Err(ErrorCode::BadDescriptor | ErrorCode::IsDirectory) => break,
                read => read?,
            };
            if more.is_empty() {
                break;
            }
            if bytes.is_empty() {
                bytes = more;
            } else {
                bytes.extend_from_slice(&more);
            }
            if ended {
                break;
            }
        }
        Ok(bytes)
    }
}

/// As what an object of the host is shown in an overlay. Devices, sockets and the like are not shown: what they do could
/// not be kept in memory.
fn shown(of: DescriptorType) -> Option<NodeType> {
    match of {
        DescriptorType::RegularFile => Some(NodeType::RegularFile),
        DescriptorType::Directory => Some(NodeType::Directory),
        DescriptorType::SymbolicLink => Some(NodeType::SymbolicLink),
        _ => None,
    }
}

/// The attributes of an object of the host, under an overlay. A time that it does not tell is the epoch.
pub fn lower_stat(node_type: NodeType, stat: DescriptorStat) -> Stat {
    let time = |time: Option<Datetime>| {
        time.map_or_else(Timestamp::default, |time| Timestamp {
            seconds: time.seconds,
            nanoseconds: time.nanoseconds,
        })
    };
    Stat {
        node_type,
        link_count: stat.link_count,
        size: stat.size,
        accessed: time(stat.data_access_timestamp),
        modified: time(stat.data_modification_timestamp),
        changed: time(stat.status_change_timestamp),
    }
}
