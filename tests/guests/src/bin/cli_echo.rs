//! Copies standard input to standard output, byte for byte.

use std::io;

fn main() -> io::Result<()> {
    let copied = io::copy(&mut io::stdin().lock(), &mut io::stdout().lock())?;
    println!("\n{copied} bytes");
    Ok(())
}
