//! The monitor of a probe, which sees every call between a component and what answers its imports.
//!
//! The tool generates a function for each function that the probe exports. It spills its arguments into the frame, calls
//! [`enter`], loads them again, calls the function that the probe imports, spills the result, and calls [`leave`]. So the
//! monitor knows no types but those in its settings, and needs no code for any of them.
//!
//! Each resource that the component uses is a resource of the probe, whose representation is a slot here with the handle
//! of the resource behind it.

// The ABI between core modules is functions over numbers, which Rust can only declare as unsafe.
#![allow(unsafe_code)]

mod arena;
#[cfg_attr(not(feature = "inject"), path = "without_faults.rs")]
mod faults;
mod frame;
mod imports;
mod memory;
mod monitor;
mod slots;
mod splice;
mod stop;

use std::cell::RefCell;

use monitor::Monitor;

thread_local! {
    static MONITOR: RefCell<Option<Monitor>> = const { RefCell::new(None) };
}

fn with<R>(f: impl FnOnce(&mut Monitor) -> R) -> R {
    MONITOR.with_borrow_mut(|monitor| f(monitor.get_or_insert_with(Monitor::new)))
}

/// A function of the probe is called; its arguments are in the frame. Returns 0 if the function behind the probe is to be
/// called with the arguments that are there now, and 1 if the result is there already. [`leave`] is called then too.
#[unsafe(no_mangle)]
extern "C" fn enter(function: u32) -> u32 {
    with(|monitor| monitor.enter(function).into())
}

/// The function behind the probe has returned; its result is in the frame, or in the result area.
#[unsafe(no_mangle)]
extern "C" fn leave(function: u32) {
    with(|monitor| monitor.leave(function));
}

/// The caller of the probe has read the result.
#[unsafe(no_mangle)]
extern "C" fn after() {
    arena::reset();
}

/// The last handle of a resource of the probe was dropped. Returns the handle behind it, which is to be dropped then, or 0
/// if there is none any more.
#[unsafe(no_mangle)]
extern "C" fn dropped(resource: u32, slot: u32) -> u32 {
    // The monitor is at work if it drops the handle of a resource that it passes on.
    if slots::is_passed_on(slot) {
        return 0;
    }
    with(|monitor| monitor.dropped(resource, slot))
}

/// Gives room for arguments and results, which is free again when the call is over.
#[unsafe(no_mangle)]
extern "C" fn cabi_realloc(old: u32, old_size: u32, alignment: u32, size: u32) -> u32 {
    arena::reallocate(old, old_size, alignment, size)
}
