//! Reads standard input in small pieces and then past its end.

use guests::show;
use std::io::{self, Read};

fn main() {
    let mut stdin = io::stdin().lock();
    let mut seven = [0; 7];
    show("exactly seven", stdin.read_exact(&mut seven));
    println!("{}", seven.escape_ascii());
    let mut text = String::new();
    show("the rest", stdin.read_to_string(&mut text));
    println!("{text:?}");
    show("at the end", stdin.read(&mut seven));
    show("again", stdin.read(&mut seven));
}
