//! Prints the arguments.

use std::env;

fn main() {
    for (number, argument) in env::args().enumerate() {
        println!("{number}: {argument:?}");
    }
}
