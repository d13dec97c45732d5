//! Prints the environment variables in their order.

use std::env;

fn main() {
    for (name, value) in env::vars() {
        println!("{name}={value:?}");
    }
    println!("EMPTY {:?}", env::var("EMPTY"));
    println!("MISSING {:?}", env::var("MISSING"));
}
