//! Exits with a code other than 0 and 1.

use wasip2::cli::exit::exit_with_code;

fn main() {
    println!("before");
    exit_with_code(42);
}
