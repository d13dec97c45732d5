//! Recurses without end.

fn main() {
    println!("before");
    println!("{}", deeper(1));
}

fn deeper(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 64]);
    if depth == 0 {
        0
    } else {
        deeper(depth + 1) + here[(depth % 64) as usize]
    }
}
