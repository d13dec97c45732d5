//! Exits with failure.

use wasip2::cli::exit::exit;

fn main() {
    println!("before");
    exit(Err(()));
}
