//! Taking contents apart and putting them together, to encode whole filesystems.

use alloc::vec::Vec;

use super::{
    CHUNK, Contents, MAX_OFFSET,
    chunk::{CHUNK_U64, charge},
    lower_part::LowerPart,
};
use crate::model::{of_overlay::OfOverlay, quota::Quota, ranges::Ranges};

/// Why parts are no contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartsError {
    /// The parts contradict each other.
    Malformed,
    /// The quota or the memory has no room for them.
    NoRoom,
}

/// The part of contents that is read from the lower layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LowerExtent {
    /// Where the lower layer's bytes end.
    pub(crate) extent: u64,
    /// The chunks that belong to this layer, as ranges of their numbers.
    pub(crate) taken: Vec<(u64, u64)>,
}

impl Contents {
    /// The stored chunks in order, each with its number.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let first = (!self.first.is_empty()).then_some((0, self.first.as_slice()));
        let others = self.others.iter();
        first
            .into_iter()
            .chain(others.map(|(&number, chunk)| (number, chunk.as_slice())))
    }

    /// The part that is read from the lower layer, if there is one.
    pub(crate) fn lower_parts(&self) -> Option<LowerExtent> {
        self.lower.get().map(|lower| LowerExtent {
            extent: lower.extent,
            taken: lower.taken.iter().collect(),
        })
    }

    /// Contents of these parts: chunks in the order of their numbers, and a part of the lower layer.
    pub(crate) fn of_parts<'a>(
        size: u64,
        chunks: impl IntoIterator<Item = (u64, &'a [u8])>,
        lower: Option<LowerExtent>,
        quota: &mut Quota,
    ) -> Result<Self, PartsError> {
        if size > MAX_OFFSET {
            return Err(PartsError::Malformed);
        }
        let mut contents = Self {
            size,
            ..Self::default()
        };
        let mut next = 0;
        for (number, bytes) in chunks {
            let end = number
                .checked_mul(CHUNK_U64)
                .and_then(|start| start.checked_add(bytes.len() as u64));
            let fits = end.is_some_and(|end| end <= size);
            if number < next || bytes.is_empty() || bytes.len() > CHUNK || !fits {
                return Err(PartsError::Malformed);
            }
            next = number + 1;
            quota
                .take_bytes(charge(number, bytes.len()))
                .map_err(|_| PartsError::NoRoom)?;
            let mut chunk = Vec::new();
            chunk
                .try_reserve_exact(bytes.len())
                .map_err(|_| PartsError::NoRoom)?;
            chunk.extend_from_slice(bytes);
            if number == 0 {
                contents.first = chunk;
            } else {
                contents.others.insert(number, chunk);
            }
        }
        if let Some(parts) = lower {
            let chunks = parts.extent.div_ceil(CHUNK_U64);
            let mut taken = Ranges::default();
            let mut before = None;
            for &(start, end) in &parts.taken {
                // Ranges that touch would be one.
                if start >= end || end > chunks || before.is_some_and(|before| start <= before) {
                    return Err(PartsError::Malformed);
                }
                before = Some(end);
                taken.insert(start, end);
            }
            let extent = parts.extent;
            let lower = LowerPart { extent, taken };
            quota
                .take_bytes(lower.charge())
                .map_err(|_| PartsError::NoRoom)?;
            contents.lower = OfOverlay::from(Some(lower));
        }
        contents.check().map_err(|_| PartsError::Malformed)?;
        Ok(contents)
    }
}
