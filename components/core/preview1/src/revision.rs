/// A revision of WASI that core modules are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// `wasi_snapshot_preview1`.
    Preview1,
    /// `wasi_unstable`, its predecessor: some numbers and layouts are others.
    Unstable,
}
