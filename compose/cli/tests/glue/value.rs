//! Random values as the canonical ABI has them: numbers, and bytes in a memory. Some are wrong in one of the ways that a
//! program could be.

use arbitrary::{Result, Unstructured};
use wasi_interpose::canonical::{Kind, Number, Type};

/// Where the values of a memory begin; what lies before is the program's.
pub const IMAGE: u32 = 4096;
/// Where the programs allocate.
pub const HEAP: u32 = 65536;
/// The size of each memory.
pub const SIZE: u32 = 131_072;

/// How many handles of each type of resources the application has at first: those of the first type have the numbers
/// from 1 on, and so on.
pub const MADE: u32 = 4;

/// The values in a memory.
pub struct Image<'u, 'a> {
    pub u: &'u mut Unstructured<'a>,
    /// The bytes from [`IMAGE`] on.
    pub bytes: Vec<u8>,
    /// Whether some values are wrong.
    pub faults: bool,
    /// What handles are.
    pub handles: Handles,
}

/// What a value of `own` or `borrow` is.
pub enum Handles {
    /// A number that may be a handle.
    Guessed,
    /// A resource that the callee makes when it is called: each has a representation, and the place in memory where its
    /// handle goes.
    Made {
        made: Vec<Made>,
        /// How many were made in earlier calls.
        before: u32,
    },
}

/// See [`Handles::Made`].
pub struct Made {
    pub resource: u32,
    pub representation: u32,
    /// `None` if it is no place in memory, but the result itself.
    pub place: Option<u32>,
}

impl Image<'_, '_> {
    /// A place for a value of this type, with bytes that belong to nothing.
    pub fn place(&mut self, size: u32, alignment: u32) -> Result<u32> {
        let end = IMAGE + self.bytes.len() as u32;
        let place = end.next_multiple_of(alignment.max(1));
        self.bytes.resize((place - IMAGE) as usize, 0xa5);
        let noise = 0x5a ^ self.bytes.len() as u8;
        let end = self.bytes.len() + size as usize;
        if end > (HEAP - IMAGE) as usize {
            return Err(arbitrary::Error::IncorrectFormat);
        }
        self.bytes.resize(end, noise);
        Ok(place)
    }

    /// A pointer to some bytes, which may be wrong.
    pub fn pointer(&mut self, place: u32, alignment: u32) -> Result<u32> {
        Ok(match self.is_wrong()? {
            true => *self.u.choose(&[
                place.wrapping_add(1),
                place.wrapping_add(alignment / 2),
                SIZE,
                SIZE - 1,
                SIZE - 8,
                SIZE + 1,
                u32::MAX,
                0xffff_fff8,
                0,
            ])?,
            false => place,
        })
    }

    /// The numbers of a value.
    pub fn flat(&mut self, ty: &Type) -> Result<Vec<u64>> {
        let numbers = ty.flat.clone().unwrap_or_default();
        Ok(match &ty.kind {
            Kind::Record(fields) => {
                let mut all = Vec::new();
                for field in fields {
                    all.extend(self.flat(&field.ty)?);
                }
                all
            }
            Kind::FixedList(element, length) => {
                let mut all = Vec::new();
                for _ in 0..*length {
                    all.extend(self.flat(element)?);
                }
                all
            }
            Kind::Variant(variant) => {
                let case = self.case(variant.cases.len())?;
                let mut all = vec![case];
                if let Some(Some(ty)) = variant.cases.get(case as usize) {
                    all.extend(self.flat(ty)?);
                }
                // What a case does not use can be anything.
                while all.len() < numbers.len() {
                    all.push(self.u.arbitrary::<u32>()?.into());
                }
                if self.u.ratio(1, 8)? {
                    for (value, number) in all.iter_mut().zip(&numbers).skip(1) {
                        if *number == Number::I64 {
                            *value ^= u64::from(self.u.arbitrary::<u8>()?) << 40;
                        }
                    }
                }
                all
            }
            Kind::String | Kind::List(_) => {
                let (pointer, length) = self.list(ty)?;
                vec![pointer.into(), length.into()]
            }
            _ => {
                let mut value = self.scalar(ty, None)?;
                // A small number comes in a larger one, whose upper bits mean nothing.
                if ty.size < 4 && self.u.ratio(1, 4)? {
                    let upper = self.u.arbitrary::<u32>()? << (8 * ty.size);
                    value |= u64::from(upper);
                }
                vec![value]
            }
        })
    }

