//! Reads the files that a memory mount starts with.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, MetadataExt, OpenOptions};
use interpose_policy::model::{Glob, Times};
use interpose_settings::Timestamp;
use miette::Diagnostic;
use thiserror::Error;

/// A file, directory or link that is baked into a mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baked {
    /// The path relative to the mount, with `/` between names.
    pub path: String,
    /// The time of the last change on disk; `None` if the policy does not ask for it.
    pub modified: Option<Timestamp>,
    /// The kind of entry.
    pub kind: BakedKind,
}

/// The kind of a [`Baked`] entry.
#[derive(Clone, PartialEq, Eq)]
pub enum BakedKind {
    /// A directory.
    Directory,
    /// A file with these contents.
    File(Vec<u8>),
    /// A symbolic link to this target.
    Symlink(String),
}

impl std::fmt::Debug for BakedKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory => write!(f, "Directory"),
            Self::File(contents) => write!(f, "File({} bytes)", contents.len()),
            Self::Symlink(target) => write!(f, "Symlink({target:?})"),
        }
    }
}

/// Why a directory could not be baked.
#[derive(Debug, Error, Diagnostic)]
#[diagnostic(help("check the path and its permissions"))]
pub enum BakeError {
    /// The directory or an entry in it could not be read.
    #[error("`{}` cannot be read into the mount: {source}", path.display())]
    #[diagnostic(code("bake::unreadable"))]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A name is not Unicode, so that no WASI program could use it.
    #[error("`{}` has a name that is not Unicode, so that no WASI program could open it", path.display())]
    #[diagnostic(code("bake::name"))]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// An entry is neither a file, a directory nor a link.
    #[error("`{}` is neither a file, a directory nor a symbolic link", path.display())]
    #[diagnostic(code("bake::kind"))]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// Directories are nested too deep.
    #[error("`{}` is nested more than {MAX_DEPTH} directories deep", path.display())]
    #[diagnostic(code("bake::too-deep"))]
    TooDeep {
        /// The directory.
        path: PathBuf,
    },
}

/// The most bytes of files and settings in a component. The WebAssembly tools refuse modules of more than 1 GiB; this
/// limit leaves 24 MiB for the adapter itself and for its bookkeeping.
pub(crate) const MAX_BYTES: u64 = 1000 << 20;

/// The greatest depth of directories. An application that could write to the directory in an earlier run decides how
/// deep they are nested, and each directory stays open while those inside it are read.
const MAX_DEPTH: usize = 400;

/// Reads a file of no more than [`MAX_BYTES`].
///
/// # Errors
/// The error of the system; [`io::ErrorKind::FileTooLarge`] for a longer file and for a device without an end.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    contents(File::open_ambient(path, ambient_authority())?)
}

/// Reads a single file, and its time on disk if the policy asks for it.
///
/// # Errors
/// [`BakeError::Unreadable`], as [`read_file`].
pub(super) fn bake_file(
    path: &Path,
    times: Times,
) -> Result<(Vec<u8>, Option<Timestamp>), BakeError> {
    let read = || {
        let file = File::open_ambient(path, ambient_authority())?;
        let modified = match times {
            Times::Fixed => None,
            Times::Disk => Some(modified(&file.metadata()?)?),
        };
        Ok((contents(file)?, modified))
    };
    read().map_err(unreadable(path))
}

/// The contents of a file of at most [`MAX_BYTES`].
fn contents(file: File) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let mut contents = Vec::new();
    if length <= MAX_BYTES {
        file.take(MAX_BYTES + 1).read_to_end(&mut contents)?;
    }
    if length.max(contents.len() as u64) > MAX_BYTES {
        let limit = MAX_BYTES >> 20;
        let reason = format!("it has more than {limit} MiB, and no component can hold more");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(contents)
}

/// Reads a directory: parents before their entries, entries in the order of their names, symbolic links as links. The
/// directory is opened once and everything in it is opened through that handle, so a link that replaces an entry in the
/// meantime is not followed.
///
/// `include` selects files and links, or all of them if it is empty; `exclude` omits files, links and whole
/// directories. Directories without included entries are omitted. `times` says whether entries have their times on
/// disk.
///
/// # Errors
/// [`BakeError`] with the path of the faulty entry.
pub fn bake(
    directory: &Path,
    include: &[Glob],
    exclude: &[Glob],
    times: Times,
) -> Result<Vec<Baked>, BakeError> {
    let mut entries = Vec::new();
    let opened =
        Dir::open_ambient_dir(directory, ambient_authority()).map_err(unreadable(directory))?;
    let selection = Selection {
        include,
        exclude,
        times,
    };
    let place = OpenDirectory {
        directory: &opened,
        path: directory,
        prefix: "",
        depth: 0,
    };
    read_directory(&place, &selection, &mut entries)?;
    Ok(entries)
}

/// The selection of entries and whether they have times, as [`bake`] describes them.
struct Selection<'a> {
    include: &'a [Glob],
    exclude: &'a [Glob],
    times: Times,
}

