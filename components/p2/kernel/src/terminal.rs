//! `wasi:cli/terminal-*`: whether a standard stream is a terminal.

use interpose_adapter::with;
use interpose_settings::Terminal;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::cli::{
    terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
};
use crate::bindings::wasi::cli as host;
use crate::state::{Kernel, STATE};

/// The input side of a terminal of the host.
pub struct TerminalInput {
    _of_host: host::terminal_input::TerminalInput,
}

/// The output side of a terminal of the host.
pub struct TerminalOutput {
    _of_host: host::terminal_output::TerminalOutput,
}

impl terminal_input::Guest for Adapter {
    type TerminalInput = TerminalInput;
}

impl terminal_input::GuestTerminalInput for TerminalInput {}

impl terminal_output::Guest for Adapter {
    type TerminalOutput = TerminalOutput;
}

impl terminal_output::GuestTerminalOutput for TerminalOutput {}

/// Asks the host if the policy says so.
fn ask<T>(
    terminal: impl FnOnce(&Kernel) -> Terminal,
    host: impl FnOnce() -> Option<T>,
) -> Option<T> {
    match with(&STATE, |kernel| terminal(kernel)) {
        Terminal::Host => host(),
        Terminal::Never => None,
    }
}

fn output(of_host: host::terminal_output::TerminalOutput) -> terminal_output::TerminalOutput {
    terminal_output::TerminalOutput::new(TerminalOutput { _of_host: of_host })
}

impl terminal_stdin::Guest for Adapter {
    fn get_terminal_stdin() -> Option<terminal_input::TerminalInput> {
        ask(
            |kernel| kernel.stdin.terminal(),
            host::terminal_stdin::get_terminal_stdin,
        )
        .map(|of_host| terminal_input::TerminalInput::new(TerminalInput { _of_host: of_host }))
    }
}

impl terminal_stdout::Guest for Adapter {
    fn get_terminal_stdout() -> Option<terminal_output::TerminalOutput> {
        ask(
            |kernel| kernel.stdout.terminal(),
            host::terminal_stdout::get_terminal_stdout,
        )
        .map(output)
    }
}

impl terminal_stderr::Guest for Adapter {
    fn get_terminal_stderr() -> Option<terminal_output::TerminalOutput> {
        ask(
            |kernel| kernel.stderr.terminal(),
            host::terminal_stderr::get_terminal_stderr,
        )
        .map(output)
    }
}
