//! The source that answers requests for random numbers.

use alloc::{boxed::Box, vec::Vec};
use core::error::Error;
use core::fmt;

use interpose_settings::Random;

use crate::{Generator, Generators, Streams};

/// How many bytes one call may ask for when they come from a seed: 64 MiB, as many as Wasmtime's own `wasi:random`
/// returns at once.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Where the random numbers of an application come from.
pub struct Numbers {
    kind: Kind,
    streams: Streams,
}

enum Kind {
    Host,
    Seeded(Box<Generators>),
    Denied,
}

/// A stream of numbers. Drawing from one stream does not change the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// `wasi:random/random`.
    Random,
    /// `wasi:random/insecure`.
    Insecure,
}

/// Why an application gets no number. The functions of `wasi:random` cannot return an error for either reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The policy denies random numbers.
    Denied,
    /// More than 64 MiB were asked for at once. An answer may not be shorter than the request.
    TooMany,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Denied => "random numbers are denied by the policy",
            Self::TooMany => "too many random bytes were asked for at once",
        })
    }
}

impl Error for Refusal {}

impl Numbers {
    /// The numbers that a configuration describes. Those of a seed come from these streams, and are at their beginning.
    pub fn new(config: Random, streams: Streams) -> Self {
        let kind = match config {
            Random::Host => Kind::Host,
            Random::Seeded(seed) => Kind::Seeded(Box::new(Generators::new(seed, streams))),
            Random::Deny => Kind::Denied,
        };
        Self { kind, streams }
    }

    /// The next `length` bytes of a stream; `host` asks the host for them.
    ///
    /// # Errors
    /// When numbers are denied, or when `length` is too large for numbers of a seed. The host itself limits how many
    /// bytes it returns at once.
    pub fn bytes(
        &mut self,
        stream: Stream,
        length: u64,
        host: impl FnOnce() -> Vec<u8>,
    ) -> Result<Vec<u8>, Refusal> {
        self.answer(host, |generators| match usize::try_from(length) {
            Ok(length) if length <= MAX_BYTES => Ok(generators.of(stream).bytes(length)),
            _ => Err(Refusal::TooMany),
        })
    }

    /// At most `length` of the next bytes of a stream, and at least one if `length` is not zero, as WASI 0.3 has it; `host`
    /// asks the host for them.
    ///
    /// # Errors
    /// When numbers are denied.
    pub fn bytes_up_to(
        &mut self,
        stream: Stream,
        length: u64,
        host: impl FnOnce() -> Vec<u8>,
    ) -> Result<Vec<u8>, Refusal> {
        self.bytes(stream, length.min(MAX_BYTES as u64), host)
    }

    /// The next number of a stream; `host` asks the host for it.
    ///
    /// # Errors
    /// When numbers are denied.
    pub fn number(&mut self, stream: Stream, host: impl FnOnce() -> u64) -> Result<u64, Refusal> {
        self.answer(host, |generators| Ok(generators.of(stream).number()))
    }

    /// The two numbers of `wasi:random/insecure-seed`; `host` asks the host for them.
    ///
    /// # Errors
    /// When numbers are denied.
    pub fn insecure_seed(
        &mut self,
        host: impl FnOnce() -> (u64, u64),
    ) -> Result<(u64, u64), Refusal> {
        self.answer(host, |generators| Ok(generators.insecure_seed))
    }

    /// Begins anew with another seed, if the numbers are those of one.
    pub fn reseed(&mut self, seed: u64) {
        if let Kind::Seeded(generators) = &mut self.kind {
            **generators = Generators::new(seed, self.streams);
        }
    }

    fn answer<T>(
        &mut self,
        host: impl FnOnce() -> T,
        seeded: impl FnOnce(&mut Generators) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match &mut self.kind {
            Kind::Host => Ok(host()),
            Kind::Seeded(generators) => seeded(generators),
            Kind::Denied => Err(Refusal::Denied),
        }
    }
}

impl Generators {
    fn of(&mut self, stream: Stream) -> &mut Generator {
        match stream {
            Stream::Random => &mut self.random,
            Stream::Insecure => &mut self.insecure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(config: Random) -> Numbers {
        Numbers::new(config, Streams::First)
    }

    fn no_host<T>() -> T {
        unreachable!("the host is not asked")
    }

    #[test]
    fn a_seed_answers_without_the_host_and_each_source_has_its_own_numbers() {
        let (mut numbers, mut generators) =
            (of(Random::Seeded(7)), Generators::new(7, Streams::First));
        assert_eq!(
            numbers.bytes(Stream::Random, 5, no_host),
            Ok(generators.random.bytes(5))
        );
        assert_eq!(
            numbers.number(Stream::Insecure, no_host),
            Ok(generators.insecure.number())
        );
        assert_eq!(
            numbers.number(Stream::Random, no_host),
            Ok(generators.random.number())
        );
        assert_eq!(numbers.insecure_seed(no_host), Ok(generators.insecure_seed));
    }

    #[test]
    fn another_seed_begins_anew() {
        let mut numbers = of(Random::Seeded(7));
        numbers.number(Stream::Random, no_host).unwrap();
        numbers.reseed(8);
        let expected = Ok(Generators::new(8, Streams::First).random.number());
        assert_eq!(numbers.number(Stream::Random, no_host), expected);
        let mut denied = of(Random::Deny);
        denied.reseed(8);
        assert_eq!(denied.number(Stream::Random, no_host), Err(Refusal::Denied));
    }

    #[test]
    fn more_than_the_limit_is_refused_and_draws_nothing() {
        let mut numbers = of(Random::Seeded(7));
        for length in [MAX_BYTES as u64 + 1, u64::MAX] {
            assert_eq!(
                numbers.bytes(Stream::Random, length, no_host),
                Err(Refusal::TooMany)
            );
        }
        assert_eq!(
            numbers.number(Stream::Random, no_host),
            Ok(Generators::new(7, Streams::First).random.number())
        );
    }

    #[test]
    fn an_answer_that_may_be_shorter_is_cut_at_the_limit() {
        let mut seeded = of(Random::Seeded(7));
        for (asked, given) in [(0, 0), (5, 5), (u64::MAX, MAX_BYTES)] {
            let bytes = seeded.bytes_up_to(Stream::Random, asked, no_host);
            assert_eq!(bytes.map(|bytes| bytes.len()), Ok(given));
        }
        let mut denied = of(Random::Deny);
        let bytes = denied.bytes_up_to(Stream::Random, 0, no_host);
        assert_eq!(bytes, Err(Refusal::Denied));
    }

    #[test]
    fn the_hosts_answers_are_passed_on_whatever_their_length() {
        let mut numbers = of(Random::Host);
        let bytes = numbers.bytes(Stream::Random, u64::MAX, || alloc::vec![1, 2]);
        assert_eq!(bytes, Ok(alloc::vec![1, 2]));
        assert_eq!(numbers.number(Stream::Insecure, || 3), Ok(3));
        assert_eq!(numbers.insecure_seed(|| (4, 5)), Ok((4, 5)));
    }

    #[test]
    fn nothing_is_given_where_numbers_are_denied() {
        let mut numbers = of(Random::Deny);
        assert_eq!(
            numbers.bytes(Stream::Random, 1, no_host),
            Err(Refusal::Denied)
        );
        assert_eq!(
            numbers.number(Stream::Insecure, no_host),
            Err(Refusal::Denied)
        );
        assert_eq!(numbers.insecure_seed(no_host), Err(Refusal::Denied));
    }
}
