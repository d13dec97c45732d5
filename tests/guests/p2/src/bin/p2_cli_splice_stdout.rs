//! Files' streams spliced to standard output and standard error, and standard input's to a file.

use guests_p2::{contents, create, show_stream, text};
use wasip2::cli::{stderr::get_stderr, stdin::get_stdin, stdout::get_stdout};
use wasip2::io::streams::StreamError;

fn main() {
    let file = create("file", b"from a file to standard output\n");
    let (input, stdout) = (file.read_via_stream(0).expect("a stream"), get_stdout());
    let mut moved = 0;
    while moved < 31 {
        match stdout.blocking_splice(&input, 31 - moved) {
            Ok(count) => moved += count,
            other => return show_stream("splice", other),
        }
    }
    show_stream("flush", stdout.blocking_flush());
    let target = create("target", b"");
    let (stdin, output) = (get_stdin(), target.write_via_stream(0).expect("a stream"));
    let end = loop {
        match output.blocking_splice(&stdin, 1000) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    println!("ends with closed: {}", matches!(end, StreamError::Closed));
    show_stream("flush", output.blocking_flush());
    println!("{}", text(&contents(&target)));

    let file = create("another", b"from a file to standard error\n");
    let (input, stderr) = (file.read_via_stream(0).expect("a stream"), get_stderr());
    let mut moved = 0;
    while moved < 30 {
        // A host may read nothing as long as nobody waits.
        input.subscribe().block();
        match stderr.splice(&input, 7) {
            Ok(count) => moved += count,
            other => return show_stream("splice", other),
        }
    }
    show_stream("flush", stderr.blocking_flush());
    show_stream("at the end", stderr.blocking_splice(&input, 7));
}
