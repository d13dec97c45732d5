//! Reading and writing files.

use alloc::vec::Vec;

use crate::{
    Descriptor, Error, FileSystem, NodeType, Timestamp,
    model::{
        contents::{Contents, MAX_OFFSET},
        node::Kind,
    },
};

/// How many bytes of a read Wasmtime's host counts at most when it checks the end: as many as it reads at once.
const COUNTED_OF_READ: u64 = 64 * 1024;

/// [`Error::Invalid`] for an offset or a size that POSIX `off_t` cannot express, as on Wasmtime's host.
fn check_offset(offset: u64) -> Result<(), Error> {
    if offset > MAX_OFFSET {
        Err(Error::Invalid)
    } else {
        Ok(())
    }
}

/// [`Error::Invalid`] if POSIX `off_t` cannot express where `length` bytes at `offset` end, as on Linux for a file of
/// any size.
fn check_end(offset: u64, length: u64) -> Result<(), Error> {
    match offset.checked_add(length) {
        Some(end) => check_offset(end),
        None => Err(Error::Invalid),
    }
}

/// How many of `length` bytes at `offset` can be written to a file: fewer than `length` if the file would become too
/// large, and [`Error::FileTooLarge`] if it can take none of them.
fn within_limit(contents: &Contents, offset: u64, length: u64) -> Result<u64, Error> {
    match contents.limit().saturating_sub(offset).min(length) {
        0 if length > 0 => Err(Error::FileTooLarge),
        room => Ok(room),
    }
}

// These functions check in the order in which Linux checks in `pread64` and `pwrite64`.
impl Descriptor {
    /// Checks that `length` bytes at `offset` of a file or a device may be read, whatever its contents are. Fails with
    /// [`Error::Invalid`] if the bytes, of which at most 64 KiB count, would lie beyond [`i64::MAX`], and with
    /// [`Error::BadDescriptor`] if the descriptor was not opened for reading.
    pub fn check_read(&self, offset: u64, length: u64) -> Result<(), Error> {
        check_offset(offset)?;
        if !self.access().read {
            return Err(Error::BadDescriptor);
        }
        check_end(offset, length.min(COUNTED_OF_READ))
    }

    /// Checks that `length` bytes at `offset` of a file or a device may be written. Fails with [`Error::Invalid`] if
    /// the bytes would lie beyond [`i64::MAX`], and with [`Error::BadDescriptor`] if the descriptor was not opened for
    /// writing.
    pub fn check_write(&self, offset: u64, length: u64) -> Result<(), Error> {
        check_offset(offset)?;
        if !self.access().write {
            return Err(Error::BadDescriptor);
        }
        check_end(offset, length)
    }
}

impl FileSystem {
    /// At most `length` bytes of a file from `offset`; fewer only at the end of the file, and none at or past its end.
    /// Holes read as zeroes. The function allocates as much as it returns, so a caller should cap a `length` that comes
    /// from a guest.
    ///
    /// Fails with [`Error::BadDescriptor`] for anything but a file open for reading, with [`Error::Unsupported`] for a
    /// device, with [`Error::Invalid`] if the bytes, of which at most 64 KiB count, would lie beyond [`i64::MAX`], and
    /// with [`Error::InsufficientMemory`] if memory is exhausted.
    pub fn read(&self, file: &Descriptor, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let contents = self.readable(file, offset, length)?;
        let lent = self.lower_bytes(file.node, contents, offset, length)?;
        contents.read(offset, length, lent)
    }

    /// How many bytes of a file can be read from `offset`, at most `length`.
    ///
    /// Fails as [`FileSystem::read`].
    pub fn available(&self, file: &Descriptor, offset: u64, length: u64) -> Result<u64, Error> {
        let contents = self.readable(file, offset, length)?;
        Ok(contents.size().saturating_sub(offset).min(length))
    }

    /// Checks that an output stream may be made, as Wasmtime's host does. Fails with [`Error::BadDescriptor`] for a
    /// directory, and with [`Error::NotPermitted`] in a read-only tree, unless the descriptor is of a device that was
    /// opened for writing. Only a write, even of no bytes, checks whether a file was opened for writing.
    pub fn check_write_stream(&self, file: &Descriptor) -> Result<(), Error> {
        match file.node_type() {
            NodeType::Directory => Err(Error::BadDescriptor),
            NodeType::CharacterDevice if file.access().write => Ok(()),
            _ => self.check_writable(file.root),
        }
    }

