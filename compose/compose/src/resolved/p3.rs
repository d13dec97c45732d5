//! What a policy means for the interfaces of WASI 0.3.

use interpose_policy::model::{Mount, Source};
use interpose_rules::Protocol;

use super::decisions::Decisions;
use crate::wasi::Capability;

/// Whether an interface of WASI 0.3 gives nothing of its capability, so that it can be the host's under any policy: a request
/// or a response does nothing until another interface sends it.
pub(crate) fn has_no_authority(capability: Capability, interface: &str) -> bool {
    capability == Capability::Http && interface == "types"
}

/// Whether a mount shows a directory of the host as a whole.
fn is_whole(mount: &Mount) -> bool {
    match &mount.source {
        Source::Host(directory) => directory.subtree.is_none() && directory.hide.is_empty(),
        Source::Memory(_) | Source::Overlay(..) => false,
    }
}

impl Decisions {
    /// Whether adapters for WASI 0.3 can do what the policy says about a capability that it does not leave to the host.
    pub(crate) fn have_adapters_in_p3(&self, capability: Capability) -> bool {
        match capability {
            Capability::Environment
            | Capability::Exit
            | Capability::Stdio
            | Capability::Filesystem
            | Capability::Clocks
            | Capability::Random => true,
            // The host accepts connections, and the filter learns nothing of their peers.
            Capability::Network => self.network.rules().is_none_or(|rules| {
                let listens = rules
                    .listen
                    .iter()
                    .any(|rule| rule.protocol == Protocol::Tcp);
                rules.deny.is_empty() || !listens
            }),
            Capability::Http => self.http.rules().is_none_or(|http| {
                let changes_headers =
                    !http.set_headers.is_empty() || !http.remove_headers.is_empty();
                http.responses.is_empty() && (http.rules.allow.is_empty() || !changes_headers)
            }),
            Capability::Io | Capability::Config | Capability::Interfaces => false,
        }
    }

    /// Whether files of WASI 0.3 are a kernel's: a filter can show directories of the host only as a whole.
    pub(crate) fn files_are_kernels_in_p3(&self) -> bool {
        let rules = self.filesystem.rules();
        rules.is_some_and(|filesystem| !filesystem.mounts.iter().all(is_whole))
    }

    /// Whether the policy leaves an interface of a capability, given by its name in its package, to the host as it is. Each
    /// standard stream is left alone.
    pub(crate) fn leaves_in_p3(&self, capability: Capability, interface: &str) -> bool {
        match capability {
            Capability::Stdio => self.leaves_stream(interface),
            _ => self.leaves(capability),
        }
    }

    /// Whether an interface of `wasi:cli` about the standard streams is the host's: the policy leaves the host's stream as it
    /// is, by name or by default.
    pub(crate) fn leaves_stream(&self, interface: &str) -> bool {
        let (stdin, stdout, stderr) = (
            self.inherits_stdin(),
            self.stdout.is_inherited(),
            self.stderr.is_inherited(),
        );
        let terminals = self.terminals;
        match interface {
            "stdin" => stdin,
            "stdout" => stdout,
            "stderr" => stderr,
            "terminal-stdin" => stdin && terminals,
            "terminal-stdout" => stdout && terminals,
            "terminal-stderr" => stderr && terminals,
            // A stream that is inherited by name leaves no other interface to the host.
            _ => self.leaves(Capability::Stdio),
        }
    }
}
