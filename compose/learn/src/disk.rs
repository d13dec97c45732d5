//! What a policy for this machine depends on and events do not say.

use std::path::Path;

/// What the fold cannot know of this machine.
pub trait Disk {
    /// Whether there is a regular file of this path below a directory, and neither it nor a directory on the way to it is a
    /// symbolic link.
    fn is_plain_file(&self, directory: &Path, path: &str) -> bool;
}
