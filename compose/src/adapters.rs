//! The adapters that are built into the tool.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;
use wasmparser::{KnownCustom, Name, Parser, Payload};

/// Name and component of every embedded adapter.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/adapters.rs"));

/// An adapter as it is embedded. Some crates are built more than once, with and without what is seldom needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adapter {
    /// Owner of `wasi:io`: filesystem, clocks, standard streams.
    Kernel,
    /// The kernel for applications that do not import `wasi:io/poll`.
    KernelWithoutPoll,
    /// The kernel with overlays.
    KernelOverlay,
    /// The kernel with overlays for applications that do not import `wasi:io/poll`.
    KernelOverlayWithoutPoll,
    /// The kernel with overlays and with `wasi:sockets` and `wasi:http`, which it refuses.
    KernelNetwork,
    /// The kernel with overlays that forwards `wasi:sockets` and `wasi:http` to what is below it.
    KernelForward,
    /// The same for applications that do not import `wasi:io/poll`.
    KernelForwardWithoutPoll,
    /// Filter for clocks.
    Clocks,
    /// The same for applications that do not import `wasi:io/poll`.
    ClocksWithoutPoll,
    /// Filter for environment variables, arguments, working directory and exit.
    Environment,
    /// The same for applications that call `exit-with-code`, which hosts have since 0.2.12.
    EnvironmentExitWithCode,
    /// Filter for directories of the host.
    HostFilesystem,
    /// Filter for random numbers.
    Random,
    /// Filter for sockets and name lookups.
    Network,
    /// The same for applications that do not import `wasi:io/poll`.
    NetworkWithoutPoll,
    /// Filter for outgoing HTTP requests.
    Http,
    /// The same for policies that change headers.
    HttpHeaders,
    /// Filter for configuration values.
    Config,
}

impl Adapter {
    /// Every embedded adapter.
    pub const ALL: &[Self] = &[
        Self::Kernel,
        Self::KernelWithoutPoll,
        Self::KernelOverlay,
        Self::KernelOverlayWithoutPoll,
        Self::KernelNetwork,
        Self::KernelForward,
        Self::KernelForwardWithoutPoll,
        Self::Clocks,
        Self::ClocksWithoutPoll,
        Self::Environment,
        Self::EnvironmentExitWithCode,
        Self::HostFilesystem,
        Self::Random,
        Self::Network,
        Self::NetworkWithoutPoll,
        Self::Http,
        Self::HttpHeaders,
        Self::Config,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::KernelWithoutPoll => "kernel-without-poll",
            Self::KernelOverlay => "kernel-overlay",
            Self::KernelOverlayWithoutPoll => "kernel-overlay-without-poll",
            Self::KernelNetwork => "kernel-network",
            Self::KernelForward => "kernel-forward",
            Self::KernelForwardWithoutPoll => "kernel-forward-without-poll",
            Self::Clocks => "clocks",
            Self::ClocksWithoutPoll => "clocks-without-poll",
            Self::Environment => "environment",
            Self::EnvironmentExitWithCode => "environment-exit-with-code",
            Self::HostFilesystem => "host-filesystem",
            Self::Random => "random",
            Self::Network => "network",
            Self::NetworkWithoutPoll => "network-without-poll",
            Self::Http => "http",
            Self::HttpHeaders => "http-headers",
            Self::Config => "config",
        }
    }

    /// The component, not configured.
    ///
    /// # Panics
    /// Never: the build embeds each adapter of [`Adapter::ALL`], and a test holds the two together.
    pub fn component(self) -> &'static [u8] {
        let (_, bytes) = EMBEDDED
            .iter()
            .find(|(name, _)| *name == self.name())
            .expect("every adapter is embedded");
        bytes
    }
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the build puts before the reason in the name of a function in which an adapter traps.
const REASON: &str = "interpose: ";

/// The reason for which an adapter traps in a function of this name; `None` if no adapter has such a function. Any
/// component can name its functions as it likes, but it cannot make more of them than the adapters have.
pub(crate) fn reason(function: &str) -> Option<&'static str> {
    static REASONS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let adapters = Adapter::ALL.iter();
        adapters
            .flat_map(|adapter| reasons(adapter.component()))
            .collect()
    });
    REASONS.get(function.strip_prefix(REASON)?).copied()
}

/// The reasons for which a component traps by itself.
fn reasons(component: &'static [u8]) -> Vec<&'static str> {
    let sections = Parser::new(0).parse_all(component).map_while(Result::ok);
    let custom = sections.filter_map(|payload| match payload {
        Payload::CustomSection(section) => Some(section),
        _ => None,
    });
    let names = custom.filter_map(|section| match section.as_known() {
        KnownCustom::Name(names) => Some(names),
        _ => None,
    });
    let functions = names.flat_map(|names| {
        names.map_while(Result::ok).filter_map(|name| match name {
            Name::Function(functions) => Some(functions),
            _ => None,
        })
    });
    functions
        .flat_map(|functions| functions.into_iter().map_while(Result::ok))
        .filter_map(|function| function.name.strip_prefix(REASON))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_adapters() {
        let denied = "random is denied by the policy";
        assert_eq!(reason(&format!("{REASON}{denied}")), Some(denied));
        assert_eq!(reason(denied), None);
        assert_eq!(reason("interpose: made up"), None);
    }

    #[test]
    fn every_adapter_is_embedded() {
        for adapter in Adapter::ALL {
            assert!(
                wasmparser::Parser::is_component(adapter.component()),
                "{adapter}"
            );
        }
        assert_eq!(Adapter::ALL.len(), EMBEDDED.len());
    }
}