    /// Writes `bytes` at `offset`, as POSIX `pwrite`, and returns how many were written: all, or as many as the quota
    /// and the largest size of a file allow if that is at least one. The file grows as needed; a gap between its old
    /// end and `offset` becomes a hole.
    ///
    /// Fails with [`Error::BadDescriptor`] for anything but a file open for writing, with [`Error::Unsupported`] for a
    /// device, with [`Error::NotPermitted`] in a read-only tree, with [`Error::Invalid`] if the bytes would lie beyond
    /// [`i64::MAX`], with [`Error::FileTooLarge`] if the file would become larger than 16 TiB less 4 KiB, with
    /// [`Error::InsufficientSpace`] or [`Error::InsufficientMemory`] if nothing can be written.
    pub fn write(
        &mut self,
        file: &Descriptor,
        offset: u64,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let room = self.writable(file, offset, bytes.len() as u64)?;
        if room == 0 {
            return Ok(0);
        }
        let end = offset + room;
        let affordable = self.take_lower_chunks(file.node, offset, end)? - offset;
        // This is at most the number of bytes.
        let bytes = &bytes[..affordable as usize];
        let node = &mut self.nodes[file.node];
        let Kind::File(contents) = &mut node.kind else {
            return Err(Error::BadDescriptor);
        };
        let written = contents.write(offset, bytes, &mut self.quota)?;
        node.touch(now);
        Ok(written)
    }

    /// Writes `length` zeroes at `offset` and returns how many were written: all, or as many as the largest size of a
    /// file allows. The zeroes are not stored, so the quota does not matter, except for chunks of a lower layer at
    /// either end and for the record of holes in a lower layer. The cost depends only on the bytes that were stored
    /// there before.
    ///
    /// Fails as [`FileSystem::write`].
    pub fn write_zeroes(
        &mut self,
        file: &Descriptor,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let length = self.writable(file, offset, length)?;
        if length == 0 {
            return Ok(0);
        }
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
        self.writable(file, 0, bytes.len() as u64)?;
        let end = self.size(file)?;
        self.write(file, end, bytes, now)
    }

    /// Copies at most `length` bytes between files and returns how many: fewer at the end of `from`, if the quota
    /// allows no more, if the ranges overlap in the same file, so that another call copies the bytes that this call
    /// wrote, or if the copy needs more bytes of a lower layer. Holes are copied as holes.
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
        let length = self.available(from, from_offset, length)?;
        let mut length = self.writable(to, to_offset, length)?;
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

