//! Every combination of the options that open a file, on a file that exists and one that does not.

use guests::show;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};

fn main() {
    for bits in 0..64_u32 {
        let on = |bit: u32| bits >> bit & 1 == 1;
        let mut options = OpenOptions::new();
        options
            .read(on(0))
            .write(on(1))
            .append(on(2))
            .truncate(on(3))
            .create(on(4))
            .create_new(on(5));
        let names = [
            "read",
            "write",
            "append",
            "truncate",
            "create",
            "create_new",
        ];
        let label: Vec<_> = (0..6)
            .filter(|bit| on(*bit))
            .map(|bit| names[bit as usize])
            .collect();
        let label = label.join("+");
        if let Err(error) = fs::write("there", "0123456789") {
            println!("prepare: {error}");
        }
        show(
            &format!("{label}, there"),
            options.open("there").and_then(try_out),
        );
        show(
            &format!("{label}, there afterwards"),
            fs::read_to_string("there"),
        );
        show(
            &format!("{label}, missing"),
            options.open("missing").and_then(try_out),
        );
        if fs::exists("missing").unwrap_or(false) {
            show(
                &format!("{label}, missing afterwards"),
                fs::read_to_string("missing"),
            );
            show("remove", fs::remove_file("missing"));
        }
    }
}

/// What reading and then writing through the file gives.
fn try_out(mut file: File) -> io::Result<(String, String)> {
    let mut start = [0; 3];
    let read = match file.read(&mut start) {
        Ok(count) => format!("read {count}"),
        Err(error) => format!("read: {error}"),
    };
    let written = match file.write(b"XY") {
        Ok(count) => format!("wrote {count}"),
        Err(error) => format!("write: {error}"),
    };
    Ok((read, written))
}
