//! Writes pieces of lines, and ends without a line end.

use guests::put;

fn main() -> std::io::Result<()> {
    for piece in ["one", " ", "two\nthr", "ee\n", "", "\n", "four"] {
        put(piece)?;
    }
    Ok(())
}
