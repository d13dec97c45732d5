//! The catalog of the interfaces of WASI: which capability each belongs to, whether an adapter answers it, and whether its
//! functions have errors with which to refuse. Versions of WASI are written here and nowhere else.

mod capability;

use semver::Version;

use crate::interface::{InterfaceName, Track};

pub use capability::Capability;

/// The name of an interface in the version of WASI 0.2 that the adapters and the host of this crate are built for.
macro_rules! p2 {
    ($path:literal) => {
        concat!($path, "@0.2.12")
    };
}
pub(crate) use p2;

/// The interface with which a component exits.
pub const EXIT: &str = p2!("wasi:cli/exit");

/// Functions of WASI 0.2 that came after 0.2.0: interface, function, version.
pub(crate) const LATER_FUNCTIONS: &[(&str, &str, Version)] =
    &[("wasi:cli/exit", "exit-with-code", Version::new(0, 2, 12))];

/// The version of `wasi:config` that an adapter answers. Drafts are compatible with themselves alone.
const CONFIG: &str = "wasi:config/store@0.2.0-rc.1";

/// An interface of WASI 0.2 that adapters answer.
pub struct Interface {
    /// Its name without version.
    pub path: &'static str,
    /// Whether its functions have errors with which to refuse; if not, a function that is denied traps.
    pub has_errors: bool,
}

const fn with_errors(path: &'static str) -> Interface {
    Interface {
        path,
        has_errors: true,
    }
}

const fn without_errors(path: &'static str) -> Interface {
    Interface {
        path,
        has_errors: false,
    }
}

/// The interfaces of WASI 0.2 that adapters answer. Those that give empty answers, such as no variables and closed streams,
/// count as having errors.
pub const INTERFACES: &[Interface] = &[
    with_errors("wasi:cli/environment"),
    without_errors("wasi:cli/exit"),
    with_errors("wasi:cli/stderr"),
    with_errors("wasi:cli/stdin"),
    with_errors("wasi:cli/stdout"),
    with_errors("wasi:cli/terminal-input"),
    with_errors("wasi:cli/terminal-output"),
    with_errors("wasi:cli/terminal-stderr"),
    with_errors("wasi:cli/terminal-stdin"),
    with_errors("wasi:cli/terminal-stdout"),
    without_errors("wasi:clocks/monotonic-clock"),
    without_errors("wasi:clocks/wall-clock"),
    with_errors("wasi:filesystem/preopens"),
    with_errors("wasi:filesystem/types"),
    with_errors("wasi:http/outgoing-handler"),
    with_errors("wasi:http/types"),
    with_errors("wasi:io/error"),
    with_errors("wasi:io/poll"),
    with_errors("wasi:io/streams"),
    without_errors("wasi:random/insecure"),
    without_errors("wasi:random/insecure-seed"),
    without_errors("wasi:random/random"),
    with_errors("wasi:sockets/instance-network"),
    with_errors("wasi:sockets/ip-name-lookup"),
    with_errors("wasi:sockets/network"),
    with_errors("wasi:sockets/tcp"),
    with_errors("wasi:sockets/tcp-create-socket"),
    with_errors("wasi:sockets/udp"),
    with_errors("wasi:sockets/udp-create-socket"),
];

impl InterfaceName {
    /// Whether this is an interface of WASI 0.2.
    pub fn is_wasi_0_2(&self) -> bool {
        self.package.starts_with("wasi:") && self.track() == Track::Minor(2)
    }

    /// Whether an adapter answers this interface, which belongs to a capability.
    pub(crate) fn is_answered(&self) -> bool {
        if self.package == "wasi:config" {
            let answered = Self::parse(CONFIG);
            return answered.is_some_and(|answered| answered.is_compatible(self));
        }
        let path = self.path();
        INTERFACES.iter().any(|interface| interface.path == path)
    }
}
