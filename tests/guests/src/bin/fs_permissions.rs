//! WASI has no permission bits: what std makes of that.

use guests::show;
use std::fs::{self, File};

fn main() -> std::io::Result<()> {
    fs::write("file", "x")?;
    let permissions = fs::metadata("file")?.permissions();
    println!("read-only: {}", permissions.readonly());
    println!(
        "directory read-only: {}",
        fs::metadata("/")?.permissions().readonly()
    );
    let mut changed = permissions.clone();
    changed.set_readonly(true);
    show(
        "make read-only",
        fs::set_permissions("file", changed.clone()),
    );
    show(
        "make read-only by handle",
        File::open("file")?.set_permissions(changed),
    );
    show("write all the same", fs::write("file", "y"));
    Ok(())
}
