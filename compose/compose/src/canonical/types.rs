//! Types, their layout in memory, and the numbers that their values are passed as.

use std::sync::Arc;

use thiserror::Error;

/// How many numbers the arguments of a call may be before they are passed in memory (`MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMETERS: usize = 16;

/// Why a type or a function has no layout here. The texts complete "the function …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.reason())]
pub enum Unsupported {
    /// The function is asynchronous.
    Asynchronous,
    /// The type occurs only in asynchronous calls: a stream, a future, or an error context.
    AsynchronousType,
    /// The type is a resource itself, not a handle.
    NoValues,
    /// The type takes more bytes than a memory has.
    TooLarge,
}

impl Unsupported {
    /// The text of the error.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Asynchronous => "is asynchronous",
            Self::AsynchronousType => "has a type of asynchronous calls",
            Self::NoValues => "has a type without values",
            Self::TooLarge => "has a type that is larger than a memory",
        }
    }
}

/// A number that core functions take and return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// An integer of 32 bits.
    I32,
    /// An integer of 64 bits.
    I64,
    /// A floating-point number of 32 bits.
    F32,
    /// A floating-point number of 64 bits.
    F64,
}

impl Number {
    /// The number that can hold either of two, for the payloads of different cases.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::I32, Self::F32) | (Self::F32, Self::I32) => Self::I32,
            _ => Self::I64,
        }
    }
}

/// A type of values.
#[derive(Debug, PartialEq, Eq)]
pub struct Type {
    /// What the type is.
    pub kind: Kind,
    /// How many bytes a value takes in memory.
    pub size: u32,
    /// The address of a value is a multiple of this.
    pub alignment: u32,
    /// The numbers that a value is passed as; `None` if they are more than [`MAX_FLAT_PARAMETERS`].
    pub flat: Option<Vec<Number>>,
    /// What the type is made of.
    parts: Parts,
}

/// What a type is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// `bool`.
    Bool,
    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    Unsigned,
    /// A signed integer of 1, 2, 4 or 8 bytes.
    Signed,
    /// A floating-point number of 4 or 8 bytes.
    Float,
    /// `char`.
    Char,
    /// `string`, encoded as UTF-8.
    String,
    /// A list of any length; also a map, which is a list of pairs.
    List(Arc<Type>),
    /// A list of this length.
    FixedList(Arc<Type>, u32),
    /// A record or a tuple.
    Record(Vec<Field>),
    /// A variant, or what is laid out as one: an enum, an option, a result.
    Variant(Variant),
    /// So many flags.
    Flags(u32),
    /// The ownership of a resource, by the number that [`Types`](super::Types) gives to the type of resources.
    Own(u32),
    /// A resource that is lent for the time of the call, by the number of its type.
    Borrow(u32),
}

/// A field of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its type.
    pub ty: Arc<Type>,
    /// Where it lies: how many bytes from the record's beginning.
    pub offset: u32,
}

/// The cases of a variant.
#[derive(Debug, PartialEq, Eq)]
pub struct Variant {
    /// The size of the discriminant in bytes: 1, 2 or 4.
    pub tag: u32,
    /// Where the payload lies: how many bytes from the variant's beginning.
    pub payload: u32,
    /// The type of each case's payload.
    pub cases: Vec<Option<Arc<Type>>>,
}

/// Facts about a type and all that it contains, so that nobody has to walk through it for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    pointers: bool,
    owns: bool,
    borrows: bool,
    plain: bool,
    weight: u32,
    numbers: u32,
}

impl Parts {
    const PLAIN: Self = Self {
        pointers: false,
        owns: false,
        borrows: false,
        plain: true,
        weight: 1,
        numbers: 1,
    };
    /// Of what holds other types.
    const GROUP: Self = Self {
        numbers: 0,
        ..Self::PLAIN
    };
    const CHECKED: Self = Self {
        plain: false,
        ..Self::PLAIN
    };

    fn with(self, other: Self) -> Self {
        Self {
            pointers: self.pointers | other.pointers,
            owns: self.owns | other.owns,
            borrows: self.borrows | other.borrows,
            plain: self.plain & other.plain,
            weight: self.weight.saturating_add(other.weight),
            numbers: self.numbers.saturating_add(other.numbers),
        }
    }
}

