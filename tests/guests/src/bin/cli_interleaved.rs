//! Writes to standard output and standard error in turns.

fn main() {
    for turn in 0..20 {
        println!("out {turn}");
        eprintln!("err {turn}");
    }
}
