//! The revisions of WASI.

/// A revision of WASI that the tables of a policy are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// WASI 0.2, in any of its releases.
    P2,
    /// WASI 0.3, in any of its releases and in the release candidate `0.3.0-rc-2026-03-15`. Adapters answer some of its
    /// interfaces; the host answers the others, if the policy leaves it their capability.
    P3,
    /// The drafts of `wasi:config`, which is not part of WASI 0.2.
    Config,
}
