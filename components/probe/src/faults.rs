//! Faults in the calls that the monitor sees.

use std::sync::Arc;

use interpose_calls::{Event, Kind, Memory, Mode, Place, Table};
use interpose_faults::{Begin, Disk, Happened, Injector, Invention, Plan, Verdict, shortened};

use crate::frame::{arguments, first_argument, result};
use crate::memory::{Own, bytes};
use crate::slots::Slots;
use crate::{imports, stop};

/// What becomes of a call.
pub enum Decided {
    /// It goes on.
    Call,
    /// The function is not called, and returns this. A resource in it is one that a fault has made.
    Return(Vec<u8>, Option<u32>),
}

/// The faults of a run.
pub struct Faults {
    injector: Injector,
    inventions: Vec<Invention>,
    kept: [u32; 2],
    /// Whether the kernel's time can be changed and its files read.
    controls: bool,
    /// Whether the host of a test is told of faults.
    tests: bool,
    /// The functions that end the run, if the host wants the files then.
    exits: Vec<u32>,
    /// What shortens the result of the call that is under way.
    short: Option<u64>,
}

impl Faults {
    /// Begins a run with the encoded plan, as its host wants it; `None` if the plan is damaged.
    pub fn new(mode: &Mode, table: &Table, kept: [u32; 2], plan: &[u8]) -> Option<Self> {
        let Mode::Inject {
            controls,
            tests,
            exits,
            ..
        } = mode
        else {
            return None;
        };
        let mut plan = Plan::decode(plan)?;
        let (seed, begin) = match tests {
            true => (imports::seed(), begin()),
            false => (plan.seed, Begin::default()),
        };
        if let Some(disk) = plan.disk.filter(|_| *controls) {
            replace_disk(disk);
        }
        if let Some(files) = begin.files.as_ref().filter(|_| *controls) {
            restore(files);
        }
        let inventions = std::mem::take(&mut plan.inventions);
        Some(Self {
            exits: match begin.wants_files && *controls {
                true => exits.clone(),
                false => Vec::new(),
            },
            injector: Injector::new(Arc::new(table.clone()), plan, seed, &begin),
            inventions,
            kept,
            controls: *controls,
            tests: *tests,
            short: None,
        })
    }

    /// What a call returns whose first argument is a resource that a fault has made; `None` for other calls. The frame has to
    /// be as the caller filled it.
    pub fn invented(&self, index: u32, slots: &Slots) -> Option<Vec<u8>> {
        // Most functions are not about any such resource, and the first argument of some is none at all.
        let mut inventions = self.inventions.iter();
        if !inventions.any(|invention| invention.contains_key(&index)) {
            return None;
        }
        let invention = slots.get(first_argument()).invention?;
        let results = self.inventions.get(invention as usize)?;
        results.get(&index).cloned()
    }

    /// The call, an encoded event, is answered with this result.
    pub fn answer(&mut self, result: Vec<u8>, event: &[u8]) -> Decided {
        if let Some(event) = self.read(event) {
            self.injector.observe(&event);
        }
        Decided::Return(result, None)
    }

    /// Decides about a call, an encoded event. Its arguments in the frame may become smaller.
    pub fn decide(&mut self, index: u32, table: &Table, event: &[u8]) -> Decided {
        self.short = None;
        if self.exits.contains(&index) {
            let [files, length] = listed(|to| imports::files(to));
            imports::exiting(files, length);
        }
        let controls = self.controls;
        let now = || controls.then(|| imports::now());
        let (verdict, happened) = match self.injector.is_idle() {
            true => (self.injector.count(), None),
            false => match self.read(event) {
                Some(event) => self.injector.call(&event, now),
                None => stop::the_settings_of_the_probe_are_damaged(),
            },
        };
        if let Some(happened) = happened.filter(|_| self.tests) {
            tell(&happened);
        }
        match verdict {
            Verdict::Pass => {}
            Verdict::Return { result, invention } => return Decided::Return(result, invention),
            Verdict::ShortArgument { parameter, length } => {
                shorten(table, index, parameter, length)
            }
            Verdict::ShortResult(by) => self.short = Some(by),
            Verdict::Delay(time) if self.controls => imports::advance(time),
            Verdict::Jump(by) if self.controls => match u64::try_from(by) {
                Ok(by) => imports::advance(by),
                Err(_) => imports::step(by),
            },
            Verdict::Delay(_) | Verdict::Jump(_) => {}
            Verdict::Crash(seed) => {
                if self.tests && self.controls {
                    let [files, length] = listed(|to| imports::durable(seed, to));
                    imports::crashed(files, length);
                }
                stop::a_fault_of_the_policy_took_the_power_away();
            }
        }
        Decided::Call
    }

