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
        let contents = self.readable(file, offset)?;
        let lent = self.lower_bytes(file.node, contents, offset, length)?;
        contents.read(offset, length, lent)
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
        let end = offset + bytes.len() as u64;
        let affordable = self.take_lower_chunks(file.node, offset, end)? - offset;
        // Not more than there are bytes.
        let bytes = &bytes[..affordable as usize];
        let node = &mut self.nodes[file.node];
        let Kind::File(contents) = &mut node.kind else {
            return Err(Error::BadDescriptor);
        };
        let written = contents.write(offset, bytes, &mut self.quota)?;
        node.touch(now);
        Ok(written)
    }

    /// Writes `length` zeroes at `offset` and returns `length`. It stores none of them, so the quota does not matter
    /// (but for the chunks at either end that are a lower layer's, and where holes in one have to be remembered), and it
    /// costs only what was stored there before.
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
        if self.take_lower_chunks(file.node, offset, offset + length)? < offset + length {
            return Err(Error::InsufficientSpace);
        }
        let node = &mut self.nodes[file.node];
        let Kind::File(contents) = &mut node.kind else {
            return Err(Error::BadDescriptor);
        };
        contents.write_zeroes(offset, length, &mut self.quota)?;
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
    /// allows no more, where the ranges overlap in the same file, so that another call copies what this one wrote, or
    /// where more is needed of a lower layer.
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
        let length = length.min(Contents::same_chunk(from_offset));
        let lent = self.lower_bytes(from.node, contents, from_offset, length)?;
        let piece = contents.read(from_offset, length, lent)?;
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{
        Device, Limits, OpenOptions,
        testing::{CREATE, Fixture, NO_LIMITS, OPEN, WRITE, at},
    };

    #[test]
    fn reads_what_was_written() {
        let mut fixture = Fixture::new();
        let file = fixture.open("f", CREATE).unwrap();
        let files = &mut fixture.files;
        assert_eq!(files.write(&file, 3, b"abc", at(5)), Ok(3));
        assert_eq!(files.append(&file, b"def", at(6)), Ok(3));
        assert_eq!(files.read(&file, 0, 100).unwrap(), b"\0\0\0abcdef");
        assert_eq!(files.read(&file, 4, 3).unwrap(), b"bcd");
        assert_eq!(files.read(&file, 9, 1).unwrap(), b"");
        assert_eq!(files.read(&file, i64::MAX as u64, 1).unwrap(), b"");
        assert_eq!(files.write_zeroes(&file, 4, 2, at(7)), Ok(2));
        assert_eq!(files.read(&file, 3, 100).unwrap(), b"a\0\0def");
        let stat = files.stat(&file);
        assert_eq!((stat.size, stat.modified, stat.changed), (9, at(7), at(7)));
    }

    #[test]
    fn writing_nothing_changes_nothing() {
        let mut fixture = Fixture::new();
        let file = fixture.open("f", CREATE).unwrap();
        let files = &mut fixture.files;
        assert_eq!(files.write(&file, 100, b"", at(50)), Ok(0));
        assert_eq!(files.write_zeroes(&file, 100, 0, at(50)), Ok(0));
        let stat = files.stat(&file);
        assert_eq!((stat.size, stat.modified), (0, at(2)));
    }

    #[test]
    fn access_is_enforced() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"x");
        let reader = fixture.open("f", OPEN).unwrap();
        let writer = fixture
            .open(
                "f",
                OpenOptions {
                    access: WRITE,
                    ..OPEN
                },
            )
            .unwrap();
        let (files, dir) = (&mut fixture.files, &fixture.dir);
        assert_eq!(files.read(&writer, 0, 1), Err(Error::BadDescriptor));
        assert_eq!(
            files.copy(&writer, 0, &writer, 0, 1, at(3)),
            Err(Error::BadDescriptor)
        );
        assert_eq!(
            files.copy(&reader, 0, &reader, 0, 1, at(3)),
            Err(Error::BadDescriptor)
        );
        assert_eq!(
            files.write(&reader, 0, b"y", at(3)),
            Err(Error::BadDescriptor)
        );
        assert_eq!(
            files.write(&reader, 0, b"", at(3)),
            Err(Error::BadDescriptor)
        );
        assert_eq!(
            files.append(&reader, b"y", at(3)),
            Err(Error::BadDescriptor)
        );
        assert_eq!(
            files.write_zeroes(&reader, 0, 1, at(3)),
            Err(Error::BadDescriptor)
        );
        assert_eq!(files.set_size(&reader, 0, at(3)), Err(Error::Invalid));
        assert_eq!(files.read(dir, 0, 1), Err(Error::BadDescriptor));
        assert_eq!(files.write(dir, 0, b"y", at(3)), Err(Error::BadDescriptor));
        assert_eq!(files.set_size(dir, 0, at(3)), Err(Error::BadDescriptor));
        assert_eq!(files.size(dir), Err(Error::BadDescriptor));
        assert_eq!(files.read(&reader, 0, 9).unwrap(), b"x");
    }

    #[test]
    fn devices_are_someone_elses_business() {
        let mut fixture = Fixture::new();
        fixture
            .files
            .bake_device(fixture.root, "null", Device::Null, at(1))
            .unwrap();
        let null = fixture.open("null", CREATE).unwrap();
        let files = &mut fixture.files;
        assert_eq!(files.read(&null, 0, 1), Err(Error::Unsupported));
        assert_eq!(files.write(&null, 0, b"x", at(3)), Err(Error::Unsupported));
        assert_eq!(files.set_size(&null, 0, at(3)), Err(Error::Invalid));
        assert_eq!(files.size(&null), Ok(0));
    }

    #[test]
    fn no_offset_overflows() {
        let mut fixture = Fixture::new();
        let file = fixture.open("f", CREATE).unwrap();
        let files = &mut fixture.files;
        for offset in [1 << 63, u64::MAX - 1, u64::MAX] {
            assert_eq!(files.read(&file, offset, u64::MAX), Err(Error::Invalid));
            assert_eq!(
                files.write(&file, offset, b"xy", at(3)),
                Err(Error::Invalid)
            );
            assert_eq!(
                files.write_zeroes(&file, offset, u64::MAX, at(3)),
                Err(Error::Invalid)
            );
            assert_eq!(files.set_size(&file, offset, at(3)), Err(Error::Invalid));
            assert_eq!(
                files.copy(&file, offset, &file, 0, u64::MAX, at(3)),
                Err(Error::Invalid)
            );
            assert_eq!(
                files.copy(&file, 0, &file, offset, u64::MAX, at(3)),
                Err(Error::Invalid)
            );
        }
        assert_eq!(
            files.write(&file, MAX_SIZE - 1, b"xy", at(3)),
            Err(Error::FileTooLarge)
        );
        assert_eq!(
            files.write_zeroes(&file, 1, u64::MAX, at(3)),
            Err(Error::FileTooLarge)
        );
        assert_eq!(files.size(&file), Ok(0));
        for size in [1 << 32, 1 << 40, MAX_SIZE, (1 << 32) - 1] {
            files.set_size(&file, size, at(3)).unwrap();
            assert_eq!(files.size(&file), Ok(size));
            assert_eq!(files.read(&file, size - 1, 9).unwrap(), [0]);
        }
        assert_eq!(files.usage().bytes, 0);
        files.set_size(&file, MAX_SIZE, at(3)).unwrap();
        assert_eq!(files.append(&file, b"x", at(3)), Err(Error::FileTooLarge));
        fixture.check();
    }

    #[test]
    fn copies_data_and_holes() {
        let mut fixture = Fixture::new();
        let from = fixture.open("from", CREATE).unwrap();
        let to = fixture.open("to", CREATE).unwrap();
        let files = &mut fixture.files;
        files.write(&from, 1 << 40, &[7; 50_000], at(3)).unwrap();
        files.write(&to, 0, &[9; 40_000], at(3)).unwrap();
        // A hole of a tebibyte takes no time.
        assert_eq!(
            files.copy(&from, 5, &to, 10, u64::MAX, at(4)),
            Ok((1 << 40) - 5 + 50_000)
        );
        assert_eq!(files.size(&to), Ok((1 << 40) + 5 + 50_000));
        assert_eq!(files.read(&to, 0, 20).unwrap(), [[9; 10], [0; 10]].concat());
        assert_eq!(
            files.read(&to, (1 << 40) + 4, 60_000).unwrap(),
            [vec![0], vec![7; 50_000]].concat()
        );
        assert_eq!(files.copy(&from, u64::MAX >> 1, &to, 0, 10, at(5)), Ok(0));
        assert_eq!(files.stat(&to).modified, at(4));
        fixture.check();
    }

    #[test]
    fn copies_within_a_file() {
        let mut fixture = Fixture::new();
        let file = fixture.open("f", CREATE).unwrap();
        let files = &mut fixture.files;
        files.write(&file, 0, b"abcdef", at(3)).unwrap();
        assert_eq!(files.copy(&file, 2, &file, 0, 4, at(3)), Ok(4));
        assert_eq!(files.read(&file, 0, 9).unwrap(), b"cdefef");
        // Where source and target overlap, as far as they do not.
        assert_eq!(files.copy(&file, 0, &file, 2, 4, at(3)), Ok(2));
        assert_eq!(files.read(&file, 0, 9).unwrap(), b"cdcdef");
        assert_eq!(files.copy(&file, 0, &file, 0, 9, at(3)), Ok(6));
        assert_eq!(files.read(&file, 0, 9).unwrap(), b"cdcdef");
    }

    #[test]
    fn copies_as_much_as_the_quota_allows() {
        let mut fixture = Fixture::with_limits(Limits {
            max_bytes: 1000,
            ..NO_LIMITS
        });
        let from = fixture.open("from", CREATE).unwrap();
        let to = fixture.open("to", CREATE).unwrap();
        let files = &mut fixture.files;
        files.write(&from, 0, &[1; 600], at(3)).unwrap();
        assert_eq!(files.copy(&from, 0, &to, 0, 600, at(3)), Ok(400));
        assert_eq!(
            files.copy(&from, 0, &to, 400, 600, at(3)),
            Err(Error::InsufficientSpace)
        );
        fixture.check();
    }
}
