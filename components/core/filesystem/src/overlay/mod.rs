//! The lower layer of a tree: files that exist elsewhere and are shown here until they are changed.
//!
//! A tree made by [`FileSystem::add_overlay`] shows a tree that somebody else holds, the *lower* one, and keeps every
//! change to itself. Nothing here can read the lower tree. An operation that needs to know more of it has no effect,
//! fails with [`Error::Lower`], and leaves a [`Need`]; whoever called it fetches what is needed, hands it in by one of
//! the `provide_` functions, and calls the operation again.
//!
//! What is known of the lower tree grows by these steps, each of which happens once for each object:
//!
//! 1. A directory of the lower tree is *unlisted* until a name is looked up in it. Then its names are asked for
//!    ([`What::Listing`]) and kept apart from the directory's entries: they are *unresolved*.
//! 2. An unresolved name that is looked up is asked about ([`What::Entry`]), gets a node, and becomes an entry as any
//!    other. From then on nothing tells it from an entry made here: it can be renamed, linked, replaced and removed,
//!    and a removed one does not come back, because the lower directory is not asked again. So there is no mark for a
//!    removed name ("whiteout") and none for a directory that hides a lower one ("opaque"): a directory made here has no
//!    lower part at all.
//! 3. A file or directory that is opened for the first time is asked to be opened below too ([`What::Opening`]): whether it
//!    may be opened, only opening tells. What has been listed was opened for that.
//! 4. A file's contents stay below. What is read passes through a small number of windows ([`What::Bytes`]), which no
//!    limit counts. A write takes the chunks that it changes in part into memory, where they count; see
//!    [`Contents`].
//!
//! Names of one file (hard links) are recognised by the identity that comes with an entry: the second name becomes an
//! entry of the node that the first one made. A node counts all names that the lower tree says it has, also those not
//! met yet, so it lives as long as one of them may still be found.
//!
//! A path below is remembered with each node and never changes: the lower tree does not learn of renames.
//!
//! What is below must not change meanwhile. If it does, the answers mix old and new, but stay answers: names that have
//! gone are absent, bytes that have gone are zero.
//!
//! [`Contents`]: crate::model::contents::Contents
//! [`Error::Lower`]: crate::Error::Lower
//! [`FileSystem::add_overlay`]: crate::FileSystem::add_overlay
//! [`Need`]: crate::Need
//! [`What::Bytes`]: crate::What::Bytes
//! [`What::Entry`]: crate::What::Entry
//! [`What::Listing`]: crate::What::Listing
//! [`What::Opening`]: crate::What::Opening

// What only trees with a lower layer need is not inlined: that would make the operations of all others larger.
pub(crate) mod bytes;
pub(crate) mod names;
pub(crate) mod provide;
