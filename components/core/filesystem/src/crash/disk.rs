//! The disk that a loss of power hits.

/// How a disk behaves when the power is lost. At first, blocks have 512 bytes and nothing is in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// What the disk writes as a whole.
    pub block: Block,
    /// Whether changes of names and sizes are kept in their order, each with the bytes that it shows, as on ext4 with
    /// `data=ordered,nodelalloc`.
    pub ordered: bool,
}

/// The size of the blocks that a disk writes as a whole or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Block {
    /// 512 bytes, the sector of a hard disk.
    #[default]
    Bytes512,
    /// 4096 bytes, the sector of newer disks and a page of memory.
    Bytes4096,
}

impl Block {
    /// The block of this many bytes, if there is one.
    pub fn of_bytes(bytes: u64) -> Option<Self> {
        [Self::Bytes512, Self::Bytes4096]
            .into_iter()
            .find(|block| block.bytes() == bytes)
    }

    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Bytes512 => 512,
            Self::Bytes4096 => 4096,
        }
    }
}
