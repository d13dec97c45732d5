//! Thousands of whatever can be had, lists with duplicates, and directories that change while they are read.

use guests_p2::{create, open, root};
use wasip2::cli::{stdin, stdout};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip2::io::poll::poll;

use crate::{Attack, check};

pub const ATTACKS: &[Attack] = &[
    ("descriptors-by-the-thousand", descriptors),
    ("streams-by-the-thousand", streams),
    ("pollables-by-the-thousand", pollables),
    ("duplicates-in-a-list", duplicates),
    ("directory-that-changes", directory),
    ("splice-onto-itself", splice),
    ("standard-streams-by-the-thousand", standard),
    ("output-without-end", flood),
    ("lines-to-a-device", lines_to_a_device),
    ("lines-by-splices", lines_by_splices),
];

/// More than a table of 16-bit indices, fewer than the host's limit on resources.
const MANY: usize = 12_000;

fn descriptors() -> Result<(), String> {
    create("file", b"contents");
    let mut open = Vec::new();
    while open.len() < MANY {
        let opened = root().open_at(
            PathFlags::empty(),
            "file",
            OpenFlags::empty(),
            DescriptorFlags::READ,
        );
        match opened {
            Ok(file) => open.push(file),
            Err(_) => break,
        }
    }
    for file in open.iter().step_by(997) {
        let read = file.read(8, 0).map(|(bytes, _)| bytes);
        check(read.is_ok_and(|bytes| bytes == b"contents"), || {
            "another file".into()
        })?;
    }
    Ok(())
}

fn streams() -> Result<(), String> {
    let file = create("file", b"contents");
    let mut open = Vec::new();
    for _ in 0..MANY / 4 {
        let (Ok(input), Ok(output)) = (file.read_via_stream(0), file.append_via_stream()) else {
            break;
        };
        open.push((input, output));
    }
    // The first are dropped while the others live.
    open.drain(..open.len() / 2);
    for (input, _) in open.iter().step_by(97) {
        let read = input.blocking_read(8);
        check(read.is_ok_and(|bytes| bytes == b"contents"), || {
            "another stream".into()
        })?;
    }
    Ok(())
}

fn pollables() -> Result<(), String> {
    let timers: Vec<_> = (0..MANY as u64).map(|_| subscribe_duration(0)).collect();
    let all: Vec<_> = timers.iter().collect();
    timers[0].block();
    let ready = poll(&all);
    check(
        !ready.is_empty() && ready.iter().all(|&index| (index as usize) < MANY),
        || format!("{} ready", ready.len()),
    )
}

fn duplicates() -> Result<(), String> {
    let timer = subscribe_duration(0);
    let never = subscribe_duration(u64::MAX);
    for count in [1, 2, 1000, MANY] {
        let mut all = vec![&timer; count];
        all.push(&never);
        let ready = poll(&all);
        check(ready.len() == count, || {
            format!("{} of {count} ready", ready.len())
        })?;
    }
    Ok(())
}

fn directory() -> Result<(), String> {
    let root = root();
    let name = |number: usize| format!("entry-{number}");
    for number in 0..500 {
        create(&name(number), b"");
    }
    let readers: Vec<_> = (0..50).filter_map(|_| root.read_directory().ok()).collect();
    let mut seen = 0;
    for number in 0..500 {
        let reader = &readers[number % readers.len()];
        if let Ok(Some(_)) = reader.read_directory_entry() {
            seen += 1;
        }
        let _ = root.unlink_file_at(&name(number));
        create(&format!("new-{number}"), b"");
        let _ = root.rename_at(&format!("new-{number}"), &root, &name(number % 7));
    }
    // Each ends, however many entries came and went.
    for reader in &readers {
        let mut entries = 0;
        while let Ok(Some(_)) = reader.read_directory_entry() {
            entries += 1;
            check(entries <= 2000, || "a directory without end".into())?;
        }
    }
    check(seen > 0, || "no entry".into())
}

fn splice() -> Result<(), String> {
    let file = create("file", &[b'x'; 10_000]);
    let (Ok(input), Ok(output)) = (file.read_via_stream(0), file.append_via_stream()) else {
        return Ok(());
    };
    // It reads what it writes: without a bound of its own it would go on until the file cannot grow.
    for _ in 0..100 {
        if output.blocking_splice(&input, u64::MAX).is_err() {
            break;
        }
        let size = file.stat().map_or(0, |stat| stat.size);
        check(size <= 1 << 26, || format!("a file of {size} bytes"))?;
    }
    Ok(())
}

fn standard() -> Result<(), String> {
    let many: Vec<_> = (0..MANY / 4)
        .map(|_| (stdin::get_stdin(), stdout::get_stdout()))
        .collect();
    let pollables: Vec<_> = many.iter().map(|(input, _)| input.subscribe()).collect();
    let all: Vec<_> = pollables.iter().collect();
    check(!poll(&all).is_empty(), || "nothing ready".into())
}

/// Empty lines become longest where each has a text in front.
const LINES: usize = 512 << 10;

fn lines_to_a_device() -> Result<(), String> {
    let Ok(device) = open("dev/stdout", OpenFlags::empty(), DescriptorFlags::WRITE) else {
        return Ok(());
    };
    let mut rest = &[b'\n'; LINES][..];
    while !rest.is_empty() {
        let written = device
            .write(rest, 0)
            .map_err(|error| format!("{error:?}"))?;
        check(written > 0, || "nothing written".into())?;
        rest = &rest[written as usize..];
    }
    Ok(())
}

fn lines_by_splices() -> Result<(), String> {
    let file = create("lines", &[b'\n'; LINES]);
    let input = file
        .read_via_stream(0)
        .map_err(|error| format!("{error:?}"))?;
    let output = stdout::get_stdout();
    let mut left = LINES as u64;
    while left > 0 {
        left -= output
            .blocking_splice(&input, left)
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

fn flood() -> Result<(), String> {
    let output = stdout::get_stdout();
    for piece in [&[b'.'; 4096][..], &[b'\n'; 4096], &[0xff; 4096]] {
        for _ in 0..256 {
            if output.blocking_write_and_flush(piece).is_err() {
                return Ok(());
            }
        }
    }
    output
        .blocking_write_and_flush(b"\n")
        .map_err(|error| format!("{error:?}"))
}