    /// Copies a hole, or stored bytes of one chunk.
    fn copy_piece(
        &mut self,
        from: &Descriptor,
        from_offset: u64,
        to: &Descriptor,
        to_offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let contents = self.readable(from, from_offset, length)?;
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

    /// Sets the size of a file, as POSIX `ftruncate`: cuts the file off there, or adds a hole, which costs nothing.
    ///
    /// Fails with [`Error::BadDescriptor`] for a directory, with [`Error::NotPermitted`] in a read-only tree, with
    /// [`Error::Invalid`] for a device, for a file not open for writing, and for a size above [`i64::MAX`], and with
    /// [`Error::FileTooLarge`] for a size to which [`FileSystem::write`] could not make the file grow.
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
        if size > contents.limit() {
            return Err(Error::FileTooLarge);
        }
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

    /// The contents of a file open for reading, of which `length` bytes are to be read at `offset`.
    fn readable(&self, file: &Descriptor, offset: u64, length: u64) -> Result<&Contents, Error> {
        let contents = self.contents(file)?;
        file.check_read(offset, length)?;
        Ok(contents)
    }

    /// How many of `length` bytes can be written to a file open for writing at `offset`.
    fn writable(&self, file: &Descriptor, offset: u64, length: u64) -> Result<u64, Error> {
        let contents = self.contents(file)?;
        self.check_writable(file.root)?;
        file.check_write(offset, length)?;
        within_limit(contents, offset, length)
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
        model::contents::MAX_SIZE,
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
        assert_eq!(files.read(&file, i64::MAX as u64 - 1, 1).unwrap(), b"");
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
        // `off_t` cannot express the end of this read.
        assert_eq!(files.read(&file, MAX_OFFSET, 1), Err(Error::Invalid));
        assert_eq!(files.read(&file, MAX_OFFSET - 9, 10), Err(Error::Invalid));
        assert_eq!(files.read(&file, MAX_OFFSET - 10, 10).unwrap(), b"");
        assert_eq!(files.read(&file, MAX_OFFSET, 0).unwrap(), b"");
        assert_eq!(files.available(&file, MAX_OFFSET, 1), Err(Error::Invalid));
        assert_eq!(files.read(&file, 0, u64::MAX).unwrap(), b"");
        for (offset, length) in [(MAX_OFFSET - 1, 2), (1, u64::MAX), (0, MAX_OFFSET + 1)] {
            assert_eq!(
                files.write_zeroes(&file, offset, length, at(3)),
                Err(Error::Invalid)
            );
        }
        assert_eq!(
            files.write(&file, MAX_OFFSET - 1, b"xy", at(3)),
            Err(Error::Invalid)
        );
        assert_eq!(files.size(&file), Ok(0));
        for size in [1 << 32, 1 << 40, MAX_SIZE, (1 << 32) - 1] {
            files.set_size(&file, size, at(3)).unwrap();
            assert_eq!(files.size(&file), Ok(size));
            assert_eq!(files.read(&file, size - 1, 9).unwrap(), [0]);
        }
        assert_eq!(files.usage().bytes, 0);
        fixture.check();
    }

    #[test]
    fn no_file_grows_beyond_the_limit() {
        let mut fixture = Fixture::new();
        let from = fixture.open("from", CREATE).unwrap();
        let file = fixture.open("f", CREATE).unwrap();
        let files = &mut fixture.files;
        files.write(&from, 0, b"abcd", at(3)).unwrap();
        for offset in [MAX_SIZE, 1 << 62, MAX_OFFSET - 2] {
            assert_eq!(
                files.write(&file, offset, b"xy", at(3)),
                Err(Error::FileTooLarge)
            );
            assert_eq!(files.write(&file, offset, b"", at(3)), Ok(0));
            assert_eq!(
                files.write_zeroes(&file, offset, 2, at(3)),
                Err(Error::FileTooLarge)
            );
            assert_eq!(
                files.copy(&from, 0, &file, offset, 2, at(3)),
                Err(Error::FileTooLarge)
            );
            assert_eq!(
                files.set_size(&file, offset + 1, at(3)),
                Err(Error::FileTooLarge)
            );
            assert_eq!(files.read(&file, offset, 2).unwrap(), b"");
        }
        assert_eq!(files.size(&file), Ok(0));
        // The bytes for which there is room are written.
        assert_eq!(files.copy(&from, 0, &file, MAX_SIZE - 3, 4, at(3)), Ok(3));
        assert_eq!(files.write(&file, MAX_SIZE - 2, b"xyz", at(3)), Ok(2));
        assert_eq!(files.read(&file, MAX_SIZE - 3, 9).unwrap(), b"axy");
        assert_eq!(files.append(&file, b"x", at(3)), Err(Error::FileTooLarge));
        assert_eq!(
            files.write_zeroes(&file, 0, MAX_OFFSET, at(3)),
            Ok(MAX_SIZE)
        );
        assert_eq!(files.size(&file), Ok(MAX_SIZE));
        fixture.check();
    }

    #[test]
    fn a_stream_that_could_never_write_is_not_made() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"x");
        let reader = fixture.open("f", OPEN).unwrap();
        assert_eq!(fixture.files.check_write_stream(&reader), Ok(()));
        let root = fixture.files.add_root(true, at(1)).unwrap();
        fixture.files.bake_file(root, "f", b"x", at(1)).unwrap();
        let directory = fixture.files.open_root(root);
        let files = &mut fixture.files;
        let file = files.open_at(&directory, "f", OPEN, at(2)).unwrap();
        assert_eq!(files.check_write_stream(&file), Err(Error::NotPermitted));
        assert_eq!(
            files.check_write_stream(&directory),
            Err(Error::BadDescriptor)
        );
    }

    #[test]
    fn copies_data_and_holes() {
        let mut fixture = Fixture::new();
        let from = fixture.open("from", CREATE).unwrap();
        let to = fixture.open("to", CREATE).unwrap();
        let files = &mut fixture.files;
        files.write(&from, 1 << 40, &[7; 50_000], at(3)).unwrap();
        files.write(&to, 0, &[9; 40_000], at(3)).unwrap();
        // Copying a hole of a tebibyte takes no time.
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
        assert_eq!(files.copy(&from, 1 << 62, &to, 0, 10, at(5)), Ok(0));
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
        // If source and target overlap, only the bytes up to the overlap are copied.
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
