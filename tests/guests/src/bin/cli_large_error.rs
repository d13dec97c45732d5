//! Writes much to standard error.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    for number in 0..2000 {
        writeln!(stderr, "line {number} of standard error")?;
    }
    stderr.write_all(&[b'x'; 100_000])?;
    println!("done");
    Ok(())
}
