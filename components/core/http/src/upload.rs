//! The body of a message, while a guest writes it.

use core::cell::Cell;

/// Counts the bytes of a body, and knows how it ends.
#[derive(Debug)]
pub struct Upload {
    expected: Option<u64>,
    written: Cell<u64>,
    is_aborted: Cell<bool>,
}

impl Upload {
    /// A body before its first byte, of which `content-length` says that it has this many bytes.
    pub fn new(expected: Option<u64>) -> Self {
        Self {
            expected,
            written: Cell::new(0),
            is_aborted: Cell::new(false),
        }
    }

    /// Counts bytes.
    pub fn add(&self, count: u64) {
        self.written.set(self.written.get().saturating_add(count));
    }

    /// Ends the body. A body of another length than `content-length` says is not sent.
    ///
    /// # Errors
    /// The number of bytes that were written, if it is not that which was expected.
    pub fn finish(&self) -> Result<(), u64> {
        let written = self.written.get();
        match self.expected {
            Some(expected) if expected != written => {
                self.abort();
                Err(written)
            }
            _ => Ok(()),
        }
    }

    /// Gives the body up: its message is incomplete.
    pub fn abort(&self) {
        self.is_aborted.set(true);
    }

    /// Whether the body was given up.
    pub fn is_aborted(&self) -> bool {
        self.is_aborted.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_length_that_its_headers_say() {
        let body = Upload::new(Some(3));
        body.add(1);
        body.add(2);
        assert_eq!(body.finish(), Ok(()));
        assert!(!body.is_aborted());
        for written in [2, 4] {
            let body = Upload::new(Some(3));
            body.add(written);
            assert_eq!(body.finish(), Err(written));
            assert!(body.is_aborted());
        }
    }

    #[test]
    fn a_body_without_a_length_may_have_any() {
        let body = Upload::new(None);
        body.add(u64::MAX);
        body.add(1);
        assert_eq!(body.finish(), Ok(()));
    }
}
