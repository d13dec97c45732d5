//! The interfaces between the parts of a composition for tests, and between it and its host.

/// What the host of a test gives to a run, and what it learns of it.
pub const RUN: &str = "wasi-interpose:testing/run";

/// The functions of [`RUN`].
///
/// - `seed`: the seed of the run.
/// - `begin`: what the run begins with, an encoded [`Begin`](interpose_faults::Begin).
/// - `fault`: a fault happened to the call that was reported last, an encoded [`Happened`](interpose_faults::Happened).
/// - `crashed`: the power is lost, and these files are left. The run traps after this.
/// - `exiting`: the application exits, and these are its files.
pub const RUN_FUNCTIONS: &str = "
    seed: func() -> u64;
    begin: func() -> list<u8>;
    fault: func(happened: list<u8>);
    crashed: func(files: list<u8>);
    exiting: func(files: list<u8>);
";

/// The kernel's side of tests. The adapter `kernel-testing` exports it.
pub const CONTROL: &str = "wasi-interpose:testing/control";

/// The functions of [`CONTROL`].
///
/// - `now`: the monotonic time without a tick, in nanoseconds.
/// - `advance`: lets so many nanoseconds pass, on both clocks.
/// - `step`: moves the wall clock alone.
/// - `disk`: the disk that a loss of power is to hit.
/// - `durable`: what the files would be after a loss of power now, chosen by a seed.
/// - `files`: all files as they are.
/// - `restore`: puts files in the place of those that there are.
pub const CONTROL_FUNCTIONS: &str = "
    now: func() -> u64;
    advance: func(nanoseconds: u64);
    step: func(nanoseconds: s64);
    disk: func(block: u32, ordered: bool) -> result<_, string>;
    durable: func(seed: u64) -> list<u8>;
    files: func() -> list<u8>;
    restore: func(files: list<u8>) -> result<_, string>;
";
