//! A file of this machine that gets its name when it is complete, so that nobody sees a part of it.

use std::io::{self, Write};
use std::path::Path;

use cap_std::fs::{Dir, File, OpenOptions};
use cap_tempfile::TempFile;

/// A file that is being written.
pub(super) enum NewFile<'d> {
    /// One that the system removes if this process ends before it is complete.
    Unnamed(TempFile<'d>),
    /// One under a name that nobody asks for.
    Named(NamedFile<'d>),
}

impl<'d> NewFile<'d> {
    /// Makes an empty file in a directory.
    pub(super) fn new(directory: &'d Dir) -> io::Result<Self> {
        // Linux gives a file without a name one through this directory, which a `chroot` may lack.
        match cfg!(target_os = "linux") && !Path::new("/proc/self/fd").exists() {
            true => NamedFile::new(directory).map(Self::Named),
            false => TempFile::new(directory).map(Self::Unnamed),
        }
    }

    /// Gives the file its name, in the place of what has it.
    pub(super) fn replace(self, name: &str) -> io::Result<()> {
        match self {
            Self::Unnamed(file) => file.replace(name),
            Self::Named(file) => file.replace(name),
        }
    }
}

impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unnamed(file) => file.write(bytes),
            Self::Named(file) => file.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Unnamed(file) => file.flush(),
            Self::Named(file) => file.file.flush(),
        }
    }
}

/// A file with a temporary name, under which it is removed unless it gets another.
pub(super) struct NamedFile<'d> {
    directory: &'d Dir,
    file: File,
    name: String,
    /// Whether it has got its name, which may be the same.
    is_complete: bool,
}

impl<'d> NamedFile<'d> {
    fn new(directory: &'d Dir) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let process = std::process::id();
        let mut number = 0u32;
        loop {
            let name = format!(".interpose-{process}-{number}");
            match directory.open_with(&name, &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                opened => {
                    return Ok(Self {
                        directory,
                        file: opened?,
                        name,
                        is_complete: false,
                    });
                }
            }
        }
    }

    fn replace(mut self, name: &str) -> io::Result<()> {
        self.directory.rename(&self.name, self.directory, name)?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for NamedFile<'_> {
    fn drop(&mut self) {
        if !self.is_complete {
            let _ = self.directory.remove_file(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    fn names(directory: &Dir) -> Vec<String> {
        let entries = directory.entries().unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_with_a_temporary_name_replaces_another_or_leaves_nothing() {
        let directory = cap_tempfile::tempdir(ambient_authority()).unwrap();
        directory.write("taken", "old").unwrap();
        let taken = format!(".interpose-{}-0", std::process::id());
        directory.write(&taken, "of another").unwrap();

        let mut file = NewFile::Named(NamedFile::new(&directory).unwrap());
        file.write_all(b"new").unwrap();
        assert_eq!(directory.read("taken").unwrap(), b"old");
        file.replace("taken").unwrap();
        assert_eq!(directory.read("taken").unwrap(), b"new");
        assert_eq!(directory.read(&taken).unwrap(), b"of another");

        let mut file = NewFile::Named(NamedFile::new(&directory).unwrap());
        file.write_all(b"a part").unwrap();
        drop(file);
        assert_eq!(names(&directory), [taken.as_str(), "taken"]);

        // The component may have chosen the name that is the next one here.
        directory.remove_file(&taken).unwrap();
        let file = NewFile::Named(NamedFile::new(&directory).unwrap());
        file.replace(&taken).unwrap();
        assert_eq!(names(&directory), [taken.as_str(), "taken"]);
    }
}
