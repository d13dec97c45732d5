use alloc::vec::Vec;

use crate::Errno;

/// The table of a program's descriptors, by number.
#[derive(Debug)]
pub struct Descriptors<T> {
    open: Vec<Option<T>>,
    /// The numbers below the length of `open` that are not in use, in ascending order.
    free: Vec<u32>,
}

impl<T> Default for Descriptors<T> {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Descriptors<T> {
    /// How many numbers a program can have in use.
    pub const MAX: usize = 1 << 20;

    /// Adds a descriptor. It gets the highest number that was in use before, or the next one.
    ///
    /// # Errors
    /// [`Errno::TooManyDescriptors`] when [`Descriptors::MAX`] are open.
    pub fn add(&mut self, descriptor: T) -> Result<u32, Errno> {
        if let Some(number) = self.free.pop() {
            self.open[number as usize] = Some(descriptor);
            return Ok(number);
        }
        self.check_room()?;
        self.open.push(Some(descriptor));
        Ok(self.open.len() as u32 - 1)
    }

    /// Checks that one more descriptor can be added.
    ///
    /// # Errors
    /// [`Errno::TooManyDescriptors`] when [`Descriptors::MAX`] are open.
    pub fn check_room(&self) -> Result<(), Errno> {
        if self.free.is_empty() && self.open.len() == Self::MAX {
            Err(Errno::TooManyDescriptors)
        } else {
            Ok(())
        }
    }

    /// The descriptor with a number.
    ///
    /// # Errors
    /// [`Errno::BadDescriptor`] when there is none.
    pub fn get(&self, number: u32) -> Result<&T, Errno> {
        let slot = self.open.get(number as usize);
        slot.and_then(Option::as_ref).ok_or(Errno::BadDescriptor)
    }

    /// The descriptor with a number, to be changed.
    ///
    /// # Errors
    /// [`Errno::BadDescriptor`] when there is none.
    pub fn get_mut(&mut self, number: u32) -> Result<&mut T, Errno> {
        let slot = self.open.get_mut(number as usize);
        slot.and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    /// Takes a descriptor out, whose number is free then.
    ///
    /// # Errors
    /// [`Errno::BadDescriptor`] when there is none.
    pub fn remove(&mut self, number: u32) -> Result<T, Errno> {
        let slot = self.open.get_mut(number as usize);
        let descriptor = slot.and_then(Option::take).ok_or(Errno::BadDescriptor)?;
        if let Err(place) = self.free.binary_search(&number) {
            self.free.insert(place, number);
        }
        Ok(descriptor)
    }

    /// Gives a descriptor the number of another one (`fd_renumber`), and returns the one that had the number before.
    ///
    /// # Errors
    /// [`Errno::BadDescriptor`] when one of the two is not open.
    pub fn renumber(&mut self, from: u32, to: u32) -> Result<Option<T>, Errno> {
        self.get(to)?;
        self.get(from)?;
        if from == to {
            return Ok(None);
        }
        let moved = self.remove(from)?;
        Ok(self.open[to as usize].replace(moved))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    extern crate std;

    #[test]
    fn the_highest_number_that_is_free_is_taken_first() {
        let mut table = Descriptors::default();
        for name in ["a", "b", "c", "d"] {
            table.add(name).expect("a number");
        }
        table.remove(1).expect("b");
        table.remove(2).expect("c");
        assert_eq!(table.add("e"), Ok(2));
        assert_eq!(table.add("f"), Ok(1));
        assert_eq!(table.add("g"), Ok(4));
        assert_eq!(table.renumber(0, 4), Ok(Some("g")));
        assert_eq!(table.get(0), Err(Errno::BadDescriptor));
        assert_eq!(table.get(4), Ok(&"a"));
        assert_eq!(table.renumber(4, 4), Ok(None));
        assert_eq!(table.renumber(4, 9), Err(Errno::BadDescriptor));
        assert_eq!(table.remove(u32::MAX), Err(Errno::BadDescriptor));
    }

    proptest! {
        /// No sequence of calls loses a descriptor or gives a number twice.
        #[test]
        fn numbers_are_unique(calls in prop::collection::vec((0u8..3, 0u32..12, 0u32..12), 0..200)) {
            let (mut table, mut model) = (Descriptors::default(), BTreeMap::new());
            for (value, (call, a, b)) in calls.into_iter().enumerate() {
                match call {
                    0 => {
                        let number = table.add(value).expect("a number");
                        prop_assert_eq!(model.insert(number, value), None);
                    }
                    1 => prop_assert_eq!(table.remove(a).ok(), model.remove(&a)),
                    _ => {
                        let both = model.contains_key(&a) && model.contains_key(&b);
                        let renumbered = table.renumber(a, b);
                        prop_assert_eq!(renumbered.is_ok(), both);
                        if both && a != b {
                            let moved = model.remove(&a).expect("open");
                            prop_assert_eq!(renumbered, Ok(model.insert(b, moved)));
                        }
                    }
                }
                for number in 0..14 {
                    prop_assert_eq!(table.get(number).ok(), model.get(&number));
                }
            }
        }
    }
}
