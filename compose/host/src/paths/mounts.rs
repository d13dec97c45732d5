//! Reads the machine's table of mounts: one directory may be visible under several paths.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The filesystems that the kernel generates, through which a program learns about the system or reaches devices.
const OF_THE_SYSTEM: [&str; 3] = ["proc", "sysfs", "devtmpfs"];

/// The table of mounts of this process. It is empty if the system has none that this tool can read.
#[derive(Clone, Debug, Default)]
pub(super) struct MountTable(Vec<Mounted>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mounted {
    /// The directory at which the mount is visible.
    point: PathBuf,
    /// The filesystem of the mount: major and minor number.
    device: String,
    /// The directory of that filesystem that the mount shows.
    root: PathBuf,
    /// The type of the filesystem.
    kind: String,
}

/// A directory of a filesystem, independent of the path under which it is visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    device: String,
    path: PathBuf,
}

/// Everything that is reachable from a directory: the directory itself and the mounts below it.
#[derive(Clone, Debug)]
pub(super) struct Region {
    directory: PathBuf,
    /// The parts of filesystems that are visible there, and their paths relative to the directory.
    parts: Vec<(Location, PathBuf)>,
}

impl MountTable {
    /// Reads the table of this process, in the format of `proc_pid_mountinfo(5)`.
    pub(super) fn of_process() -> Self {
        Self::parse(&fs::read("/proc/self/mountinfo").unwrap_or_default())
    }

    fn parse(text: &[u8]) -> Self {
        let lines = text.split(|byte| *byte == b'\n');
        Self(lines.filter_map(mounted).collect())
    }

    /// The filesystem of a path without links, and the position in it.
    fn locate(&self, path: &Path) -> Option<Location> {
        // Of several mounts at one place, the last is visible.
        let mount = self
            .0
            .iter()
            .filter(|mount| path.starts_with(&mount.point))
            .max_by_key(|mount| mount.point.components().count())?;
        let rest = path.strip_prefix(&mount.point).ok()?;
        Some(Location {
            device: mount.device.clone(),
            path: mount.root.join(rest),
        })
    }

    /// Everything that is reachable from a directory, whose path has no links.
    pub(super) fn region(&self, directory: &Path) -> Region {
        let own = self
            .locate(directory)
            .map(|location| (location, PathBuf::new()));
        let mounted = self.0.iter().filter_map(|mount| {
            let rest = mount.point.strip_prefix(directory).ok()?;
            let location = Location {
                device: mount.device.clone(),
                path: mount.root.clone(),
            };
            Some((location, rest.to_owned()))
        });
        Region {
            directory: directory.to_owned(),
            parts: own.into_iter().chain(mounted).collect(),
        }
    }

    /// Every place in a region at which a directory, whose path has no links, is visible: paths relative to the
    /// region's directory, empty for that directory itself.
    pub(super) fn within<'a>(
        &self,
        directory: &'a Path,
        region: &'a Region,
    ) -> impl Iterator<Item = PathBuf> + 'a {
        let below = directory.strip_prefix(&region.directory).ok();
        let location = self.locate(directory);
        let mounted = region.parts.iter().filter_map(move |(part, seen)| {
            let location = location.as_ref()?;
            let rest = location.path.strip_prefix(&part.path).ok()?;
            (location.device == part.device).then(|| seen.join(rest))
        });
        below.map(Path::to_owned).into_iter().chain(mounted)
    }

    /// The directories at which filesystems that the kernel generates are mounted.
    pub(super) fn of_the_system(&self) -> impl Iterator<Item = &Path> {
        let kinds = self
            .0
            .iter()
            .filter(|mount| OF_THE_SYSTEM.contains(&mount.kind.as_str()));
        kinds.map(|mount| mount.point.as_path())
    }
}

/// Parses a line of the table.
fn mounted(line: &[u8]) -> Option<Mounted> {
    let mut fields = line.split(|byte| *byte == b' ');
    let device = String::from_utf8(fields.nth(2)?.to_vec()).ok()?;
    let root = unescaped(fields.next()?);
    let point = unescaped(fields.next()?);
    let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
    Some(Mounted {
        point: point.into(),
        device,
        root: root.into(),
        kind: String::from_utf8_lossy(kind).into_owned(),
    })
}

/// Decodes a path of the table, in which special characters are escaped: a space is `\040`.
fn unescaped(field: &[u8]) -> OsString {
    let mut bytes = Vec::new();
    let mut rest = field;
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..3).filter(|_| *first == b'\\');
        let code = digits.and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 8).ok()
        });
        bytes.push(code.unwrap_or(*first));
        rest = match code {
            Some(_) => &behind[3..],
            None => behind,
        };
    }
    of_bytes(bytes)
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r"
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:5 / /proc rw,nosuid - proc proc rw
24 22 8:1 /srv/site /web\040root rw master:1 - ext4 /dev/sda1 rw
25 22 8:2 / /data rw - ext4 /dev/sdb1 rw
26 22 8:2 /in /srv/inner rw - ext4 /dev/sdb1 rw
27 22 0:5 / /jail/proc rw - proc proc rw
not a line
";

    #[test]
    fn a_directory_is_known_under_all_its_paths() {
        let table = MountTable::parse(TABLE.as_bytes());
        let within = |path: &str, root: &str| {
            let region = table.region(Path::new(root));
            let mut seen = table.within(Path::new(path), &region);
            seen.next().map(|path| path.display().to_string())
        };
        assert_eq!(within("/a/b", "/a").as_deref(), Some("b"));
        assert_eq!(within("/ab", "/a"), None);
        // The same directory is bound to another place.
        assert_eq!(within("/srv/site/x", "/web root").as_deref(), Some("x"));
        assert_eq!(within("/web root/x", "/srv").as_deref(), Some("site/x"));
        assert_eq!(within("/web root", "/srv/site/x"), None);
        // A directory of another filesystem is mounted below.
        assert_eq!(within("/data/in/x", "/srv").as_deref(), Some("inner/x"));
        assert_eq!(within("/data/out", "/srv"), None);
        assert_eq!(within("/data", "/").as_deref(), Some("data"));
    }

    #[test]
    fn a_directory_is_known_at_all_its_places() {
        let table = MountTable::parse(TABLE.as_bytes());
        let region = table.region(Path::new("/"));
        let places = |path: &str| {
            let seen = table.within(Path::new(path), &region);
            seen.collect::<std::collections::BTreeSet<_>>()
        };
        let expected = ["srv/site/x", "web root/x"].map(PathBuf::from).into();
        assert_eq!(places("/srv/site/x"), expected);
        assert_eq!(places("/web root/x"), expected);
    }

    #[test]
    fn filesystems_of_the_system_are_found() {
        let table = MountTable::parse(TABLE.as_bytes());
        let found: Vec<_> = table.of_the_system().collect();
        assert_eq!(found, [Path::new("/proc"), Path::new("/jail/proc")]);
    }

    #[test]
    fn without_a_table_paths_are_compared_as_they_are() {
        let table = MountTable::parse(b"");
        let region = table.region(Path::new("/a"));
        let within = |path| table.within(Path::new(path), &region).next();
        assert_eq!(within("/a/b"), Some("b".into()));
        assert_eq!(within("/b"), None);
    }
}
