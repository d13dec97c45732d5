//! An output with a text in front of each line.

use alloc::{collections::VecDeque, vec};
use core::cell::{Cell, RefCell};

use crate::LinePrefix;

/// A stream of the host that takes what is written: the functions of an output stream of WASI.
pub trait Sink {
    /// The error of the stream.
    type Error;

    /// How many bytes may be written now.
    ///
    /// # Errors
    /// When the stream has failed or is closed.
    fn check_write(&self) -> Result<u64, Self::Error>;

    /// Writes bytes, at most as many as [`Sink::check_write`] permitted.
    ///
    /// # Errors
    /// When the stream has failed or is closed.
    fn write(&self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Asks for a flush.
    ///
    /// # Errors
    /// When the stream has failed or is closed.
    fn flush(&self) -> Result<(), Self::Error>;

    /// Flushes, for however long that takes.
    ///
    /// # Errors
    /// When the stream has failed or is closed.
    fn blocking_flush(&self) -> Result<(), Self::Error>;
}

/// An output with a text in front of each line, written to a [`Sink`].
///
/// The sink permits a number of bytes at a time, and the texts come on top of what the application writes. Bytes beyond
/// the permission stay in memory, and nothing is permitted to the application until they are gone. What is written is
/// prefixed piece by piece, so that no more than about two [`Prefixed::MAX_BYTES`] are ever held, however much the texts
/// are.
#[derive(Debug)]
pub struct Prefixed {
    lines: RefCell<LinePrefix>,
    /// Bytes that the sink has not permitted yet. Never borrowed while the sink is called.
    pending: RefCell<VecDeque<u8>>,
    /// Whether the sink shall flush as soon as nothing is pending.
    flush: Cell<bool>,
}

/// More was written at once than can ever be permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl Prefixed {
    /// The most that is permitted to be written at once, in bytes.
    pub const MAX_BYTES: u64 = 1024 * 1024;

    /// An output that has not begun. The text is passed on as it is.
    pub fn new(text: &str) -> Self {
        Self {
            lines: RefCell::new(LinePrefix::new(text)),
            pending: RefCell::default(),
            flush: Cell::new(false),
        }
    }

