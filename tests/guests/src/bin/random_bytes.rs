//! Random bytes come in the length asked for, and differ.

use guests::show;

fn main() {
    let mut buffers = [[0; 32]; 4];
    for buffer in &mut buffers {
        show(
            "fill",
            getrandom::fill(buffer).map_err(std::io::Error::other),
        );
    }
    for one in 0..buffers.len() {
        for two in one + 1..buffers.len() {
            println!("{one} and {two} differ: {}", buffers[one] != buffers[two]);
        }
    }
    show(
        "nothing",
        getrandom::fill(&mut []).map_err(std::io::Error::other),
    );
}
