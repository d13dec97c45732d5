//! Prints random numbers. Meant for a seed.

fn main() {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        println!("{error}");
        return;
    }
    println!("{:02x?}", bytes);
    match (getrandom::u32(), getrandom::u64()) {
        (Ok(small), Ok(large)) => println!("{small:x} {large:x}"),
        other => println!("{other:?}"),
    }
}
