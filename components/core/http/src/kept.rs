//! Bytes of a body that are kept until it is known where they go.

use alloc::vec::{IntoIter, Vec};

use crate::{Room, Share};

/// How large a piece becomes that is not asked to be larger: so few that a small body takes little, so many that writing
/// few bytes at a time makes few pieces.
const PIECE: usize = 64 * 1024;

/// The bytes that a piece counts besides those that it has room for, so that many small bodies count too.
const OVERHEAD: usize = 32;

/// Bytes in pieces. Their memory is taken from a [`Room`], all of it: a single text that grows would have room for twice as
/// many bytes as it has, and for three times as many while it is moved.
#[derive(Debug)]
pub struct Kept {
    pieces: Vec<Vec<u8>>,
    share: Share,
}

impl Kept {
    /// No bytes yet.
    pub fn new(room: &Room) -> Self {
        Self {
            pieces: Vec::new(),
            share: room.share(),
        }
    }

    /// How many more bytes can be kept.
    pub fn left(&self) -> usize {
        let left = self.share.room().left().saturating_sub(OVERHEAD);
        left.saturating_add(self.spare())
    }

    /// Keeps bytes. If there is no room for them, none of them is kept and the result is `false`.
    #[must_use]
    pub fn add(&mut self, bytes: &[u8]) -> bool {
        let (first, rest) = bytes.split_at(bytes.len().min(self.spare()));
        if !self.make_room(rest.len()) {
            return false;
        }
        // With a new piece, the one before it takes the first bytes.
        let last = self
            .pieces
            .len()
            .wrapping_sub(1 + usize::from(!rest.is_empty()));
        if let Some(piece) = self.pieces.get_mut(last) {
            piece.extend_from_slice(first);
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.extend_from_slice(rest);
        }
        true
    }

    /// Keeps zeroes, as [`Kept::add`] keeps bytes.
    #[must_use]
    pub fn add_zeroes(&mut self, length: u64) -> bool {
        match usize::try_from(length) {
            Ok(length) if length <= self.left() => self.add(&alloc::vec![0; length]),
            _ => false,
        }
    }

    /// The pieces in their order.
    pub fn into_pieces(self) -> IntoIter<Vec<u8>> {
        self.pieces.into_iter()
    }

    /// How many bytes the last piece has room for.
    fn spare(&self) -> usize {
        let last = self.pieces.last();
        last.map_or(0, |piece| piece.capacity() - piece.len())
    }

    /// Makes a piece that has room for so many bytes, if there are any.
    fn make_room(&mut self, length: usize) -> bool {
        if length == 0 {
            return true;
        }
        // Pieces grow up to a size, as far as there is room.
        let before = self.pieces.last().map_or(0, Vec::capacity);
        let left = self.share.room().left().saturating_sub(OVERHEAD);
        let wanted = length.max((2 * before).min(PIECE).min(left));
        if !self.share.exchange(0, wanted.saturating_add(OVERHEAD)) {
            return false;
        }
        self.pieces.push(Vec::with_capacity(wanted));
        true
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_does_not_fit_is_not_kept_at_all() {
        let room = Room::new(100 + 2 * OVERHEAD);
        let mut kept = Kept::new(&room);
        assert!(kept.add(b"abc"));
        assert_eq!(kept.left(), 97);
        assert!(!kept.add(&[1; 98]) && !kept.add_zeroes(98) && !kept.add_zeroes(u64::MAX));
        assert!(kept.add(b"") && kept.add_zeroes(97));
        assert!(!kept.add(b"x"));
        assert_eq!((kept.left(), room.left()), (0, 0));
        let bytes: Vec<u8> = kept.into_pieces().flatten().collect();
        assert_eq!(bytes, [&b"abc"[..], &[0; 97]].concat());
        assert_eq!(room.left(), 100 + 2 * OVERHEAD);
    }

    #[test]
    fn small_writes_make_few_pieces() {
        let room = Room::new(1 << 20);
        let mut kept = Kept::new(&room);
        for _ in 0..1 << 19 {
            assert!(kept.add(b"x"));
        }
        assert!(kept.pieces.len() < 40, "{}", kept.pieces.len());
        assert!((1 << 20) - room.left() < (1 << 19) + 2 * PIECE);
    }

    proptest! {
        #[test]
        fn pieces_are_what_was_written(writes: Vec<Vec<u8>>, size in 0..2000usize) {
            let room = Room::new(size);
            let mut kept = Kept::new(&room);
            let mut expected = vec![];
            for bytes in writes {
                let left = kept.left();
                let fits = kept.add(&bytes);
                prop_assert_eq!(fits, bytes.len() <= left);
                if fits {
                    expected.extend(bytes);
                }
                let memory: usize = kept.pieces.iter().map(Vec::capacity).sum();
                prop_assert!(memory + OVERHEAD * kept.pieces.len() <= size);
            }
            prop_assert_eq!(kept.into_pieces().flatten().collect::<Vec<u8>>(), expected);
        }
    }
}
