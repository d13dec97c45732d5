//! Streams that may not be used.

use core::cell::Cell;

use crate::End;

/// A stream that may not be used. It fails once, and is closed then, as the WIT says of every stream that failed.
#[derive(Debug, Default)]
pub struct Denied {
    has_failed: Cell<bool>,
}

impl Denied {
    /// What a use of the stream comes to: `failure` at first, then the end.
    pub fn refuse<E>(&self, failure: E) -> End<E> {
        match self.has_failed.replace(true) {
            false => End::Failed(failure),
            true => End::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fails_once_and_is_closed_then() {
        let denied = Denied::default();
        assert_eq!(denied.refuse("denied"), End::Failed("denied"));
        assert_eq!(denied.refuse("denied"), End::Closed);
        assert_eq!(denied.refuse("denied"), End::Closed);
    }
}
