//! Standard input.

use alloc::{boxed::Box, vec::Vec};

use interpose_settings::{Stdin, Terminal};

/// The most bytes that are read of a standard input that the application gets as a whole, because they are kept in
/// memory: 1 GiB, a quarter of the memory that an adapter can have.
const MAX_KEPT: usize = 1 << 30;

/// The reason why no more bytes come. `E` is the error of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<E> {
    /// The end of the stream.
    Closed,
    /// The stream failed.
    Failed(E),
}

/// Standard input.
#[derive(Debug)]
pub enum StandardInput<E> {
    /// The host's.
    Host(Terminal),
    /// An input that is at its end from the start.
    Closed,
    /// An input that must not be read: each stream is [`Denied`](crate::Denied).
    Denied,
    /// The host's, of which nothing has been read yet. The first read takes [all of it](Kept::whole) and turns this
    /// variant into [`Self::Kept`], so that the application sees neither in which pieces the input arrives nor how long
    /// that takes.
    Whole,
    /// These bytes.
    Kept(Kept<E>),
}

impl<E> StandardInput<E> {
    /// The input that a configuration describes.
    pub fn new(config: Stdin<'_>) -> Self {
        match config {
            Stdin::Host(terminal) => Self::Host(terminal),
            Stdin::Closed => Self::Closed,
            Stdin::Denied => Self::Denied,
            Stdin::Whole => Self::Whole,
            Stdin::Bytes(bytes) => Self::Kept(Kept::new(bytes.into(), None)),
        }
    }

    /// Whether the host decides if standard input is a terminal. An input that is not the host's is no terminal.
    pub fn terminal(&self) -> Terminal {
        match self {
            Self::Host(terminal) => *terminal,
            Self::Closed | Self::Denied | Self::Whole | Self::Kept(_) => Terminal::Never,
        }
    }

    /// Takes at most `length` of the remaining bytes of a kept input.
    ///
    /// # Errors
    /// After the last byte, the end of the input; for an input of another kind, [`End::Closed`].
    pub fn take(&mut self, length: u64) -> Result<Vec<u8>, End<E>> {
        match self {
            Self::Kept(kept) => kept.take(length),
            Self::Host(_) | Self::Closed | Self::Denied | Self::Whole => Err(End::Closed),
        }
    }
}

/// An input that is kept in memory. All its streams share one position, as those of a host do.
#[derive(Debug)]
pub struct Kept<E> {
    bytes: Box<[u8]>,
    position: usize,
    /// The error that is returned once after the bytes, before the end.
    failure: Option<E>,
}

impl<E> Kept<E> {
    /// An input of these bytes, then the failure if there is one, then the end.
    pub fn new(bytes: Box<[u8]>, failure: Option<E>) -> Self {
        Self {
            bytes,
            position: 0,
            failure,
        }
    }

    /// An input of all bytes of a stream; `read` reads its next piece. If the stream fails, the bytes before the
    /// failure are kept, and the failure follows them. A stream of more than 1 GiB ends with the failure `too_long`.
    pub fn whole(mut read: impl FnMut() -> Result<Vec<u8>, End<E>>, too_long: E) -> Self {
        Self::whole_up_to(MAX_KEPT, &mut read, too_long)
    }

    fn whole_up_to(
        most: usize,
        read: &mut dyn FnMut() -> Result<Vec<u8>, End<E>>,
        too_long: E,
    ) -> Self {
        let mut all = Vec::new();
        let failure = loop {
            match read() {
                Ok(bytes) if all.len() + bytes.len() > most => break Some(too_long),
                Ok(bytes) => all.extend(bytes),
                Err(End::Closed) => break None,
                Err(End::Failed(error)) => break Some(error),
            }
        };
        Self::new(all.into(), failure)
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>, End<E>> {
        let left = &self.bytes[self.position..];
        if left.is_empty() && length > 0 {
            return Err(self.failure.take().map_or(End::Closed, End::Failed));
        }
        let taken = left
            .len()
            .min(usize::try_from(length).unwrap_or(usize::MAX));
        let bytes = left[..taken].to_vec();
        self.position += taken;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn kept_bytes_are_taken_once_and_then_the_end_comes() {
        let mut input = StandardInput::<()>::new(Stdin::Bytes(b"abc"));
        assert_eq!(input.take(0), Ok(vec![]));
        assert_eq!(input.take(2), Ok(b"ab".to_vec()));
        assert_eq!(input.take(u64::MAX), Ok(b"c".to_vec()));
        assert_eq!(input.take(0), Ok(vec![]));
        assert_eq!(input.take(1), Err(End::Closed));
        assert_eq!(input.take(1), Err(End::Closed));
    }

    #[test]
    fn inputs_that_are_not_kept_have_nothing_to_take() {
        for config in [Stdin::Closed, Stdin::Whole, Stdin::Host(Terminal::Host)] {
            assert_eq!(StandardInput::<()>::new(config).take(1), Err(End::Closed));
        }
    }

    #[test]
    fn only_the_hosts_input_can_be_a_terminal() {
        let terminal = |config| StandardInput::<()>::new(config).terminal();
        assert_eq!(terminal(Stdin::Host(Terminal::Host)), Terminal::Host);
        assert_eq!(terminal(Stdin::Host(Terminal::Never)), Terminal::Never);
        for config in [
            Stdin::Closed,
            Stdin::Denied,
            Stdin::Whole,
            Stdin::Bytes(b""),
        ] {
            assert_eq!(terminal(config), Terminal::Never);
        }
    }

    /// The input that is kept of a stream that returns `pieces` and then `end`, if `most` bytes can be kept.
    fn whole(most: usize, pieces: &[&str], end: End<&'static str>) -> StandardInput<&'static str> {
        let mut pieces = pieces.iter();
        let mut read = || match pieces.next() {
            Some(piece) => Ok(piece.as_bytes().to_vec()),
            None => Err(end),
        };
        StandardInput::Kept(Kept::whole_up_to(most, &mut read, "too long"))
    }

    #[test]
    fn all_of_a_stream_is_kept() {
        let mut input = whole(100, &["ab", "", "c"], End::Closed);
        assert_eq!(input.take(9), Ok(b"abc".to_vec()));
        assert_eq!(input.take(9), Err(End::Closed));
    }

    #[test]
    fn a_failure_comes_behind_the_bytes_once() {
        let mut input = whole(100, &["ab"], End::Failed("broken"));
        assert_eq!(input.take(9), Ok(b"ab".to_vec()));
        assert_eq!(input.take(9), Err(End::Failed("broken")));
        assert_eq!(input.take(9), Err(End::Closed));
    }

    #[test]
    fn a_stream_that_is_too_long_ends_with_a_failure() {
        let mut input = whole(3, &["ab", "c", "d"], End::Closed);
        assert_eq!(input.take(9), Ok(b"abc".to_vec()));
        assert_eq!(input.take(9), Err(End::Failed("too long")));
    }
}
