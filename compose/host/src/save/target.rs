//! The directories of this machine that receive saved files.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::model::{Save, SaveError};
use crate::grant::Directory;
use crate::paths::{Trail, touches};

/// A request to save whose directory is opened before the component runs, so that changes during the run do not decide
/// where it is. Clones share the directory.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The request.
    pub(super) request: Save,
    /// The directory, or its nearest existing ancestor.
    above: Arc<Dir>,
    /// The directories to create in it once there is something to save.
    missing: Vec<OsString>,
}

/// Opens the directories that receive saved files.
///
/// Refuses a directory that the component is shown, that lies in such a directory or contains one: files are read while
/// others are written, so saved files would be read again, or a file would be overwritten before it is read. Also
/// refuses directories to which a link in such a directory leads, because the next run could find a different link
/// there.
pub(crate) fn open_targets(
    requests: &[Save],
    shown: &[Directory],
) -> Result<Vec<Target>, SaveError> {
    let targets = requests.iter().map(|request| {
        let mut shown = shown.iter();
        match shown.find(|directory| touches(&request.to, &directory.path)) {
            Some(directory) => Err(SaveError::Shown {
                to: request.to.clone(),
                directory: directory.path.clone(),
            }),
            None => Target::open(request).map_err(|source| SaveError::Write {
                path: request.to.clone(),
                source,
            }),
        }
    });
    targets.collect()
}

impl Target {
    fn open(request: &Save) -> io::Result<Self> {
        let mut path = Trail::of(&request.to).end;
        let mut missing = Vec::new();
        let above = loop {
            match Dir::open_ambient_dir(&path, ambient_authority()) {
                Ok(above) => break above,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let name = path.file_name().map(ToOwned::to_owned).ok_or(error)?;
                    missing.push(name);
                    path.pop();
                }
                Err(error) => return Err(error),
            }
        };
        missing.reverse();
        Ok(Self {
            request: request.clone(),
            above: Arc::new(above),
            missing,
        })
    }

    /// The directory, created if it does not exist.
    pub(super) fn directory(&self) -> io::Result<Dir> {
        let mut directory = self.above.try_clone()?;
        for name in &self.missing {
            match directory.create_dir(name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            // Another program could have created a link of that name.
            if !directory.symlink_metadata(name)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            directory = directory.open_dir(name)?;
        }
        Ok(directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_where_it_was_when_it_was_found() {
        let root = tempfile::tempdir().expect("a directory");
        let at = |path: &str| root.path().join(path);
        for path in ["a/there", "outside"] {
            std::fs::create_dir_all(at(path)).expect("a directory");
        }
        let target = |to: &str| {
            let request = Save {
                from: "/".into(),
                to: at(to),
            };
            let targets = open_targets(&[request], &[]).expect("a target");
            targets.into_iter().next().expect("the target")
        };
        let (there, new) = (target("a/there"), target("a/new/er"));
        assert!(!at("a/new").exists(), "nothing has been saved");
        std::fs::rename(at("a"), at("b")).expect("it is renamed");
        std::os::unix::fs::symlink("outside", at("a")).expect("a link");
        for target in [there, new] {
            let directory = target.directory().expect("the directory");
            directory.create("f").expect("a file");
        }
        assert!(at("b/there/f").exists() && at("b/new/er/f").exists());
        assert_eq!(std::fs::read_dir(at("outside")).expect("it").count(), 0);
        // A link is in the place of a directory that was to be created.
        let later = target("b/later/x");
        std::os::unix::fs::symlink("there", at("b/later")).expect("a link");
        assert!(later.directory().is_err());
        assert!(
            open_targets(
                &[Save {
                    from: "/".into(),
                    to: at("b/there/f")
                }],
                &[]
            )
            .is_err()
        );
    }
}
