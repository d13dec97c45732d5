//! Streams that append, several at once, while the file changes otherwise.

use guests_p2::{contents, create, show, show_stream, text};

fn main() {
    let file = create("file", b"start ");
    let one = file.append_via_stream().expect("a stream");
    let two = file.append_via_stream().expect("a stream");
    for turn in 0..3 {
        show_stream(
            "one",
            one.blocking_write_and_flush(format!("one{turn} ").as_bytes()),
        );
        show_stream(
            "two",
            two.blocking_write_and_flush(format!("two{turn} ").as_bytes()),
        );
    }
    println!("{}", text(&contents(&file)));
    show("shorten", file.set_size(6));
    show_stream("append", one.blocking_write_and_flush(b"after"));
    println!("{}", text(&contents(&file)));
    show("write behind the end", file.write(b"!", 15));
    show_stream("append", two.blocking_write_and_flush(b"end"));
    println!("{}", text(&contents(&file)));
}
