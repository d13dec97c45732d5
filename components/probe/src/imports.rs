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
    /// Takes the event with which a replayed run differs from its recording.
    pub safe fn differs(event: *const u8, length: u32);
}
