//! The standard streams that this adapter answers are no terminals.

use std::convert::Infallible;

use crate::Adapter;
use crate::bindings::exports::wasi::cli::{
    terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
};

/// A terminal, of which there are none.
pub struct Terminal(Infallible);

impl terminal_input::Guest for Adapter {
    type TerminalInput = Terminal;
}

impl terminal_input::GuestTerminalInput for Terminal {}

impl terminal_output::Guest for Adapter {
    type TerminalOutput = Terminal;
}

impl terminal_output::GuestTerminalOutput for Terminal {}

impl terminal_stdin::Guest for Adapter {
    fn get_terminal_stdin() -> Option<terminal_input::TerminalInput> {
        None
    }
}

impl terminal_stdout::Guest for Adapter {
    fn get_terminal_stdout() -> Option<terminal_output::TerminalOutput> {
        None
    }
}

impl terminal_stderr::Guest for Adapter {
    fn get_terminal_stderr() -> Option<terminal_output::TerminalOutput> {
        None
    }
}
