//! The memory that all messages of a guest may take together.

use alloc::rc::Rc;
use core::cell::Cell;

/// How many bytes the names, values, URLs and methods of all messages of a guest may take together where no message is
/// ever sent: 32 MiB, as much as 256 messages of the largest size.
///
/// A host limits the size of each message and the number of messages. Here nothing else limits their number.
pub const MAX_KEPT: usize = 32 * 1024 * 1024;

/// A number of bytes of which each message takes a [`Share`].
#[derive(Clone, Debug)]
pub struct Room(Rc<Cell<usize>>);

/// The bytes that one message has taken from a room. Dropping the share gives them back.
#[derive(Debug)]
pub struct Share {
    room: Room,
    size: usize,
}

impl Room {
    /// A room of this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// The number of bytes that nobody has taken.
    pub fn left(&self) -> usize {
        self.0.get()
    }

    /// Whether this is the same room.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// A share of this room, which has no bytes yet.
    pub fn share(&self) -> Share {
        Share {
            room: self.clone(),
            size: 0,
        }
    }
}

impl Share {
    /// The number of bytes that this share has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The room that this share is part of.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Gives `before` bytes of this share back to the room and takes `after` bytes. If the room has too few bytes left,
    /// nothing changes and the result is `false`; it always has enough where `after` is not larger than `before`.
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
