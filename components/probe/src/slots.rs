//! The resources that exist: the handle behind each, and its identity.

use std::cell::Cell;

/// A resource.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The handle of the resource behind it; 0 if there is none, in a replay.
    pub behind: u32,
    /// Its identity.
    pub identity: u64,
    /// 1 for the stream of standard output, 2 for that of standard error, as far as the monitor knows of the functions that
    /// return them; 0 otherwise.
    pub standard: u32,
    /// For a resource that a fault has made: its position among the plan's inventions.
    #[cfg_attr(
        not(feature = "inject"),
        expect(dead_code, reason = "there are no faults")
    )]
    pub invention: Option<u32>,
}

/// The resources of all types.
#[derive(Default)]
pub struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// For each type of resources, how many there have been.
    counts: Vec<u64>,
}

impl Slots {
    /// No resources of so many types.
    pub fn new(types: usize) -> Self {
        Self {
            counts: vec![0; types],
            ..Self::default()
        }
    }

    /// The identity of the next resource of a type.
    pub fn next(&mut self, resource: u32) -> u64 {
        let count = &mut self.counts[resource as usize];
        *count += 1;
        *count
    }

    /// Adds a resource.
    pub fn add(&mut self, slot: Slot) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        }
    }

    /// A resource.
    pub fn get(&self, index: u32) -> Slot {
        self.slots[index as usize]
    }

    /// Says which standard stream a resource is.
    pub fn set_standard(&mut self, index: u32, standard: u32) {
        self.slots[index as usize].standard = standard;
    }

    /// Removes a resource.
    pub fn remove(&mut self, index: u32) -> Slot {
        self.free.push(index);
        self.slots[index as usize]
    }
}

thread_local! {
    static PASSED_ON: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Drops a handle of a resource whose ownership is passed on, so that the resource behind it stays.
pub fn pass_on(slot: u32, drop: impl FnOnce()) {
    PASSED_ON.set(Some(slot));
    drop();
    PASSED_ON.set(None);
}

/// Whether the resource in a slot is being passed on.
pub fn is_passed_on(slot: u32) -> bool {
    PASSED_ON.get() == Some(slot)
}
