//! Names with characters that some systems treat specially.

use guests::show;
use std::fs;

fn main() -> std::io::Result<()> {
    let names = [
        " ",
        "two words",
        "tab\there",
        "line\nbreak",
        "back\\slash",
        "colon:",
        "star*",
        "quote\"",
        "-dash",
        "~",
        "$HOME",
        "ünï",
        "日本語",
        "e\u{301}",
        "é",
        "😀",
        "UPPER",
        "upper",
        "trailing.",
        "CON",
        "\u{1}",
        "\u{7f}",
        "a\u{200b}b",
    ];
    for name in names {
        show(&format!("write {name:?}"), fs::write(name, name));
    }
    for name in names {
        show(&format!("read {name:?}"), fs::read_to_string(name));
    }
    show("with a zero byte", fs::write("a\0b", ""));
    let mut listed = fs::read_dir(".")?
        .map(|entry| entry.map(|e| e.file_name()))
        .collect::<Result<Vec<_>, _>>()?;
    listed.sort();
    for name in listed {
        println!("{name:?}");
    }
    Ok(())
}
