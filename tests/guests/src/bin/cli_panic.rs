//! Panics.

fn main() {
    println!("before");
    let numbers: Vec<u32> = Vec::new();
    println!("{}", numbers[std::env::args().count() + 3]);
}
