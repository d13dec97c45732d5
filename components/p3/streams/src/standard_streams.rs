//! `wasi:cli/stdin`, `stdout` and `stderr`.

use interpose_adapter::rt::async_support::{FutureReader, StreamReader};

use crate::bindings::exports::wasi::cli::types::ErrorCode;
use crate::bindings::exports::wasi::cli::{stderr, stdin, stdout};
use crate::bindings::wasi_interpose::p3::standard_streams as kernel;
use crate::{Adapter, now};

type Done = FutureReader<Result<(), ErrorCode>>;

impl stdin::Guest for Adapter {
    fn read_via_stream() -> (StreamReader<u8>, Done) {
        now(kernel::read_stdin())
    }
}

impl stdout::Guest for Adapter {
    fn write_via_stream(data: StreamReader<u8>) -> Done {
        now(kernel::write_stdout(data))
    }
}

impl stderr::Guest for Adapter {
    fn write_via_stream(data: StreamReader<u8>) -> Done {
        now(kernel::write_stderr(data))
    }
}
