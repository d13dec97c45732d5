//! Paths and links that lead outside. Whoever runs this puts a file `secret` with the text `SECRET` beside the directory
//! that is mounted, and into it what an earlier user could have left: links that lead there. Parts of the directory may be
//! mounted as well.

use guests_p2::{contents, create, root};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

use crate::{Attack, check};

pub const ATTACKS: &[Attack] = &[
    ("paths-spelled-oddly", spelled_oddly),
    ("links-that-lead-outside", links),
    ("links-swapped-between-operations", swapped),
    ("directory-moved-while-open", moved),
    ("changes-that-lead-outside", changes),
    ("paths-too-long", too_long),
    ("directories-too-deep", too_deep),
    ("names-that-are-odd", odd_names),
    ("mounts-exchanged", exchanged),
];

const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

fn open_in(directory: &Descriptor, path: &str, how: OpenFlags) -> Result<Descriptor, ErrorCode> {
    directory.open_at(FOLLOW, path, how, DescriptorFlags::READ)
}

/// Fails if a path leads to the file outside, by any operation that reads.
fn secret_at(directory: &Descriptor, path: &str) -> Result<(), String> {
    if let Ok(file) = open_in(directory, path, OpenFlags::empty()) {
        if let Ok((bytes, _)) = file.read(100, 0) {
            check(!bytes.starts_with(b"SECRET"), || {
                format!("the secret by {path:.80}")
            })?;
        }
        if let Ok(entries) = file.read_directory() {
            while let Ok(Some(entry)) = entries.read_directory_entry() {
                check(entry.name != "secret", || {
                    format!("the directory outside by {path:.80}")
                })?;
            }
        }
    }
    let size = directory.stat_at(FOLLOW, path).map(|stat| stat.size);
    check(size != Ok(SECRET.len() as u64), || {
        format!("the secret's size by {path:.80}")
    })
}

/// What stands in the file outside; nothing else has its length.
const SECRET: &str = "SECRET of nineteen.";

fn outside() -> Vec<String> {
    let mut paths = Vec::new();
    for up in [
        "..",
        "../..",
        "../../..",
        "./..",
        "x/../..",
        "../.",
        "..//",
        ".././",
        "here/../..",
        "here/here/../../..",
    ] {
        for rest in ["secret", "/secret", "./secret", "//secret", ""] {
            paths.push(format!("{up}/{rest}"));
            paths.push(format!("/{up}/{rest}"));
        }
    }
    for path in [
        "/",
        "//",
        "/secret",
        "//secret",
        "/etc/passwd",
        "/proc/self/root",
        "..\\secret",
        "%2e%2e/secret",
        "．．/secret",
        "..\u{0}/secret",
        "\u{0}/../secret",
        "~/secret",
        "file:///secret",
        "C:\\secret",
        ".. /secret",
        "...",
        "..;/secret",
    ] {
        paths.push(path.into());
    }
    paths
}

fn spelled_oddly() -> Result<(), String> {
    let root = root();
    let _ = root.create_directory_at("here");
    let _ = root.create_directory_at("here/here");
    for path in outside() {
        secret_at(&root, &path)?;
        for directory in ["here", "here/here"] {
            if let Ok(directory) = open_in(&root, directory, OpenFlags::DIRECTORY) {
                secret_at(&directory, &path)?;
                secret_at(&directory, &format!("../{path}"))?;
            }
        }
    }
    Ok(())
}

fn links() -> Result<(), String> {
    let root = root();
    let _ = root.create_directory_at("here");
    // What was there before, by the names that the suite knows.
    for path in [
        "planted",
        "planted-absolute",
        "planted-directory/secret",
        "planted-directory",
        "planted-root/etc/passwd",
    ] {
        secret_at(&root, path)?;
    }
    for (number, target) in outside().iter().enumerate() {
        let link = format!("here/link-{number}");
        if root.symlink_at(target, &link).is_ok() {
            secret_at(&root, &link)?;
            secret_at(&root, &format!("{link}/"))?;
            secret_at(&root, &format!("{link}/secret"))?;
            let _ = root.symlink_at(&format!("link-{number}"), &format!("here/again-{number}"));
            secret_at(&root, &format!("here/again-{number}"))?;
        }
    }
    // A ring of links, and a chain that is too long.
    let _ = root.symlink_at("ring-b", "ring-a");
    let _ = root.symlink_at("ring-a", "ring-b");
    let ring = open_in(&root, "ring-a", OpenFlags::empty());
    check(ring.is_err(), || "a file at the end of a ring".into())
}

