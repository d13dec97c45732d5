//! How operations treat the end of a path.

use crate::walk::{Last, Slash};
use crate::{Link, Place, Refusal, Tree, Walk};

/// The options of opening a file or directory that matter here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Whether a symbolic link at the end of the path is followed.
    pub follow: bool,
    /// Whether a file is made if the path leads to nothing.
    pub create: bool,
    /// With `create`, whether opening fails if the path leads to anything, even a symbolic link.
    pub exclusive: bool,
    /// Whether a file's size becomes 0.
    pub truncate: bool,
    /// Whether only a directory is opened.
    pub directory: bool,
    /// Whether the file is opened for writing.
    pub write: bool,
    /// Whether writes shall be synchronized.
    pub synchronized: bool,
}

impl Opening {
    /// Refuses the options that Wasmtime's host refuses for every path, in the same order; `read_only` says whether
    /// changes are refused.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] for synchronized writes, [`Refusal::Invalid`] for a directory that would be made or
    /// truncated, [`Refusal::ReadOnly`] for options that could change something where changes are refused.
    pub fn check(&self, read_only: bool) -> Result<(), Refusal> {
        if self.synchronized {
            return Err(Refusal::Unsupported);
        }
        if self.directory && (self.create || self.exclusive || self.truncate) {
            return Err(Refusal::Invalid);
        }
        if read_only && (self.create || self.truncate || self.write) {
            return Err(Refusal::ReadOnly);
        }
        Ok(())
    }
}

/// Refuses a time that POSIX `time_t` cannot express, in seconds and nanoseconds since 1970. A second or more of
/// nanoseconds is carried over. Wasmtime's host makes this check before it checks whether changes are allowed.
///
/// # Errors
/// [`Refusal::Overflow`].
pub fn check_time(seconds: u64, nanoseconds: u32) -> Result<(), Refusal> {
    let carried = seconds.checked_add(u64::from(nanoseconds / 1_000_000_000));
    match carried.is_some_and(|seconds| i64::try_from(seconds).is_ok()) {
        true => Ok(()),
        false => Err(Refusal::Overflow),
    }
}

