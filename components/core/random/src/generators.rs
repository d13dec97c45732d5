//! Numbers from a seed.
//!
//! The generator is ChaCha with 8 rounds, a 64-bit block counter and a 64-bit stream number (D. J. Bernstein, *ChaCha,
//! a variant of Salsa20*), in the `chacha20` crate. The key is the seed in its first eight bytes, least significant
//! first, and zero in the other 24. Each interface of `wasi:random` has a stream number of its own, so that numbers
//! drawn from one never change the numbers of another. An application can import the interfaces of two revisions of WASI,
//! each with an adapter of its own, so [`Streams`] are not the same for both.
//!
//! ChaCha with eight rounds is the fastest variant whose output nobody knows how to tell from random numbers. A 64-bit
//! seed in a policy file is not secret anyway; a policy for an application that needs secrets inherits the host's
//! numbers.

use alloc::{vec, vec::Vec};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// The streams of an adapter. The numbers of different streams are independent, also if the seed is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// The streams 0 to 2.
    First,
    /// The streams 3 to 5.
    Second,
}

impl Streams {
    const fn first(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Second => 3,
        }
    }
}

/// The numbers that one seed determines.
pub struct Generators {
    /// The first stream: `wasi:random/random`.
    pub random: Generator,
    /// The second stream: `wasi:random/insecure`.
    pub insecure: Generator,
    /// The first two numbers of the third stream: `wasi:random/insecure-seed`. They are the same at each call, as in
    /// Wasmtime; the WIT says that a value import is to replace this function.
    pub insecure_seed: (u64, u64),
}

impl Generators {
    /// The generators that belong to `seed`, each at its beginning.
    pub fn new(seed: u64, streams: Streams) -> Self {
        let first = streams.first();
        let mut last = Generator::new(seed, first + 2);
        Self {
            random: Generator::new(seed, first),
            insecure: Generator::new(seed, first + 1),
            insecure_seed: (last.number(), last.number()),
        }
    }
}

/// Two numbers of a stream that only `seed`, `stream` and `position` determine, without those before them. Streams from
/// 2^32 on belong to the faults that a policy injects, one to each rule.
pub fn drawn(seed: u64, stream: u64, position: u64) -> [u64; 2] {
    let mut generator = Generator::new(seed, stream);
    // A block has sixteen words of four bytes.
    generator.0.set_word_pos(u128::from(position) * 16);
    [generator.number(), generator.number()]
}

/// One stream of numbers.
pub struct Generator(ChaCha8Rng);

impl Generator {
    fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Self(generator)
    }

    /// The next `length` bytes. If `length` is not a multiple of four, the rest of the last four bytes is discarded.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// The next eight bytes, least significant first.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::{format, string::String};

    use super::*;

    fn generators(seed: u64) -> Generators {
        Generators::new(seed, Streams::First)
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// TC1 (all zero key and IV) for ChaCha8 with a 256-bit key, blocks 0 and 1, in
    /// draft-strombergson-chacha-test-vectors-01.
    #[test]
    fn seed_zero_gives_the_published_key_stream() {
        let expected = concat!(
            "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e",
            "984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42",
            "d2aefa0deaa5c151bf0adb6c01f2a5adc0fd581259f9a2aadcf20f8fd566a26b",
            "5032ec38bbc5da98ee0c6f568b872a65a08abf251deb21bb4b56e5d8821e68aa",
        );
        assert_eq!(hex(&generators(0).random.bytes(128)), expected);
    }

    /// TC2 (one bit of the key set, zero IV) for ChaCha8 with a 256-bit key in the same document: its key is the seed 1.
    #[test]
    fn seed_one_gives_the_published_key_stream() {
        let expected = concat!(
            "cf5ee9a0494aa9613e05d5ed725b804b12f4a465ee635acc3a311de8740489ea",
            "289d04f43c7518db56eb4433e498a1238cd8464d3763ddbb9222ee3bd8fae3c8",
        );
        assert_eq!(hex(&generators(1).random.bytes(64)), expected);
    }

    /// TC3 (zero key, one bit of the IV set) for ChaCha8 with a 256-bit key in the same document: its IV is stream 1.
    #[test]
    fn stream_one_gives_the_published_key_stream() {
        let expected = concat!(
            "2b8f4bb3798306ca5130d47c4f8d4ed13aa0edccc1be6942090faeeca0d7599b",
            "7ff0fe616bb25aa0153ad6fdc88b954903c22426d478b97b22b8f9b1db00cf06",
        );
        assert_eq!(hex(&generators(0).insecure.bytes(64)), expected);
    }

    #[test]
    fn numbers_and_bytes_are_the_same_stream() {
        let (mut numbers, mut bytes) = (generators(42), generators(42));
        for _ in 0..1000 {
            assert_eq!(
                numbers.random.number().to_le_bytes().as_slice(),
                bytes.random.bytes(8)
            );
            assert_eq!(
                numbers.insecure.number().to_le_bytes().as_slice(),
                bytes.insecure.bytes(8)
            );
        }
        assert_eq!(numbers.random.bytes(3), bytes.random.bytes(4)[..3]);
        assert_eq!(
            numbers.random.number().to_le_bytes().as_slice(),
            bytes.random.bytes(8)
        );
    }

    #[test]
    fn streams_are_independent() {
        let (mut one, mut two) = (generators(7), generators(7));
        one.random.bytes(1000);
        assert_eq!(one.insecure.bytes(64), two.insecure.bytes(64));
        assert_eq!(one.insecure_seed, two.insecure_seed);
        let first = |generator: &mut Generator| generator.number();
        let mut fresh = generators(7);
        let values = [
            first(&mut fresh.random),
            first(&mut fresh.insecure),
            fresh.insecure_seed.0,
        ];
        assert!(values[0] != values[1] && values[1] != values[2] && values[0] != values[2]);
    }

    #[test]
    fn adapters_with_other_streams_give_other_numbers() {
        let (mut one, mut two) = (generators(7), Generators::new(7, Streams::Second));
        let mut numbers = std::collections::BTreeSet::new();
        for generators in [&mut one, &mut two] {
            numbers.insert(generators.random.number());
            numbers.insert(generators.insecure.number());
            numbers.extend([generators.insecure_seed.0, generators.insecure_seed.1]);
        }
        assert_eq!(numbers.len(), 8);
    }

    #[test]
    fn numbers_are_drawn_at_any_position() {
        let mut stream = Generator::new(7, 5);
        for position in 0..8 {
            let bytes = stream.bytes(64);
            let [one, two] = drawn(7, 5, position);
            assert_eq!(bytes[..8], one.to_le_bytes());
            assert_eq!(bytes[8..16], two.to_le_bytes());
        }
        assert_ne!(drawn(7, 5, u64::MAX), drawn(7, 6, u64::MAX));
    }

    #[test]
    fn seeds_differ_in_every_bit() {
        let mut seen = std::collections::BTreeSet::new();
        for bit in 0..64 {
            assert!(seen.insert(generators(1 << bit).random.number()));
        }
    }

    #[test]
    fn an_empty_request_draws_nothing() {
        let mut asked = generators(3);
        assert!(asked.random.bytes(0).is_empty());
        assert_eq!(asked.random.number(), generators(3).random.number());
    }
}
