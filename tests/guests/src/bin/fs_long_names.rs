//! The limits of names.

use guests::show;
use std::fs;

fn main() {
    for length in [1, 254, 255, 256, 257, 1000] {
        let name = "n".repeat(length);
        show(&format!("file of {length}"), fs::write(&name, "x"));
        show(&format!("read of {length}"), fs::read_to_string(&name));
        show(&format!("remove of {length}"), fs::remove_file(&name));
        show(&format!("directory of {length}"), fs::create_dir(&name));
        show(&format!("remove of {length}"), fs::remove_dir(&name));
    }
    for count in [127, 128] {
        let name = "é".repeat(count);
        show(
            &format!("{} bytes in {count} characters", name.len()),
            fs::write(&name, "x"),
        );
    }
    show(
        "rename to a long name",
        fs::write("a", "x").and_then(|()| fs::rename("a", "n".repeat(256))),
    );
    show("link to a long name", fs::hard_link("a", "n".repeat(256)));
}
