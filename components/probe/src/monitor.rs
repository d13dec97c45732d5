//! What happens when a function is called, when it returns, and when a resource is dropped.

use interpose_calls::{
    Effect, Handles, Identities, Memory, Mode, Place, Settings, Table, Tag, Writer, number, put,
    write,
};

use crate::faults::{Decided, Faults};
use crate::frame::{arguments, first_argument, result};
use crate::memory::{Own, bytes};
use crate::slots::{Slot, Slots, pass_on};
use crate::{arena, imports, splice, stop};

/// The state of a probe.
pub struct Monitor {
    table: Table,
    kept_of_arguments: u32,
    kept_of_results: u32,
    /// What is left of the recording that is replayed.
    recording: Option<&'static [u8]>,
    /// How many events of it have been replayed.
    replayed: u64,
    /// For each function, the effect that a replay has too.
    effects: Vec<Option<Effect>>,
    /// What a call has copied to a standard stream that has not returned yet.
    copied: Option<&'static [u8]>,
    faults: Option<Faults>,
    /// Whether a fault has answered the call that is under way.
    is_answered: bool,
    /// Whether anybody wants to know of events.
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
        let Some((settings, rest)) = Settings::decode(encoded) else {
            stop::the_settings_of_the_probe_are_damaged();
        };
        let table = settings.table;
        let functions = table.functions.iter();
        let mut effects = vec![None; table.functions.len()];
        let (mut recording, mut faults) = (None, None);
        match &settings.mode {
            Mode::Observe => {}
            Mode::Inject { .. } => {
                let kept = [settings.kept_of_arguments, settings.kept_of_results];
                faults = Faults::new(&settings.mode, &table, kept, rest);
                if faults.is_none() {
                    stop::the_settings_of_the_probe_are_damaged();
                }
            }
            Mode::Replay => recording = Some(rest),
        }
        for (function, effect) in settings.effects {
            effects[function as usize] = Some(effect);
        }
        let is_read_later = functions.map(|function| table.returns_pointers(function));
        Self {
            is_read_later: is_read_later.collect(),
            slots: Slots::new(table.resources.len()),
            table,
            kept_of_arguments: settings.kept_of_arguments,
            kept_of_results: settings.kept_of_results,
            recording,
            replayed: 0,
            effects,
            copied: None,
            reports: !matches!(settings.mode, Mode::Inject { reports: false, .. }),
            faults,
            is_answered: false,
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
        let effect = self.effects[index as usize];
        let is_write = matches!(
            effect,
            Some(Effect::Write | Effect::WriteZeroes | Effect::Splice(_))
        );
        // What a stream is can be looked up by the handle that the component passes.
        let to = is_write.then(|| self.slots.get(first_argument()).standard);
        let to = to.unwrap_or(0);
        let faults = self.faults.take();
        let invented = faults
            .as_ref()
            .and_then(|faults| faults.invented(index, &self.slots));
        let mut handles = Arguments {
            slots: &mut self.slots,
            passed: Vec::new(),
        };
        for (place, ty) in arguments(&self.table, function) {
            write(&self.table, ty, place, &mut Own, &mut handles, &mut writer);
        }
        let passed = handles.passed;
        self.happened();
        if let Some(mut faults) = faults {
            let decided = match invented {
                Some(result) => faults.answer(result, &self.event),
                None => faults.decide(index, &self.table, &self.event),
            };
            self.faults = Some(faults);
            if self.decided(index, decided, passed) {
                return true;
            }
        }
        if self.recording.is_some() {
            self.answer(index, effect, to);
            return true;
        }
        match effect {
            Some(Effect::Splice(functions)) if to != 0 => {
                self.copied = splice::copy(functions);
                true
            }
            _ => false,
        }
    }