    /// Writes a value to a place.
    pub fn write(&mut self, ty: &Type, place: u32) -> Result<()> {
        match &ty.kind {
            Kind::Record(fields) => {
                for field in fields {
                    self.write(&field.ty, place + field.offset)?;
                }
            }
            Kind::FixedList(element, length) => {
                for index in 0..*length {
                    self.write(element, place + index * element.size)?;
                }
            }
            Kind::Variant(variant) => {
                let case = self.case(variant.cases.len())?;
                self.store(place, variant.tag, case);
                if let Some(Some(ty)) = variant.cases.get(case as usize) {
                    self.write(ty, place + variant.payload)?;
                }
            }
            Kind::String | Kind::List(_) => {
                let (pointer, length) = self.list(ty)?;
                self.store(place, 4, pointer.into());
                self.store(place + 4, 4, length.into());
            }
            _ => {
                let value = self.scalar(ty, Some(place))?;
                self.store(place, ty.size, value);
            }
        }
        Ok(())
    }

    fn scalar(&mut self, ty: &Type, place: Option<u32>) -> Result<u64> {
        Ok(match &ty.kind {
            Kind::Bool => self.u.int_in_range(0..=2)?,
            Kind::Char => match self.is_wrong()? {
                true => *self
                    .u
                    .choose(&[0xd800, 0xdfff, 0x11_0000, 0xffff_ffff, 0xdabc])?,
                false => u64::from(u32::from(self.u.arbitrary::<char>()?)),
            },
            Kind::Own(resource) | Kind::Borrow(resource) => match &mut self.handles {
                Handles::Guessed => match self.is_wrong()? {
                    true => *self
                        .u
                        .choose(&[0, 1, 5, 9, 4096, 0x1000_0001, 0xffff_ffff])?,
                    // Unless it was taken.
                    false => u64::from(MADE * resource + self.u.int_in_range(1..=MADE)?),
                },
                Handles::Made { made, before } => {
                    let representation = 1000 + *before + made.len() as u32;
                    made.push(Made {
                        resource: *resource,
                        representation,
                        place,
                    });
                    representation.into()
                }
            },
            _ => {
                let bits = 8 * ty.size.min(8);
                let value: u64 = self.u.arbitrary()?;
                value & (u64::MAX >> (64 - bits))
            }
        })
    }

    fn case(&mut self, cases: usize) -> Result<u64> {
        Ok(match self.is_wrong()? {
            true => {
                *self
                    .u
                    .choose(&[cases as u64, 255, 0xffff, 0xffff_ffff, cases as u64 + 256])?
            }
            false => self.u.int_in_range(0..=cases as u64 - 1)?,
        })
    }

    /// The address and the length of a string or list.
    fn list(&mut self, ty: &Type) -> Result<(u32, u32)> {
        let (place, mut length, alignment, size) = match &ty.kind {
            Kind::List(element) => {
                let most = if self.u.ratio(1, 10)? { 70 } else { 4 };
                let length = self.u.int_in_range(0..=most)?;
                let place = self.place(length * element.size, element.alignment)?;
                for index in 0..length {
                    self.write(element, place + index * element.size)?;
                }
                (place, length, element.alignment, element.size)
            }
            _ => {
                let bytes = self.text()?;
                let place = self.place(bytes.len() as u32, 1)?;
                let start = (place - IMAGE) as usize;
                self.bytes[start..start + bytes.len()].copy_from_slice(&bytes);
                (place, bytes.len() as u32, 1, 1)
            }
        };
        let pointer = self.pointer(place, alignment)?;
        if self.is_wrong()? {
            length = *self.u.choose(&[
                u32::MAX,
                (u32::MAX / size.max(1)).wrapping_add(1),
                0x8000_0000,
                SIZE,
                SIZE / size.max(1),
                0x2000_0000,
            ])?;
        }
        Ok((pointer, length))
    }

    fn text(&mut self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let most = if self.u.ratio(1, 6)? { 40 } else { 6 };
        for _ in 0..self.u.int_in_range(0..=most)? {
            match self.u.ratio(2, 3)? {
                true => text.push(self.u.int_in_range(b'!'..=b'~')?),
                false => {
                    let character: char = self.u.arbitrary()?;
                    text.extend(character.to_string().into_bytes());
                }
            }
        }
        if self.is_wrong()? && !text.is_empty() {
            let at = self.u.choose_index(text.len())?;
            match self.u.arbitrary()? {
                true => text[at] = self.u.arbitrary()?,
                false => text.truncate(at),
            }
        }
        Ok(text)
    }

    fn is_wrong(&mut self) -> Result<bool> {
        Ok(self.faults && self.u.ratio(1, 30)?)
    }

    fn store(&mut self, place: u32, size: u32, value: u64) {
        let start = (place - IMAGE) as usize;
        let end = start + size as usize;
        self.bytes[start..end].copy_from_slice(&value.to_le_bytes()[..size as usize]);
    }
}
