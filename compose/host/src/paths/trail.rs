//! Follows a path through the directories in which its names are looked up.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The most symbolic links that the system follows in one path: `MAXSYMLINKS` of Linux.
const MAX_LINKS: usize = 40;

/// The directories that the system searches when it opens a path. A program that can change one of them decides where
/// the path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Each directory in which a name is looked up, as a path without links, and the name.
    pub(crate) steps: Vec<(PathBuf, OsString)>,
    /// The end of the path: an absolute path without links and `..`, as far as it exists.
    pub(crate) end: PathBuf,
}

impl Trail {
    /// Follows a path, which is relative to the current directory. Names behind one that does not exist are kept as
    /// they are written.
    pub(crate) fn of(path: &Path) -> Self {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut rest: VecDeque<OsString> = pieces(&absolute).collect();
        let mut trail = Self {
            steps: Vec::new(),
            end: PathBuf::new(),
        };
        let mut links = 0;
        while let Some(piece) = rest.pop_front() {
            match Path::new(&piece).components().next() {
                Some(Component::ParentDir) => {
                    trail.end.pop();
                }
                Some(Component::Normal(name)) => {
                    trail.steps.push((trail.end.clone(), name.to_owned()));
                    let next = trail.end.join(name);
                    match fs::read_link(&next) {
                        Ok(target) if links < MAX_LINKS => {
                            links += 1;
                            for piece in pieces(&target).rev() {
                                rest.push_front(piece);
                            }
                        }
                        _ => trail.end = next,
                    }
                }
                // An absolute link replaces the path so far.
                _ => trail.end.push(&piece),
            }
        }
        trail
    }
}

fn pieces(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let components = path
        .components()
        .filter(|piece| *piece != Component::CurDir);
    components.map(|piece| OsStr::to_owned(piece.as_os_str()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn each_lookup_is_known() {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path().canonicalize().expect("its path");
        fs::create_dir_all(root.join("a/b")).expect("directories");
        symlink("../a/b", root.join("a/up")).expect("a link");
        symlink(root.join("a/up"), root.join("far")).expect("a link");
        let below = |path: &str| -> (Vec<String>, String) {
            let name = |path: &Path| {
                path.strip_prefix(&root)
                    .map(|path| path.display().to_string())
            };
            let trail = Trail::of(&root.join(path));
            let steps = trail.steps.iter().filter_map(|(directory, looked)| {
                Some(format!("{}:{}", name(directory).ok()?, looked.display()))
            });
            (steps.collect(), name(&trail.end).expect("inside"))
        };
        let expected = |steps: &[&str], end: &str| {
            let steps: Vec<String> = steps.iter().map(|step| (*step).into()).collect();
            (steps, end.to_owned())
        };
        assert_eq!(below("a/b"), expected(&[":a", "a:b"], "a/b"));
        assert_eq!(below("a/./b/../b"), expected(&[":a", "a:b", "a:b"], "a/b"));
        assert_eq!(
            below("far"),
            expected(&[":far", ":a", "a:up", ":a", "a:b"], "a/b")
        );
        assert_eq!(
            below("far/.."),
            expected(&[":far", ":a", "a:up", ":a", "a:b"], "a")
        );
        assert_eq!(
            below("no/where/../x"),
            expected(&[":no", "no:where", "no:x"], "no/x")
        );
    }

    #[test]
    fn links_that_lead_to_each_other_come_to_an_end() {
        let root = tempfile::tempdir().expect("a directory");
        symlink("two", root.path().join("one")).expect("a link");
        symlink("one/x", root.path().join("two")).expect("a link");
        assert!(Trail::of(&root.path().join("one")).steps.len() > MAX_LINKS);
    }
}