    /// Makes the number in the result of the function that has returned smaller, if that is what happens to the call.
    pub fn shorten(&mut self, index: u32, table: &Table) {
        let Some(by) = self.short.take() else {
            return;
        };
        let function = &table.functions[index as usize];
        let Some(ty) = function.result else {
            return;
        };
        let Kind::Variant {
            tag,
            payload,
            cases,
            ..
        } = &table.ty(ty).kind
        else {
            return;
        };
        let place = result(function);
        let number = cases.first().and_then(|case| case.ty);
        let is_ok = Own.number(place.at, *tag) == 0;
        if let Some(number) = number.filter(|_| is_ok) {
            let size = table.ty(number).size;
            let at = match place.is_flat {
                true => place.number(1).at,
                false => place.at + payload,
            };
            let short = shortened(Own.number(at, size), by);
            Own.set(at, &short.to_le_bytes()[..size as usize]);
        }
    }

    /// Takes note of an encoded event: of a return, or of a resource that was dropped.
    pub fn observe(&mut self, event: &[u8]) {
        if self.injector.is_idle() {
            return;
        }
        if let Some(event) = self.read(event) {
            self.injector.observe(&event);
        }
    }

    /// Drops a resource behind the probe whose ownership was passed to a function that is not called.
    pub fn release(&self, resource: u32, handle: u32) {
        imports::release(resource, handle);
    }

    fn read(&self, event: &[u8]) -> Option<Event> {
        let [of_arguments, of_results] = self.kept;
        Event::read(self.injector.table(), of_arguments, of_results, event).ok()
    }
}

/// What the host of a test wants the run to begin with.
fn begin() -> Begin {
    let [start, length] = listed(|to| imports::begin(to));
    Begin::decode(bytes(start, length)).unwrap_or_else(|| {
        stop::the_settings_of_the_probe_are_damaged();
    })
}

fn replace_disk(disk: Disk) {
    let mut outcome = [0; 3];
    imports::disk(disk.block, disk.ordered.into(), &raw mut outcome);
    if outcome[0] & 0xff != 0 {
        stop::the_settings_of_the_probe_are_damaged();
    }
}

fn restore(files: &[u8]) {
    let mut outcome = [0; 3];
    imports::restore(files.as_ptr(), files.len() as u32, &raw mut outcome);
    if outcome[0] & 0xff != 0 {
        stop::the_files_that_the_run_begins_with_are_damaged();
    }
}

fn tell(happened: &Happened) {
    let encoded = happened.encode();
    imports::fault(encoded.as_ptr(), encoded.len() as u32);
}

/// The address and the length of a list that a function returns.
fn listed(get: impl FnOnce(*mut [u32; 2])) -> [u32; 2] {
    let mut list = [0; 2];
    get(&raw mut list);
    list
}

/// Gives a number, or a list, among the arguments another value or length.
fn shorten(table: &Table, index: u32, parameter: u32, length: u64) {
    let function = &table.functions[index as usize];
    let Some((place, ty)) = arguments(table, function).nth(parameter as usize) else {
        return;
    };
    let ty = table.ty(ty);
    let (place, size) = match ty.kind {
        Kind::List(_) if place.is_flat => (place.number(1), 4),
        Kind::List(_) => (Place::memory(place.at + 4), 4),
        _ => (place, ty.size),
    };
    Own.set(place.at, &length.to_le_bytes()[..size as usize]);
}
