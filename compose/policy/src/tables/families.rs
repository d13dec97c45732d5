//! The families of calls into which faults can be injected, with their functions and errors.

use std::collections::BTreeSet;

use crate::model::FaultFamily;

/// A family of calls: its functions and its errors.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) family: FaultFamily,
    pub(crate) functions: &'static [&'static str],
    /// Functions that move bytes, and may move fewer.
    pub(crate) partial: &'static [&'static str],
    pub(crate) errors: &'static [&'static str],
}

pub(crate) static FAMILIES: [Family; 5] = [
    Family {
        name: "filesystem",
        family: FaultFamily::Filesystem,
        // The functions of wasi:filesystem/types@0.2.12 that can fail.
        functions: &[
            "advise",
            "append-via-stream",
            "create-directory-at",
            "get-flags",
            "get-type",
            "link-at",
            "metadata-hash",
            "metadata-hash-at",
            "open-at",
            "read",
            "read-directory",
            "read-directory-entry",
            "read-via-stream",
            "readlink-at",
            "remove-directory-at",
            "rename-at",
            "set-size",
            "set-times",
            "set-times-at",
            "stat",
            "stat-at",
            "symlink-at",
            "sync",
            "sync-data",
            "unlink-file-at",
            "write",
            "write-via-stream",
        ],
        partial: &[
            "append-via-stream",
            "read",
            "read-via-stream",
            "write",
            "write-via-stream",
        ],
        // wasi:filesystem/types@0.2.12, error-code.
        errors: &[
            "access",
            "would-block",
            "already",
            "bad-descriptor",
            "busy",
            "deadlock",
            "quota",
            "exist",
            "file-too-large",
            "illegal-byte-sequence",
            "in-progress",
            "interrupted",
            "invalid",
            "io",
            "is-directory",
            "loop",
            "too-many-links",
            "message-size",
            "name-too-long",
            "no-device",
            "no-entry",
            "no-lock",
            "insufficient-memory",
            "insufficient-space",
            "not-directory",
            "not-empty",
            "not-recoverable",
            "unsupported",
            "no-tty",
            "no-such-device",
            "overflow",
            "not-permitted",
            "pipe",
            "read-only",
            "invalid-seek",
            "text-file-busy",
            "cross-device",
        ],
    },
    Family {
        name: "stdio",
        family: FaultFamily::Stdio,
        functions: &["read", "write"],
        partial: &["read", "write"],
        // wasi:io/streams@0.2.12, stream-error.
        errors: &["closed", "last-operation-failed"],
    },
    Family {
        name: "network",
        family: FaultFamily::Network,
        functions: &[
            "accept", "bind", "connect", "listen", "receive", "resolve", "send",
        ],
        partial: &["receive", "send"],
        // wasi:sockets/network@0.2.12, error-code.
        errors: &[
            "unknown",
            "access-denied",
            "not-supported",
            "invalid-argument",
            "out-of-memory",
            "timeout",
            "concurrency-conflict",
            "not-in-progress",
            "would-block",
            "invalid-state",
            "new-socket-limit",
            "address-not-bindable",
            "address-in-use",
            "remote-unreachable",
            "connection-refused",
            "connection-reset",
            "connection-aborted",
            "datagram-too-large",
            "name-unresolvable",
            "temporary-resolver-failure",
            "permanent-resolver-failure",
        ],
    },
    Family {
        name: "http",
        family: FaultFamily::Http,
        functions: &["body", "handle"],
        partial: &["body"],
        // wasi:http/types@0.2.12, error-code.
        errors: &[
            "DNS-timeout",
            "DNS-error",
            "destination-not-found",
            "destination-unavailable",
            "destination-IP-prohibited",
            "destination-IP-unroutable",
            "connection-refused",
            "connection-terminated",
            "connection-timeout",
            "connection-read-timeout",
            "connection-write-timeout",
            "connection-limit-reached",
            "TLS-protocol-error",
            "TLS-certificate-error",
            "TLS-alert-received",
            "HTTP-request-denied",
            "HTTP-request-length-required",
            "HTTP-request-body-size",
            "HTTP-request-method-invalid",
            "HTTP-request-URI-invalid",
            "HTTP-request-URI-too-long",
            "HTTP-request-header-section-size",
            "HTTP-request-header-size",
            "HTTP-request-trailer-section-size",
            "HTTP-request-trailer-size",
            "HTTP-response-incomplete",
            "HTTP-response-header-section-size",
            "HTTP-response-header-size",
            "HTTP-response-body-size",
            "HTTP-response-trailer-section-size",
            "HTTP-response-trailer-size",
            "HTTP-response-transfer-coding",
            "HTTP-response-content-coding",
            "HTTP-response-timeout",
            "HTTP-upgrade-failed",
            "HTTP-protocol-error",
            "loop-detected",
            "configuration-error",
            "internal-error",
        ],
    },
    Family {
        name: "clocks",
        family: FaultFamily::Clocks,
        functions: &["now"],
        partial: &[],
        errors: &[],
    },
];

/// The names of the functions of a family.
pub fn fault_functions(family: FaultFamily) -> &'static [&'static str] {
    let mut families = FAMILIES.iter();
    let found = families.find(|known| known.family == family);
    found.map_or(&[], |known| known.functions)
}

/// The name of a family.
pub(crate) fn family_name(family: FaultFamily) -> &'static str {
    let mut families = FAMILIES.iter();
    families
        .find(|known| known.family == family)
        .map_or("", |known| known.name)
}

/// What a rule can match: each family, and each of its functions as `family.function`.
pub(crate) fn targets() -> Vec<(String, &'static str)> {
    let targets = FAMILIES.iter().flat_map(|family| {
        let functions = family.functions.iter();
        let functions = functions.map(|function| format!("{}.{function}", family.name));
        std::iter::once(family.name.to_owned()).chain(functions)
    });
    targets.map(|target| (target, "")).collect()
}

/// The errors of all families.
pub(crate) fn errors() -> Vec<(String, &'static str)> {
    let errors = FAMILIES.iter().flat_map(|family| family.errors);
    let errors: BTreeSet<_> = errors.collect();
    errors
        .into_iter()
        .map(|error| ((*error).to_owned(), ""))
        .collect()
}
