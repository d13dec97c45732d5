//! Several handles of standard output and standard error.

use guests_p2::{show_stream, write_all};
use wasip2::cli::{stderr::get_stderr, stdout::get_stdout};

fn main() {
    let (one, two, errors) = (get_stdout(), get_stdout(), get_stderr());
    for turn in 0..3 {
        show_stream("one", write_all(&one, format!("one {turn}\n").as_bytes()));
        show_stream("two", write_all(&two, format!("two {turn}\n").as_bytes()));
        show_stream(
            "errors",
            write_all(&errors, format!("error {turn}\n").as_bytes()),
        );
    }
    drop(one);
    show_stream(
        "a handle is dropped, the other writes",
        write_all(&two, b"still\n"),
    );
    two.subscribe().block();
    show_stream("there is room", two.check_write().map(|room| room > 0));
    show_stream("write", two.write(b"without waiting\n"));
    show_stream("flush", two.blocking_flush());
    show_stream("zeroes", two.blocking_write_zeroes_and_flush(3));
    show_stream("large", write_all(&two, &[b'x'; 100_000]));
}