impl Type {
    /// `bool`.
    pub fn bool() -> Self {
        Self::scalar(Kind::Bool, 1, Number::I32, Parts::CHECKED)
    }

    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    pub fn unsigned(bytes: u32) -> Self {
        Self::scalar(Kind::Unsigned, bytes, integer(bytes), Parts::PLAIN)
    }

    /// A signed integer of 1, 2, 4 or 8 bytes.
    pub fn signed(bytes: u32) -> Self {
        Self::scalar(Kind::Signed, bytes, integer(bytes), Parts::PLAIN)
    }

    /// A floating-point number of 4 or 8 bytes.
    pub fn float(bytes: u32) -> Self {
        let number = match bytes {
            8 => Number::F64,
            _ => Number::F32,
        };
        Self::scalar(Kind::Float, bytes, number, Parts::PLAIN)
    }

    /// `char`.
    pub fn char() -> Self {
        Self::scalar(Kind::Char, 4, Number::I32, Parts::CHECKED)
    }

    /// `own`, of a type of resources by its number.
    pub fn own(resource: u32) -> Self {
        let parts = Parts {
            owns: true,
            ..Parts::CHECKED
        };
        Self::scalar(Kind::Own(resource), 4, Number::I32, parts)
    }

    /// `borrow`, of a type of resources by its number.
    pub fn borrow(resource: u32) -> Self {
        let parts = Parts {
            borrows: true,
            ..Parts::CHECKED
        };
        Self::scalar(Kind::Borrow(resource), 4, Number::I32, parts)
    }

    /// `string`.
    pub fn string() -> Self {
        Self::pointer(Kind::String, Parts::CHECKED)
    }

    /// A list of any length.
    pub fn list(element: Arc<Type>) -> Self {
        let parts = element.parts;
        Self::pointer(Kind::List(element), parts)
    }

    /// A list of this length.
    ///
    /// # Errors
    /// [`Unsupported::TooLarge`] when its size is no address.
    pub fn fixed_list(element: Arc<Type>, length: u32) -> Result<Self, Unsupported> {
        let flat = element.flat.as_ref().and_then(|numbers| {
            let count = numbers.len().checked_mul(length as usize)?;
            (count <= MAX_FLAT_PARAMETERS).then(|| numbers.repeat(length as usize))
        });
        let size = element.size.checked_mul(length);
        let mut parts = element.parts;
        parts.numbers = parts.numbers.saturating_mul(length);
        // In memory, one piece of code moves all elements.
        if flat.is_some() {
            parts.weight = parts.weight.saturating_mul(length);
        }
        Ok(Self {
            size: size.ok_or(Unsupported::TooLarge)?,
            alignment: element.alignment,
            flat,
            parts,
            kind: Kind::FixedList(element, length),
        })
    }

    /// A record or a tuple of these fields.
    ///
    /// # Errors
    /// [`Unsupported::TooLarge`] when its size is no address.
    pub fn record(fields: impl IntoIterator<Item = Arc<Type>>) -> Result<Self, Unsupported> {
        let mut end = 0;
        let mut bytes = 0;
        let mut alignment = 1;
        let mut flat = Some(Vec::new());
        let mut parts = Parts::GROUP;
        let mut placed = Vec::new();
        for ty in fields {
            let offset = aligned(end, ty.alignment)?;
            end = offset.checked_add(ty.size).ok_or(Unsupported::TooLarge)?;
            bytes += ty.size;
            alignment = alignment.max(ty.alignment);
            flat = append(flat, ty.flat.as_deref());
            parts = parts.with(ty.parts);
            placed.push(Field { ty, offset });
        }
        let size = aligned(end, alignment)?;
        // What lies between the fields is not part of the value.
        parts.plain &= bytes == size;
        Ok(Self {
            kind: Kind::Record(placed),
            size,
            alignment,
            flat,
            parts,
        })
    }

