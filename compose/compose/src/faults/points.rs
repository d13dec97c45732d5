//! The functions of WASI 0.2 behind the words with which policies name calls.

use interpose_calls::Function;
use interpose_labels::Of;
use interpose_policy::model::{FaultFamily, FaultTarget};

/// A function as a rule sees it.
pub(super) struct Point {
    family: Option<(FaultFamily, &'static str)>,
    interface: String,
    function: String,
    /// What the resource has to belong to, if the function serves several families.
    pub(super) of: Option<Of>,
    pub(super) how: How,
}

/// How much of a call there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It happens or fails.
    Whole,
    /// It moves what the parameter at this position says, and can move less.
    Moves(u32),
    /// It says how much the next call may move.
    Permit,
}

impl Point {
    /// Whether a rule is about it.
    pub(super) fn is_meant(&self, target: &FaultTarget) -> bool {
        match target {
            FaultTarget::Family { family, function } => self.family.is_some_and(|(own, name)| {
                own == *family && function.is_none_or(|function| function == name)
            }),
            FaultTarget::Interface {
                interface,
                function,
            } => {
                // One of the points of a function stands for it.
                self.of.is_none()
                    && self.interface == *interface
                    && function.as_ref().is_none_or(|name| self.function == *name)
            }
        }
    }
}

/// The points of a function: one for itself, and one for each family that it serves.
pub(super) fn points(function: &Function) -> Vec<Point> {
    let path = function.interface.split('@').next().unwrap_or_default();
    let name = match function.name.split_once(']') {
        Some((_, name)) => name,
        None => &function.name,
    };
    let how = how(path, name);
    let point = |family, of| Point {
        family,
        interface: path.to_owned(),
        function: name.to_owned(),
        of,
        how,
    };
    let is_0_2 = function
        .interface
        .split_once('@')
        .is_some_and(|(_, version)| version.starts_with("0.2."));
    let families = match is_0_2 {
        true => families(path, name),
        false => Vec::new(),
    };
    match families.as_slice() {
        [(family, word, None)] => vec![point(Some((*family, *word)), None)],
        families => {
            let served = families
                .iter()
                .map(|(family, word, of)| point(Some((*family, *word)), *of));
            std::iter::once(point(None, None)).chain(served).collect()
        }
    }
}

/// The families that a function of WASI 0.2 serves, with the word for its calls.
fn families(path: &str, name: &str) -> Vec<(FaultFamily, &'static str, Option<Of>)> {
    use FaultFamily::{Clocks, Filesystem, Http, Network, Stdio};

    let one = |family, word: &'static str| vec![(family, word, None)];
    let (resource, method) = name.split_once('.').unwrap_or(("", name));
    match (path, resource, method) {
        ("wasi:filesystem/types", "descriptor" | "directory-entry-stream", method) => {
            let known = interpose_policy::fault_functions(Filesystem);
            let word = known.iter().find(|word| **word == method);
            word.map(|word| one(Filesystem, word)).unwrap_or_default()
        }
        (
            "wasi:io/streams",
            "input-stream",
            "read" | "blocking-read" | "skip" | "blocking-skip",
        ) => vec![
            (Filesystem, "read", Some(Of::Path)),
            (Stdio, "read", Some(Of::Standard)),
            (Network, "receive", Some(Of::Socket)),
            (Http, "body", Some(Of::Request)),
        ],
        (
            "wasi:io/streams",
            "output-stream",
            "check-write"
            | "write"
            | "write-zeroes"
            | "blocking-write-and-flush"
            | "blocking-write-zeroes-and-flush"
            | "splice"
            | "blocking-splice",
        ) => vec![
            (Filesystem, "write", Some(Of::Path)),
            (Stdio, "write", Some(Of::Standard)),
            (Network, "send", Some(Of::Socket)),
        ],
        ("wasi:sockets/tcp", "tcp-socket", "finish-connect")
        | ("wasi:sockets/udp", "udp-socket", "stream") => one(Network, "connect"),
        ("wasi:sockets/tcp", "tcp-socket", "finish-bind")
        | ("wasi:sockets/udp", "udp-socket", "finish-bind") => one(Network, "bind"),
        ("wasi:sockets/tcp", "tcp-socket", "finish-listen") => one(Network, "listen"),
        ("wasi:sockets/tcp", "tcp-socket", "accept") => one(Network, "accept"),
        ("wasi:sockets/udp", "incoming-datagram-stream", "receive") => one(Network, "receive"),
        ("wasi:sockets/udp", "outgoing-datagram-stream", "send") => one(Network, "send"),
        ("wasi:sockets/ip-name-lookup", "resolve-address-stream", "resolve-next-address") => {
            one(Network, "resolve")
        }
        ("wasi:http/outgoing-handler", "", "handle") => one(Http, "handle"),
        ("wasi:clocks/monotonic-clock" | "wasi:clocks/wall-clock", "", "now") => one(Clocks, "now"),
        _ => Vec::new(),
    }
}

/// How much of the calls of a function there can be.
fn how(path: &str, name: &str) -> How {
    match (path, name) {
        ("wasi:io/streams", "output-stream.check-write") => How::Permit,
        (
            "wasi:io/streams",
            "input-stream.read"
            | "input-stream.blocking-read"
            | "input-stream.skip"
            | "input-stream.blocking-skip",
        )
        | ("wasi:filesystem/types", "descriptor.read" | "descriptor.write")
        | (
            "wasi:sockets/udp",
            "incoming-datagram-stream.receive" | "outgoing-datagram-stream.send",
        ) => How::Moves(1),
        _ => How::Whole,
    }
}
