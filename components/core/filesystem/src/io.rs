//! Reading and writing files.

use alloc::vec::Vec;

use crate::{
    Descriptor, Error, FileSystem, NodeType, Timestamp,
    contents::{Contents, MAX_SIZE},
    node::Kind,
};

/// [`Error::Invalid`] for an offset or a size that POSIX `off_t` cannot express, as on Wasmtime's host.
fn check_offset(offset: u64) -> Result<(), Error> {
    if offset > MAX_SIZE {
        Err(Error::Invalid)
    } else {
        Ok(())
    }
}

/// [`Error::FileTooLarge`] if a file with `length` bytes at `offset` would be.
fn check_end(offset: u64, length: u64) -> Result<(), Error> {
    match offset.checked_add(length) {
        Some(end) if end <= MAX_SIZE => Ok(()),
        _ => Err(Error::FileTooLarge),
    }
}

impl FileSystem {
    /// The bytes of a file from `offset`, at most `length`; fewer only at the end of the file, none at or past it.
    /// Holes read as zeroes. Allocates as much as it returns, so whoever passes on what a guest asks for should cap
    /// `length`.
    ///
    /// Fails with [`Error::BadDescriptor`] for anything but a file open for reading, with [`Error::Unsupported`] for a
    /// device, with [`Error::Invalid`] for an offset above [`i64::MAX`], with [`Error::InsufficientMemory`].
    pub fn read(&self, file: &Descriptor, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.readable(file, offset)?.read(offset, length)
    }

    /// Writes `bytes` at `offset`, as POSIX `pwrite`, and returns how many were written: all, or as many as the quota
    /// allows if that is at least one. The file grows as needed; what is skipped is a hole.
    ///
    /// Fails with [`Error::BadDescriptor`] for anything but a file open for writing, with [`Error::Unsupported`] for a
    /// device, with [`Error::Invalid`] for an offset above [`i64::MAX`], with [`Error::FileTooLarge`] if the file
    /// would become larger than that, with [`Error::InsufficientSpace`] or [`Error::InsufficientMemory`] if nothing
    /// can be written.
    pub fn write(
        &mut self,
        file: &Descriptor,
        offset: u64,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.writable(file, offset)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        check_end(offset, bytes.len() as u64)?;
        let node = &mut self.nodes[file.node];
        let Kind::File(contents) = &mut node.kind else {
            return Err(Error::BadDescriptor);
        };
        let written = contents.write(offset, bytes, &mut self.quota)?;
        node.touch(now);
        Ok(written)
    }

    /// Writes `length` zeroes at `offset` and returns `length`. It stores none of them, so the quota does not matter,
    /// and it costs only what was stored there before.
    ///
    /// Fails as [`FileSystem::write`].
    pub fn write_zeroes(
        &mut self,
        file: &Descriptor,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.writable(file, offset)?;
        if length == 0 {
            return Ok(0);
        }
        check_end(offset, length)?;
        let node = &mut self.nodes[file.node];
        let Kind::File(contents) = &mut node.kind else {
            return Err(Error::BadDescriptor);
        };
        contents.write_zeroes(offset, length, &mut self.quota);
        node.touch(now);
        Ok(length)
    }

    /// Writes `bytes` at the end of the file, as [`FileSystem::write`].
    pub fn append(
        &mut self,
        file: &Descriptor,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let end = self.writable(file, 0)?.size();
        self.write(file, end, bytes, now)
    }

    /// Copies at most `length` bytes between files and returns how many: fewer at the end of `from`, if the quota
    /// allows no more, or where the ranges overlap in the same file, so that another call copies what this one wrote.
    /// Holes are copied as holes.
    ///
    /// Fails as [`FileSystem::read`] and [`FileSystem::write`].
    pub fn copy(
        &mut self,
        from: &Descriptor,
        from_offset: u64,
        to: &Descriptor,
        to_offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let available = self
            .readable(from, from_offset)?
            .size()
            .saturating_sub(from_offset);
        self.writable(to, to_offset)?;
        let mut length = length.min(available);
        check_end(to_offset, length)?;
        if from.node == to.node && to_offset > from_offset {
            length = length.min(to_offset - from_offset);
        }
        let mut copied = 0;
        while copied < length {
            match self.copy_piece(
                from,
                from_offset + copied,
                to,
                to_offset + copied,
                length - copied,
                now,
            ) {
                Ok(0) => break,
                Ok(count) => copied += count,
                Err(error) if copied == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(copied)
    }

    /// Copies a hole, or what is stored in one chunk.
    fn copy_piece(
        &mut self,
        from: &Descriptor,
        from_offset: u64,
        to: &Descriptor,
        to_offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let contents = self.readable(from, from_offset)?;
        let hole = contents
            .next_stored(from_offset)
            .map_or(length, |stored| stored - from_offset)
            .min(length);
        if hole > 0 {
            return self.write_zeroes(to, to_offset, hole, now);
        }
        let piece = contents.read(from_offset, length.min(Contents::same_chunk(from_offset)))?;
        self.write(to, to_offset, &piece, now)
    }

    /// Sets the size of a file, as POSIX `ftruncate`: cuts off what is beyond, or adds a hole, which costs nothing.
    ///
    /// Fails with [`Error::BadDescriptor`] for a directory, with [`Error::NotPermitted`] in a read-only tree, and with
    /// [`Error::Invalid`] for a device, for a file not open for writing, and for a size above [`i64::MAX`].
    pub fn set_size(&mut self, file: &Descriptor, size: u64, now: Timestamp) -> Result<(), Error> {
        if file.node_type() == NodeType::Directory {
            return Err(Error::BadDescriptor);
        }
        self.check_writable(file.root)?;
        if !file.access().write {
            return Err(Error::Invalid);
        }
        check_offset(size)?;
        let node = &mut self.nodes[file.node];
        let Kind::File(contents) = &mut node.kind else {
            return Err(Error::Invalid);
        };
        contents.set_size(size, &mut self.quota);
        node.touch(now);
        Ok(())
    }

    /// The size of a file in bytes; 0 for a device.
    ///
    /// Fails with [`Error::BadDescriptor`] for a directory.
    pub fn size(&self, file: &Descriptor) -> Result<u64, Error> {
        match &self.nodes[file.node].kind {
            Kind::File(contents) => Ok(contents.size()),
            Kind::Device(_) => Ok(0),
            Kind::Directory(_) | Kind::Symlink(_) => Err(Error::BadDescriptor),
        }
    }

    /// The contents of a file open for reading, to be read at `offset`.
    fn readable(&self, file: &Descriptor, offset: u64) -> Result<&Contents, Error> {
        let contents = self.contents(file)?;
        // In this order, as Linux does in `pread64` and `pwrite64`.
        check_offset(offset)?;
        if file.access().read {
            Ok(contents)
        } else {
            Err(Error::BadDescriptor)
        }
    }

    /// The contents of a file open for writing, to be written at `offset`.
    fn writable(&self, file: &Descriptor, offset: u64) -> Result<&Contents, Error> {
        let contents = self.contents(file)?;
        self.check_writable(file.root)?;
        check_offset(offset)?;
        if file.access().write {
            Ok(contents)
        } else {
            Err(Error::BadDescriptor)
        }
    }

    fn contents(&self, file: &Descriptor) -> Result<&Contents, Error> {
        match &self.nodes[file.node].kind {
            Kind::File(contents) => Ok(contents),
            Kind::Device(_) => Err(Error::Unsupported),
            Kind::Directory(_) | Kind::Symlink(_) => Err(Error::BadDescriptor),
        }
    }
}
