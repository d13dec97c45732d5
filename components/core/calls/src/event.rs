//! What happens at a boundary, as it is written down.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::number;
use crate::table::{Kind, Table, TypeId};
use crate::value::Value;

/// The first byte of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// A function is called. The function's number and its arguments follow.
    Call = 1,
    /// A function has returned. The function's number and its result follow, and, of a [`Splice`](crate::Splice) to standard
    /// output or standard error in a recording, what it copied, with its length in front.
    Return = 2,
    /// A resource was dropped. The number of its type and its identity follow.
    Drop = 3,
    /// A replayed run differs from its recording: how many events came before, the event that was recorded, with its length
    /// in front, or nothing if no more was recorded, and the event that came follow.
    Differs = 4,
}

/// Something that happened at a boundary.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A function is called.
    Call {
        /// The position of the function in [`Table::functions`].
        function: u32,
        /// Its arguments.
        arguments: Vec<Value>,
    },
    /// A function has returned.
    Return {
        /// The position of the function in [`Table::functions`].
        function: u32,
        /// Its result.
        result: Option<Value>,
    },
    /// A resource was dropped.
    Drop {
        /// The position of its type in [`Table::resources`].
        resource: u32,
        /// Its identity.
        identity: u64,
    },
    /// A replayed run differs from its recording, and ends.
    Differs {
        /// How many events of the recording came before.
        position: u64,
        /// What was recorded; `None` if no more was.
        expected: Option<Box<Event>>,
        /// What came.
        came: Box<Event>,
    },
}

/// Why bytes are no event of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadError;

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are no event")
    }
}

impl core::error::Error for ReadError {}

impl Event {
    /// Reads an event. `kept_of_arguments` and `kept_of_results` are those of the [`Settings`](crate::Settings) with which it
    /// was written.
    ///
    /// # Errors
    /// [`ReadError`] when the bytes are no event of this table.
    pub fn read(
        table: &Table,
        kept_of_arguments: u32,
        kept_of_results: u32,
        bytes: &[u8],
    ) -> Result<Self, ReadError> {
        Self::read_one(table, [kept_of_arguments, kept_of_results], bytes).ok_or(ReadError)
    }

    /// The position of the function whose return these bytes tell of; `None` for other events.
    pub fn returned(bytes: &[u8]) -> Option<u32> {
        let (tag, mut rest) = bytes.split_first()?;
        let is_return = *tag == Tag::Return as u8;
        is_return
            .then(|| number::read(&mut rest))?
            .and_then(|index| index.try_into().ok())
    }

    fn read_one(table: &Table, kept: [u32; 2], mut bytes: &[u8]) -> Option<Self> {
        let [arguments, result] = kept;
        let (tag, rest) = bytes.split_first()?;
        bytes = rest;
        if *tag == Tag::Differs as u8 {
            let position = number::read(&mut bytes)?;
            let length = usize::try_from(number::read(&mut bytes)?).ok()?;
            let expected = number::take(&mut bytes, length)?;
            let read = |bytes: &[u8]| {
                // One of these events is never inside another.
                let is_plain = bytes.first().is_some_and(|tag| *tag != Tag::Differs as u8);
                let event = is_plain.then(|| Self::read_one(table, kept, bytes));
                Some(Box::new(event??))
            };
            return Some(Self::Differs {
                position,
                expected: match expected {
                    [] => None,
                    bytes => Some(read(bytes)?),
                },
                came: read(bytes)?,
            });
        }
        let index = u32::try_from(number::read(&mut bytes)?).ok()?;
        let event = match *tag {
            tag if tag == Tag::Drop as u8 => {
                table.resources.get(index as usize)?;
                Self::Drop {
                    resource: index,
                    identity: number::read(&mut bytes)?,
                }
            }
            tag if tag == Tag::Call as u8 => {
                let function = table.functions.get(index as usize)?;
                let mut values = Vec::new();
                for parameter in &function.parameters {
                    values.push(value(table, parameter.ty, arguments, &mut bytes)?);
                }
                Self::Call {
                    function: index,
                    arguments: values,
                }
            }
            tag if tag == Tag::Return as u8 => {
                let function = table.functions.get(index as usize)?;
                Self::Return {
                    function: index,
                    result: {
                        let result = match function.result {
                            Some(ty) => Some(value(table, ty, result, &mut bytes)?),
                            None => None,
                        };
                        // What was copied to a standard stream is not a part of the result.
                        if !bytes.is_empty() {
                            number::next(&mut bytes)?;
                        }
                        result
                    },
                }
            }
            _ => return None,
        };
        bytes.is_empty().then_some(event)
    }
}

/// Reads a value of which at most `kept` elements or bytes of each list or text were kept.
fn value(table: &Table, id: TypeId, kept: u32, bytes: &mut &[u8]) -> Option<Value> {
    let ty = table.ty(id);
    Some(match &ty.kind {
        Kind::Bool => Value::Bool(number::take(bytes, 1)?[0] != 0),
        Kind::Unsigned => Value::Unsigned(number::read(bytes)?),
        Kind::Signed => Value::Signed(number::unzigzag(number::read(bytes)?)),
        Kind::Float => match number::take(bytes, ty.size as usize)? {
            [a, b, c, d] => Value::F32(f32::from_le_bytes([*a, *b, *c, *d])),
            [a, b, c, d, e, f, g, h] => {
                Value::F64(f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))
            }
            _ => return None,
        },
        Kind::Char => {
            let code = u32::try_from(number::read(bytes)?).ok()?;
            Value::Char(char::from_u32(code)?)
        }
        Kind::String => {
            let (text, length) = text(kept, bytes)?;
            Value::String {
                text: String::from_utf8_lossy(text).into_owned(),
                length,
            }
        }
        Kind::List(element) => {
            let inner = table.ty(*element);
            if inner.size == 1 && matches!(inner.kind, Kind::Unsigned) {
                let (bytes, length) = text(kept, bytes)?;
                return Some(Value::Bytes {
                    bytes: bytes.to_vec(),
                    length,
                });
            }
            let length = number::read(bytes)?;
            let mut items = Vec::new();
            for _ in 0..length.min(kept.into()) {
                items.push(value(table, *element, kept, bytes)?);
            }
            if length > kept.into() {
                number::take(bytes, size_of::<u64>())?;
            }
            Value::List { items, length }
        }
        Kind::Record(fields) => {
            let mut values = Vec::new();
            for field in fields {
                values.push(value(table, field.ty, kept, bytes)?);
            }
            Value::Record(values)
        }
        Kind::Variant { cases, .. } => {
            let case = u32::try_from(number::read(bytes)?).ok()?;
            Value::Variant {
                case,
                payload: match cases.get(case as usize)?.ty {
                    Some(ty) => Some(Box::new(value(table, ty, kept, bytes)?)),
                    None => None,
                },
            }
        }
        Kind::Flags(names) => {
            let mut words = Vec::new();
            for _ in 0..names.len().div_ceil(32) {
                words.push(u32::try_from(number::read(bytes)?).ok()?);
            }
            Value::Flags(words)
        }
        Kind::Own(_) | Kind::Borrow(_) => Value::Resource(number::read(bytes)?),
    })
}

/// The kept bytes of a text or a list of bytes, and how many there were.
fn text<'a>(kept: u32, bytes: &mut &'a [u8]) -> Option<(&'a [u8], u64)> {
    let length = number::read(bytes)?;
    let taken = usize::try_from(length.min(kept.into())).ok()?;
    let content = number::take(bytes, taken)?;
    if length > kept.into() {
        number::take(bytes, size_of::<u64>())?;
    }
    Some((content, length))
}
