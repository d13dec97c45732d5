use crate::Errno;

/// Declares a set of flags with the bits of preview 1.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident($bits:ty) { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name($bits);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: Self = Self(1 << $bit);)*

            /// Reads the set from the argument of a call.
            ///
            /// # Errors
            /// [`Errno::Invalid`] when a bit has no meaning.
            pub fn parse(argument: u32) -> Result<Self, Errno> {
                let all = 0 $(| 1 << $bit)*;
                match <$bits>::try_from(argument) {
                    Ok(bits) if bits & !all == 0 => Ok(Self(bits)),
                    _ => Err(Errno::Invalid),
                }
            }

            /// Whether all flags of another set are in this one.
            pub fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }
    };
}

flags! {
    /// `fdflags`: how a descriptor reads and writes.
    FdFlags(u16) {
        /// Writes go to the end of the file.
        APPEND = 0,
        /// Writes wait until the data are on the disk.
        DSYNC = 1,
        /// Reads and writes do not wait.
        NONBLOCK = 2,
        /// Reads wait as writes do.
        RSYNC = 3,
        /// Writes wait until data and metadata are on the disk.
        SYNC = 4,
    }
}

impl FdFlags {
    /// The bits of the set.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// Adds the flags of another set if a condition holds.
    pub fn with(self, other: Self, condition: bool) -> Self {
        Self(if condition { self.0 | other.0 } else { self.0 })
    }
}

flags! {
    /// `oflags`: how a file is opened.
    OpenFlags(u16) {
        /// The file is created if it does not exist.
        CREATE = 0,
        /// The path has to be a directory.
        DIRECTORY = 1,
        /// The file must not exist.
        EXCLUSIVE = 2,
        /// The file is emptied.
        TRUNCATE = 3,
    }
}

flags! {
    /// `lookupflags`: how a path is followed.
    LookupFlags(u32) {
        /// A symbolic link at the end is followed.
        SYMLINK_FOLLOW = 0,
    }
}

flags! {
    /// `fstflags`: which times of a file are set.
    TimeFlags(u16) {
        /// The time of the last access is given.
        ACCESS = 0,
        /// The time of the last access is now.
        ACCESS_NOW = 1,
        /// The time of the last modification is given.
        MODIFICATION = 2,
        /// The time of the last modification is now.
        MODIFICATION_NOW = 3,
    }
}

/// What happens to a time of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTime {
    /// The time stays.
    Keep,
    /// The time is now.
    Now,
    /// The time in nanoseconds since 1970.
    At(u64),
}

/// What happens to the time of the last access and to that of the last modification (`fstflags` and the two times).
///
/// # Errors
/// [`Errno::Invalid`] when the flags contradict each other or a bit has no meaning.
pub fn times(access: u64, modification: u64, flags: u32) -> Result<[NewTime; 2], Errno> {
    let flags = TimeFlags::parse(flags)?;
    let one = |given, now, time| match (flags.contains(given), flags.contains(now)) {
        (true, true) => Err(Errno::Invalid),
        (true, false) => Ok(NewTime::At(time)),
        (false, true) => Ok(NewTime::Now),
        (false, false) => Ok(NewTime::Keep),
    };
    Ok([
        one(TimeFlags::ACCESS, TimeFlags::ACCESS_NOW, access)?,
        one(
            TimeFlags::MODIFICATION,
            TimeFlags::MODIFICATION_NOW,
            modification,
        )?,
    ])
}

/// A clock that preview 1 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The time of day.
    Realtime,
    /// The time that never goes back.
    Monotonic,
    /// The processor time of the process or of the thread, which WASI 0.2 has not.
    ProcessorTime,
}

impl Clock {
    /// Reads the number of a clock.
    ///
    /// # Errors
    /// [`Errno::Invalid`] when there is no such clock.
    pub fn parse(number: u32) -> Result<Self, Errno> {
        match number {
            0 => Ok(Self::Realtime),
            1 => Ok(Self::Monotonic),
            2 | 3 => Ok(Self::ProcessorTime),
            _ => Err(Errno::Invalid),
        }
    }
}

/// How a program says that it will use a file (`fd_advise`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// It says nothing.
    Normal,
    /// From the beginning to the end.
    Sequential,
    /// In no order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DoNotNeed,
    /// Once.
    NoReuse,
}

impl Advice {
    /// Reads the number of an advice.
    ///
    /// # Errors
    /// [`Errno::Invalid`] when there is no such advice.
    pub fn parse(number: u32) -> Result<Self, Errno> {
        match number {
            0 => Ok(Self::Normal),
            1 => Ok(Self::Sequential),
            2 => Ok(Self::Random),
            3 => Ok(Self::WillNeed),
            4 => Ok(Self::DoNotNeed),
            5 => Ok(Self::NoReuse),
            _ => Err(Errno::Invalid),
        }
    }
}

/// Checks the number of a signal (`proc_raise`).
///
/// # Errors
/// [`Errno::Invalid`] when there is no such signal.
pub fn signal(number: u32) -> Result<(), Errno> {
    if number <= 30 {
        Ok(())
    } else {
        Err(Errno::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_without_meaning_are_refused() {
        assert_eq!(FdFlags::parse(32), Err(Errno::Invalid));
        assert_eq!(FdFlags::parse(1 << 16), Err(Errno::Invalid));
        assert_eq!(FdFlags::parse(1), Ok(FdFlags::APPEND));
        assert_eq!(LookupFlags::parse(2), Err(Errno::Invalid));
        assert_eq!(times(0, 0, 3), Err(Errno::Invalid));
        assert_eq!(times(0, 0, 16), Err(Errno::Invalid));
        assert_eq!(times(7, 8, 1 | 8), Ok([NewTime::At(7), NewTime::Now]));
        assert_eq!(times(7, 8, 0), Ok([NewTime::Keep, NewTime::Keep]));
    }
}
