//! Exits with 1.

fn main() {
    println!("before");
    std::process::exit(1);
}
