//! `wasi:cli`. That a stream can be had says little: what it does is in `io.rs`.

use wasip2::cli::{
    environment, exit, stderr, stdin, stdout, terminal_stderr, terminal_stdin, terminal_stdout,
};

use crate::probe::{done, probes, value_of};

probes! {
    "wasi:cli/environment" {
        "get-environment" => |_| {
            let variables = environment::get_environment();
            let names: Vec<_> = variables.into_iter().map(|(name, _)| name).collect();
            value_of(names)
        },
        "get-arguments" => |_| match environment::get_arguments().len() {
            0 => Ok("`[]`".into()),
            _ => Ok("arguments".into()),
        },
        "initial-cwd" => |_| value_of(environment::initial_cwd()),
    }
    "wasi:cli/exit" {
        "exit" => |_| {
            exit::exit(Ok(()));
            Ok("returned".into())
        },
        "exit-with-code" => |_| {
            exit::exit_with_code(7);
            Ok("returned".into())
        },
    }
    "wasi:cli/stdin" {
        "get-stdin" => |_| done(stdin::get_stdin().read(0)),
    }
    "wasi:cli/stdout" {
        "get-stdout" => |_| done(stdout::get_stdout().blocking_write_and_flush(b"written")),
    }
    "wasi:cli/stderr" {
        "get-stderr" => |_| done(stderr::get_stderr().blocking_write_and_flush(b"written")),
    }
    "wasi:cli/terminal-stdin" {
        "get-terminal-stdin" => |_| value_of(terminal_stdin::get_terminal_stdin()),
    }
    "wasi:cli/terminal-stdout" {
        "get-terminal-stdout" => |_| value_of(terminal_stdout::get_terminal_stdout()),
    }
    "wasi:cli/terminal-stderr" {
        "get-terminal-stderr" => |_| value_of(terminal_stderr::get_terminal_stderr()),
    }
}