/// The time of the last change of a file, a directory, or a link itself. WASI cannot express times before the Unix
/// epoch; they become the epoch.
fn modified(entry: &Metadata) -> io::Result<Timestamp> {
    let since = entry.modified()?.into_std().duration_since(UNIX_EPOCH);
    Ok(since.map_or_else(
        |_| Timestamp::default(),
        |since| Timestamp {
            seconds: since.as_secs(),
            nanoseconds: since.subsec_nanos(),
        },
    ))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> BakeError {
    let path = path.to_owned();
    move |source| BakeError::Unreadable { path, source }
}

/// Fails if the opened file is not the one that was found under the name, because another program has replaced it. The
/// kinds are compared too: a filesystem may give the number of a removed file to the next new one.
fn check_same(found: &Metadata, opened: &Metadata) -> io::Result<()> {
    let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino(), metadata.file_type());
    match identity(found) == identity(opened) {
        true => Ok(()),
        false => Err(io::Error::other("it was exchanged while it was read")),
    }
}

fn open_directory(directory: &Dir, name: &OsStr, found: &Metadata) -> io::Result<Dir> {
    let opened = directory.open_dir(name)?;
    check_same(found, &opened.dir_metadata()?)?;
    Ok(opened)
}

fn open_file(directory: &Dir, name: &OsStr, found: &Metadata) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Opening a pipe, if one has replaced the file, would wait for a writer.
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = directory.open_with(name, options.read(true))?;
    check_same(found, &file.metadata()?)?;
    Ok(file)
}

/// A directory while it is read.
struct OpenDirectory<'a> {
    directory: &'a Dir,
    /// The path on this machine.
    path: &'a Path,
    /// The path relative to the baked directory.
    prefix: &'a str,
    depth: usize,
}

