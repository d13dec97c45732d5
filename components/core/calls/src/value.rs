//! Values as they are read from events.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// A value of an argument or result.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `bool`.
    Bool(bool),
    /// An unsigned integer.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// `f32`.
    F32(f32),
    /// `f64`.
    F64(f64),
    /// `char`.
    Char(char),
    /// `string`.
    String {
        /// What was kept of it. If the end falls into a character, that one is replaced by U+FFFD.
        text: String,
        /// How many bytes it had.
        length: u64,
    },
    /// `list<u8>`.
    Bytes {
        /// What was kept of it.
        bytes: Vec<u8>,
        /// How many bytes it had.
        length: u64,
    },
    /// Another list.
    List {
        /// The elements that were kept.
        items: Vec<Value>,
        /// How many it had.
        length: u64,
    },
    /// A record or a tuple: the values of its fields.
    Record(Vec<Value>),
    /// A variant, an enum, an option or a result.
    Variant {
        /// The position of the case.
        case: u32,
        /// Its payload.
        payload: Option<Box<Value>>,
    },
    /// Flags: 32 in each word, the first ones in the lowest bits.
    Flags(Vec<u32>),
    /// A resource, by its identity.
    Resource(u64),
}
