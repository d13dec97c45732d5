//! The command `interpose`.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasi_interpose::cli::main()
}
