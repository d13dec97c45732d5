//! Numbers from a seed.
//!
//! The generator is ChaCha with 8 rounds, a 64-bit block counter and a 64-bit stream number (D. J. Bernstein, *ChaCha,
//! a variant of Salsa20*), in the `chacha20` crate. The key is the seed in its first eight bytes, least significant
//! first, and zero in the other 24. Each interface of `wasi:random` has a stream number of its own, so that what a
//! program draws from one never changes what it gets from another.
//!
//! Eight rounds: the fastest variant that nobody knows how to tell from random. A 64-bit seed that stands in a policy
//! file is no secret anyhow; whoever needs secrets inherits the host's numbers.

use alloc::{vec, vec::Vec};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// The numbers that one seed determines.
pub struct Generators {
    /// Stream 0: `wasi:random/random`.
    pub random: Generator,
    /// Stream 1: `wasi:random/insecure`.
    pub insecure: Generator,
    /// The first two numbers of stream 2: `wasi:random/insecure-seed`. The same at each call, like the value import
    /// that the WIT says this function is meant to become, and as Wasmtime has it.
    pub insecure_seed: (u64, u64),
}

impl Generators {
    /// The generators that belong to `seed`, each at its beginning.
    pub fn new(seed: u64) -> Self {
        let mut last = Generator::new(seed, 2);
        Self {
            random: Generator::new(seed, 0),
            insecure: Generator::new(seed, 1),
            insecure_seed: (last.number(), last.number()),
        }
    }
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

    /// The next `length` bytes. A length that is not a multiple of four discards the rest of its last four bytes.
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
        assert_eq!(hex(&Generators::new(0).random.bytes(128)), expected);
    }

    /// TC2 (one bit of the key set, zero IV) for ChaCha8 with a 256-bit key in the same document: its key is the seed 1.
    #[test]
    fn seed_one_gives_the_published_key_stream() {
        let expected = concat!(
            "cf5ee9a0494aa9613e05d5ed725b804b12f4a465ee635acc3a311de8740489ea",
            "289d04f43c7518db56eb4433e498a1238cd8464d3763ddbb9222ee3bd8fae3c8",
        );
        assert_eq!(hex(&Generators::new(1).random.bytes(64)), expected);
    }

    /// TC3 (zero key, one bit of the IV set) for ChaCha8 with a 256-bit key in the same document: its IV is stream 1.
    #[test]
    fn stream_one_gives_the_published_key_stream() {
        let expected = concat!(
            "2b8f4bb3798306ca5130d47c4f8d4ed13aa0edccc1be6942090faeeca0d7599b",
            "7ff0fe616bb25aa0153ad6fdc88b954903c22426d478b97b22b8f9b1db00cf06",
        );
        assert_eq!(hex(&Generators::new(0).insecure.bytes(64)), expected);
    }

    #[test]
    fn numbers_and_bytes_are_the_same_stream() {
        let (mut numbers, mut bytes) = (Generators::new(42), Generators::new(42));
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
        let (mut one, mut two) = (Generators::new(7), Generators::new(7));
        one.random.bytes(1000);
        assert_eq!(one.insecure.bytes(64), two.insecure.bytes(64));
        assert_eq!(one.insecure_seed, two.insecure_seed);
        let first = |generator: &mut Generator| generator.number();
        let mut fresh = Generators::new(7);
        let values = [
            first(&mut fresh.random),
            first(&mut fresh.insecure),
            fresh.insecure_seed.0,
        ];
        assert!(values[0] != values[1] && values[1] != values[2] && values[0] != values[2]);
    }

    #[test]
    fn seeds_differ_in_every_bit() {
        let mut seen = std::collections::BTreeSet::new();
        for bit in 0..64 {
            assert!(seen.insert(Generators::new(1 << bit).random.number()));
        }
    }

    #[test]
    fn an_empty_request_draws_nothing() {
        let mut generators = Generators::new(3);
        assert!(generators.random.bytes(0).is_empty());
        assert_eq!(
            generators.random.number(),
            Generators::new(3).random.number()
        );
    }
}
