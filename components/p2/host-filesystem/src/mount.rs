//! What a mount shows of a directory of the host.

use interpose_mounts::Hidden;
use interpose_settings::HostMount;

/// The rules of a mount.
pub struct Mount {
    /// Whether every change fails, also by way of what is opened below.
    pub read_only: bool,
    /// What does not exist.
    pub hidden: Hidden,
    /// Whether paths are walked name by name instead of being handed to the host.
    pub walks: bool,
}

impl Mount {
    /// The rules that a configuration describes.
    pub fn new(config: &HostMount) -> Self {
        let hidden = Hidden::new(&config.hide);
        Self {
            read_only: config.read_only,
            walks: !hidden.is_empty() || !config.subtree.is_empty(),
            hidden,
        }
    }
}
