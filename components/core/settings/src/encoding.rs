//! Encoding and decoding, with a header that tells adapters and versions apart.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

/// The version of the format, which changes whenever a configuration type changes. Tool and adapters are built
/// together, so a mismatch means that an adapter of another release was used.
pub const FORMAT_VERSION: u16 = 4;

/// A configuration of one adapter.
pub trait Configuration {
    /// The adapter's name, which its crate and its folder have too.
    const ADAPTER: &'static str;
}

/// Why a configuration could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes are not an encoded configuration, or were cut short.
    Malformed,
    /// The configuration is for another adapter.
    Adapter {
        /// The adapter that decodes.
        expected: &'static str,
        /// The adapter that the configuration was encoded for.
        found: String,
    },
    /// The configuration was encoded by another version of the tool.
    Version {
        /// The format version that was found; [`FORMAT_VERSION`] was expected.
        found: u16,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(f, "the configuration is malformed"),
            Self::Adapter { expected, found } => {
                write!(
                    f,
                    "the configuration is for the adapter `{found}`, not for `{expected}`"
                )
            }
            Self::Version { found } => {
                write!(
                    f,
                    "the configuration has format version {found}, this adapter expects {FORMAT_VERSION}"
                )
            }
        }
    }
}

impl core::error::Error for DecodeError {}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    version: u16,
    adapter: &'a str,
}

/// Encodes a configuration for the adapter that it belongs to.
///
/// The same value always gives the same bytes.
///
/// # Panics
/// The types of this crate never cause a panic, because postcard can express all their values.
pub fn encode<T: Configuration + Serialize>(configuration: &T) -> Vec<u8> {
    let header = Header {
        version: FORMAT_VERSION,
        adapter: T::ADAPTER,
    };
    postcard::to_allocvec(&(header, configuration))
        .expect("configurations are plain data of known length")
}

/// Decodes a configuration that [`encode`] made for the same adapter and version.
///
/// # Errors
/// [`DecodeError`] when the bytes are malformed, too long, or were encoded for another adapter or version.
pub fn decode<'a, T: Configuration + Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let (header, rest): (Header<'a>, _) =
        postcard::take_from_bytes(bytes).map_err(|_| DecodeError::Malformed)?;
    if header.version != FORMAT_VERSION {
        return Err(DecodeError::Version {
            found: header.version,
        });
    }
    if header.adapter != T::ADAPTER {
        return Err(DecodeError::Adapter {
            expected: T::ADAPTER,
            found: header.adapter.into(),
        });
    }
    match postcard::take_from_bytes(rest) {
        Ok((configuration, [])) => Ok(configuration),
        _ => Err(DecodeError::Malformed),
    }
}
