//! A failure after something was written, as a compiler leaves its log.

use std::fs;

fn main() {
    fs::write("log", "why it failed\n").unwrap();
    println!("failing");
    std::process::exit(1);
}
