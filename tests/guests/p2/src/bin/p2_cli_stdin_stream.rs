//! Standard input as a stream, with pollables.

use guests_p2::{show_stream, text};
use wasip2::cli::stdin::get_stdin;
use wasip2::io::streams::StreamError;

fn main() {
    let stdin = get_stdin();
    let mut all = Vec::new();
    loop {
        stdin.subscribe().block();
        match stdin.read(5) {
            Ok(bytes) if bytes.len() <= 5 => all.extend(bytes),
            Ok(bytes) => println!("{} bytes are more than asked for", bytes.len()),
            Err(StreamError::Closed) => break,
            Err(error) => return show_stream::<()>("read", Err(error)),
        }
    }
    println!("{}", text(&all));
    show_stream("after the end", stdin.blocking_read(1));
    let another = get_stdin();
    show_stream("another handle", another.blocking_read(1));
}