fn swapped() -> Result<(), String> {
    let root = root();
    for turn in 0..200 {
        let name = format!("swap-{turn}");
        root.create_directory_at(&name)
            .map_err(|error| format!("no directory: {error:?}"))?;
        let before = open_in(&root, &name, OpenFlags::DIRECTORY)
            .map_err(|error| format!("no handle: {error:?}"))?;
        root.remove_directory_at(&name)
            .map_err(|error| format!("not removed: {error:?}"))?;
        if root.symlink_at("..", &name).is_ok() {
            secret_at(&root, &format!("{name}/secret"))?;
        }
        secret_at(&before, "../secret")?;
        secret_at(&before, "../../secret")?;
        let _ = before.create_directory_at("in-a-removed-directory");
        let _ = root.unlink_file_at(&name);
    }
    Ok(())
}

fn moved() -> Result<(), String> {
    let root = root();
    for path in ["one", "one/two", "one/two/three", "other"] {
        root.create_directory_at(path)
            .map_err(|error| format!("no directory: {error:?}"))?;
    }
    let three = open_in(&root, "one/two/three", OpenFlags::DIRECTORY)
        .map_err(|error| format!("{error:?}"))?;
    let two =
        open_in(&root, "one/two", OpenFlags::DIRECTORY).map_err(|error| format!("{error:?}"))?;
    // Three levels down it was; after the move, one.
    root.rename_at("one/two/three", &root, "three")
        .map_err(|error| format!("not moved: {error:?}"))?;
    for up in ["..", "../..", "../../..", "../../../.."] {
        secret_at(&three, &format!("{up}/secret"))?;
        secret_at(&three, up)?;
    }
    // A directory cannot be moved into itself, however it is reached.
    let into_itself = root.rename_at("one", &two, "one");
    check(into_itself.is_err(), || "a directory within itself".into())
}

/// What a directory holds, as far as it can be read.
fn names(directory: &Descriptor) -> Vec<String> {
    let Ok(entries) = directory.read_directory() else {
        return Vec::new();
    };
    std::iter::from_fn(|| entries.read_directory_entry().ok().flatten())
        .map(|entry| entry.name)
        .collect()
}

/// No mount shows what is outside of the one that can be written.
fn mounts_hold() -> Result<(), String> {
    for (directory, mount) in get_directories() {
        for path in [".", "secret", "secret-too", "in/secret", "escape/secret"] {
            secret_at(&directory, path).map_err(|got| format!("{got} in the mount {mount}"))?;
        }
    }
    Ok(())
}

/// Renames directories and puts links in their place, then asks for all mounts again: some of them may have been one of
/// these directories.
fn exchanged() -> Result<(), String> {
    mounts_hold()?;
    let root = root();
    let mut found = names(&root);
    for name in names(&root) {
        if let Ok(directory) = open_in(&root, &name, OpenFlags::DIRECTORY) {
            found.extend(
                names(&directory)
                    .iter()
                    .map(|below| format!("{name}/{below}")),
            );
        }
    }
    // Those below first, while they are where they were found.
    for name in found.iter().rev() {
        if root.rename_at(name, &root, "exchanged").is_err() {
            continue;
        }
        for target in ["..", "../..", "../../in", "../secret", "planted-directory"] {
            if root.symlink_at(target, name).is_ok() {
                mounts_hold()?;
                let _ = root.unlink_file_at(name);
            }
        }
        // Another directory, in which there are links that lead out.
        if root.create_directory_at(name).is_ok() {
            let _ = root.symlink_at("..", &format!("{name}/escape"));
            let _ = root.symlink_at("../../secret", &format!("{name}/secret-too"));
            mounts_hold()?;
        }
        let _ = root.rename_at("exchanged", &root, &format!("{name}-was"));
        // By another name of one and the same file.
        let _ = root.link_at(PathFlags::empty(), name, &root, &format!("{name}-too"));
        mounts_hold()?;
    }
    Ok(())
}

