//! Files: which paths of which preopen an application reads and changes.

use crate::seen::Seen;
use crate::state::{Called, Origin, Place, State};
use crate::uses::Files;

/// The errors of a call that is not permitted. The host's own modes give `access`.
fn is_denial(error: &str) -> bool {
    matches!(error, "not-permitted" | "read-only" | "access")
}

/// What a call does to a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Looks,
    Changes,
}

impl State {
    /// The files of a place's preopen.
    fn files(&mut self, place: &Place) -> &mut Files {
        let preopens = &mut self.uses.preopens;
        let files = preopens.entry(place.preopen.clone()).or_default();
        if !place.is_plain {
            files.unusual += 1;
        }
        files
    }

    pub(crate) fn note_files(&mut self, call: &Called<'_>) {
        match call.name() {
            "get-directories" => self.note_preopens(call),
            "descriptor.open-at" => self.note_open(call),
            "descriptor.stat-at" => self.note_path(call, 2, Effect::Looks),
            "descriptor.metadata-hash-at" => self.note_path(call, 2, Effect::Looks),
            "descriptor.readlink-at" => self.note_path(call, 1, Effect::Looks),
            "descriptor.set-times-at" => self.note_path(call, 2, Effect::Changes),
            "descriptor.create-directory-at"
            | "descriptor.remove-directory-at"
            | "descriptor.unlink-file-at" => self.note_path(call, 1, Effect::Changes),
            "descriptor.symlink-at" => {
                self.note_path(call, 2, Effect::Changes);
                self.note_links(call);
            }
            "descriptor.rename-at" => self.note_two_paths(call, 1, 2, 3),
            "descriptor.link-at" => {
                self.note_two_paths(call, 2, 3, 4);
                self.note_links(call);
            }
            _ => self.note_descriptor(call),
        }
    }

    fn note_preopens(&mut self, call: &Called<'_>) {
        for pair in call.result().into_iter().flat_map(Seen::items) {
            let descriptor = pair.part(0).and_then(Seen::handle);
            let name = pair.part(1).and_then(Seen::text);
            if let (Some(descriptor), Some(name)) = (descriptor, name) {
                let place = Place {
                    preopen: name.to_owned(),
                    path: String::new(),
                    is_plain: true,
                };
                self.descriptors.0.insert(descriptor, place);
            }
        }
    }

    /// The place that two arguments name: a descriptor and a path. If there is none, takes note of what that means.
    fn place(&mut self, call: &Called<'_>, descriptor: usize, path: usize) -> Option<Place> {
        let descriptor = call.argument(descriptor).and_then(Seen::handle);
        let base = descriptor.and_then(|descriptor| self.descriptors.0.get(&descriptor));
        let base = base.cloned()?;
        let Some(path) = call.argument(path).and_then(Seen::text) else {
            // Not all of the path was kept, so nothing can be said but that there was one.
            self.files(&base).unusual += 1;
            return None;
        };
        if let Some(place) = base.join(path) {
            self.note_directory(&base);
            return Some(place);
        }
        if let Some(error) = call.error() {
            self.refuse(call, path.to_owned(), error);
        }
        None
    }

    /// A descriptor below which something is looked up is a directory.
    fn note_directory(&mut self, place: &Place) {
        if let Some(files) = self.uses.preopens.get_mut(&place.preopen)
            && let Some(read) = files.reads.remove(&place.path)
        {
            *files.directories.entry(place.path.clone()).or_default() += read.count;
        }
    }

    pub(crate) fn note_size(&mut self, place: &Place, size: u64) {
        if let Some(files) = self.uses.preopens.get_mut(&place.preopen)
            && let Some(read) = files.reads.get_mut(&place.path)
        {
            read.size = read.size.max(size);
        }
    }

    fn note_open(&mut self, call: &Called<'_>) {
        let Some(place) = self.place(call, 0, 2) else {
            return;
        };
        let has = |position: usize, flag| {
            let flags = call.argument(position);
            flags.is_some_and(|flags| flags.has(flag))
        };
        let changes =
            has(3, "create") || has(3, "truncate") || has(4, "write") || has(4, "mutate-directory");
        let opened = call.ok().and_then(Seen::handle);
        if let Some(descriptor) = opened {
            self.descriptors.0.insert(descriptor, place.clone());
        }
        if changes {
            return self.note_outcome(call, &place, Effect::Changes);
        }
        if opened.is_none() {
            return self.note_outcome(call, &place, Effect::Looks);
        }
        let files = self.files(&place);
        match has(3, "directory") {
            true => *files.directories.entry(place.path).or_default() += 1,
            false => files.reads.entry(place.path).or_default().count += 1,
        }
    }

    fn note_path(&mut self, call: &Called<'_>, path: usize, effect: Effect) {
        let Some(place) = self.place(call, 0, path) else {
            return;
        };
        if call.ok().is_some() && call.name() == "descriptor.stat-at" {
            return self.note_attributes(call, &place);
        }
        self.note_outcome(call, &place, effect);
    }

    /// A call that moves or links something changes both directories.
    fn note_two_paths(&mut self, call: &Called<'_>, old: usize, new: usize, new_path: usize) {
        let places = [self.place(call, 0, old), self.place(call, new, new_path)];
        // A path that leads nowhere makes the whole call fail, whatever may be changed.
        if let [Some(old), Some(new)] = places {
            self.note_outcome(call, &old, Effect::Changes);
            if call.error().is_none_or(|error| !is_denial(error)) {
                self.note_outcome(call, &new, Effect::Changes);
            }
        }
    }

