//! Bytes from one file's stream to another's.

use guests_p2::{contents, create, show_stream, text};

fn main() {
    let source = create("source", b"0123456789abcdefghij");
    let target = create("target", b"");
    let input = source.read_via_stream(0).expect("a stream");
    let output = target.write_via_stream(0).expect("a stream");
    show_stream("five", output.blocking_splice(&input, 5));
    show_stream("flush", output.blocking_flush());
    println!("{}", text(&contents(&target)));
    let mut moved = 5;
    while moved < 20 {
        match output.blocking_splice(&input, 7) {
            Ok(count) if count <= 7 => moved += count,
            other => return show_stream("splice", other),
        }
    }
    show_stream("flush", output.blocking_flush());
    println!("{}", text(&contents(&target)));
    show_stream("at the end", output.blocking_splice(&input, 7));
    show_stream("nothing", output.blocking_write_and_flush(b"!"));
    println!("{}", text(&contents(&target)));
}
