//! The rules by which a mount shows a directory of the host.

use interpose_mounts::Hidden;
use interpose_settings::HostMount;

/// The rules of a mount.
pub struct Mount {
    /// Where the application sees it; empty for the host's other preopens together.
    pub path: String,
    /// Whether every change fails, also through descriptors that are opened below.
    pub read_only: bool,
    /// The names that do not exist for the application.
    pub hidden: Hidden,
    /// Whether paths are walked name by name instead of being handed to the host.
    pub walks: bool,
}

impl Mount {
    /// The rules that a configuration describes.
    pub fn new(config: &HostMount) -> Self {
        let hidden = Hidden::new(&config.hide);
        Self {
            path: config.path.clone(),
            read_only: config.read_only,
            walks: !hidden.is_empty() || !config.subtree.is_empty(),
            hidden,
        }
    }
}
