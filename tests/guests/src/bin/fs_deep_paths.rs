//! A path of a hundred directories.

use guests::show;
use std::fs;

fn main() -> std::io::Result<()> {
    let deep: Vec<_> = (0..100).map(|level| format!("level-{level}")).collect();
    let deep = deep.join("/");
    show("create", fs::create_dir_all(&deep));
    show("write", fs::write(format!("{deep}/leaf"), "at the bottom"));
    show("read", fs::read_to_string(format!("{deep}/leaf")));
    let up: String = "../".repeat(99);
    show(
        "up and down",
        fs::read_to_string(format!("{deep}/{up}../{deep}/leaf")),
    );
    show(
        "up",
        fs::metadata(format!("{deep}/{up}")).map(|metadata| metadata.is_dir()),
    );
    show("rename the top", fs::rename("level-0", "top"));
    show("old path", fs::read_to_string(format!("{deep}/leaf")));
    show(
        "new path",
        fs::read_to_string(format!("{}/leaf", deep.replacen("level-0", "top", 1))),
    );
    Ok(())
}
