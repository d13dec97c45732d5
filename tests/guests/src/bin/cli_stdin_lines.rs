//! Reads standard input by lines.

use std::io;

fn main() -> io::Result<()> {
    for (number, line) in io::stdin().lines().enumerate() {
        println!("{number}: {:?}", line?);
    }
    Ok(())
}
