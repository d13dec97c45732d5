//! How operations treat the end of a path.

use crate::walk::{Last, Slash};
use crate::{Link, Place, Refusal, Tree, Walk};

/// What matters about opening something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Whether a symbolic link at the end of the path is followed.
    pub follow: bool,
    /// Whether a file is made if there is nothing.
    pub create: bool,
    /// With `create`, whether it fails if there is anything, be it a symbolic link.
    pub exclusive: bool,
    /// Whether a file's size becomes 0.
    pub truncate: bool,
    /// Whether only a directory is opened.
    pub directory: bool,
    /// Whether it is opened for writing.
    pub write: bool,
    /// Whether writes shall be synchronized.
    pub synchronized: bool,
}

impl Opening {
    /// Refuses what Wasmtime's host refuses whatever the path leads to, in its order; `read_only` says whether nothing may
    /// be changed.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] for synchronized writes, [`Refusal::Invalid`] for a directory that would be made or
    /// truncated, [`Refusal::NotPermitted`] for what could change something that may not be changed.
    pub fn check(&self, read_only: bool) -> Result<(), Refusal> {
        if self.synchronized {
            return Err(Refusal::Unsupported);
        }
        if self.directory && (self.create || self.exclusive || self.truncate) {
            return Err(Refusal::Invalid);
        }
        if read_only && (self.create || self.truncate || self.write) {
            return Err(Refusal::NotPermitted);
        }
        Ok(())
    }
}

/// Refuses a time that POSIX `time_t` cannot express, in seconds and nanoseconds since 1970, of which more than a second are
/// carried over. Wasmtime's host does that before it looks whether anything may be changed.
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
    /// Goes to what the path names, which has to be visible. A symbolic link at its end is followed if `follow` says so
    /// or a slash is behind it.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] for what is hidden, other refusals, and the tree's errors.
    pub fn to_entry(&mut self, follow: bool) -> Result<(), T::Error> {
        while self.last(Slash::Enters)? != Last::Here {
            self.check_visible()?;
            if !follow || !self.follow_link()? {
                break;
            }
        }
        Ok(())
    }

    /// What there is of what the path names, which `look` finds out without following a link; `is_link` says whether
    /// it was one. Costs no more than `look` where there is no link.
    ///
    /// # Errors
    /// As [`Walk::to_entry`], and those of `look`.
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

    /// Opens what the path names with `open`, which must not follow a link. [`Walk::place`] is that of what was opened.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`] for what is hidden, or [`Refusal::NotPermitted`] if it would be made, whether there is
    /// something of that name or not; [`Refusal::IsDirectory`] to make a file under a name with a slash behind it;
    /// other refusals, and the errors of the tree and of `open`.
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
            // The host says in its own words that there is a link where none may be followed.
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
    /// or `.` for a path that can only mean an existing directory. A symbolic link at the end is not followed, unless
    /// a slash is behind it. The entry itself is not looked at, nor judged: see [`Walk::check_visible`] and
    /// [`Walk::check_makeable`].
    ///
    /// # Errors
    /// Refusals, and the tree's errors.
    pub fn to_parent(&mut self) -> Result<(), T::Error> {
        self.last(Slash::Enters).map(drop)
    }

    /// Refuses a hidden name: it does not exist.
    ///
    /// # Errors
    /// [`Refusal::NoEntry`].
    pub fn check_visible(&self) -> Result<(), T::Error> {
        match self.place() {
            Some(_) => Ok(()),
            None => Err(Refusal::NoEntry.into()),
        }
    }

    /// Refuses to make a hidden name.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`].
    pub fn check_makeable(&self) -> Result<(), T::Error> {
        match self.place() {
            Some(_) => Ok(()),
            None => Err(Refusal::NotPermitted.into()),
        }
    }

    /// Checks that the entry that the path names is a directory, which `is_directory` finds out without following a link
    /// and without opening it: that may take more than the operation for which it matters.
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

    /// Goes on in the target of the symbolic link that the path names, if it is one.
    fn follow_link(&mut self) -> Result<bool, T::Error> {
        match self.tree.read_link(self.directory(), self.name()) {
            Link::To(target) => self.follow(&target, false).map(|()| true),
            Link::Outside => Err(Refusal::NotPermitted.into()),
            Link::None => Ok(false),
        }
    }
}

/// Judges a rename from where one walk stands to where another does; `same_mount` says whether both are in the same
/// mount.
///
/// What is moved may be a directory, and by the time the host moves it even if it was none before. So what is hidden
/// below must not depend on the name: a move is refused if a glob could tell anything below the old place from the same
/// below the new one. Otherwise a directory could be moved to where its hidden files are visible, and a descriptor that
/// is open below it could judge by a place that it is no longer in.
///
/// # Errors
/// [`Refusal::Busy`] for `.` and `..`, [`Refusal::NoEntry`] for something hidden, [`Refusal::NotPermitted`] for a hidden
/// new name, [`Refusal::CrossDevice`] where a glob could tell.
pub fn check_move<T: Tree>(
    old: &Walk<'_, T>,
    new: &Walk<'_, T>,
    same_mount: bool,
) -> Result<(), T::Error> {
    if old.name() == "." || new.name() == "." {
        return Err(Refusal::Busy.into());
    }
    let old: Place = old.place().ok_or(Refusal::NoEntry)?;
    let new: Place = new.place().ok_or(Refusal::NotPermitted)?;
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
