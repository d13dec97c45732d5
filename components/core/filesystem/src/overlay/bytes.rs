//! Reading the bytes of files through to the lower layer.

use alloc::vec::Vec;

use crate::{
    Error, FileSystem, Need, What,
    model::{
        contents::{Contents, lower_part::LowerBytes},
        ids::NodeId,
        lower::{Lower, Window},
        node::Kind,
    },
};

/// How many windows on lower files are kept. They suffice for an operation on two files, and for some files that are
/// read in turns.
const WINDOWS: usize = 4;

/// How many bytes are asked for at least when a file is read from its beginning, if it has as many.
const FIRST_READ: u64 = 64 * 1024;

/// How many bytes are asked for at least when a file is read on from a window, if it has as many.
const READ_AHEAD: u64 = 256 * 1024;

impl Lower {
    /// The bytes of a lower file from `start` up to `end`.
    #[inline(never)]
    fn bytes(
        &self,
        node: NodeId,
        (start, end): (u64, u64),
        extent: u64,
    ) -> Result<LowerBytes<'_>, Error> {
        let mut windows = self.windows.iter().filter(|window| window.node == node);
        if let Some(window) = windows.find(|window| window.offset <= start && end <= window.end()) {
            return Ok(LowerBytes {
                offset: window.offset,
                bytes: &window.bytes,
            });
        }
        let goes_on = self
            .windows
            .iter()
            .any(|window| window.node == node && window.offset <= start && start <= window.end());
        let ahead = match (start, goes_on) {
            (0, _) => FIRST_READ,
            (_, true) => READ_AHEAD,
            (_, false) => 0,
        };
        let least = end - start;
        let most = least.max(ahead.min(extent - start));
        Err(self.lacks(
            node,
            0,
            What::Bytes {
                offset: start,
                least,
                most,
            },
        ))
    }
}

impl FileSystem {
    /// Answers [`What::Bytes`]. Bytes that are missing up to `least` read as zeroes; bytes beyond `most` are ignored.
    pub fn provide_bytes(&mut self, need: &Need, mut bytes: Vec<u8>) {
        let What::Bytes {
            offset,
            least,
            most,
        } = need.what
        else {
            return;
        };
        if !self.is_current(need) {
            return;
        }
        let length = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        bytes.truncate(length(most));
        if bytes.len() < length(least) {
            bytes.resize(length(least), 0);
        }
        if let Some(lower) = self.lower.get_mut() {
            if lower.windows.len() == WINDOWS {
                lower.windows.pop_front();
            }
            lower.windows.push_back(Window {
                node: need.node,
                offset,
                bytes,
            });
        }
    }

    /// The bytes of the lower layer that are needed to read `length` bytes of a file at `offset`.
    pub(crate) fn lower_bytes(
        &self,
        node: NodeId,
        contents: &Contents,
        offset: u64,
        length: u64,
    ) -> Result<LowerBytes<'_>, Error> {
        match (self.lower.get(), contents.lower_span(offset, length)) {
            (Some(lower), Some(span)) => lower.bytes(node, span, contents.lower_extent()),
            _ => Ok(LowerBytes::default()),
        }
    }

    /// Copies into memory the chunks of the lower layer at either end of a change from `offset` up to `end`, if the
    /// change leaves some of their bytes. Returns the offset up to which bytes can be changed: `end`, or less if the
    /// quota has no room for the last chunk. Copied chunks stay in memory even if the change then fails; only the usage
    /// shows the difference.
    pub(crate) fn take_lower_chunks(
        &mut self,
        id: NodeId,
        offset: u64,
        end: u64,
    ) -> Result<u64, Error> {
        let Some(lower) = self.lower.get() else {
            return Ok(end);
        };
        let Kind::File(contents) = &mut self.nodes[id].kind else {
            return Ok(end);
        };
        while let Some((number, start, lower_end)) = contents.lower_chunk_to_keep(offset, end) {
            let bytes = lower.bytes(id, (start, lower_end), contents.lower_extent())?;
            match contents.take_chunk(number, bytes, &mut self.quota) {
                Ok(()) => {}
                Err(_) if start > offset => return Ok(start),
                Err(error) => return Err(error),
            }
        }
        Ok(end)
    }
}
