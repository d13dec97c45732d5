//! Exits with 42.

fn main() {
    println!("before");
    std::process::exit(42);
}
