//! The adapters that the tool embeds. `adapters.toml` describes them, and the build script generates [`Adapter`] from
//! it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;
use wasmparser::{KnownCustom, Name, Parser, Payload};

include!(concat!(env!("OUT_DIR"), "/adapters.rs"));

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Adapter {
    /// Whether the adapter exports [`CONTROL`](crate::probe::CONTROL).
    pub fn is_steered(self) -> bool {
        matches!(
            self,
            Self::KernelTesting | Self::KernelTestingWithoutPoll | Self::KernelTestingResponses
        )
    }

    /// Whether the adapter is a kernel with files, clocks and standard streams of WASI 0.3.
    pub(crate) fn is_kernel_of_p3(self) -> bool {
        matches!(self, Self::KernelP3 | Self::KernelForwardP3)
    }

    /// Interfaces of WASI that the adapter exports under names of its own.
    pub(crate) fn renamed(self) -> &'static [(&'static str, &'static str)] {
        match self.is_kernel_of_p3() {
            // The resource in it is not that of an interface of WASI that the adapter exports.
            true => &[(
                "wasi:filesystem/preopens@0.3.0",
                "wasi-interpose:p3/directories@0.1.0",
            )],
            false => &[],
        }
    }

    /// The adapter's own name for an interface that it exports.
    pub(crate) fn export_of(self, interface: String) -> String {
        let mut renamed = self.renamed().iter();
        let own = renamed.find(|(name, _)| *name == interface);
        own.map_or(interface, |(_, own)| (*own).to_owned())
    }
}

/// The prefix that the build script puts before the reason in the name of a function in which an adapter traps.
const REASON: &str = "interpose: ";

/// The reason for which an adapter traps in a function of this name; `None` if no adapter has such a function. A
/// component can give its functions any names, so it can imitate the adapters' reasons, but it cannot add others.
pub fn reason(function: &str) -> Option<&'static str> {
    static REASONS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let adapters = Adapter::ALL.iter();
        adapters
            .map(|adapter| adapter.component())
            .chain(MODULES.iter().map(|(_, module)| *module))
            .flat_map(reasons)
            .collect()
    });
    REASONS.get(function.strip_prefix(REASON)?).copied()
}

/// The reasons for which a component traps on its own account.
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
        assert_eq!(Adapter::KernelWithoutPoll.name(), "kernel-without-poll");
    }
}
