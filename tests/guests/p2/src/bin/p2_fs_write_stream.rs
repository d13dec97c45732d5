//! Streams that write a file: at any offset, flushed and waited for in every way.

use guests_p2::{contents, create, show, show_stream, text, write_all};

fn main() {
    let file = create("file", b"..........");
    let stream = file.write_via_stream(2).expect("a stream");
    show_stream("write and flush", stream.blocking_write_and_flush(b"abc"));
    println!("{}", text(&contents(&file)));
    stream.subscribe().block();
    show_stream("there is room", stream.check_write().map(|room| room >= 4));
    show_stream("write", stream.write(b"defg"));
    show_stream("flush", stream.blocking_flush());
    println!("{}", text(&contents(&file)));
    show_stream("beyond the end", write_all(&stream, b"0123456789"));
    println!("{}", text(&contents(&file)));
    drop(stream);
    let far = file.write_via_stream(30).expect("a stream");
    show_stream("far beyond the end", far.blocking_write_and_flush(b"!"));
    println!("{}", text(&contents(&file)));
    show_stream("nothing", far.blocking_write_and_flush(b""));
    let (one, two) = (
        file.write_via_stream(0).expect("a stream"),
        file.write_via_stream(5).expect("a stream"),
    );
    show_stream("one", one.blocking_write_and_flush(b"AB"));
    show_stream("two", two.blocking_write_and_flush(b"XY"));
    show_stream("one", one.blocking_write_and_flush(b"CD"));
    println!("{}", text(&contents(&file)));
    show("length", file.stat().map(|stat| stat.size));
}
