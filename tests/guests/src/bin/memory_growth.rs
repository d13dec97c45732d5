//! Uses a hundred mebibytes.

fn main() {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    for number in 0..100_u8 {
        blocks.push(vec![number; 1 << 20]);
    }
    let sum: u64 = blocks.iter().map(|block| u64::from(block[12_345])).sum();
    println!("{} blocks, {sum}", blocks.len());
}