fn read_directory(
    place: &OpenDirectory<'_>,
    selection: &Selection<'_>,
    entries: &mut Vec<Baked>,
) -> Result<(), BakeError> {
    let Selection {
        include,
        exclude,
        times,
    } = selection;
    let directory = place.directory;
    if place.depth > MAX_DEPTH {
        let path = place.path.into();
        return Err(BakeError::TooDeep { path });
    }
    // Only the names are kept, because an entry keeps its directory open a second time.
    let children = directory.entries().and_then(|list| {
        let names = list.map(|entry| Ok(entry?.file_name()));
        names.collect::<io::Result<Vec<_>>>()
    });
    let mut children = children.map_err(unreadable(place.path))?;
    children.sort();
    for child in children {
        let file = place.path.join(&child);
        let Some(name) = child.to_str() else {
            return Err(BakeError::Name { path: file });
        };
        let path = match place.prefix {
            "" => name.to_owned(),
            prefix => format!("{prefix}/{name}"),
        };
        if exclude.iter().any(|glob| glob.matches(&path)) {
            continue;
        }
        let found = directory
            .symlink_metadata(&child)
            .map_err(unreadable(&file))?;
        let kind = found.file_type();
        let modified = match times {
            Times::Fixed => None,
            Times::Disk => Some(modified(&found).map_err(unreadable(&file))?),
        };
        let is_included = || include.is_empty() || include.iter().any(|glob| glob.matches(&path));
        if kind.is_dir() {
            let position = entries.len();
            entries.push(Baked {
                path: path.clone(),
                modified,
                kind: BakedKind::Directory,
            });
            let opened = open_directory(directory, &child, &found).map_err(unreadable(&file))?;
            let below = OpenDirectory {
                directory: &opened,
                path: &file,
                prefix: &path,
                depth: place.depth + 1,
            };
            read_directory(&below, selection, entries)?;
            if !include.is_empty() && entries.len() == position + 1 && !is_included() {
                entries.truncate(position);
            }
        } else if !is_included() {
            continue;
        } else if kind.is_symlink() {
            let target = directory
                .read_link_contents(&child)
                .map_err(unreadable(&file))?;
            let target = target
                .into_os_string()
                .into_string()
                .map_err(|_| BakeError::Name { path: file })?;
            entries.push(Baked {
                path,
                modified,
                kind: BakedKind::Symlink(target),
            });
        } else if kind.is_file() {
            let opened = open_file(directory, &child, &found).map_err(unreadable(&file))?;
            let contents = contents(opened).map_err(unreadable(&file))?;
            entries.push(Baked {
                path,
                modified,
                kind: BakedKind::File(contents),
            });
        } else {
            return Err(BakeError::Kind { path: file });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    fn globs(patterns: &[&str]) -> Vec<Glob> {
        patterns
            .iter()
            .map(|pattern| Glob::parse(pattern).unwrap())
            .collect()
    }

    fn paths(directory: &Path, include: &[&str], exclude: &[&str]) -> Vec<String> {
        let entries = bake(directory, &globs(include), &globs(exclude), Times::Fixed).unwrap();
        entries.into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn a_directory_is_read_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        fs::create_dir_all(root.join("empty")).unwrap();
        fs::write(root.join("b/c/x.py"), "x").unwrap();
        fs::write(root.join("b/y.txt"), "y").unwrap();
        fs::write(root.join("a.py"), "a").unwrap();
        std::os::unix::fs::symlink("b/c", root.join("link")).unwrap();

        assert_eq!(
            paths(root, &[], &[]),
            ["a.py", "b", "b/c", "b/c/x.py", "b/y.txt", "empty", "link"]
        );
        assert_eq!(
            paths(root, &["**/*.py"], &[]),
            ["a.py", "b", "b/c", "b/c/x.py"]
        );
        assert_eq!(
            paths(root, &[], &["b/c"]),
            ["a.py", "b", "b/y.txt", "empty", "link"]
        );
        let link = bake(root, &[], &[], Times::Fixed).unwrap().pop().unwrap();
        assert_eq!(link.kind, BakedKind::Symlink("b/c".into()));
    }

    #[test]
    fn what_is_exchanged_meanwhile_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("from/d")).unwrap();
        fs::create_dir_all(root.join("from/private")).unwrap();
        fs::write(root.join("from/f"), "found").unwrap();
        fs::write(root.join("from/private/f"), "SECRET").unwrap();
        let opened = Dir::open_ambient_dir(root.join("from"), ambient_authority()).unwrap();
        let (d, f) = (OsStr::new("d"), OsStr::new("f"));
        let found_d = opened.symlink_metadata(d).unwrap();
        let found_f = opened.symlink_metadata(f).unwrap();
        assert!(open_directory(&opened, d, &found_d).is_ok());
        assert!(open_file(&opened, f, &found_f).is_ok());
        fs::remove_dir(root.join("from/d")).unwrap();
        fs::remove_file(root.join("from/f")).unwrap();
        std::os::unix::fs::symlink("private", root.join("from/d")).unwrap();
        std::os::unix::fs::symlink("private/f", root.join("from/f")).unwrap();
        assert!(open_directory(&opened, d, &found_d).is_err());
        assert!(open_file(&opened, f, &found_f).is_err());
        // Opening a pipe without a writer for reading would wait.
        fs::remove_file(root.join("from/f")).unwrap();
        let directory = fs::File::open(root.join("from")).unwrap();
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(&directory, "f", rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert!(open_file(&opened, f, &found_f).is_err());
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let deep = |levels: usize| root.join("d/".repeat(levels));
        fs::create_dir_all(deep(MAX_DEPTH)).unwrap();
        assert_eq!(paths(root, &[], &[]).len(), MAX_DEPTH);
        fs::create_dir(deep(MAX_DEPTH + 1)).unwrap();
        let error = bake(root, &[], &[], Times::Fixed).unwrap_err();
        assert!(matches!(error, BakeError::TooDeep { .. }), "{error}");
        fs::remove_dir_all(root.join("d")).unwrap();
        // A hole takes no room on the disk.
        let file = fs::File::create(root.join("long")).unwrap();
        file.set_len(MAX_BYTES + 1).unwrap();
        let error = bake(root, &[], &[], Times::Fixed).unwrap_err();
        assert!(error.to_string().contains("more than 1000 MiB"), "{error}");
        assert!(read_file(&root.join("long")).is_err());
        assert!(read_file(Path::new("/dev/zero")).is_err());
        assert_eq!(read_file(Path::new("/dev/null")).unwrap(), b"");
    }

    #[test]
    fn times_are_those_on_disk_where_that_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir(root.join("d")).unwrap();
        fs::write(root.join("d/f"), "x").unwrap();
        std::os::unix::fs::symlink("f", root.join("d/link")).unwrap();
        let set = |path: &str, time| {
            let file = fs::File::open(root.join(path)).unwrap();
            file.set_modified(time).unwrap();
        };
        set("d/f", UNIX_EPOCH + Duration::new(1_000_000_000, 5));
        set("d", UNIX_EPOCH - Duration::from_secs(1));
        let times = |times| {
            let entries = bake(root, &[], &[], times).unwrap();
            let times = entries.into_iter().map(|entry| entry.modified);
            times.collect::<Vec<_>>()
        };
        assert_eq!(times(Times::Fixed), [None; 3]);
        let found = times(Times::Disk);
        let file = Timestamp {
            seconds: 1_000_000_000,
            nanoseconds: 5,
        };
        assert_eq!(found[..2], [Some(Timestamp::default()), Some(file)]);
        // The time of the link itself, not of its target.
        assert!(found[2] > Some(file));
    }

    #[test]
    fn a_single_file_has_its_contents_and_its_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        fs::write(&path, "x").unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        fs::File::open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(bake_file(&path, Times::Fixed).unwrap(), (b"x".into(), None));
        let (_, modified) = bake_file(&path, Times::Disk).unwrap();
        assert_eq!(modified.map(|time| time.seconds), Some(1_000_000_000));
        let error = bake_file(directory.path(), Times::Fixed).unwrap_err();
        assert!(matches!(error, BakeError::Unreadable { .. }), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = bake(Path::new("/nonexistent/directory"), &[], &[], Times::Fixed).unwrap_err();
        assert!(
            error.to_string().contains("/nonexistent/directory"),
            "{error}"
        );
    }
}
