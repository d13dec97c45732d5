//! Choices by a seed.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Numbers of a seed. The generator is that of `wasi:random` under a seed, but another stream, so that an application
/// that has the same seed cannot draw the same numbers.
pub(super) struct Choices(ChaCha8Rng);

/// The stream of the generator: "crash" in ASCII.
const STREAM: u64 = 0x63_7261_7368;

impl Choices {
    /// The choices of a seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(STREAM);
        Self(generator)
    }

    /// A number below `count`, or 0 if that is 0.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(count);
        // The upper half of the product is below `count`.
        (product >> 64) as u64
    }

    /// A place in a list of this length, or 0 if it is empty.
    pub(super) fn place(&mut self, length: usize) -> usize {
        // The number is below a length that is a `usize`.
        self.below(length as u64) as usize
    }

    /// True `of_256` times in 256.
    pub(super) fn chance(&mut self, of_256: u64) -> bool {
        self.below(256) < of_256
    }
}
