//! `wasi:io`: pollables and streams of standard input and output, errors of files.

use wasip2::cli::stdin::get_stdin;
use wasip2::cli::stdout::get_stdout;
use wasip2::io::poll::poll;

use crate::filesystem::stream_error;
use crate::probe::{done, probes, returned, shown, value_of};

probes! {
    "wasi:io/error" {
        "error.to-debug-string" => |_| returned(stream_error()?.to_debug_string()),
    }
    "wasi:io/poll" {
        "pollable.ready" => |_| value_of(get_stdin().subscribe().ready()),
        "pollable.block" => |_| returned(get_stdin().subscribe().block()),
        "poll" => |_| value_of(poll(&[&get_stdin().subscribe()])),
    }
    "wasi:io/streams" {
        "input-stream.read" => |_| shown(get_stdin().read(5)),
        "input-stream.blocking-read" => |_| shown(get_stdin().blocking_read(5)),
        "input-stream.skip" => |_| shown(get_stdin().skip(5)),
        "input-stream.blocking-skip" => |_| shown(get_stdin().blocking_skip(5)),
        "input-stream.subscribe" => |_| returned(get_stdin().subscribe()),
        "output-stream.check-write" => |_| shown(get_stdout().check_write().map(|bytes| bytes > 0)),
        "output-stream.write" => |_| {
            let output = get_stdout();
            let _ = output.check_write();
            done(output.write(b"written"))
        },
        "output-stream.blocking-write-and-flush" => |_| done(get_stdout().blocking_write_and_flush(b"written")),
        "output-stream.flush" => |_| done(get_stdout().flush()),
        "output-stream.blocking-flush" => |_| done(get_stdout().blocking_flush()),
        "output-stream.subscribe" => |_| returned(get_stdout().subscribe()),
        "output-stream.write-zeroes" => |_| {
            let output = get_stdout();
            let _ = output.check_write();
            done(output.write_zeroes(7))
        },
        "output-stream.blocking-write-zeroes-and-flush" => |_| {
            done(get_stdout().blocking_write_zeroes_and_flush(7))
        },
        "output-stream.splice" => |_| {
            let output = get_stdout();
            let _ = output.check_write();
            shown(output.splice(&get_stdin(), 5))
        },
        "output-stream.blocking-splice" => |_| shown(get_stdout().blocking_splice(&get_stdin(), 5)),
    }
}
