use alloc::string::String;
use alloc::vec::Vec;

use crate::{Errno, FileType, Memory};

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// The number that no other file of the device has.
    pub inode: u64,
    /// The type.
    pub file_type: FileType,
}

/// The entries of a directory as they were when a program began to read them. A cookie is the number of an entry, so it
/// stays right however the directory changes.
#[derive(Clone, Debug, Default)]
pub struct Listing(Vec<Listed>);

/// How many bytes `dirent` takes.
const HEAD: usize = 24;

impl Listing {
    /// The entries of a directory, with those for the directory itself and the one above in front.
    pub fn new(inode: u64, entries: impl IntoIterator<Item = Listed>) -> Self {
        let dots = [".", ".."].map(|name| Listed {
            name: name.into(),
            inode,
            file_type: FileType::Directory,
        });
        Self(dots.into_iter().chain(entries).collect())
    }

    /// Writes the entries from the one with the number `cookie` on, as many as there is room for; the last one may be cut
    /// short. Returns how many bytes are written: all of `length` if there is more to read.
    ///
    /// # Errors
    /// [`Errno::Fault`] when the bytes do not lie within the memory.
    pub fn store(
        &self,
        memory: &mut impl Memory,
        at: u32,
        length: u32,
        cookie: u64,
    ) -> Result<u32, Errno> {
        memory.check(at, length.into())?;
        let length = length as usize;
        // A cookie beyond the last entry, however large, has no entries behind it.
        let first = usize::try_from(cookie).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        for (entry, next) in self.0.iter().zip(1u64..).skip(first) {
            if bytes.len() >= length {
                break;
            }
            let mut head = [0; HEAD];
            head[..8].copy_from_slice(&next.to_le_bytes());
            head[8..16].copy_from_slice(&entry.inode.to_le_bytes());
            head[16..20].copy_from_slice(&(entry.name.len() as u32).to_le_bytes());
            head[20] = entry.file_type as u8;
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(entry.name.as_bytes());
        }
        bytes.truncate(length);
        memory.write(at, &bytes);
        Ok(bytes.len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn listing() -> Listing {
        Listing::new(
            7,
            [Listed {
                name: "file".into(),
                inode: 8,
                file_type: FileType::RegularFile,
            }],
        )
    }

    #[test]
    fn entries_are_cut_where_the_room_ends() {
        let mut memory = vec![0; 128];
        let all = 3 * 24 + 1 + 2 + 4;
        assert_eq!(listing().store(&mut memory, 0, 128, 0), Ok(all));
        assert_eq!(&memory[75..79], b"file");
        assert_eq!((memory[0], memory[8], memory[16], memory[20]), (1, 7, 1, 3));
        for length in 0..all {
            assert_eq!(listing().store(&mut memory, 0, length, 0), Ok(length));
        }
        assert_eq!(listing().store(&mut memory, 0, 128, 2), Ok(28));
        assert_eq!(listing().store(&mut memory, 0, 128, 3), Ok(0));
        for beyond in [u64::from(u32::MAX), 1 << 32, u64::MAX] {
            assert_eq!(listing().store(&mut memory, 0, 128, beyond), Ok(0));
        }
        assert_eq!(listing().store(&mut memory, 1, 128, 0), Err(Errno::Fault));
    }
}
