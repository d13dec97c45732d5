//! Standard output and standard error.

use alloc::rc::Rc;

use interpose_settings::{Stdout, Terminal};

use crate::Prefixed;

/// Standard output or standard error.
#[derive(Clone, Debug)]
pub enum StandardOutput {
    /// The host's.
    Host(Terminal),
    /// All bytes are discarded.
    Discard,
    /// An output that must not be written: each stream is [`Denied`](crate::Denied).
    Denied,
    /// The host's, with a text in front of each line. All its streams share this value, so that their lines stay whole.
    Prefixed(Rc<Prefixed>),
}

impl StandardOutput {
    /// The output that a configuration describes.
    pub fn new(config: Stdout<'_>) -> Self {
        match config {
            Stdout::Host(terminal) => Self::Host(terminal),
            Stdout::Discard => Self::Discard,
            Stdout::Denied => Self::Denied,
            Stdout::Prefix(text) => Self::Prefixed(Rc::new(Prefixed::new(text))),
        }
    }

    /// Whether the host decides if the output is a terminal. A discarded or prefixed output is no terminal.
    pub fn terminal(&self) -> Terminal {
        match self {
            Self::Host(terminal) => *terminal,
            Self::Discard | Self::Denied | Self::Prefixed(_) => Terminal::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hosts_output_can_be_a_terminal() {
        let terminal = |config| StandardOutput::new(config).terminal();
        assert_eq!(terminal(Stdout::Host(Terminal::Host)), Terminal::Host);
        assert_eq!(terminal(Stdout::Host(Terminal::Never)), Terminal::Never);
        assert_eq!(terminal(Stdout::Discard), Terminal::Never);
        assert_eq!(terminal(Stdout::Denied), Terminal::Never);
        assert_eq!(terminal(Stdout::Prefix("> ")), Terminal::Never);
    }
}