    /// Does with a call what was decided. Returns whether its result is there already. `passed` are the resources behind the
    /// probe whose ownership is passed to the function.
    fn decided(&mut self, index: u32, decided: Decided, passed: Vec<(u32, u32)>) -> bool {
        let Decided::Return(bytes, invention) = decided else {
            return false;
        };
        if let Some(faults) = &self.faults {
            for (resource, handle) in passed {
                faults.release(resource, handle);
            }
        }
        let function = &self.table.functions[index as usize];
        if let Some(ty) = function.result {
            let mut made = Made {
                slots: &mut self.slots,
                invention,
            };
            let (place, mut bytes) = (result(function), bytes.as_slice());
            if put(&self.table, ty, place, &mut bytes, &mut Own, &mut made).is_err() {
                stop::the_settings_of_the_probe_are_damaged();
            }
        }
        self.is_answered = true;
        true
    }

    /// The function behind the probe has returned.
    pub fn leave(&mut self, index: u32) {
        let is_answered = std::mem::take(&mut self.is_answered);
        let mut faults = self.faults.take();
        if let Some(faults) = faults.as_mut().filter(|_| !is_answered) {
            faults.shorten(index, &self.table);
        }
        let function = &self.table.functions[index as usize];
        if self.recording.is_none() {
            number::begin(&mut self.event, Tag::Return, index);
            if let Some(ty) = function.result {
                let mut writer = Writer {
                    out: &mut self.event,
                    limit: self.kept_of_results,
                };
                let place = result(function);
                if is_answered {
                    let mut handles = Answered(&self.slots);
                    write(&self.table, ty, place, &mut Own, &mut handles, &mut writer);
                } else {
                    let standard = standard(self.effects[index as usize]);
                    let mut handles = Results(&mut self.slots, standard);
                    write(&self.table, ty, place, &mut Own, &mut handles, &mut writer);
                }
            }
            if let Some(faults) = &mut faults {
                faults.observe(&self.event);
            }
            if let Some(copied) = self.copied.take() {
                number::write(&mut self.event, copied.len() as u64);
                self.event.extend_from_slice(copied);
            }
            self.report();
        }
        self.faults = faults;
        if !self.is_read_later[index as usize] {
            arena::reset();
        }
    }

    /// The last handle of a resource was dropped. Returns the handle behind it.
    pub fn dropped(&mut self, resource: u32, slot: u32) -> u32 {
        let slot = self.slots.remove(slot);
        self.begin(Tag::Drop, resource);
        number::write(&mut self.event, slot.identity);
        if let Some(faults) = &mut self.faults {
            faults.observe(&self.event);
        }
        self.happened();
        slot.behind
    }

    fn begin(&mut self, tag: Tag, index: u32) {
        number::begin(&mut self.event, tag, index);
    }

    fn report(&self) {
        if !self.reports {
            return;
        }
        imports::report(self.event.as_ptr(), self.event.len() as u32);
    }

    /// Reports what the component did, or ends the run if it did something else when it was recorded.
    fn happened(&mut self) {
        let Some(recording) = &mut self.recording else {
            return self.report();
        };
        let expected = number::next(recording).unwrap_or_default();
        if expected == self.event {
            self.replayed += 1;
            return;
        }
        let came = std::mem::take(&mut self.event);
        self.event.push(Tag::Differs as u8);
        number::write(&mut self.event, self.replayed);
        number::write(&mut self.event, expected.len() as u64);
        self.event.extend_from_slice(expected);
        self.event.extend_from_slice(&came);
        imports::differs(self.event.as_ptr(), self.event.len() as u32);
        stop::the_run_differs_from_its_recording();
    }

    /// Puts the result of a call that was recorded where the caller looks for it. `to` is the standard stream that it writes
    /// to.
    fn answer(&mut self, index: u32, effect: Option<Effect>, to: u32) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        let recorded = number::next(recording).unwrap_or_default();
        self.replayed += 1;
        number::begin(&mut self.event, Tag::Return, index);
        let Some(value) = recorded.strip_prefix(self.event.as_slice()) else {
            // The call did not return.
            match effect {
                Some(Effect::Exit) => imports::exit(first_argument().min(1)),
                Some(Effect::ExitWithCode) => imports::exit(first_argument()),
                _ => {}
            }
            stop::the_recording_ends_here();
        };
        // Only a result without an error says that something was written.
        if to != 0 && value.first() == Some(&0) {
            write_out(effect, to);
        }
        let function = &self.table.functions[index as usize];
        if let Some(ty) = function.result {
            let (place, mut rest) = (result(function), value);
            let mut identities = Recorded(&mut self.slots);
            if put(&self.table, ty, place, &mut rest, &mut Own, &mut identities).is_err() {
                stop::the_recording_is_damaged();
            }
            if to != 0
                && let Some(copied) = number::next(&mut rest)
            {
                imports::print(to, copied.as_ptr() as u32, copied.len() as u32);
            }
            let standard = standard(effect);
            if standard == 0 {
                return;
            }
            if let interpose_calls::Kind::Own(resource) = self.table.ty(ty).kind {
                let slot = imports::slot(resource, first_argument());
                self.slots.set_standard(slot, standard);
            }
        }
    }
}

