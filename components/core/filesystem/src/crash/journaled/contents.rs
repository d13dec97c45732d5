//! Changes of files.

use alloc::{boxed::Box, vec::Vec};

use super::JournaledFileSystem;
use crate::{
    Descriptor, Error, FileSystem, NodeType, Timestamp,
    image::view::Times,
    model::{ids::NodeId, node::Kind},
};

/// How many bytes of a lower layer are read at most to remember what a change replaces. What replaces more counts as
/// written at once.
const MAX_LOWER: u64 = 16 << 20;

/// How many bytes are copied at once.
const MAX_COPY: u64 = 64 << 10;

/// The bytes of memory that a change may cost beyond its own: a chunk at either end.
const ENDS: u64 = 64 << 10;

/// Bytes that a change may touch, from an offset up to another.
#[derive(Clone, Copy)]
enum Touched {
    /// All of them.
    All(u64, u64),
    /// Those that are stored; the others stay zeroes.
    Stored(u64, u64),
}

/// The earlier contents of blocks, by their numbers.
type Blocks = Vec<(u64, Box<[u8]>)>;

impl JournaledFileSystem {
    /// Counts everything as written if removed files take the room that a change may need.
    pub(super) fn make_room(&mut self, bytes: u64) {
        let quota = &self.files.quota;
        let is_tight = !quota.has_entries() || quota.bytes_left() < bytes.saturating_add(ENDS);
        if is_tight && self.journal.holds_unnamed(&self.files) {
            self.journal.write_all(&mut self.files);
        }
    }

    /// Counts everything as written if it takes too much memory to remember.
    pub(super) fn write_if_full(&mut self) {
        if self.journal.is_full() {
            self.journal.write_all(&mut self.files);
        }
    }

    /// [`FileSystem::write`].
    pub fn write(
        &mut self,
        file: &Descriptor,
        offset: u64,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let end = offset.saturating_add(bytes.len() as u64);
        self.change(file, Touched::All(offset, end), |files| {
            let written = files.write(file, offset, bytes, now)?;
            Ok((written, offset + written))
        })
    }

    /// [`FileSystem::write_zeroes`].
    pub fn write_zeroes(
        &mut self,
        file: &Descriptor,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let end = offset.saturating_add(length);
        self.change(file, Touched::Stored(offset, end), |files| {
            let written = files.write_zeroes(file, offset, length, now)?;
            Ok((written, offset + written))
        })
    }

    /// [`FileSystem::append`].
    pub fn append(
        &mut self,
        file: &Descriptor,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let offset = match self.size(file) {
            Ok(size) if file.node_type() == NodeType::RegularFile => size,
            _ => return self.files.append(file, bytes, now),
        };
        let end = offset.saturating_add(bytes.len() as u64);
        self.change(file, Touched::All(offset, end), |files| {
            let written = files.append(file, bytes, now)?;
            Ok((written, offset + written))
        })
    }

    /// [`FileSystem::copy`], of at most 64 KiB.
    pub fn copy(
        &mut self,
        from: &Descriptor,
        from_offset: u64,
        to: &Descriptor,
        to_offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let length = length.min(MAX_COPY);
        let end = to_offset.saturating_add(length);
        self.change(to, Touched::All(to_offset, end), |files| {
            let copied = files.copy(from, from_offset, to, to_offset, length, now)?;
            Ok((copied, to_offset + copied))
        })
    }

    /// [`FileSystem::set_size`].
    pub fn set_size(&mut self, file: &Descriptor, size: u64, now: Timestamp) -> Result<(), Error> {
        if !self.keeps_lower_chunk(file, size)? {
            self.files.set_size(file, size, now)?;
            self.sync(file);
            return Ok(());
        }
        let end = self.size(file).unwrap_or(0);
        self.change(file, Touched::Stored(size, end), |files| {
            files.set_size(file, size, now)?;
            Ok(((), u64::MAX))
        })
    }

    /// Makes a file empty that was opened for that.
    pub(super) fn truncate(&mut self, file: &Descriptor, now: Timestamp) -> Result<(), Error> {
        let end = self.size(file)?;
        self.change(file, Touched::Stored(0, end), |files| {
            files.truncate(file.node, now);
            Ok(((), u64::MAX))
        })
    }

