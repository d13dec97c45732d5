use crate::{FdFlags, Revision, Scope};

/// The type of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FileType {
    /// Of no type that preview 1 has a number for.
    Unknown = 0,
    /// A block device.
    BlockDevice = 1,
    /// A character device, such as a terminal.
    CharacterDevice = 2,
    /// A directory.
    Directory = 3,
    /// A regular file.
    RegularFile = 4,
    /// A socket with a connection, or one that listens.
    SocketStream = 6,
    /// A symbolic link.
    SymbolicLink = 7,
}

/// `fdstat`: what a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FdStat {
    /// The type of what is open.
    pub file_type: FileType,
    /// How it reads and writes.
    pub flags: FdFlags,
    /// Its rights.
    pub scope: Scope,
}

impl FdStat {
    /// How many bytes it takes in memory.
    pub const SIZE: usize = 24;

    /// The value as it lies in memory.
    pub fn bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[0] = self.file_type as u8;
        bytes[2..4].copy_from_slice(&self.flags.bits().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.scope.base.bits().to_le_bytes());
        bytes[16..].copy_from_slice(&self.scope.inheriting.bits().to_le_bytes());
        bytes
    }
}

/// `filestat`: what a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// The device.
    pub device: u64,
    /// The number that no other file of the device has.
    pub inode: u64,
    /// The type.
    pub file_type: FileType,
    /// How many links there are.
    pub links: u64,
    /// The length in bytes.
    pub size: u64,
    /// The times of the last access, modification and change, in nanoseconds since 1970.
    pub times: [u64; 3],
}

impl FileStat {
    /// How many bytes it takes in memory at most.
    pub const MAX: usize = 64;

    /// How many bytes it takes in memory.
    pub fn size_of(revision: Revision) -> usize {
        match revision {
            Revision::Preview1 => Self::MAX,
            Revision::Unstable => 56,
        }
    }

    /// The value as it lies in memory; [`FileStat::size_of`] bytes of it count.
    pub fn bytes(self, revision: Revision) -> [u8; Self::MAX] {
        let mut bytes = [0; Self::MAX];
        bytes[..8].copy_from_slice(&self.device.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.inode.to_le_bytes());
        bytes[16] = self.file_type as u8;
        let rest = match revision {
            Revision::Preview1 => {
                bytes[24..32].copy_from_slice(&self.links.to_le_bytes());
                &mut bytes[32..]
            }
            Revision::Unstable => {
                let links = u32::try_from(self.links).unwrap_or(u32::MAX);
                bytes[20..24].copy_from_slice(&links.to_le_bytes());
                &mut bytes[24..56]
            }
        };
        let [access, modification, change] = self.times;
        let values = [self.size, access, modification, change];
        for (place, value) in rest.chunks_exact_mut(8).zip(values) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }
}

/// `prestat` of a preopened directory as it lies in memory; `length` is that of its name.
pub fn prestat(length: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[4..].copy_from_slice(&length.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_where_each_revision_has_them() {
        let stat = FileStat {
            device: 1,
            inode: 2,
            file_type: FileType::RegularFile,
            links: 3,
            size: 4,
            times: [5, 6, 7],
        };
        let new = stat.bytes(Revision::Preview1);
        assert_eq!(
            [0, 8, 16, 24, 32, 40, 48, 56].map(|at| new[at]),
            [1, 2, 4, 3, 4, 5, 6, 7]
        );
        let old = stat.bytes(Revision::Unstable);
        assert_eq!(
            [0, 8, 16, 20, 24, 32, 40, 48].map(|at| old[at]),
            [1, 2, 4, 3, 4, 5, 6, 7]
        );
        assert_eq!(old[56..], [0; 8]);
        assert_eq!(prestat(258), [0, 0, 0, 0, 2, 1, 0, 0]);
    }
}
