//! Limits on the contents of a filesystem.

use crate::Error;

/// How much all trees of a [`FileSystem`](crate::FileSystem) together may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that are stored for the contents of files and the targets of symbolic links; [`u64::MAX`] for no limit.
    /// Holes count nothing, except for a record of those in a file of a lower layer.
    pub max_bytes: u64,
    /// Names in directories, roots of trees, and unlinked nodes that are still open; [`u64::MAX`] for no limit.
    pub max_entries: u64,
}

/// How much all trees of a [`FileSystem`](crate::FileSystem) together hold, counted as in [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The number of bytes stored.
    pub bytes: u64,
    /// The number of entries.
    pub entries: u64,
}

/// The limits, and how much of each is used.
#[derive(Debug)]
pub(crate) struct Quota {
    limits: Limits,
    usage: Usage,
}

impl Quota {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            usage: Usage::default(),
        }
    }

    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether an entry may still be taken.
    pub(crate) fn has_entries(&self) -> bool {
        self.usage.entries < self.limits.max_entries
    }

    /// The number of bytes that may still be taken.
    pub(crate) fn bytes_left(&self) -> u64 {
        self.limits.max_bytes.saturating_sub(self.usage.bytes)
    }

    /// Takes `count` bytes, or none if fewer are left.
    pub(crate) fn take_bytes(&mut self, count: u64) -> Result<(), Error> {
        if count > self.bytes_left() {
            return Err(Error::InsufficientSpace);
        }
        self.usage.bytes += count;
        Ok(())
    }

    pub(crate) fn return_bytes(&mut self, count: u64) {
        self.usage.bytes -= count;
    }

    pub(crate) fn take_entry(&mut self) -> Result<(), Error> {
        if !self.has_entries() {
            return Err(Error::InsufficientSpace);
        }
        self.usage.entries += 1;
        Ok(())
    }

    pub(crate) fn return_entry(&mut self) {
        self.usage.entries -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_up_to_the_limit_and_not_beyond() {
        let mut quota = Quota::new(Limits {
            max_bytes: 10,
            max_entries: 1,
        });
        assert_eq!(quota.take_bytes(11), Err(Error::InsufficientSpace));
        assert_eq!(quota.take_bytes(10), Ok(()));
        assert_eq!(quota.take_bytes(1), Err(Error::InsufficientSpace));
        quota.return_bytes(4);
        assert_eq!(quota.bytes_left(), 4);
        assert_eq!(quota.take_entry(), Ok(()));
        assert_eq!(quota.take_entry(), Err(Error::InsufficientSpace));
        quota.return_entry();
        assert_eq!(
            quota.usage(),
            Usage {
                bytes: 6,
                entries: 0
            }
        );
    }

    #[test]
    fn no_limit_cannot_overflow() {
        let mut quota = Quota::new(Limits {
            max_bytes: u64::MAX,
            max_entries: u64::MAX,
        });
        assert_eq!(quota.take_bytes(u64::MAX), Ok(()));
        assert_eq!(quota.take_bytes(1), Err(Error::InsufficientSpace));
    }
}
