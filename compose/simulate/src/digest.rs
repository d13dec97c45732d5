//! Digests of runs.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of something. It is written as hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Combines this digest of runs with that of the run of a seed. The order of runs does not matter, so that parts of a
    /// campaign can be joined: it is the exclusive or of a hash for each run.
    pub fn add_run(&mut self, seed: u64, run: Self) {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(run.0);
        self.join(Self(hash.finalize().into()));
    }

    /// Combines this digest of runs with that of others.
    pub fn join(&mut self, other: Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own ^= other;
        }
    }

    /// The first 16 digits, which are enough to tell runs apart.
    pub fn short(self) -> String {
        self.to_string()[..16].to_owned()
    }
}

/// Digests the events of a run: SHA-256 over each event with its length in front, as an unsigned LEB128 number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digester(Sha256);

impl Digester {
    pub(crate) fn event(&mut self, event: &[u8]) {
        let mut length = [0; 10];
        let (mut rest, mut count) = (event.len() as u64, 0);
        loop {
            let more = rest >= 0x80;
            length[count] = (rest & 0x7f) as u8 | if more { 0x80 } else { 0 };
            count += 1;
            rest >>= 7;
            if !more {
                break;
            }
        }
        self.0.update(&length[..count]);
        self.0.update(event);
    }

    pub(crate) fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut digest = Self::default();
        let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex {
            return Err(serde::de::Error::custom(
                "a digest has 64 hexadecimal digits",
            ));
        }
        for (position, byte) in digest.0.iter_mut().enumerate() {
            let digits = &text[2 * position..2 * position + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_stand_in_front_of_events() {
        let (mut digester, long) = (Digester::default(), vec![7; 300]);
        digester.event(b"ab");
        digester.event(&long);
        let bytes = [&[2][..], b"ab", &[0xac, 0x02], &long].concat();
        assert_eq!(digester.finish(), Digest::of(&bytes));
    }

    #[test]
    fn the_order_of_runs_does_not_matter() {
        let (mut first, mut second) = (Digest::default(), Digest::default());
        let runs = [(1, Digest::of(b"a")), (2, Digest::of(b"b"))];
        for (seed, run) in runs {
            first.add_run(seed, run);
        }
        runs.iter()
            .rev()
            .for_each(|(seed, run)| second.add_run(*seed, *run));
        assert_eq!(first, second);
        let mut exchanged = Digest::default();
        exchanged.add_run(2, Digest::of(b"a"));
        exchanged.add_run(1, Digest::of(b"b"));
        assert_ne!(first, exchanged);
    }

    #[test]
    fn digests_are_written_as_text() {
        let digest = Digest::of(b"x");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"00\"").is_err());
        assert!(serde_json::from_str::<Digest>(&format!("\"{}\"", "é".repeat(32))).is_err());
    }
}
