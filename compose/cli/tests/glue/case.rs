//! A random case: an interface, and calls with values that an application makes and a callee answers.

use arbitrary::{Result, Unstructured};
use wasi_interpose::canonical::{Kind, Type};

use crate::interface;
use crate::package::Package;
use crate::value::{Handles, Image, MADE, Made};

/// What an application does.
pub enum Step {
    /// It calls the function at this position, with these numbers.
    Call {
        function: usize,
        arguments: Vec<u64>,
    },
    /// It drops a handle.
    Drop { resource: u32, handle: u32 },
}

/// What the callee does in a call.
pub struct Answer {
    pub function: usize,
    /// The number that it returns.
    pub returned: u64,
    /// The resources that it makes before.
    pub made: Vec<Made>,
}

/// A call of a program's function that allocates which returns something wrong.
pub struct BadAllocation {
    pub call: u32,
    pub address: u32,
}

/// See the module.
pub struct Case {
    pub package: Package,
    pub steps: Vec<Step>,
    pub answers: Vec<Answer>,
    /// The bytes in the application's and the callee's memory.
    pub images: [Vec<u8>; 2],
    pub bad_allocations: [Option<BadAllocation>; 2],
}

impl Case {
    pub fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let mut case = Self {
            package: Package::new(&interface::items(u)?),
            steps: Vec::new(),
            answers: Vec::new(),
            images: [Vec::new(), Vec::new()],
            bad_allocations: [None, None],
        };
        case.steps(u)?;
        Ok(case)
    }

    fn steps(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        for resource in 0..self.package.resources {
            for _ in 0..MADE {
                self.call(u, resource as usize, false)?;
            }
        }
        let faults = u.arbitrary()?;
        for _ in 0..u.int_in_range(1..=6)? {
            if self.package.resources > 0 && u.ratio(1, 8)? {
                let resource = u.int_in_range(0..=self.package.resources - 1)?;
                let handle = u.int_in_range(0..=4 * self.package.resources)?;
                self.steps.push(Step::Drop { resource, handle });
            } else {
                let function = u.choose_index(self.package.functions.len())?;
                self.call(u, function, faults)?;
            }
        }
        if faults {
            for bad in &mut self.bad_allocations {
                if u.ratio(1, 6)? {
                    *bad = Some(BadAllocation {
                        call: u.int_in_range(0..=3)?,
                        address: *u.choose(&[1, 70_003, 131_068, 131_072, 131_080, 0xffff_fff0])?,
                    });
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, u: &mut Unstructured<'_>, function: usize, faults: bool) -> Result<()> {
        let signature = &self.package.functions[function].signature;
        let [of_application, of_callee] = &mut self.images;
        let mut image = Image {
            u,
            bytes: std::mem::take(of_application),
            faults,
            handles: Handles::Guessed,
        };
        let ty = &signature.arguments;
        let mut arguments = match signature.has_arguments_in_memory() {
            true => vec![in_memory(&mut image, ty)?],
            false => image.flat(ty)?,
        };
        if let Some(ty) = signature
            .result
            .as_ref()
            .filter(|_| signature.has_result_in_memory())
        {
            let place = image.place(ty.size, ty.alignment)?;
            arguments.push(image.pointer(place, ty.alignment)?.into());
        }
        *of_application = image.bytes;

        let before = self.answers.iter().map(|answer| answer.made.len() as u32);
        let before = before.sum();
        let mut image = Image {
            u,
            bytes: std::mem::take(of_callee),
            faults,
            handles: Handles::Made {
                made: Vec::new(),
                before,
            },
        };
        let returned = match &signature.result {
            Some(ty) if signature.has_result_in_memory() => in_memory(&mut image, ty)?,
            Some(ty) => image.flat(ty)?.first().copied().unwrap_or_default(),
            None => 0,
        };
        *of_callee = image.bytes;
        let Handles::Made { made, .. } = image.handles else {
            unreachable!("it was that");
        };
        self.answers.push(Answer {
            function,
            returned,
            made,
        });
        self.steps.push(Step::Call {
            function,
            arguments,
        });
        Ok(())
    }
}

/// Writes a value and returns its address.
fn in_memory(image: &mut Image<'_, '_>, ty: &Type) -> Result<u64> {
    let place = image.place(ty.size, ty.alignment)?;
    image.write(ty, place)?;
    Ok(image.pointer(place, ty.alignment)?.into())
}

/// The places of owned handles in the callee's memory: they have other numbers there if the callee is a component.
/// `slots` are the addresses of the numbers that the value was passed as.
pub fn owned_in_slots(ty: &Type, slots: &[u32], memory: &[u8], found: &mut Vec<u32>) {
    let flat = |ty: &Type| ty.flat.as_ref().map_or(0, Vec::len);
    match &ty.kind {
        Kind::Own(_) => found.push(slots[0]),
        Kind::Record(fields) => {
            let mut slots = slots;
            for field in fields {
                let (own, others) = slots.split_at(flat(&field.ty));
                owned_in_slots(&field.ty, own, memory, found);
                slots = others;
            }
        }
        Kind::FixedList(element, _) => {
            for own in slots.chunks(flat(element).max(1)) {
                owned_in_slots(element, own, memory, found);
            }
        }
        Kind::Variant(variant) => {
            let case = word(memory, slots[0], 4) as usize;
            if let Some(ty) = &variant.cases[case] {
                owned_in_slots(ty, &slots[1..=flat(ty)], memory, found);
            }
        }
        Kind::List(element) => {
            let [pointer, length] = [slots[0], slots[1]].map(|slot| word(memory, slot, 4) as u32);
            owned_in_list(element, pointer, length, memory, found);
        }
        _ => {}
    }
}

/// The same for a value in memory.
pub fn owned_in_memory(ty: &Type, place: u32, memory: &[u8], found: &mut Vec<u32>) {
    if !ty.owns() {
        return;
    }
    match &ty.kind {
        Kind::Own(_) => found.push(place),
        Kind::Record(fields) => {
            for field in fields {
                owned_in_memory(&field.ty, place + field.offset, memory, found);
            }
        }
        Kind::FixedList(element, length) => owned_in_list(element, place, *length, memory, found),
        Kind::Variant(variant) => {
            let case = word(memory, place, variant.tag) as usize;
            if let Some(ty) = &variant.cases[case] {
                owned_in_memory(ty, place + variant.payload, memory, found);
            }
        }
        Kind::List(element) => {
            let [pointer, length] = [place, place + 4].map(|place| word(memory, place, 4) as u32);
            owned_in_list(element, pointer, length, memory, found);
        }
        _ => {}
    }
}

fn owned_in_list(element: &Type, place: u32, length: u32, memory: &[u8], found: &mut Vec<u32>) {
    for index in 0..length {
        owned_in_memory(element, place + index * element.size, memory, found);
    }
}

fn word(memory: &[u8], place: u32, size: u32) -> u64 {
    let bytes = &memory[place as usize..(place + size) as usize];
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}
