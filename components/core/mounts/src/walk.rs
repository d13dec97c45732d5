//! Walking from directory to directory along a path.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use interpose_paths::{MAX_PATH_LENGTH, MAX_SYMLINKS};

use crate::{Hidden, Place, Refusal};

/// A tree of directories. Names are single names, neither `.` nor `..`, and never have a slash.
pub trait Tree {
    /// An open directory.
    type Directory;
    /// Why the tree, or a walk in it, refused.
    type Error: From<Refusal>;

    /// Opens a directory. A symbolic link of that name is an error and is not followed.
    ///
    /// # Errors
    /// The tree's.
    fn open_directory(
        &self,
        parent: &Self::Directory,
        name: &str,
    ) -> Result<Self::Directory, Self::Error>;

    /// Reads the symbolic link of that name, if there is one.
    fn read_link(&self, parent: &Self::Directory, name: &str) -> Link;

    /// Whether an error says that nothing has the name.
    fn is_absence(error: &Self::Error) -> bool;
}

/// The result of reading a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A link to this target.
    To(String),
    /// A link whose target the tree does not tell, because the target is absolute.
    Outside,
    /// No link.
    None,
}

/// The last component of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// A name in the directory where the walk stands; with `slash`, there is a slash behind it.
    Name { slash: bool },
    /// The directory where the walk stands: the path ends with `.`, `..` or a slash.
    Here,
}

/// How a walk treats a last name with a slash behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    Enters,
    IsKept,
}

/// A walk along a path: the directories that it has opened, and the rest of the path.
pub struct Walk<'a, T: Tree> {
    pub(crate) tree: &'a T,
    hidden: &'a Hidden,
    /// The directory that the path is relative to, and that `..` may not leave.
    start: &'a T::Directory,
    start_place: &'a Place,
    /// The directories below `start` that lead to the walk's directory; `..` goes back to one of them.
    opened: Vec<(T::Directory, Place)>,
    /// The path, or the text into which symbolic links have changed it.
    text: Cow<'a, str>,
    /// Where in `text` the next component begins.
    next: usize,
    /// Where in `text` the last name is, once the walk has reached it.
    name: Option<Range<usize>>,
    /// The number of symbolic links followed so far.
    links: usize,
}

impl<'a, T: Tree> Walk<'a, T> {
    /// A walk along `path` from a directory and its place.
    ///
    /// # Errors
    /// [`Refusal`] for a path that no directory can resolve.
    pub fn new(
        tree: &'a T,
        hidden: &'a Hidden,
        (start, start_place): (&'a T::Directory, &'a Place),
        path: &'a str,
    ) -> Result<Self, T::Error> {
        interpose_paths::check(path).map_err(Refusal::from)?;
        Ok(Self {
            tree,
            hidden,
            start,
            start_place,
            opened: Vec::new(),
            text: Cow::Borrowed(path),
            next: 0,
            name: None,
            links: 0,
        })
    }

    /// The directory where the walk stands.
    pub fn directory(&self) -> &T::Directory {
        self.opened
            .last()
            .map_or(self.start, |(directory, _)| directory)
    }

    /// The entry of that directory that the path names, or `.` for the directory itself.
    pub fn name(&self) -> &str {
        match &self.name {
            Some(range) => &self.text[range.clone()],
            None => ".",
        }
    }

    /// The place of the entry that the path names, or `None` if the entry is hidden.
    pub fn place(&self) -> Option<Place> {
        let directory = self
            .opened
            .last()
            .map_or(self.start_place, |(_, place)| place);
        match &self.name {
            Some(range) => self.hidden.enter(directory, &self.text[range.clone()]),
            None => Some(directory.clone()),
        }
    }

    /// The directory where the walk stands, if it is below the start.
    pub fn into_directory(mut self) -> Option<T::Directory> {
        self.opened.pop().map(|(directory, _)| directory)
    }

    /// Goes on to the last component.
    pub(crate) fn last(&mut self, slash: Slash) -> Result<Last, T::Error> {
        self.name = None;
        loop {
            let rest = &self.text[self.next..];
            let length = rest
                .bytes()
                .position(|byte| byte == b'/')
                .unwrap_or(rest.len());
            let name = self.next..self.next + length;
            let behind = rest[length..].trim_start_matches('/');
            let (has_slash, is_last) = (length < rest.len(), behind.is_empty());
            self.next = self.text.len() - behind.len();
            match &self.text[name.clone()] {
                "." => {}
                ".." => {
                    self.opened.pop().ok_or(Refusal::NotPermitted)?;
                }
                _ if is_last && (!has_slash || slash == Slash::IsKept) => {
                    self.name = Some(name);
                    return Ok(Last::Name { slash: has_slash });
                }
                _ => {
                    if self.enter(name, has_slash)? {
                        continue;
                    }
                }
            }
            if is_last {
                return Ok(Last::Here);
            }
        }
    }

    /// Goes into a directory, or goes on in the target of a symbolic link and returns true.
    fn enter(&mut self, name: Range<usize>, slash: bool) -> Result<bool, T::Error> {
        self.name = Some(name);
        let place = self.place().ok_or(Refusal::Hidden)?;
        let followed = match self.tree.open_directory(self.directory(), self.name()) {
            Ok(directory) => {
                self.opened.push((directory, place));
                false
            }
            Err(error) if T::is_absence(&error) => return Err(error),
            Err(error) => match self.tree.read_link(self.directory(), self.name()) {
                Link::To(target) => {
                    self.follow(&target, slash)?;
                    true
                }
                Link::Outside => return Err(Refusal::NotPermitted.into()),
                Link::None => return Err(error),
            },
        };
        self.name = None;
        Ok(followed)
    }

    /// Goes on in the target of a symbolic link that stood before the rest of the path, or before a slash.
    pub(crate) fn follow(&mut self, target: &str, slash: bool) -> Result<(), T::Error> {
        if self.links == MAX_SYMLINKS {
            return Err(Refusal::Loop.into());
        }
        self.links += 1;
        if target.len() > MAX_PATH_LENGTH {
            return Err(Refusal::NameTooLong.into());
        }
        if target.is_empty() {
            return Err(Refusal::NoEntry.into());
        }
        if target.starts_with('/') {
            return Err(Refusal::NotPermitted.into());
        }
        let rest = &self.text[self.next..];
        let text = match slash {
            true => format!("{target}/{rest}"),
            false => target.into(),
        };
        self.text = Cow::Owned(text);
        self.next = 0;
        self.name = None;
        Ok(())
    }
}
