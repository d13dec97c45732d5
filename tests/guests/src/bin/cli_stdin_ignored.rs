//! Never reads its standard input.

fn main() {
    println!("not interested");
}
