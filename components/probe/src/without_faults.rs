//! A monitor that injects no faults, because it was built without them. Its settings never ask for any.

use interpose_calls::{Mode, Table};

use crate::slots::Slots;

/// What becomes of a call.
#[expect(dead_code, reason = "there is nothing that decides")]
pub enum Decided {
    /// It goes on.
    Call,
    /// The function is not called, and returns this. A resource in it is one that a fault has made.
    Return(Vec<u8>, Option<u32>),
}

/// The faults of a run: none.
pub enum Faults {}

impl Faults {
    /// Nothing asks for faults.
    pub fn new(_: &Mode, _: &Table, _: [u32; 2], _: &[u8]) -> Option<Self> {
        None
    }

    /// See the monitor with faults.
    pub fn invented(&self, _: u32, _: &Slots) -> Option<Vec<u8>> {
        match *self {}
    }

    /// See the monitor with faults.
    pub fn answer(&mut self, _: Vec<u8>, _: &[u8]) -> Decided {
        match *self {}
    }

    /// See the monitor with faults.
    pub fn decide(&mut self, _: u32, _: &Table, _: &[u8]) -> Decided {
        match *self {}
    }

    /// See the monitor with faults.
    pub fn shorten(&mut self, _: u32, _: &Table) {
        match *self {}
    }

    /// See the monitor with faults.
    pub fn observe(&mut self, _: &[u8]) {
        match *self {}
    }

    /// See the monitor with faults.
    pub fn release(&self, _: u32, _: u32) {
        match *self {}
    }
}
