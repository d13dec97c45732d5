//! Asking whether something exists, and what it is.

use guests::{show, symlink};
use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    fs::create_dir("d")?;
    symlink("file", "link")?;
    symlink("nowhere", "dangling")?;
    symlink("loop", "loop")?;
    for name in [
        "file",
        "d",
        "link",
        "dangling",
        "loop",
        "missing",
        "file/x",
        "d/x",
        "missing/x",
        "../x",
        "",
    ] {
        let path = Path::new(name);
        show(&format!("{name:?} exists"), path.try_exists());
        println!(
            "file {}, directory {}, link {}",
            path.is_file(),
            path.is_dir(),
            path.is_symlink()
        );
    }
    Ok(())
}
