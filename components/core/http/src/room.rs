//! How much all messages of a guest may keep together.

use alloc::rc::Rc;
use core::cell::Cell;

/// How many bytes of names, values, URLs and methods a guest may have kept for all its messages together where none is
/// ever sent: 32 MiB, as much as 256 messages of the largest size.
///
/// The host counts each message by itself and limits how many there are; here a guest decides how many it makes.
pub const MAX_KEPT: usize = 32 * 1024 * 1024;

/// A number of bytes of which each message takes a [`Share`].
#[derive(Clone, Debug)]
pub struct Room(Rc<Cell<usize>>);

/// What one message has taken. It is given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    room: Room,
    size: usize,
}

impl Room {
    /// Room for this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// Nothing of it, as yet.
    pub fn share(&self) -> Share {
        Share {
            room: self.clone(),
            size: 0,
        }
    }
}

impl Share {
    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The room that it is part of.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Gives back `before` bytes, of those that it has, and takes `after`. `false` if there is no room for these; then
    /// nothing changes. What does not become larger always fits.
    #[must_use]
    pub fn exchange(&mut self, before: usize, after: usize) -> bool {
        let left = self.room.0.get().saturating_add(before);
        let Some(left) = left.checked_sub(after) else {
            return false;
        };
        self.room.0.set(left);
        self.size = self.size.saturating_sub(before).saturating_add(after);
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let left = self.room.0.get().saturating_add(self.size);
        self.room.0.set(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_message_takes_another_cannot_have() {
        let room = Room::new(10);
        let (mut one, mut other) = (room.share(), room.share());
        assert!(one.exchange(0, 6));
        assert!(!other.exchange(0, 5));
        assert!(other.exchange(0, 4));
        assert!(!one.exchange(6, 7));
        assert!(one.exchange(3, 2));
        assert!(other.exchange(0, 1));
        assert_eq!((one.size(), other.size()), (5, 5));
        drop(one);
        assert!(other.exchange(5, 10));
    }
}