    /// A variant of these cases, by the types of their payloads.
    ///
    /// # Errors
    /// [`Unsupported::TooLarge`] when its size is no address.
    pub fn variant(
        cases: impl IntoIterator<Item = Option<Arc<Type>>>,
    ) -> Result<Self, Unsupported> {
        let cases: Vec<_> = cases.into_iter().collect();
        let tag: u32 = match cases.len() {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        let payloads = || cases.iter().flatten();
        let of_payloads = payloads().map(|ty| ty.alignment).max().unwrap_or(1);
        let payload = aligned(tag, of_payloads)?;
        let largest = payloads().map(|ty| ty.size).max().unwrap_or(0);
        let end = payload.checked_add(largest).ok_or(Unsupported::TooLarge)?;
        let alignment = of_payloads.max(tag);
        let mut joined = Some(Vec::new());
        let mut parts = Parts::CHECKED;
        for ty in payloads() {
            joined = join(joined, ty.flat.as_deref());
            parts = parts.with(ty.parts);
        }
        if payloads().next().is_some() {
            parts.weight = parts.weight.saturating_add(cases.len() as u32);
        }
        let longest = payloads().map(|ty| ty.parts.numbers).max().unwrap_or(0);
        parts.numbers = longest.saturating_add(1);
        let flat = append(Some(vec![Number::I32]), joined.as_deref());
        Ok(Self {
            size: aligned(end, alignment)?,
            alignment,
            flat,
            parts,
            kind: Kind::Variant(Variant {
                tag,
                payload,
                cases,
            }),
        })
    }

    /// So many flags.
    pub fn flags(count: u32) -> Self {
        let words = count.div_ceil(32);
        let (size, alignment) = match count {
            0 => (0, 1),
            1..=8 => (1, 1),
            9..=16 => (2, 2),
            _ => (4 * words, 4),
        };
        let few = words as usize <= MAX_FLAT_PARAMETERS;
        Self {
            kind: Kind::Flags(count),
            size,
            alignment,
            flat: few.then(|| vec![Number::I32; words as usize]),
            parts: Parts {
                plain: count == 8 * size,
                weight: words,
                numbers: words,
                ..Parts::PLAIN
            },
        }
    }

    /// Whether a value contains strings or lists, which lie in memory wherever the value itself is.
    pub fn has_pointers(&self) -> bool {
        self.parts.pointers
    }

    /// Whether a value can contain the ownership of a resource.
    pub fn owns(&self) -> bool {
        self.parts.owns
    }

    /// Whether a value can contain a resource that is lent.
    pub fn borrows(&self) -> bool {
        self.parts.borrows
    }

    /// Whether all bytes of a value are part of it, and any bytes are one: then a copy of the bytes is a copy of the
    /// value.
    pub fn is_plain(&self) -> bool {
        self.parts.plain
    }

    /// How many numbers a value would be passed as if there could be any number of them. No more than `u32::MAX`.
    pub fn flat_count(&self) -> u32 {
        self.parts.numbers
    }

    /// How much code moves one value: how many types its type consists of, each as often as it occurs, and the cases of
    /// variants. No more than `u32::MAX`.
    pub fn weight(&self) -> u32 {
        self.parts.weight
    }

    fn scalar(kind: Kind, size: u32, number: Number, parts: Parts) -> Self {
        Self {
            kind,
            size,
            alignment: size,
            flat: Some(vec![number]),
            parts,
        }
    }

    fn pointer(kind: Kind, parts: Parts) -> Self {
        Self {
            kind,
            size: 8,
            alignment: 4,
            flat: Some(vec![Number::I32; 2]),
            parts: Parts {
                pointers: true,
                plain: false,
                weight: parts.weight.saturating_add(1),
                numbers: 2,
                ..parts
            },
        }
    }
}

/// The number that an integer of so many bytes is passed as.
fn integer(bytes: u32) -> Number {
    match bytes {
        8 => Number::I64,
        _ => Number::I32,
    }
}

/// The first address from `offset` on that is a multiple of `alignment`.
fn aligned(offset: u32, alignment: u32) -> Result<u32, Unsupported> {
    let next = offset.checked_next_multiple_of(alignment);
    next.ok_or(Unsupported::TooLarge)
}

/// Both groups of numbers, if they are few enough.
fn append(first: Option<Vec<Number>>, second: Option<&[Number]>) -> Option<Vec<Number>> {
    let (mut all, second) = (first?, second?);
    all.extend(second);
    (all.len() <= MAX_FLAT_PARAMETERS).then_some(all)
}

/// The numbers that can hold either group, if they are few enough.
fn join(first: Option<Vec<Number>>, second: Option<&[Number]>) -> Option<Vec<Number>> {
    let (mut all, second) = (first?, second?);
    let both = all.len().min(second.len());
    for (number, other) in all.iter_mut().zip(second) {
        *number = number.join(*other);
    }
    all.extend(&second[both..]);
    Some(all)
}
