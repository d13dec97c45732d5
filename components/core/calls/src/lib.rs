//! Calls between components as events.
//!
//! A [`Table`] describes the functions of some interfaces, and how the canonical ABI lays out the values of their types.
//! [`write`](encode::write) writes a value that lies in memory down as bytes, [`put`](replay::put) puts such bytes
//! back into memory, and [`Event::read`] reads them as [`Value`]s. None of them knows an interface.
//!
//! A handle means nothing outside of the component that has it, so a resource is written down as its identity: a number
//! that it keeps, and that no other resource of its type ever gets.
#![no_std]

extern crate alloc;

mod encode;
mod event;
mod memory;
pub mod number;
mod replay;
mod table;
mod value;

pub use encode::{Handles, Writer, write};
pub use event::{Event, ReadError, Tag};
pub use memory::{Memory, Place};
pub use replay::{Identities, put};
pub use table::{
    Case, Field, Function, Kind, Parameter, ResourceType, Style, Table, TableError, Type, TypeId,
};
pub use value::Value;

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a monitor does with the calls that it sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// It reports each event, and passes the calls on.
    Observe,
    /// It reports each event if somebody wants to know of it, and passes the calls on that have no fault. The plan of the
    /// faults follows the settings.
    Inject {
        /// Whether it reports events.
        reports: bool,
        /// Whether it can change the kernel's time and read its files.
        controls: bool,
        /// Whether the run is one of a test, whose host decides how it begins and learns of its faults.
        tests: bool,
        /// The functions that end the run.
        exits: Vec<u32>,
    },
    /// It answers each call from a recording: the events of an earlier run, each with its length in front. A call that
    /// differs from the recording ends the run.
    Replay,
}

/// An effect of a function that a replay has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// It returns the stream of standard output.
    Stdout,
    /// It returns the stream of standard error.
    Stderr,
    /// It writes its second argument to the stream that is its first.
    Write,
    /// It writes as many zeroes as its second argument says.
    WriteZeroes,
    /// It copies from the stream that is its second argument to the one that is its first, at most as many bytes as its third
    /// argument says. What is copied would not cross the boundary, so a recording calls other functions in its place.
    Splice(Splice),
    /// It ends the run, with success if its argument is `ok`.
    Exit,
    /// It ends the run with the status that is its argument.
    ExitWithCode,
}

/// The functions that do together what `splice` does, by their positions in [`Table::functions`].
///
/// `wasi:io/streams` defines `splice` by them: how much may be written, then reading no more than that, then writing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    /// `check-write` of the stream that is written to.
    pub check_write: u32,
    /// `blocking-flush` of that stream, which waits until it can be written to; `None` if nothing is waited for.
    pub wait: Option<u32>,
    /// `read` of the stream that is read, or `blocking-read`.
    pub read: u32,
    /// `write` of the stream that is written to.
    pub write: u32,
}

/// The settings of a monitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The functions that it sees.
    pub table: Table,
    /// What it does with their calls.
    pub mode: Mode,
    /// The functions whose calls have an effect that a replay has too. A monitor that observes a run that is not recorded need
    /// not know them.
    pub effects: Vec<(u32, Effect)>,
    /// How many elements of a list, or bytes of a text, of an argument are written down; see [`Writer::limit`].
    pub kept_of_arguments: u32,
    /// How many elements of a list, or bytes of a text, of a result are written down.
    pub kept_of_results: u32,
}

impl Settings {
    /// The encoded settings. A recording follows them.
    pub fn encode(&self) -> Vec<u8> {
        // A vector grows, so nothing can fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads settings that [`Settings::encode`] wrote, and what follows them; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        postcard::take_from_bytes(bytes).ok()
    }
}
