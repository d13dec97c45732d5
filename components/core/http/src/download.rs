//! The body of an answer, while a guest reads it.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

/// A position in a body. The end shows only after the last byte, as at the end of a connection.
#[derive(Debug)]
pub struct Download {
    bytes: Rc<[u8]>,
    position: Cell<usize>,
}

impl Download {
    /// The beginning of a body.
    pub fn new(bytes: Rc<[u8]>) -> Self {
        Self {
            bytes,
            position: Cell::new(0),
        }
    }

    /// Takes at most `length` bytes; `None` at the end. Taking no bytes does not find the end.
    pub fn read(&self, length: u64) -> Option<Vec<u8>> {
        let from = self.position.get();
        let count = self.advance(length)?;
        Some(self.bytes[from..from + count].to_vec())
    }

    /// Skips at most `length` bytes and returns how many; `None` at the end.
    pub fn skip(&self, length: u64) -> Option<u64> {
        self.advance(length).map(|count| count as u64)
    }

    fn advance(&self, length: u64) -> Option<usize> {
        let from = self.position.get();
        let left = self.bytes.len() - from;
        if left == 0 && length > 0 {
            return None;
        }
        let count = left.min(usize::try_from(length).unwrap_or(usize::MAX));
        self.position.set(from + count);
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_end_comes_after_the_last_byte() {
        let body = Download::new((*b"abc").into());
        assert_eq!(body.read(0), Some(Vec::new()));
        assert_eq!(body.skip(1), Some(1));
        assert_eq!(body.read(u64::MAX), Some(b"bc".to_vec()));
        assert_eq!(body.read(0), Some(Vec::new()));
        assert_eq!(body.read(1), None);
        assert_eq!(body.skip(1), None);
    }

    proptest! {
        #[test]
        fn pieces_are_the_body(bytes: Vec<u8>, lengths in prop::collection::vec(1..40u64, 1..300)) {
            let body = Download::new(bytes.clone().into());
            let mut read = Vec::new();
            let mut ended = false;
            for length in lengths {
                match body.read(length) {
                    Some(piece) => {
                        prop_assert!(!ended && !piece.is_empty() && piece.len() as u64 <= length);
                        read.extend(piece);
                    }
                    None => ended = true,
                }
            }
            prop_assert!(bytes.starts_with(&read));
            prop_assert_eq!(ended, ended && read.len() == bytes.len());
        }
    }
}