    /// Changes the times of a file as if it were changed.
    pub(super) fn touch(&mut self, file: &Descriptor, now: Timestamp) {
        let touched = self.change_attributes(file.node, |files| {
            files.truncate(file.node, now);
            Ok(())
        });
        debug_assert!(touched.is_ok(), "touching a file cannot fail");
    }

    /// Brings into memory the chunk of a lower layer that a cut divides, because its later part may come back. False if
    /// there is no room for the chunk.
    fn keeps_lower_chunk(&mut self, file: &Descriptor, size: u64) -> Result<bool, Error> {
        let Kind::File(contents) = &self.files.nodes[file.node].kind else {
            return Ok(true);
        };
        let end = contents.lower_extent();
        let may_change = file.access().write && self.files.check_writable(file.root).is_ok();
        if size == 0 || size >= end || !may_change {
            return Ok(true);
        }
        match self.files.take_lower_chunks(file.node, size, end) {
            Err(Error::Lower) => Err(Error::Lower),
            taken => Ok(taken.is_ok()),
        }
    }

    /// Changes the times of a file.
    pub(super) fn change_attributes(
        &mut self,
        node: NodeId,
        change: impl FnOnce(&mut FileSystem) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.change_node(node, Touched::All(0, 0), |files| {
            change(files)?;
            Ok(((), 0))
        })
    }

    fn change<R>(
        &mut self,
        file: &Descriptor,
        touched: Touched,
        change: impl FnOnce(&mut FileSystem) -> Result<(R, u64), Error>,
    ) -> Result<R, Error> {
        let bytes = match touched {
            Touched::All(start, end) => end.saturating_sub(start),
            Touched::Stored(..) => 0,
        };
        self.make_room(bytes);
        self.change_node(file.node, touched, change)
    }

    /// Does a change of a file, which returns where it ended, and records it.
    fn change_node<R>(
        &mut self,
        node: NodeId,
        touched: Touched,
        change: impl FnOnce(&mut FileSystem) -> Result<(R, u64), Error>,
    ) -> Result<R, Error> {
        let before = match &self.files.nodes[node].kind {
            Kind::File(contents) => (contents.size(), Times::of(&self.files.nodes[node])),
            _ => return change(&mut self.files).map(|(result, _)| result),
        };
        let blocks = self.blocks(node, touched)?;
        let (result, end) = change(&mut self.files)?;
        let Some(mut blocks) = blocks else {
            let Self {
                files,
                journal,
                disk,
            } = self;
            journal.sync(files, node, true, disk.ordered);
            return Ok(result);
        };
        let length = self.disk.block.bytes();
        blocks.retain(|(number, _)| number * length < end);
        let after = match &self.files.nodes[node].kind {
            Kind::File(contents) => (contents.size(), Times::of(&self.files.nodes[node])),
            _ => return Ok(result),
        };
        if before != after || !blocks.is_empty() {
            let ordered = self.disk.ordered;
            (self.journal).record_file(&mut self.files, node, before, blocks, ordered);
            self.write_if_full();
        }
        Ok(result)
    }

    /// What the blocks hold that a change may touch; `None` if that is too much of a lower layer.
    fn blocks(&self, node: NodeId, touched: Touched) -> Result<Option<Blocks>, Error> {
        let mut blocks = Vec::new();
        let Kind::File(contents) = &self.files.nodes[node].kind else {
            return Ok(Some(blocks));
        };
        let (Touched::All(start, end) | Touched::Stored(start, end)) = touched;
        if start >= end {
            return Ok(Some(blocks));
        }
        let length = self.disk.block.bytes();
        let start = start - start % length;
        let end = end.checked_next_multiple_of(length).unwrap_or(end);
        if let Some((first, last)) = contents.lower_span(start, end - start)
            && last - first > MAX_LOWER
        {
            return Ok(None);
        }
        let lent = self.files.lower_bytes(node, contents, start, end - start)?;
        let mut next = start;
        while next < end {
            let bytes = if next < contents.size() {
                contents.read(next, length, lent)?
            } else {
                Vec::new()
            };
            let zeroes = bytes.iter().rev().take_while(|byte| **byte == 0).count();
            let stored = bytes.len() - zeroes;
            blocks.push((next / length, bytes[..stored].into()));
            next += length;
            if let Touched::Stored(..) = touched {
                // Blocks that store nothing do not change.
                match contents.next_stored(next) {
                    Some(stored) => next = stored - stored % length,
                    None => break,
                }
            }
        }
        Ok(Some(blocks))
    }
}
