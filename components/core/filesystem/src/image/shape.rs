//! What an image must be before a filesystem is made of it: the shape of its trees and of its texts.

use alloc::{vec, vec::Vec};

use interpose_paths::{check_length, check_no_nul};

use super::format::{Image, KindImage, LowerImage, LowerKindImage, Time};
use crate::{MAX_NAME_LENGTH, RestoreError, Timestamp};

/// The greatest serial, number of names and link count that an image may have, so that counting on cannot overflow.
const MAX_COUNT: u64 = 1 << 48;

/// A timestamp that a filesystem can have.
pub(super) fn timestamp(time: Time) -> Result<Timestamp, RestoreError> {
    let Time(seconds, nanoseconds) = time;
    let given = Timestamp {
        seconds,
        nanoseconds,
    };
    match given.normalized() {
        Ok(time) if time == given => Ok(time),
        _ => Err(RestoreError::Malformed),
    }
}

/// [`RestoreError::Malformed`] unless `is_so`.
pub(super) fn demand(is_so: bool) -> Result<(), RestoreError> {
    if is_so {
        Ok(())
    } else {
        Err(RestoreError::Malformed)
    }
}

fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= MAX_NAME_LENGTH && !name.contains(['/', '\0'])
}

fn is_path(path: &str) -> bool {
    path.is_empty() || path.split('/').all(is_name)
}

fn is_ordered(names: impl IntoIterator<Item = impl Ord + Copy>) -> bool {
    names.into_iter().is_sorted_by(|one, other| one < other)
}

/// Checks the nodes one by one, and that all of them are where something can find them: a directory has one name, and
/// everything else one or more, in one tree. `overlays` says of each tree whether it lies over a lower layer.
pub(super) fn check(image: &Image<'_>, overlays: &[bool]) -> Result<(), RestoreError> {
    demand(image.created <= MAX_COUNT)?;
    demand(is_ordered(image.nodes.iter().map(|node| node.serial)))?;
    demand(
        image
            .nodes
            .iter()
            .all(|node| (1..=image.created).contains(&node.serial)),
    )?;
    for node in &image.nodes {
        check_node(&node.kind)?;
        if let Some(lower) = &node.lower {
            check_lower(&node.kind, lower)?;
        }
    }
    check_places(image, overlays)
}

fn check_node(kind: &KindImage<'_>) -> Result<(), RestoreError> {
    match kind {
        KindImage::File { .. } | KindImage::Device(_) => Ok(()),
        KindImage::Directory(entries) => {
            demand(is_ordered(entries.iter().map(|(name, _)| *name)))?;
            demand(entries.iter().all(|(name, _)| is_name(name)))
        }
        KindImage::Symlink(target) => {
            let fits = check_no_nul([*target]).and_then(|()| check_length(target));
            demand(!target.is_empty() && fits.is_ok())
        }
    }
}

fn check_lower(kind: &KindImage<'_>, lower: &LowerImage<'_>) -> Result<(), RestoreError> {
    demand(is_path(lower.path))?;
    match (&lower.kind, kind) {
        (LowerKindImage::Directory { listing, links, .. }, KindImage::Directory(entries)) => {
            demand(lower.names <= 1 && links.unsigned_abs() <= MAX_COUNT)?;
            let Some(listing) = listing else {
                return Ok(());
            };
            demand(is_ordered(listing.names.iter().map(|(name, _)| *name)))?;
            demand(listing.names.iter().all(|(name, _)| is_name(name)))?;
            let mut before = None;
            for &(start, end) in &listing.resolved {
                let in_order = before.is_none_or(|before| start > before);
                demand(in_order && start < end && end <= listing.names.len() as u64)?;
                before = Some(end);
            }
            let mut resolved = listing.resolved.iter().peekable();
            for (place, (name, _)) in (0..).zip(&listing.names) {
                while resolved.next_if(|(_, end)| *end <= place).is_some() {}
                let is_resolved = resolved.peek().is_some_and(|(start, _)| *start <= place);
                let is_entry = (entries.binary_search_by(|(entry, _)| (*entry).cmp(name))).is_ok();
                demand(is_resolved || !is_entry)?;
            }
            Ok(())
        }
        (LowerKindImage::Leaf { unseen, .. }, KindImage::File { .. } | KindImage::Symlink(_)) => {
            demand((1..=MAX_COUNT).contains(&lower.names) && *unseen <= lower.names)
        }
        _ => Err(RestoreError::Malformed),
    }
}

/// The number of names of a node that may be found in a lower layer later.
pub(super) fn unseen(lower: Option<&LowerImage<'_>>) -> u64 {
    match lower.map(|lower| &lower.kind) {
        Some(LowerKindImage::Leaf { unseen, .. }) => *unseen,
        _ => 0,
    }
}

fn check_places(image: &Image<'_>, overlays: &[bool]) -> Result<(), RestoreError> {
    let node = |place: u32| {
        let node = image.nodes.get(place as usize);
        node.ok_or(RestoreError::Malformed)
    };
    // The tree in which each node was found.
    let mut found: Vec<Option<usize>> = vec![None; image.nodes.len()];
    for (tree, &root) in image.trees.iter().enumerate() {
        let is_directory = matches!(node(root)?.kind, KindImage::Directory(_));
        demand(is_directory && found[root as usize].is_none())?;
        found[root as usize] = Some(tree);
        let of_overlay = node(root)?.lower.as_ref().is_some_and(|lower| {
            lower.path.is_empty() && matches!(lower.kind, LowerKindImage::Directory { .. })
        });
        if of_overlay != overlays.get(tree).copied().unwrap_or(false) {
            return Err(RestoreError::Trees);
        }
    }
    for (tree, &root) in image.trees.iter().enumerate() {
        let mut left = vec![root];
        while let Some(directory) = left.pop() {
            let KindImage::Directory(entries) = &node(directory)?.kind else {
                continue;
            };
            for &(_, child) in entries {
                let is_directory = matches!(node(child)?.kind, KindImage::Directory(_));
                match found[child as usize] {
                    None => {
                        found[child as usize] = Some(tree);
                        if is_directory {
                            left.push(child);
                        }
                    }
                    // A directory with two names may hold itself.
                    Some(known) => demand(!is_directory && known == tree)?,
                }
            }
        }
    }
    for (node, tree) in image.nodes.iter().zip(found) {
        let Some(lower) = &node.lower else {
            demand(tree.is_some())?;
            continue;
        };
        let below = lower.tree as usize;
        demand(overlays.get(below) == Some(&true))?;
        match tree {
            Some(tree) => demand(tree == below)?,
            None => demand(unseen(Some(lower)) > 0)?,
        }
    }
    Ok(())
}
