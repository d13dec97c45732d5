//! Filling the filesystem in every way that there is. The policy allows 4 MiB and 2000 entries: the attack is that
//! memory grows without bound, which the suite measures; here each way has to end in an error.

use guests_p2::{create, open, read_write, root, write_all};
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

use crate::{Attack, check};

pub const ATTACKS: &[Attack] = &[
    ("bytes-by-writing", writing),
    ("bytes-by-streams", streaming),
    ("bytes-by-zeroes", zeroes),
    ("bytes-scattered", scattered),
    ("bytes-in-unlinked-files", unlinked),
    ("bytes-for-holes", holes),
    ("entries-of-every-kind", entries),
    ("names-that-grow-by-renames", renames),
    ("links-with-long-targets", targets),
];

/// More than any way may take before it ends.
const TURNS: usize = 200_000;

/// What the policy allows, in bytes.
const BYTES: u64 = 4 << 20;

fn until_refused(what: &str, mut step: impl FnMut(usize) -> bool) -> Result<(), String> {
    check((0..TURNS).any(|turn| !step(turn)), || {
        format!("{what} without end")
    })
}

fn writing() -> Result<(), String> {
    let file = create("file", b"");
    until_refused("bytes", |turn| {
        file.write(&[1; 4096], turn as u64 * 4096) == Ok(4096)
    })?;
    let size = file.stat().map_or(0, |stat| stat.size);
    check(size <= BYTES, || format!("a file of {size} bytes"))
}

fn streaming() -> Result<(), String> {
    let file = create("file", b"");
    let stream = file
        .append_via_stream()
        .map_err(|error| format!("{error:?}"))?;
    until_refused("bytes", |_| write_all(&stream, &[1; 4096]).is_ok())?;
    // Whatever it says after the failure, it does not grow.
    for _ in 0..1000 {
        let _ = write_all(&stream, &[1; 4096]);
    }
    let size = file.stat().map_or(0, |stat| stat.size);
    check(size <= BYTES, || format!("a file of {size} bytes"))
}

/// Zeroes are holes, which cost nothing and may go on: until bytes are put between them.
fn zeroes() -> Result<(), String> {
    let file = create("file", b"");
    let stream = file
        .write_via_stream(0)
        .map_err(|error| format!("{error:?}"))?;
    for _ in 0..20_000 {
        if stream.blocking_write_zeroes_and_flush(4096).is_err() {
            break;
        }
    }
    until_refused("bytes between zeroes", |_| {
        stream.blocking_write_zeroes_and_flush(4095).is_ok()
            && stream.blocking_write_and_flush(b"x").is_ok()
    })
}

/// One byte in each of many places, so that each costs more than it holds.
fn scattered() -> Result<(), String> {
    let file = create("file", b"");
    until_refused("scattered bytes", |turn| {
        file.write(b"x", turn as u64 * 1_048_573) == Ok(1)
    })
}

/// Files that have no name any more but are open hold their bytes: they count until they are closed.
fn unlinked() -> Result<(), String> {
    let mut kept = Vec::new();
    until_refused("unlinked files", |_| {
        let Ok(file) = open("file", OpenFlags::CREATE, read_write()) else {
            return false;
        };
        let written = file.write(&[1; 4096], 0) == Ok(4096);
        let _ = root().unlink_file_at("file");
        kept.push(file);
        written
    })?;
    kept.clear();
    let again = create("file", b"").write(&[1; 4096], 0);
    check(again == Ok(4096), || {
        format!("space does not come back: {again:?}")
    })
}

/// Zeroes store nothing, but where they are in a file of the host has to be remembered.
fn holes() -> Result<(), String> {
    const PIECE: u64 = 16 * 1024;
    let Ok(file) = open("sparse", OpenFlags::empty(), read_write()) else {
        return Ok(());
    };
    until_refused("holes", |turn| {
        let stream = file.write_via_stream(turn as u64 * 2 * PIECE);
        stream.is_ok_and(|stream| stream.write_zeroes(PIECE).is_ok())
    })
}

fn entries() -> Result<(), String> {
    let root = root();
    create("file", b"");
    type Step = fn(&wasip2::filesystem::types::Descriptor, &str) -> bool;
    let kinds: [(&str, Step); 4] = [
        ("files", |root, name| {
            root.open_at(
                PathFlags::empty(),
                name,
                OpenFlags::CREATE,
                DescriptorFlags::WRITE,
            )
            .is_ok()
        }),
        ("directories", |root, name| {
            root.create_directory_at(name).is_ok()
        }),
        ("links", |root, name| root.symlink_at("file", name).is_ok()),
        ("hard links", |root, name| {
            root.link_at(PathFlags::empty(), "file", root, name).is_ok()
        }),
    ];
    for (kind, step) in kinds {
        let mut made = Vec::new();
        until_refused(kind, |turn| {
            let name = format!("{kind}-{turn}");
            let more = step(&root, &name);
            if more {
                made.push(name);
            }
            more
        })?;
        check(made.len() <= 2000, || format!("{} {kind}", made.len()))?;
        for name in made {
            let _ = root
                .unlink_file_at(&name)
                .or_else(|_| root.remove_directory_at(&name));
        }
    }
    Ok(())
}

fn renames() -> Result<(), String> {
    let root = root();
    let mut names = Vec::new();
    until_refused("entries", |turn| {
        let name = format!("{turn}");
        let made = root.create_directory_at(&name).is_ok();
        if made {
            names.push(name);
        }
        made
    })?;
    for turn in 0..20 {
        for name in &mut names {
            let longer = format!(
                "{turn}-{}-{}",
                name.split('-').next_back().unwrap_or_default(),
                "n".repeat(200)
            );
            let longer = format!(
                "{longer}-{}",
                name.split('-').next_back().unwrap_or_default()
            );
            if root.rename_at(name, &root, &longer).is_ok() {
                *name = longer;
            }
        }
    }
    Ok(())
}

fn targets() -> Result<(), String> {
    let root = root();
    let target = "t".repeat(4000);
    until_refused("links", |turn| {
        root.symlink_at(&target, &format!("link-{turn}")).is_ok()
    })
}
