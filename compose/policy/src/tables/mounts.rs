//! Lays the mounts of a file over those of the extended policy, and refuses mounts that undermine each other.

use std::ops::Range;

use crate::model::{Access, Mount, Source};
use crate::reader::{Reader, Spot};

/// A mount of the file or of the extended policy.
pub(super) struct Laid<'m> {
    pub(super) mount: &'m Mount,
    /// The places of the mount's path and of its `subtree`; `None` if the mount belongs to the extended policy.
    places: Option<(&'m Range<usize>, Option<&'m Range<usize>>)>,
}

/// Lays mounts over those of the extended policy. A mount replaces the inherited mount of the same path; others are
/// appended.
pub(super) fn mounts_over<'m>(
    mounts: &'m [Spot<Mount>],
    subtrees: &'m [Option<Range<usize>>],
    inherited: &'m [Mount],
) -> Vec<Laid<'m>> {
    let inherited = inherited.iter().map(|mount| Laid {
        mount,
        places: None,
    });
    let mut all: Vec<_> = inherited.collect();
    for (mount, subtree) in mounts.iter().zip(subtrees) {
        let laid = Laid {
            mount: &mount.value,
            places: Some((&mount.span, subtree.as_ref())),
        };
        let same = |other: &&mut Laid<'_>| other.mount.path == mount.value.path;
        match all.iter_mut().find(same) {
            Some(other) if other.places.is_none() => *other = laid,
            _ => all.push(laid),
        }
    }
    all
}

/// Refuses a mount of a directory that lies inside a directory which another mount lets the application write: the
/// application could rename it and put a symbolic link in its place. The mount is fine if the other mount hides the
/// name, because the application can then neither rename nor create it.
pub(super) fn refuse_exchangeable(reader: &mut Reader<'_>, mount: &Laid<'_>, mounts: &[Laid<'_>]) {
    let (Source::Host(inner) | Source::Overlay(_, inner)) = &mount.mount.source else {
        return;
    };
    let exchanges = |other: &Laid<'_>| {
        let Source::Host(outer) = &other.mount.source else {
            return None;
        };
        if outer.preopen != inner.preopen || other.mount.access != Access::ReadWrite {
            return None;
        }
        let path = inner.subtree.as_deref()?;
        let rest = match &outer.subtree {
            Some(above) => path.strip_prefix(above.as_str())?.strip_prefix('/')?,
            None => path,
        };
        let name = rest.split('/').next().unwrap_or(rest);
        let hidden = outer.hide.iter().any(|glob| glob.matches_or_contains(name));
        (!hidden).then_some(name)
    };
    let found = mounts
        .iter()
        // A problem between two mounts of the extended policy was reported there.
        .filter(|other| mount.places.is_some() || other.places.is_some())
        .find_map(|other| Some((other, exchanges(other)?)));
    let Some((other, name)) = found else {
        return;
    };
    let reason =
        "through which the application could rename it and put a symbolic link in its place";
    let outer = &other.mount.path;
    let problem = match (mount.places, other.places) {
        (Some((path, subtree)), _) => {
            let reason = format!("this directory lies in that of the mount `{outer}`, {reason}");
            reader.contradiction(subtree.unwrap_or(path), reason)
        }
        (None, Some((path, _))) => {
            let reason = format!(
                "the directory of the inherited mount `{}` lies in that of this mount, {reason}",
                mount.mount.path
            );
            reader.contradiction(path, reason)
        }
        (None, None) => return,
    };
    if let (Some(_), Some((path, _))) = (mount.places, other.places) {
        problem.with_label(path.clone(), "can be written");
    }
    problem.with_hint(format!(
        "make that mount read-only or an overlay, or hide the directory there with `hide = [\"{name}\"]`"
    ));
}

/// Refuses two directories with the same preopen name, because an adapter knows directories only by that name.
pub(super) fn refuse_ambiguous_preopens(reader: &mut Reader<'_>, mounts: &[Laid<'_>]) {
    for (index, mount) in mounts.iter().enumerate() {
        let Some(host) = mount.mount.source.host() else {
            continue;
        };
        let other = mounts[..index].iter().find(|other| {
            other.mount.source.host().is_some_and(|other| {
                other.preopen == host.preopen && other.directory != host.directory
            })
        });
        let Some(other) = other else {
            continue;
        };
        let (place, mount) = match (mount.places, other.places) {
            (Some((path, _)), _) => (path, other.mount),
            (None, Some((path, _))) => (path, mount.mount),
            (None, None) => continue,
        };
        let reason = format!(
            "the mount `{}` shows another directory that is also named `{}`",
            mount.path, host.preopen
        );
        reader.contradiction(place, reason).with_hint(
            "give the directory another name in the composed component, like `preopen = \"/other\"`",
        );
    }
}

/// Refuses a mount of a part of a preopen that the application also inherits as a whole, because it could put a
/// symbolic link in the place of the part. A mount at the path that is the preopen's name replaces the preopen.
/// `inherit` is the place where this file inherits the preopens, if it does.
pub(super) fn refuse_inherited(
    reader: &mut Reader<'_>,
    mount: &Laid<'_>,
    inherit: Option<&Range<usize>>,
    mounts: &[Laid<'_>],
) {
    let Some(host) = mount.mount.source.host() else {
        return;
    };
    let preopen = &host.preopen;
    let is_replaced = mounts.iter().any(|mount| mount.mount.path == *preopen);
    if host.subtree.is_none() || is_replaced {
        return;
    }
    let (place, what) = match (mount.places, inherit) {
        (Some((path, subtree)), _) => (subtree.unwrap_or(path), "this directory".to_owned()),
        (None, Some(inherit)) => {
            let what = format!(
                "the directory of the inherited mount `{}`",
                mount.mount.path
            );
            (inherit, what)
        }
        // A problem of the extended policy alone was reported there.
        (None, None) => return,
    };
    let reason = format!(
        "{what} lies in the preopen `{preopen}`, which is inherited too: through it the application could rename the \
         directory and put a symbolic link in its place"
    );
    reader.contradiction(place, reason).with_hint(format!(
        "take the place of the preopen with a mount at `{preopen}`"
    ));
}
