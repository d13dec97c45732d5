use crate::Errno;

/// A set of rights of preview 1, as its type `rights` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u64);

/// Declares each right with its bit.
macro_rules! rights {
    ($($name:ident = $bit:literal,)*) => {
        impl Rights {
            $(#[doc = concat!("`", stringify!($name), "`, in lower case.")]
            pub const $name: Self = Self(1 << $bit);)*
            /// All that there are.
            pub const ALL: Self = Self(0 $(| 1 << $bit)*);
        }
    };
}

rights! {
    FD_DATASYNC = 0,
    FD_READ = 1,
    FD_SEEK = 2,
    FD_FDSTAT_SET_FLAGS = 3,
    FD_SYNC = 4,
    FD_TELL = 5,
    FD_WRITE = 6,
    FD_ADVISE = 7,
    FD_ALLOCATE = 8,
    PATH_CREATE_DIRECTORY = 9,
    PATH_CREATE_FILE = 10,
    PATH_LINK_SOURCE = 11,
    PATH_LINK_TARGET = 12,
    PATH_OPEN = 13,
    FD_READDIR = 14,
    PATH_READLINK = 15,
    PATH_RENAME_SOURCE = 16,
    PATH_RENAME_TARGET = 17,
    PATH_FILESTAT_GET = 18,
    PATH_FILESTAT_SET_SIZE = 19,
    PATH_FILESTAT_SET_TIMES = 20,
    FD_FILESTAT_GET = 21,
    FD_FILESTAT_SET_SIZE = 22,
    FD_FILESTAT_SET_TIMES = 23,
    PATH_SYMLINK = 24,
    PATH_REMOVE_DIRECTORY = 25,
    PATH_UNLINK_FILE = 26,
    POLL_FD_READWRITE = 27,
    SOCK_SHUTDOWN = 28,
    SOCK_ACCEPT = 29,
}

impl Rights {
    /// Reads a set from its bits.
    ///
    /// # Errors
    /// [`Errno::Invalid`] when a bit has no meaning.
    pub fn parse(bits: u64) -> Result<Self, Errno> {
        if bits & !Self::ALL.0 == 0 {
            Ok(Self(bits))
        } else {
            Err(Errno::Invalid)
        }
    }

    /// The bits of the set.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether all rights of another set are in this one.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The rights of either set.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The rights that are not in another set.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The rights that are in both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The rights with those that others of them imply: who may move a position may ask for it, and who may sync a file
    /// may sync its data.
    const fn with_implied(self) -> Self {
        let mut all = self;
        if self.0 & Self::FD_SEEK.0 != 0 {
            all = all.with(Self::FD_TELL);
        }
        if self.0 & Self::FD_SYNC.0 != 0 {
            all = all.with(Self::FD_DATASYNC);
        }
        all
    }

    /// The rights of a preopened directory itself, which the libraries of programs expect.
    pub const PREOPEN: Self = Self::PATH_CREATE_DIRECTORY
        .with(Self::PATH_CREATE_FILE)
        .with(Self::PATH_LINK_SOURCE)
        .with(Self::PATH_LINK_TARGET)
        .with(Self::PATH_OPEN)
        .with(Self::FD_READDIR)
        .with(Self::PATH_READLINK)
        .with(Self::PATH_RENAME_SOURCE)
        .with(Self::PATH_RENAME_TARGET)
        .with(Self::PATH_SYMLINK)
        .with(Self::PATH_REMOVE_DIRECTORY)
        .with(Self::PATH_UNLINK_FILE)
        .with(Self::PATH_FILESTAT_GET)
        .with(Self::PATH_FILESTAT_SET_TIMES)
        .with(Self::FD_FILESTAT_GET)
        .with(Self::FD_FILESTAT_SET_TIMES);

    /// The rights that descriptors opened below a preopened directory can have.
    pub const PREOPEN_INHERITING: Self = Self::PREOPEN
        .with(Self::FD_DATASYNC)
        .with(Self::FD_READ)
        .with(Self::FD_SEEK)
        .with(Self::FD_FDSTAT_SET_FLAGS)
        .with(Self::FD_SYNC)
        .with(Self::FD_TELL)
        .with(Self::FD_WRITE)
        .with(Self::FD_ADVISE)
        .with(Self::FD_ALLOCATE)
        .with(Self::FD_FILESTAT_SET_SIZE)
        .with(Self::POLL_FD_READWRITE);

    /// The rights that only descriptors of files have.
    pub const FILE_ONLY: Self = Self::FD_SEEK
        .with(Self::FD_FILESTAT_SET_SIZE)
        .with(Self::PATH_FILESTAT_SET_SIZE);
}

/// What a program has left of a descriptor's rights. It can only become less (`fd_fdstat_set_rights`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The rights of the descriptor itself.
    pub base: Rights,
    /// The rights of the descriptors that are opened below it.
    pub inheriting: Rights,
}

impl Scope {
    /// Nothing was given up yet.
    pub const WHOLE: Self = Self {
        base: Rights::ALL,
        inheriting: Rights::ALL,
    };

    /// Checks that a right was not given up.
    ///
    /// # Errors
    /// [`Errno::NotCapable`] when it was.
    pub fn require(self, rights: Rights) -> Result<(), Errno> {
        if self.base.with_implied().contains(rights) {
            Ok(())
        } else {
            Err(Errno::NotCapable)
        }
    }

    /// Gives up all rights that are not in `next`; `now` are the rights that the descriptor has.
    ///
    /// # Errors
    /// [`Errno::NotCapable`] when `next` has rights that the descriptor has not.
    pub fn narrow(&mut self, now: Self, next: Self) -> Result<(), Errno> {
        if now.base.contains(next.base) && now.inheriting.contains(next.inheriting) {
            *self = next;
            Ok(())
        } else {
            Err(Errno::NotCapable)
        }
    }

    /// The scope of a descriptor that is opened below this one.
    ///
    /// # Errors
    /// [`Errno::NotCapable`] when `asked` has rights that were given up for such descriptors.
    pub fn child(self, asked: Rights) -> Result<Self, Errno> {
        if !self.inheriting.contains(asked) {
            return Err(Errno::NotCapable);
        }
        Ok(Self {
            base: self.inheriting,
            inheriting: self.inheriting,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_only_become_less() {
        let read = Scope {
            base: Rights::FD_READ,
            inheriting: Rights::FD_READ,
        };
        let mut scope = Scope::WHOLE;
        assert_eq!(scope.narrow(Scope::WHOLE, read), Ok(()));
        assert_eq!(scope.require(Rights::FD_READ), Ok(()));
        assert_eq!(scope.require(Rights::FD_WRITE), Err(Errno::NotCapable));
        assert_eq!(scope.narrow(scope, Scope::WHOLE), Err(Errno::NotCapable));
        assert_eq!(scope.child(Rights::FD_READ), Ok(read));
        assert_eq!(scope.child(Rights::FD_WRITE), Err(Errno::NotCapable));
        scope.base = Rights::FD_SEEK;
        assert_eq!(scope.require(Rights::FD_TELL), Ok(()));
        scope.base = Rights::FD_TELL;
        assert_eq!(scope.require(Rights::FD_SEEK), Err(Errno::NotCapable));
        assert_eq!(Rights::parse(1 << 30), Err(Errno::Invalid));
        assert_eq!(Rights::parse(Rights::ALL.bits()), Ok(Rights::ALL));
    }
}
