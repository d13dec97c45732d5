//! The lower layer of a tree: files that exist elsewhere and that the tree shows until they are changed.
//!
//! A tree made by [`FileSystem::add_overlay`] shows a tree that somebody else holds, the *lower* tree, and keeps every
//! change to itself. This crate cannot read the lower tree. An operation that needs to know more about the lower tree
//! has no effect, fails with [`Error::Lower`], and leaves a [`Need`]. The caller fetches the answer, passes it to one
//! of the `provide_` functions, and calls the operation again.
//!
//! The knowledge of the lower tree grows by these steps:
//!
//! 1. A directory of the lower tree is *unlisted* until a name is looked up in it. Then its names are asked for
//!    ([`What::Listing`]), once, and kept apart from the directory's entries as *unresolved* names.
//! 2. When an unresolved name is looked up, its entry is asked for ([`What::Entry`]), once. The name gets a node and
//!    becomes an entry like any other: it can be renamed, linked, replaced and removed. A removed entry does not come
//!    back, because the lower directory is not asked again. So removed names need no mark ("whiteout"), and neither
//!    does a directory that hides a lower directory ("opaque"): a directory made by the application has no lower part
//!    at all.
//! 3. The first time that a file or directory is opened, the caller is asked to open it in the lower tree too
//!    ([`What::Opening`]), because only opening tells whether it may be opened. A directory that has been listed was
//!    opened for the listing.
//! 4. A file's contents stay in the lower tree. Bytes are read, as often as needed, through a small number of windows
//!    ([`What::Bytes`]), which do not count towards any limit. A write copies the chunks that it changes in part into
//!    memory, where they count; see [`Contents`].
//!
//! Several names of one file (hard links) are recognised by the identity that comes with an entry: the second name
//! becomes an entry of the node that was made for the first. A node counts all names that the lower tree says it has,
//! including unresolved ones, so it lives as long as one of them may still be found.
//!
//! Each node keeps its path in the lower tree, which never changes, because the lower tree does not learn of renames.
//!
//! The lower tree must not change meanwhile. If it does, operations see a mixture of old and new, but do not break:
//! names that have gone are absent, and bytes that have gone are zero.
//!
//! [`Contents`]: crate::model::contents::Contents
//! [`Error::Lower`]: crate::Error::Lower
//! [`FileSystem::add_overlay`]: crate::FileSystem::add_overlay
//! [`Need`]: crate::Need
//! [`What::Bytes`]: crate::What::Bytes
//! [`What::Entry`]: crate::What::Entry
//! [`What::Listing`]: crate::What::Listing
//! [`What::Opening`]: crate::What::Opening

// Functions that only trees with a lower layer need are not inlined, because that would make the operations of all
// other trees larger.
pub(crate) mod bytes;
pub(crate) mod names;
pub(crate) mod provide;