    /// How many bytes the application may write now.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn check_write<S: Sink>(&self, sink: &S) -> Result<u64, S::Error> {
        if self.forward(sink)? {
            Ok(sink.check_write()?.min(self.piece() as u64))
        } else {
            Ok(0)
        }
    }

    /// Takes all of `bytes` and passes on as many as the sink permits.
    ///
    /// # Errors
    /// Those of the sink; [`TooLong`] outside, for more than [`Prefixed::MAX_BYTES`].
    pub fn write<S: Sink>(&self, sink: &S, bytes: &[u8]) -> Result<Result<(), S::Error>, TooLong> {
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(TooLong);
        }
        Ok(self.write_pieces(sink, bytes))
    }

    /// As [`Prefixed::write`], for `length` zeroes.
    ///
    /// # Errors
    /// As [`Prefixed::write`].
    pub fn write_zeroes<S: Sink>(
        &self,
        sink: &S,
        length: u64,
    ) -> Result<Result<(), S::Error>, TooLong> {
        if length > Self::MAX_BYTES {
            return Err(TooLong);
        }
        Ok(self.write_pieces(sink, &vec![0; length as usize]))
    }

    fn write_pieces<S: Sink>(&self, sink: &S, bytes: &[u8]) -> Result<(), S::Error> {
        for piece in bytes.chunks(self.piece()) {
            self.put(piece);
            // It only waits for an application that did not ask, or that asked several streams.
            while !self.forward(sink)? && self.is_full() {
                sink.blocking_flush()?;
            }
        }
        Ok(())
    }

    /// Writes all of `bytes` and flushes, for however long the sink takes.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn blocking_write_and_flush<S: Sink>(
        &self,
        sink: &S,
        bytes: &[u8],
    ) -> Result<(), S::Error> {
        for piece in bytes.chunks(self.piece()) {
            self.put(piece);
            self.forward_all(sink)?;
        }
        self.blocking_flush(sink)
    }

    /// Asks the sink to flush once everything is passed on.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn flush<S: Sink>(&self, sink: &S) -> Result<(), S::Error> {
        self.flush.set(true);
        self.forward(sink)?;
        Ok(())
    }

    /// Passes everything on and flushes, for however long the sink takes.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn blocking_flush<S: Sink>(&self, sink: &S) -> Result<(), S::Error> {
        self.forward_all(sink)?;
        sink.blocking_flush()
    }

    /// Passes everything on, for however long the sink takes.
    fn forward_all<S: Sink>(&self, sink: &S) -> Result<(), S::Error> {
        while !self.forward(sink)? {
            sink.blocking_flush()?;
        }
        Ok(())
    }

    /// Passes on as much as the sink permits, and returns whether nothing is left. What is left when the sink fails is
    /// lost with it.
    fn forward<S: Sink>(&self, sink: &S) -> Result<bool, S::Error> {
        let mut pending = self.pending.take();
        while !pending.is_empty() {
            let next = pending.as_slices().0;
            let permitted = usize::try_from(sink.check_write()?)
                .unwrap_or(usize::MAX)
                .min(next.len());
            if permitted == 0 {
                self.pending.replace(pending);
                return Ok(false);
            }
            sink.write(&next[..permitted])?;
            pending.drain(..permitted);
        }
        if self.flush.take() {
            sink.flush()?;
        }
        Ok(true)
    }

    /// How many bytes of the application can be put at once.
    fn piece(&self) -> usize {
        self.lines.borrow().most(Self::MAX_BYTES as usize)
    }

    /// Whether so much is pending that nothing may come on top.
    fn is_full(&self) -> bool {
        self.pending.borrow().len() as u64 > Self::MAX_BYTES
    }

    fn put(&self, piece: &[u8]) {
        let mut pending = self.pending.borrow_mut();
        self.lines.borrow_mut().apply(piece, &mut *pending);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// A stream that permits `step` bytes at a time, `budget` of them before it has to be flushed, and fails after `left`.
    struct Slow {
        step: u64,
        budget: u64,
        used: Cell<u64>,
        left: Cell<u64>,
        flushes: Cell<u32>,
        written: RefCell<Vec<u8>>,
    }

    impl Slow {
        fn new(step: u64, budget: u64) -> Self {
            Self {
                step,
                budget,
                used: Cell::new(0),
                left: Cell::new(u64::MAX),
                flushes: Cell::new(0),
                written: RefCell::default(),
            }
        }

        fn text(&self) -> Vec<u8> {
            self.written.borrow().clone()
        }
    }

    impl Sink for Slow {
        type Error = &'static str;

        fn check_write(&self) -> Result<u64, Self::Error> {
            Ok(self.step.min(self.budget - self.used.get()))
        }

        fn write(&self, bytes: &[u8]) -> Result<(), Self::Error> {
            let length = bytes.len() as u64;
            assert!(length <= self.check_write()?, "more than was permitted");
            if length > self.left.get() {
                return Err("broken");
            }
            self.left.set(self.left.get() - length);
            self.used.set(self.used.get() + length);
            self.written.borrow_mut().extend(bytes);
            Ok(())
        }

        fn flush(&self) -> Result<(), Self::Error> {
            self.flushes.set(self.flushes.get() + 1);
            Ok(())
        }

        fn blocking_flush(&self) -> Result<(), Self::Error> {
            self.used.set(0);
            self.flush()
        }
    }

    #[test]
    fn bytes_beyond_the_permission_wait_and_nothing_is_permitted_meanwhile() {
        let (prefixed, sink) = (Prefixed::new("> "), Slow::new(4, 8));
        assert_eq!(prefixed.check_write(&sink), Ok(4));
        prefixed.write(&sink, b"abcdefgh\n").unwrap().unwrap();
        assert_eq!(sink.text(), b"> abcdef");
        assert_eq!(prefixed.check_write(&sink), Ok(0));
        prefixed.flush(&sink).unwrap();
        assert_eq!(sink.flushes.get(), 0, "not everything is passed on yet");
        sink.blocking_flush().unwrap();
        assert_eq!(prefixed.check_write(&sink), Ok(4));
        assert_eq!(sink.text(), b"> abcdefgh\n");
        assert_eq!(sink.flushes.get(), 2, "the flush that was asked for came");
    }

    #[test]
    fn no_more_than_two_pieces_are_held() {
        let (prefixed, sink) = (
            Prefixed::new("a long text before each line: "),
            Slow::new(10, 10),
        );
        prefixed.write(&sink, &[b'\n'; 200_000]).unwrap().unwrap();
        assert!(prefixed.pending.borrow().len() as u64 <= 2 * Prefixed::MAX_BYTES);
    }

    #[test]
    fn more_than_could_ever_be_permitted_is_refused() {
        let (prefixed, sink) = (Prefixed::new(""), Slow::new(u64::MAX, u64::MAX));
        let length = Prefixed::MAX_BYTES + 1;
        assert_eq!(prefixed.write_zeroes(&sink, length), Err(TooLong));
        assert_eq!(
            prefixed.write(&sink, &vec![0; length as usize]),
            Err(TooLong)
        );
        assert!(sink.text().is_empty());
    }

    #[test]
    fn what_is_left_when_the_stream_fails_is_lost() {
        let (prefixed, sink) = (Prefixed::new("> "), Slow::new(4, u64::MAX));
        sink.left.set(6);
        assert_eq!(prefixed.write(&sink, b"abcdef"), Ok(Err("broken")));
        sink.left.set(u64::MAX);
        assert_eq!(prefixed.check_write(&sink), Ok(4));
        assert_eq!(sink.text(), b"> ab");
    }

    #[test]
    fn two_streams_of_one_output_share_their_lines() {
        let (prefixed, first, second) = (
            Prefixed::new("> "),
            Slow::new(9, u64::MAX),
            Slow::new(9, u64::MAX),
        );
        prefixed.blocking_write_and_flush(&first, b"a").unwrap();
        prefixed.blocking_write_and_flush(&second, b"b\nc").unwrap();
        assert_eq!(
            (first.text(), second.text()),
            (b"> a".to_vec(), b"b\n> c".to_vec())
        );
    }

    proptest! {
        #[test]
        fn however_slow_the_stream_is_the_text_is_the_same(
            text in "[a-c\n\r\u{1b}]{0,60}",
            step in 1u64..9,
            budget in 1u64..30,
            size in 1usize..9,
        ) {
            let (prefixed, sink) = (Prefixed::new("~ "), Slow::new(step, budget));
            for piece in text.as_bytes().chunks(size) {
                prefixed.write(&sink, piece).unwrap().unwrap();
            }
            prefixed.blocking_flush(&sink).unwrap();
            let mut expected = Vec::new();
            LinePrefix::new("~ ").apply(text.as_bytes(), &mut expected);
            prop_assert_eq!(sink.text(), expected);
        }
    }
}
