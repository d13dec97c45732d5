//! The memory that all messages share.

use interpose_http::{MAX_KEPT, Room};

thread_local! {
    /// All messages take the memory for what they keep from this room.
    static ROOM: Room = Room::new(MAX_KEPT);
}

/// Takes something of the room that all messages share.
pub fn room<R>(take: impl FnOnce(&Room) -> R) -> R {
    ROOM.with(take)
}
