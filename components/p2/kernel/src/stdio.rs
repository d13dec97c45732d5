//! `wasi:cli/{stdin,stdout,stderr}`.

use std::rc::Rc;

use interpose_adapter::with;
use interpose_settings::Reason;
use interpose_stdio::{Denied, StandardInput, StandardOutput};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::cli::{stderr, stdin, stdout};
use crate::bindings::exports::wasi::io::streams;
use crate::bindings::wasi::cli as host;
use crate::bindings::wasi::io::streams::OutputStream as HostsOutputStream;
use crate::host_resource::HostResource;
use crate::state::STATE;
use crate::streams::input::InputStream;
use crate::streams::output::OutputStream;
use crate::streams::prefixed::PrefixedWriter;

/// A new stream of standard input.
pub fn input() -> InputStream {
    let own = with(&STATE, |kernel| match kernel.stdin {
        StandardInput::Host(_) => None,
        StandardInput::Closed => Some(InputStream::Closed),
        StandardInput::Denied => Some(InputStream::Denied(Denied::default())),
        StandardInput::Whole | StandardInput::Kept(_) => Some(InputStream::Stdin),
    });
    own.unwrap_or_else(|| InputStream::Host(HostResource::new(host::stdin::get_stdin())))
}

/// A new stream of standard output.
pub fn standard_output() -> OutputStream {
    let output = with(&STATE, |kernel| kernel.stdout.clone());
    stream(output, Reason::Stdout, host::stdout::get_stdout)
}

/// A new stream of standard error.
pub fn standard_error() -> OutputStream {
    let output = with(&STATE, |kernel| kernel.stderr.clone());
    stream(output, Reason::Stderr, host::stderr::get_stderr)
}

/// A stream of an output, which is denied for `reason` if it is denied.
fn stream(
    output: StandardOutput,
    reason: Reason,
    of_host: impl FnOnce() -> HostsOutputStream,
) -> OutputStream {
    match output {
        StandardOutput::Host(_) => OutputStream::Host(HostResource::new(of_host())),
        StandardOutput::Discard => OutputStream::Discard(Rc::default()),
        StandardOutput::Denied => OutputStream::Denied(Denied::default(), reason),
        StandardOutput::Prefixed(prefixed) => {
            OutputStream::Prefixed(PrefixedWriter::new(HostResource::new(of_host()), prefixed))
        }
    }
}

impl stdin::Guest for Adapter {
    fn get_stdin() -> streams::InputStream {
        streams::InputStream::new(input())
    }
}

impl stdout::Guest for Adapter {
    fn get_stdout() -> streams::OutputStream {
        streams::OutputStream::new(standard_output())
    }
}

impl stderr::Guest for Adapter {
    fn get_stderr() -> streams::OutputStream {
        streams::OutputStream::new(standard_error())
    }
}
