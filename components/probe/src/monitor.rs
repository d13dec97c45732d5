//! What happens when a function is called, when it returns, and when a resource is dropped.

use interpose_calls::{
    Function, Handles, Identities, Mode, Place, Settings, Table, Tag, Writer, number, put, write,
};

use crate::memory::{Own, bytes};
use crate::slots::{Slot, Slots, pass_on};
use crate::{arena, imports, stop};

/// The state of a probe.
pub struct Monitor {
    table: Table,
    kept_of_arguments: u32,
    kept_of_results: u32,
    /// What is left of the recording that is replayed.
    recording: Option<&'static [u8]>,
    reports: bool,
    slots: Slots,
    /// The event that is being written.
    event: Vec<u8>,
    /// For each function, whether its caller reads the result in the arena after the call.
    is_read_later: Vec<bool>,
}

impl Monitor {
    /// Reads the settings that the tool has put into the memory.
    pub fn new() -> Self {
        let encoded = bytes(imports::settings(), imports::settings_length());
        let Some((settings, recording)) = Settings::decode(encoded) else {
            stop::the_settings_of_the_probe_are_damaged();
        };
        let table = settings.table;
        let functions = table.functions.iter();
        let is_read_later = functions.map(|function| table.returns_pointers(function));
        Self {
            is_read_later: is_read_later.collect(),
            slots: Slots::new(table.resources.len()),
            table,
            kept_of_arguments: settings.kept_of_arguments,
            kept_of_results: settings.kept_of_results,
            recording: matches!(settings.mode, Mode::Replay { .. }).then_some(recording),
            reports: settings.mode != Mode::Replay { reports: false },
            event: Vec::new(),
        }
    }

    /// A function is called. Returns whether its result is there already.
    pub fn enter(&mut self, index: u32) -> bool {
        self.begin(Tag::Call, index);
        let Some(function) = self.table.functions.get(index as usize) else {
            stop::the_settings_of_the_probe_are_damaged();
        };
        let mut writer = Writer {
            out: &mut self.event,
            limit: self.kept_of_arguments,
        };
        let mut handles = Arguments(&mut self.slots);
        for (place, ty) in arguments(&self.table, function) {
            write(&self.table, ty, place, &mut Own, &mut handles, &mut writer);
        }
        self.happened();
        if self.recording.is_none() {
            return false;
        }
        self.answer(index);
        true
    }

    /// The function behind the probe has returned.
    pub fn leave(&mut self, index: u32) {
        let function = &self.table.functions[index as usize];
        if self.recording.is_none() {
            number::begin(&mut self.event, Tag::Return, index);
            if let Some(ty) = function.result {
                let mut writer = Writer {
                    out: &mut self.event,
                    limit: self.kept_of_results,
                };
                let place = result(function);
                let mut handles = Results(&mut self.slots);
                write(&self.table, ty, place, &mut Own, &mut handles, &mut writer);
            }
            self.report();
        }
        if !self.is_read_later[index as usize] {
            arena::reset();
        }
    }

    /// The last handle of a resource was dropped. Returns the handle behind it.
    pub fn dropped(&mut self, resource: u32, slot: u32) -> u32 {
        let slot = self.slots.remove(slot);
        self.begin(Tag::Drop, resource);
        number::write(&mut self.event, slot.identity);
        self.happened();
        slot.behind
    }

    fn begin(&mut self, tag: Tag, index: u32) {
        number::begin(&mut self.event, tag, index);
    }

    fn report(&self) {
        if self.reports {
            imports::report(self.event.as_ptr(), self.event.len() as u32);
        }
    }

    /// Reports what the component did, and ends the run if it did something else when it was recorded.
    fn happened(&mut self) {
        let expected = match &mut self.recording {
            None => return self.report(),
            Some(recording) => number::next(recording).unwrap_or_default(),
        };
        if expected == self.event {
            return self.report();
        }
        let came = std::mem::take(&mut self.event);
        self.event.push(Tag::Differs as u8);
        number::write(&mut self.event, expected.len() as u64);
        self.event.extend_from_slice(expected);
        self.event.extend_from_slice(&came);
        self.report();
        stop::the_run_differs_from_its_recording();
    }

    /// Puts the result of a call that was recorded where the caller looks for it.
    fn answer(&mut self, index: u32) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        // The recording ends with a call that did not return, such as `exit`.
        let Some(recorded) = number::next(recording) else {
            stop::the_recording_ends_here();
        };
        number::begin(&mut self.event, Tag::Return, index);
        let Some(mut value) = recorded.strip_prefix(self.event.as_slice()) else {
            stop::the_recording_ends_here();
        };
        let function = &self.table.functions[index as usize];
        if let Some(ty) = function.result {
            let place = result(function);
            let mut identities = Recorded(&mut self.slots);
            let all = put(
                &self.table,
                ty,
                place,
                &mut value,
                &mut Own,
                &mut identities,
            );
            if all.is_err() {
                stop::the_recording_is_damaged();
            }
        }
        self.event.clear();
        self.event.extend_from_slice(recorded);
        self.report();
    }
}

/// Where the arguments of a function lie, and their types.
fn arguments<'a>(
    table: &'a Table,
    function: &'a Function,
) -> impl Iterator<Item = (Place, u32)> + 'a {
    let frame = Place::flat(imports::frame());
    let pointed = interpose_calls::Memory::number(&Own, frame.at, 4) as u32;
    let mut numbers = 0;
    function.parameters.iter().map(move |parameter| {
        let place = if function.arguments_in_memory {
            Place::memory(pointed + parameter.offset)
        } else {
            frame.number(numbers)
        };
        numbers += table.ty(parameter.ty).flat;
        (place, parameter.ty)
    })
}

/// Where the result of a function lies.
fn result(function: &Function) -> Place {
    if function.result_in_memory {
        Place::memory(imports::result())
    } else {
        Place::flat(imports::frame())
    }
}

/// The handles in arguments: those of the component become those behind.
struct Arguments<'a>(&'a mut Slots);

impl Handles for Arguments<'_> {
    fn exchange(&mut self, resource: u32, is_owned: bool, handle: u32) -> (u64, u32) {
        let slot = if is_owned {
            let index = imports::slot(resource, handle);
            let slot = self.0.remove(index);
            pass_on(index, || imports::drop(resource, handle));
            slot
        } else {
            // The canonical ABI gives the representation of a resource that is lent to the component that made it.
            self.0.get(handle)
        };
        (slot.identity, slot.behind)
    }
}

/// The handles in results: those behind become those of the component.
struct Results<'a>(&'a mut Slots);

impl Handles for Results<'_> {
    fn exchange(&mut self, resource: u32, _: bool, handle: u32) -> (u64, u32) {
        let identity = self.0.next(resource);
        let slot = self.0.add(Slot {
            behind: handle,
            identity,
        });
        (identity, imports::new(resource, slot))
    }
}

/// The handles in recorded results.
struct Recorded<'a>(&'a mut Slots);

impl Identities for Recorded<'_> {
    fn make(&mut self, resource: u32, identity: u64) -> u32 {
        let slot = self.0.add(Slot {
            behind: 0,
            identity,
        });
        imports::new(resource, slot)
    }
}