    fn note_links(&mut self, call: &Called<'_>) {
        let base = call
            .subject()
            .and_then(|base| self.descriptors.0.get(&base));
        if let Some(base) = base.cloned() {
            self.files(&base).unusual += 1;
        }
    }

    /// Takes note of a call about a place, by its outcome.
    fn note_outcome(&mut self, call: &Called<'_>, place: &Place, effect: Effect) {
        let error = call.error();
        if let Some(error) = error.filter(|error| is_denial(error)) {
            self.refuse(call, place.shown(), error);
            return;
        }
        let is_link = call.name() == "descriptor.readlink-at";
        let files = self.files(place);
        let path = place.path.clone();
        match (effect, error) {
            // Even if it failed: where nothing may be changed, it would fail with another error.
            (Effect::Changes, _) => *files.changes.entry(path).or_default() += 1,
            (Effect::Looks, Some("no-entry")) => *files.absent.entry(path).or_default() += 1,
            (Effect::Looks, Some(_)) => files.unusual += 1,
            (Effect::Looks, None) if is_link => files.unusual += 1,
            (Effect::Looks, None) => files.reads.entry(path).or_default().count += 1,
        }
    }

    /// Takes note of attributes that were read.
    fn note_attributes(&mut self, call: &Called<'_>, place: &Place) {
        let Some(found) = call.ok() else {
            return self.note_outcome(call, place, Effect::Looks);
        };
        let kind = found.field("type").and_then(Seen::case);
        let number = |name| found.field(name).and_then(Seen::number).unwrap_or_default();
        let (size, links) = (number("size"), number("link-count"));
        let is_changed = self.is_changed(place);
        let files = self.files(place);
        files.times += 1;
        match kind {
            // What was written is read-write anyway, and made by the application itself perhaps.
            Some(("regular-file", _)) if !is_changed => {
                let read = files.reads.entry(place.path.clone()).or_default();
                read.count += 1;
                read.size = read.size.max(size);
                if links > 1 {
                    files.unusual += 1;
                }
            }
            Some(("regular-file", _)) => {}
            // No mount but one of the host's has a directory's size and times.
            Some(("directory", _)) => {
                files.unusual += 1;
                *files.directories.entry(place.path.clone()).or_default() += 1;
                files.reads.remove(&place.path);
            }
            _ => files.unusual += 1,
        }
    }

    fn is_changed(&self, place: &Place) -> bool {
        let files = self.uses.preopens.get(&place.preopen);
        files.is_some_and(|files| files.changes.contains_key(&place.path))
    }

    /// Takes note of a call about a descriptor alone.
    fn note_descriptor(&mut self, call: &Called<'_>) {
        let place = call.subject().and_then(|own| self.descriptors.0.get(&own));
        let Some(place) = place.cloned() else {
            return;
        };
        let error = call.error();
        match call.name() {
            "descriptor.stat" => self.note_attributes(call, &place),
            "descriptor.get-type" if is_directory(call) => self.note_directory(&place),
            "descriptor.read-directory" => {
                self.note_directory(&place);
                let files = self.files(&place);
                match error {
                    None => *files.listings.entry(place.path).or_default() += 1,
                    Some(_) => files.unusual += 1,
                }
            }
            "descriptor.read" => {
                let offset = call.argument(2).and_then(Seen::number).unwrap_or_default();
                let read = call.ok().and_then(|read| read.part(0)?.bytes());
                self.note_size(&place, offset.saturating_add(read.unwrap_or_default()));
            }
            "descriptor.read-via-stream" => {
                let offset = call.argument(1).and_then(Seen::number).unwrap_or_default();
                if let Some(stream) = call.ok().and_then(Seen::handle) {
                    self.streams.insert(stream, Origin::File(place, offset));
                }
            }
            "descriptor.write"
            | "descriptor.write-via-stream"
            | "descriptor.append-via-stream"
            | "descriptor.set-size"
            | "descriptor.set-times" => {
                // A descriptor that was opened for reading refuses them by itself.
                match error {
                    None => self.note_outcome(call, &place, Effect::Changes),
                    Some(error) if is_denial(error) => self.refuse(call, place.shown(), error),
                    Some(_) => {}
                }
            }
            _ => {}
        }
    }
}

/// Whether a call has found that something is a directory.
fn is_directory(call: &Called<'_>) -> bool {
    let kind = call.ok().and_then(Seen::case);
    kind.is_some_and(|(kind, _)| kind == "directory")
}

#[cfg(test)]
mod tests {
    use crate::state::Place;

    fn root() -> Place {
        Place {
            preopen: "/data".into(),
            path: String::new(),
            is_plain: true,
        }
    }

    #[test]
    fn paths_are_joined_by_their_names() {
        for (path, expected, is_plain) in [
            ("a", "a", true),
            ("./a//b/", "a/b", true),
            (".", "", true),
            ("", "", true),
            ("a/../b", "b", false),
        ] {
            let place = root().join(path).expect(path);
            assert_eq!((place.path.as_str(), place.is_plain), (expected, is_plain));
        }
        for path in ["/etc", "..", "a/../../b"] {
            assert_eq!(root().join(path), None, "{path}");
        }
        let below = root().join("a/b").and_then(|place| place.join("../c"));
        assert_eq!(
            below.map(|place| place.shown()).as_deref(),
            Some("/data/a/c")
        );
        assert_eq!(root().shown(), "/data");
    }
}
