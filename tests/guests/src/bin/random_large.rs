//! A mebibyte of random bytes has every value about equally often.

fn main() {
    let mut bytes = vec![0; 1 << 20];
    if let Err(error) = getrandom::fill(&mut bytes) {
        println!("{error}");
        return;
    }
    let mut counts = [0_u32; 256];
    for byte in &bytes {
        counts[usize::from(*byte)] += 1;
    }
    // 4096 expected each, with a standard deviation of 64.
    println!(
        "even: {}",
        counts.iter().all(|count| (3500..4700).contains(count))
    );
}