impl<T: Tree> Walk<'_, T> {
    /// Goes to the entry that the path names, which must not be hidden. A symbolic link at the end of the path is
    /// followed if `follow` is true or a slash is behind it.
    ///
    /// # Errors
    /// [`Refusal::Hidden`] for a hidden entry, other refusals, and the tree's errors.
    pub fn to_entry(&mut self, follow: bool) -> Result<(), T::Error> {
        while self.last(Slash::Enters)? != Last::Here {
            self.check_visible()?;
            if !follow || !self.follow_link()? {
                break;
            }
        }
        Ok(())
    }

    /// Looks at the entry that the path names with `look`, which must not follow a link; `is_link` says whether the
    /// result is of a link. If there is no link, this costs no more than `look`.
    ///
    /// # Errors
    /// Those of [`Walk::to_entry`] and of `look`.
    pub fn look<S>(
        &mut self,
        follow: bool,
        look: impl Fn(&T::Directory, &str) -> Result<S, T::Error>,
        is_link: impl Fn(&S) -> bool,
    ) -> Result<S, T::Error> {
        loop {
            let last = self.last(Slash::Enters)?;
            self.check_visible()?;
            let seen = look(self.directory(), self.name())?;
            if last == Last::Here || !follow || !is_link(&seen) || !self.follow_link()? {
                return Ok(seen);
            }
        }
    }

    /// Opens the entry that the path names with `open`, which must not follow a link. [`Walk::place`] is then the place
    /// of the opened entry.
    ///
    /// # Errors
    /// [`Refusal::Hidden`] for a hidden name, or [`Refusal::HiddenName`] with `create`, whether the entry exists or
    /// not; [`Refusal::IsDirectory`] with `create` if a slash is behind the name; other refusals, and the errors of the
    /// tree and of `open`.
    pub fn open<R>(
        &mut self,
        opening: Opening,
        open: impl Fn(&T::Directory, &str) -> Result<R, T::Error>,
    ) -> Result<R, T::Error> {
        let slash = match opening.create {
            true => Slash::IsKept,
            false => Slash::Enters,
        };
        loop {
            match self.last(slash)? {
                Last::Here => return open(self.directory(), "."),
                Last::Name { slash: true } => return Err(Refusal::IsDirectory.into()),
                Last::Name { .. } if opening.create => self.check_makeable()?,
                Last::Name { .. } => self.check_visible()?,
            }
            let error = match open(self.directory(), self.name()) {
                Ok(opened) => return Ok(opened),
                Err(error) => error,
            };
            // If the link may not be followed, the host's own error says so.
            let follows = opening.follow && !(opening.create && opening.exclusive);
            if !follows || T::is_absence(&error) {
                return Err(error);
            }
            if !self.follow_link()? {
                return Err(error);
            }
        }
    }

    /// Goes to the directory that holds, or could hold, the entry that the path names. [`Walk::name`] is the entry's,
    /// or `.` for a path that can only mean an existing directory. A symbolic link at the end is not followed, unless a
    /// slash is behind it. The entry itself is neither looked up nor judged: see [`Walk::check_visible`] and
    /// [`Walk::check_makeable`].
    ///
    /// # Errors
    /// Refusals, and the tree's errors.
    pub fn to_parent(&mut self) -> Result<(), T::Error> {
        self.last(Slash::Enters).map(drop)
    }

    /// Refuses a hidden name, as one that does not exist.
    ///
    /// # Errors
    /// [`Refusal::Hidden`].
    pub fn check_visible(&self) -> Result<(), T::Error> {
        match self.place() {
            Some(_) => Ok(()),
            None => Err(Refusal::Hidden.into()),
        }
    }

    /// Refuses to make a hidden name.
    ///
    /// # Errors
    /// [`Refusal::HiddenName`].
    pub fn check_makeable(&self) -> Result<(), T::Error> {
        match self.place() {
            Some(_) => Ok(()),
            None => Err(Refusal::HiddenName.into()),
        }
    }

    /// Checks that the entry that the path names is a directory, which `is_directory` finds out without following a
    /// link. It does not open the entry, because opening may need more permissions than the operation itself.
    ///
    /// # Errors
    /// [`Refusal::NotDirectory`], and those of `is_directory`.
    pub fn check_directory(
        &self,
        is_directory: impl FnOnce(&T::Directory, &str) -> Result<bool, T::Error>,
    ) -> Result<(), T::Error> {
        match is_directory(self.directory(), self.name())? {
            true => Ok(()),
            false => Err(Refusal::NotDirectory.into()),
        }
    }

    /// Goes on in the target, if the path names a symbolic link.
    fn follow_link(&mut self) -> Result<bool, T::Error> {
        match self.tree.read_link(self.directory(), self.name()) {
            Link::To(target) => self.follow(&target, false).map(|()| true),
            Link::Outside => Err(Refusal::NotPermitted.into()),
            Link::None => Ok(false),
        }
    }
}

/// Judges a rename from the entry of one walk to the entry of another; `same_mount` says whether both are in the same
/// mount.
///
/// The moved entry may be a directory, even if it was no directory before the host moved it. So a move is allowed only
/// if the old and the new place are equal, so that the same names are hidden below both, or, between two mounts, if
/// nothing can be hidden below either. Otherwise a directory could be moved to a place where its hidden files are
/// visible, and an open descriptor below it would judge names by its old place.
///
/// # Errors
/// [`Refusal::Busy`] for `.` and `..`, [`Refusal::Hidden`] for a hidden entry, [`Refusal::HiddenName`] for a hidden new
/// name, [`Refusal::CrossDevice`] if other names could be hidden below the new place.
pub fn check_move<T: Tree>(
    old: &Walk<'_, T>,
    new: &Walk<'_, T>,
    same_mount: bool,
) -> Result<(), T::Error> {
    if old.name() == "." || new.name() == "." {
        return Err(Refusal::Busy.into());
    }
    let old: Place = old.place().ok_or(Refusal::Hidden)?;
    let new: Place = new.place().ok_or(Refusal::HiddenName)?;
    let indistinguishable = match same_mount {
        true => old == new,
        false => old.is_open() && new.is_open(),
    };
    match indistinguishable {
        true => Ok(()),
        false => Err(Refusal::CrossDevice.into()),
    }
}

#[cfg(test)]
mod tests;
