//! The functions that the tool generates for the surface of a component.

#[link(wasm_import_module = "probe")]
unsafe extern "C" {
    /// Where the encoded settings begin.
    pub safe fn settings() -> u32;
    /// How many bytes they have.
    pub safe fn settings_length() -> u32;
    /// Where arguments and results lie that are passed as numbers.
    pub safe fn frame() -> u32;
    /// Where results lie that are not.
    pub safe fn result() -> u32;
    /// Makes a handle of a resource of this probe.
    pub safe fn new(resource: u32, slot: u32) -> u32;
    /// The slot of a resource of this probe.
    pub safe fn slot(resource: u32, handle: u32) -> u32;
    /// Drops a handle of a resource of this probe.
    pub safe fn drop(resource: u32, handle: u32);
    /// Calls the function behind the probe with this number, with the arguments in the frame.
    pub safe fn behind(function: u32);
    /// Reports an event.
    pub safe fn report(event: *const u8, length: u32);
    /// Writes bytes to standard output (1) or standard error (2).
    pub safe fn print(to: u32, bytes: u32, length: u32);
    /// Ends the run.
    pub safe fn exit(status: u32);
    /// Drops the handle of a resource behind this probe.
    #[cfg(feature = "inject")]
    pub safe fn release(resource: u32, handle: u32);
    /// The time since the start in nanoseconds.
    #[cfg(feature = "inject")]
    pub safe fn now() -> u64;
    /// Lets so many nanoseconds pass.
    #[cfg(feature = "inject")]
    pub safe fn advance(nanoseconds: u64);
    /// Moves the wall clock.
    #[cfg(feature = "inject")]
    pub safe fn step(nanoseconds: i64);
    /// Replaces the disk. Writes 0 to the first byte at `to` if there is such a disk.
    #[cfg(feature = "inject")]
    pub safe fn disk(block: u32, ordered: u32, to: *mut [u32; 3]);
    /// Writes the address and the length of the files that a loss of power leaves to `to`.
    #[cfg(feature = "inject")]
    pub safe fn durable(seed: u64, to: *mut [u32; 2]);
    /// Writes the address and the length of the files to `to`.
    #[cfg(feature = "inject")]
    pub safe fn files(to: *mut [u32; 2]);
    /// Puts files in the place of those that there are. Writes 0 to the first byte at `to` if they are files.
    #[cfg(feature = "inject")]
    pub safe fn restore(files: *const u8, length: u32, to: *mut [u32; 3]);
    /// The seed of this run.
    #[cfg(feature = "inject")]
    pub safe fn seed() -> u64;
    /// Writes the address and the length of what the run begins with to `to`.
    #[cfg(feature = "inject")]
    pub safe fn begin(to: *mut [u32; 2]);
    /// Tells of a fault.
    #[cfg(feature = "inject")]
    pub safe fn fault(happened: *const u8, length: u32);
    /// Tells of the files that a loss of power left.
    #[cfg(feature = "inject")]
    pub safe fn crashed(files: u32, length: u32);
    /// Tells of the files of an application that exits.
    #[cfg(feature = "inject")]
    pub safe fn exiting(files: u32, length: u32);
    /// Takes the event with which a replayed run differs from its recording.
    pub safe fn differs(event: *const u8, length: u32);
}
