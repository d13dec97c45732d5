//! Creates entries until there is no more room, removes one, and goes on. Meant for a limit of a hundred entries.

use guests::{show, symlink};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir("d")?;
    let mut created = 0;
    let error = loop {
        match fs::write(format!("d/{created}"), "") {
            Ok(()) => created += 1,
            Err(error) => break error,
        }
        if created > 1000 {
            println!("no limit within a thousand entries");
            return Ok(());
        }
    };
    println!("{created} files, then: {error}");
    show("directory", fs::create_dir("d/x"));
    show("symbolic link", symlink("0", "d/x"));
    show("hard link", fs::hard_link("d/0", "d/x"));
    show("rename", fs::rename("d/0", "d/x"));
    show("write to a file", fs::write("d/1", "contents"));
    show("remove", fs::remove_file("d/2"));
    show("create", fs::write("d/2", ""));
    show("one more", fs::write("d/y", ""));
    show("count", fs::read_dir("d").map(|entries| entries.count()));
    Ok(())
}
