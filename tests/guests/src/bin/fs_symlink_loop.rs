//! Links that lead to each other, and long chains of links.

use guests::{show, symlink};
use std::fs;

fn main() -> std::io::Result<()> {
    symlink("self", "self")?;
    symlink("b", "a")?;
    symlink("a", "b")?;
    symlink("turn/turn", "turn")?;
    for name in ["self", "a", "turn", "self/x", "a/b/c"] {
        show(
            &format!("metadata of {name}"),
            fs::metadata(name).map(|_| ()),
        );
        show(&format!("read {name}"), fs::read(name));
        show(&format!("write {name}"), fs::write(name, ""));
        show(&format!("list {name}"), fs::read_dir(name).map(|_| ()));
    }
    show("the link itself", fs::read_link("a"));
    show("rename", fs::rename("a", "c"));
    show("remove", fs::remove_file("self"));
    fs::write("l0", "end of the chain")?;
    for step in 1..=50 {
        symlink(&format!("l{}", step - 1), &format!("l{step}"))?;
    }
    for length in [1, 8, 20, 31, 32] {
        show(
            &format!("chain of {length}"),
            fs::read_to_string(format!("l{length}")),
        );
    }
    fs::create_dir("d")?;
    fs::write("d/file", "below")?;
    symlink("d", "m")?;
    symlink("../m", "d/up")?;
    show(
        "many links in one path",
        fs::read_to_string("m/up/up/up/up/up/up/up/up/file"),
    );
    Ok(())
}