fn changes() -> Result<(), String> {
    let root = root();
    create("mine", b"mine");
    for path in outside()
        .iter()
        .filter(|path| path.contains("secret") && path.contains(".."))
    {
        let here = |path: &String| {
            !path.starts_with("..\\")
                && !path.starts_with("%2e")
                && path.split('/').any(|part| part == "..")
        };
        if !here(path) {
            continue;
        }
        let said = [
            root.unlink_file_at(path).is_ok(),
            root.rename_at("mine", &root, path).is_ok(),
            root.rename_at(path, &root, "theirs").is_ok(),
            root.link_at(PathFlags::empty(), "mine", &root, path)
                .is_ok(),
            root.link_at(FOLLOW, path, &root, "theirs").is_ok(),
            root.symlink_at("mine", &format!("{path}-link")).is_ok(),
            root.create_directory_at(&format!("{path}-directory"))
                .is_ok(),
            root.remove_directory_at(path).is_ok(),
            root.open_at(
                FOLLOW,
                path,
                OpenFlags::CREATE | OpenFlags::TRUNCATE,
                DescriptorFlags::WRITE,
            )
            .is_ok(),
        ];
        check(said == [false; 9], || {
            format!("changes by {path}: {said:?}")
        })?;
    }
    Ok(())
}

fn too_long() -> Result<(), String> {
    let root = root();
    for length in [255, 256, 4095, 4096, 4097, 65_536, 1 << 20, 8 << 20] {
        let name = "n".repeat(length);
        let slashes = "/".repeat(length);
        let dots = "./".repeat(length / 2);
        for path in [&name, &slashes, &dots] {
            let _ = root.stat_at(FOLLOW, path);
            let _ = root.create_directory_at(path);
            let _ = root.symlink_at(path, "long");
            let _ = root.readlink_at("long");
            let _ = root.unlink_file_at("long");
            let _ = root.rename_at(path, &root, "x");
        }
        secret_at(&root, &format!("{}secret", "../".repeat(length / 3)))?;
    }
    Ok(())
}

fn too_deep() -> Result<(), String> {
    let mut directory = root();
    let mut depth = 0;
    while depth < 3000 && directory.create_directory_at("d").is_ok() {
        let Ok(next) = open_in(&directory, "d", OpenFlags::DIRECTORY) else {
            break;
        };
        directory = next;
        depth += 1;
    }
    for up in [depth, depth + 1, depth + 100] {
        secret_at(&directory, &format!("{}secret", "../".repeat(up)))?;
    }
    secret_at(&root(), &format!("{}secret", "d/../".repeat(10_000)))
}

fn odd_names() -> Result<(), String> {
    let root = root();
    for name in [
        "\u{0}",
        "a\u{0}b",
        "",
        ".",
        "..",
        "/",
        "\n",
        "\u{202e}",
        "\u{feff}",
        "\u{10ffff}",
        "con",
        "nul:",
        "a\\b",
        " ",
        "-",
        "*",
    ] {
        let made = root.open_at(FOLLOW, name, OpenFlags::CREATE, DescriptorFlags::WRITE);
        if name.contains('\0') || matches!(name, "" | "." | ".." | "/") {
            check(made.is_err(), || format!("a file named {name:?}"))?;
        }
        let _ = root.symlink_at(name, "to-odd");
        secret_at(&root, "to-odd")?;
        let _ = root.unlink_file_at("to-odd");
    }
    let file = create("plain", b"plain");
    check(contents(&file) == b"plain", || {
        "another file's contents".into()
    })
}