/// The standard stream that a function with this effect returns; 0 for others.
fn standard(effect: Option<Effect>) -> u32 {
    match effect {
        Some(Effect::Stdout) => 1,
        Some(Effect::Stderr) => 2,
        _ => 0,
    }
}

/// Writes to a standard stream what a function has written that was recorded.
fn write_out(effect: Option<Effect>, to: u32) {
    let frame = Place::flat(imports::frame());
    let second = Own.number(frame.number(1).at, 8);
    match effect {
        Some(Effect::Write) => {
            let length = Own.number(frame.number(2).at, 4) as u32;
            imports::print(to, second as u32, length);
        }
        Some(Effect::WriteZeroes) => {
            const ZEROES: [u8; 4096] = [0; 4096];
            let mut left = second;
            while left > 0 {
                let length = left.min(ZEROES.len() as u64);
                imports::print(to, ZEROES.as_ptr() as u32, length as u32);
                left -= length;
            }
        }
        // What was copied is in the recording alone.
        _ => {}
    }
}

/// The handles in arguments: those of the component become those behind.
struct Arguments<'a> {
    slots: &'a mut Slots,
    /// The resources whose ownership is passed: the number of the type, and the handle behind.
    passed: Vec<(u32, u32)>,
}

impl Handles for Arguments<'_> {
    fn exchange(&mut self, resource: u32, is_owned: bool, handle: u32) -> (u64, u32) {
        let slot = if is_owned {
            let index = imports::slot(resource, handle);
            let slot = self.slots.remove(index);
            pass_on(index, || imports::drop(resource, handle));
            self.passed.push((resource, slot.behind));
            slot
        } else {
            // The canonical ABI gives the representation of a resource that is lent to the component that made it.
            self.slots.get(handle)
        };
        (slot.identity, slot.behind)
    }
}

/// The handles in results: those behind become those of the component. The number is that of the standard stream that they
/// are.
struct Results<'a>(&'a mut Slots, u32);

impl Handles for Results<'_> {
    fn exchange(&mut self, resource: u32, _: bool, handle: u32) -> (u64, u32) {
        let identity = self.0.next(resource);
        let slot = self.0.add(Slot {
            behind: handle,
            identity,
            standard: self.1,
            invention: None,
        });
        (identity, imports::new(resource, slot))
    }
}

/// The handles in the results of faults, which are those of the component already.
struct Answered<'a>(&'a Slots);

impl Handles for Answered<'_> {
    fn exchange(&mut self, resource: u32, _: bool, handle: u32) -> (u64, u32) {
        let slot = self.0.get(imports::slot(resource, handle));
        (slot.identity, handle)
    }
}

/// The resources in the results of faults.
struct Made<'a> {
    slots: &'a mut Slots,
    invention: Option<u32>,
}

impl Identities for Made<'_> {
    fn make(&mut self, resource: u32, _: u64) -> u32 {
        let identity = self.slots.next(resource);
        let slot = self.slots.add(Slot {
            behind: 0,
            identity,
            standard: 0,
            invention: self.invention,
        });
        imports::new(resource, slot)
    }
}

/// The handles in recorded results.
struct Recorded<'a>(&'a mut Slots);

impl Identities for Recorded<'_> {
    fn make(&mut self, resource: u32, identity: u64) -> u32 {
        let slot = self.0.add(Slot {
            behind: 0,
            identity,
            standard: 0,
            invention: None,
        });
        imports::new(resource, slot)
    }
}
