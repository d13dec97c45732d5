//! Saves the files of a memory mount to a directory of this machine after the component has ended.
//!
//! The composed component exposes its kernel's `wasi:filesystem`, which the host walks as a guest would. The component
//! chose the names and links in it, so the host trusts neither: it writes through handles of the target directory that
//! cannot leave it, and gives each file a temporary name until it is complete. Files that cannot be read are skipped,
//! so that one of them does not cost the others.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use indexmap::IndexMap;
use wasmtime::AsContextMut;
use wasmtime::component::ResourceAny;

use self::bindings::Exposed;
use self::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use super::entries::{make_directory, make_way, remove};
use super::model::{Save, SaveError, Saved, Saving, Watch};
use super::new_file::NewFile;
use super::target::Target;
use crate::limits;
use crate::state::State;

mod bindings {
    #![allow(missing_docs)]
    wasmtime::component::bindgen!({
        path: "wit",
        world: "wasi-interpose:adapters/exposed",
        exports: { default: async },
    });
}

/// The number of bytes that are read from a file at a time.
const CHUNK: u64 = 1 << 20;

/// The greatest depth of directories. Deeper ones are skipped so that the recursion does not overflow the stack.
const MAX_DEPTH: usize = 200;

/// The most bytes that are saved for one request: as much as the memory that a kernel can have. A component with longer
/// files has made holes in them, which cost it nothing and would fill this machine's disk.
const MAX_BYTES: u64 = 1 << 32;

/// Carries out the store's requests once.
pub(crate) async fn save_all(mut store: impl AsContextMut<Data = State>) {
    let requests = std::mem::take(&mut store.as_context_mut().data_mut().saving);
    if requests.is_empty() {
        return;
    }
    limits::lift(&mut store);
    let turn = store.as_context().data().saving_turn.clone();
    let _turn = match &turn {
        Some(turn) => Some(turn.lock().await),
        None => None,
    };
    let result = save_requests(&mut store, &requests).await;
    store.as_context_mut().data_mut().saved = Some(result);
}

async fn save_requests(
    mut store: impl AsContextMut<Data = State>,
    targets: &[Target],
) -> Result<Vec<Saved>, SaveError> {
    let instance = store
        .as_context_mut()
        .data()
        .instance
        .ok_or(SaveError::NotStarted)?;
    let exposed =
        Exposed::new(store.as_context_mut(), &instance).map_err(|_| SaveError::NotExposed)?;
    let state = store.as_context_mut();
    let watch = state.data().watch_saving.clone();
    let leaves_line_open = state.data().stderr.is_open();
    let mut done = Vec::new();
    for target in targets {
        let mut walk = Walk {
            store: &mut store,
            exposed: &exposed,
            request: &target.request,
            watch: watch.as_ref(),
            leaves_line_open,
            mounts: Vec::new(),
            saved: Saved {
                to: target.request.to.clone(),
                ..Saved::default()
            },
        };
        walk.tell(0);
        walk.save(target).await?;
        done.push(walk.saved);
    }
    Ok(done)
}

struct Walk<'a, S> {
    store: S,
    exposed: &'a Exposed,
    request: &'a Save,
    /// Who is told how far it has come.
    watch: Option<&'a Watch>,
    leaves_line_open: bool,
    /// The component's preopens: directories, and under which paths they are seen.
    mounts: Vec<(ResourceAny, String)>,
    saved: Saved,
}

/// The entry of a directory under a name.
enum Entry {
    /// An entry of this type in the directory's own list.
    Listed(DescriptorType),
    /// A mount, which hides the directory's own entry.
    Mount(ResourceAny),
    /// No directory of the component, but mounts lie below the path.
    AboveMounts,
}

impl<S: AsContextMut<Data = State>> Walk<'_, S> {
    async fn save(&mut self, target: &Target) -> Result<(), SaveError> {
        let request = self.request;
        let preopens = self.exposed.wasi_filesystem_preopens();
        self.mounts = preopens
            .call_get_directories(&mut self.store)
            .await
            .map_err(|error| SaveError::Read {
                path: request.from.clone(),
                reason: format!("{error:#}"),
            })?;
        let from = request.from.trim_end_matches('/');
        // The longest preopen that contains the path, which a guest's library would choose too.
        let covering = self
            .mounts
            .iter()
            .filter_map(|(descriptor, mount)| {
                Some((*descriptor, mount.len(), below(mount, from)?.to_owned()))
            })
            .max_by_key(|(_, length, _)| *length);
        let has_mounts = self.mounts_below(from).next().is_some();
        let directory = match covering {
            Some((descriptor, _, rest)) if rest.is_empty() => Some(descriptor),
            Some((descriptor, _, rest)) => {
                match self
                    .open(descriptor, &rest, OpenFlags::DIRECTORY, from)
                    .await?
                {
                    Ok(directory) => Some(directory),
                    Err(ErrorCode::NoEntry) if has_mounts => None,
                    Err(code) => {
                        return Err(SaveError::Read {
                            path: request.from.clone(),
                            reason: code.name().into(),
                        });
                    }
                }
            }
            None if has_mounts => None,
            None => {
                return Err(SaveError::NoMount {
                    path: request.from.clone(),
                });
            }
        };
        let written = |source| SaveError::Write {
            path: request.to.clone(),
            source,
        };
        let target = target.directory().map_err(written)?;
        self.directory(directory, from, &target, &request.to, 0)
            .await
    }

    /// Tells whoever watches how far it is, with these bytes of a file that is not complete.
    fn tell(&self, unfinished: u64) {
        if let Some(watch) = self.watch {
            watch(&Saving {
                request: self.request,
                entries: self.saved.entries,
                bytes: self.saved.bytes + unfinished,
                leaves_line_open: self.leaves_line_open,
            });
        }
    }

    /// The mounts below a directory, without one at the directory itself. Each has the first name of its path, whether
    /// that name is the whole path, and the mount.
    fn mounts_below(&self, directory: &str) -> impl Iterator<Item = (&str, bool, ResourceAny)> {
        self.mounts.iter().filter_map(move |(descriptor, mount)| {
            let rest = below(directory, mount).filter(|rest| !rest.is_empty())?;
            let (name, is_mount) = match rest.split_once('/') {
                Some((name, _)) => (name, false),
                None => (rest, true),
            };
            Some((name, is_mount, *descriptor))
        })
    }

    /// The entries of a directory as the component sees them.
    async fn entries(
        &mut self,
        directory: Option<ResourceAny>,
        from: &str,
    ) -> Result<IndexMap<String, Entry>, SaveError> {
        let mut entries = IndexMap::new();
        if let Some(directory) = directory {
            for (name, kind) in self.list(directory, from).await? {
                entries.insert(name, Entry::Listed(kind));
            }
        }
        let mut hidden = Vec::new();
        for (name, is_mount, mount) in self.mounts_below(from) {
            let entry = match entries.get(name) {
                _ if is_mount => Entry::Mount(mount),
                Some(Entry::Listed(DescriptorType::Directory) | Entry::Mount(_)) => continue,
                Some(Entry::Listed(_)) => {
                    hidden.push(format!("{from}/{name} (a mount is below it)"));
                    Entry::AboveMounts
                }
                Some(Entry::AboveMounts) | None => Entry::AboveMounts,
            };
            entries.insert(name.into(), entry);
        }
        self.saved.skipped.extend(hidden);
        Ok(entries)
    }

    /// Saves the entries of the component's directory into `target`, which is `depth` directories below the saved root.
    /// Without a directory, saves only the mounts below the path.
    async fn directory(
        &mut self,
        directory: Option<ResourceAny>,
        from: &str,
        target: &Dir,
        to: &Path,
        depth: usize,
    ) -> Result<(), SaveError> {
        for (name, entry) in self.entries(directory, from).await? {
            let path = format!("{from}/{name}");
            let place = EntryTarget {
                name: &name,
                target,
                to: to.join(&name),
                depth,
            };
            let saved = match (entry, directory) {
                (Entry::Mount(mount), _) => self.subdirectory(Some(mount), &path, &place).await?,
                (Entry::Listed(kind), Some(directory)) => {
                    self.listed(directory, kind, &path, &place).await?
                }
                (Entry::AboveMounts | Entry::Listed(_), _) => {
                    self.subdirectory(None, &path, &place).await?
                }
            };
            self.saved.entries += u64::from(saved);
        }
        Ok(())
    }

    /// Saves an entry of a directory and returns whether it did.
    async fn listed(
        &mut self,
        directory: ResourceAny,
        kind: DescriptorType,
        path: &str,
        place: &EntryTarget<'_>,
    ) -> Result<bool, SaveError> {
        match kind {
            DescriptorType::Directory => {
                let opened = self.open(directory, place.name, OpenFlags::DIRECTORY, path);
                let Some(child) = opened.await.map(|opened| self.read(opened, path))? else {
                    return Ok(false);
                };
                let saved = self.subdirectory(Some(child), path, place).await?;
                self.drop(child, path).await?;
                Ok(saved)
            }
            DescriptorType::RegularFile => {
                let opened = self.open(directory, place.name, OpenFlags::empty(), path);
                let Some(file) = opened.await.map(|opened| self.read(opened, path))? else {
                    return Ok(false);
                };
                let saved = self.file(file, path, place).await?;
                self.drop(file, path).await?;
                Ok(saved)
            }
            DescriptorType::SymbolicLink => {
                let types = self.exposed.wasi_filesystem_types().descriptor();
                let link = types
                    .call_readlink_at(&mut self.store, directory, place.name)
                    .await;
                match answer(link, path)? {
                    Ok(link) if stays_inside(&link, place.depth) => {
                        remove(place.target, place.name)
                            .and_then(|()| place.target.symlink_contents(&link, place.name))
                            .map_err(|source| place.failed(source))?;
                        return Ok(true);
                    }
                    Ok(link) => {
                        self.skip(&format!("{path} -> {link}"), "a link that leads outside")
                    }
                    // The adapter does not reveal the target of an absolute link.
                    Err(ErrorCode::NotPermitted) => self.skip(path, "a link that leads outside"),
                    Err(code) => self.skip(path, code.name()),
                }
                Ok(false)
            }
            // Devices belong to the mount and hold no data of the component.
            _ => Ok(false),
        }
    }

    /// Saves a directory of the component to this place and returns whether it did.
    async fn subdirectory(
        &mut self,
        directory: Option<ResourceAny>,
        path: &str,
        place: &EntryTarget<'_>,
    ) -> Result<bool, SaveError> {
        let depth = place.depth + 1;
        if depth > MAX_DEPTH {
            self.skip(
                path,
                &format!("nested more than {MAX_DEPTH} directories deep"),
            );
            return Ok(false);
        }
        let target =
            make_directory(place.target, place.name).map_err(|source| place.failed(source))?;
        Box::pin(self.directory(directory, path, &target, &place.to, depth)).await?;
        Ok(true)
    }

    /// The value of a result from the component's filesystem; for an error, skips the path and returns `None`.
    fn read<T>(&mut self, result: Result<T, ErrorCode>, path: &str) -> Option<T> {
        result.map_err(|code| self.skip(path, code.name())).ok()
    }

    fn skip(&mut self, path: &str, reason: &str) {
        let path = if path.is_empty() { "/" } else { path };
        self.saved.skipped.push(format!("{path} ({reason})"));
    }

    /// The names in a directory; none if the directory cannot be read.
    async fn list(
        &mut self,
        directory: ResourceAny,
        path: &str,
    ) -> Result<Vec<(String, DescriptorType)>, SaveError> {
        let types = self.exposed.wasi_filesystem_types();
        let stream = types
            .descriptor()
            .call_read_directory(&mut self.store, directory)
            .await;
        let stream = answer(stream, path)?;
        let Some(stream) = self.read(stream, path) else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        loop {
            let types = self.exposed.wasi_filesystem_types();
            let entry = types
                .directory_entry_stream()
                .call_read_directory_entry(&mut self.store, stream)
                .await;
            let entry = answer(entry, path)?;
            match self.read(entry, path).flatten() {
                Some(entry) => entries.push((entry.name, entry.type_)),
                None => break,
            }
        }
        self.drop(stream, path).await?;
        Ok(entries)
    }

    /// Saves a file and returns whether it did.
    async fn file(
        &mut self,
        file: ResourceAny,
        path: &str,
        place: &EntryTarget<'_>,
    ) -> Result<bool, SaveError> {
        let types = self.exposed.wasi_filesystem_types().descriptor();
        let stat = answer(types.call_stat(&mut self.store, file).await, path)?;
        let Some(stat) = self.read(stat, path) else {
            return Ok(false);
        };
        let size = stat.size;
        if size > MAX_BYTES.saturating_sub(self.saved.bytes) {
            let reason = format!("{size} bytes: with it, more than {MAX_BYTES} would be saved");
            self.skip(path, &reason);
            return Ok(false);
        }
        let mut output = NewFile::new(place.target).map_err(|source| place.failed(source))?;
        let mut offset = 0;
        loop {
            let types = self.exposed.wasi_filesystem_types().descriptor();
            let read = types.call_read(&mut self.store, file, CHUNK, offset).await;
            let read = answer(read, path)?;
            let Some((bytes, end)) = self.read(read, path) else {
                return Ok(false);
            };
            output
                .write_all(&bytes)
                .map_err(|source| place.failed(source))?;
            offset += bytes.len() as u64;
            self.tell(offset);
            if end || bytes.is_empty() {
                break;
            }
        }
        make_way(place.target, place.name)
            .and_then(|()| output.replace(place.name))
            .map_err(|source| place.failed(source))?;
        self.saved.bytes += offset;
        Ok(true)
    }

    async fn open(
        &mut self,
        directory: ResourceAny,
        name: &str,
        flags: OpenFlags,
        path: &str,
    ) -> Result<Result<ResourceAny, ErrorCode>, SaveError> {
        let types = self.exposed.wasi_filesystem_types().descriptor();
        let follow = PathFlags::empty();
        let opened = types
            .call_open_at(
                &mut self.store,
                directory,
                follow,
                name,
                flags,
                DescriptorFlags::READ,
            )
            .await;
        answer(opened, path)
    }

    async fn drop(&mut self, resource: ResourceAny, path: &str) -> Result<(), SaveError> {
        resource
            .resource_drop_async(&mut self.store)
            .await
            .map_err(|error| SaveError::Read {
                path: path.into(),
                reason: format!("{error:#}"),
            })
    }
}

/// The place on this machine to which an entry is saved.
struct EntryTarget<'a> {
    name: &'a str,
    /// The directory of this machine that receives the entry.
    target: &'a Dir,
    /// The entry's path, for messages.
    to: PathBuf,
    /// The number of directories between the entry and the saved root.
    depth: usize,
}

impl EntryTarget<'_> {
    fn failed(&self, source: io::Error) -> SaveError {
        SaveError::Write {
            path: self.to.clone(),
            source,
        }
    }
}

/// The result of a call to the component's filesystem; a call that fails to return is an error.
fn answer<T>(
    result: wasmtime::Result<Result<T, ErrorCode>>,
    path: &str,
) -> Result<Result<T, ErrorCode>, SaveError> {
    result.map_err(|error| SaveError::Read {
        path: path.into(),
        reason: format!("{error:#}"),
    })
}

/// The rest of `path` below `mount`; `None` if it is not below it. Both are absolute.
fn below<'a>(mount: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(mount.trim_end_matches('/'))?;
    if rest.is_empty() || rest.starts_with('/') {
        Some(rest.trim_matches('/'))
    } else {
        None
    }
}

/// Whether the text of a link `depth` directories below the saved root leads to a path inside the root. A `..` behind a
/// name counts as leaving the root, because the name may be another link and `..` then leads elsewhere.
fn stays_inside(link: &str, depth: usize) -> bool {
    let mut parts = link.split('/').filter(|part| !matches!(*part, "." | ""));
    let up = parts.by_ref().take_while(|part| *part == "..").count();
    !link.starts_with('/') && up <= depth && parts.all(|part| part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_path_below_a_mount() {
        assert_eq!(below("/", "/a/b"), Some("a/b"));
        assert_eq!(below("/", "/"), Some(""));
        assert_eq!(below("/a", "/a/b/"), Some("b"));
        assert_eq!(below("/a", "/ab"), None);
        assert_eq!(below("/a/b", "/a"), None);
    }

    #[test]
    fn links_that_lead_outside_are_known() {
        assert!(
            stays_inside("x", 0)
                && stays_inside("../x", 1)
                && stays_inside("a/./b/", 0)
                && stays_inside(".", 0)
        );
        assert!(!stays_inside("..", 0) && !stays_inside("/x", 5) && !stays_inside("a/../../b", 0));
        assert!(!stays_inside("../../x", 1));
        // `d/up` may be a link to `..`.
        assert!(!stays_inside("d/up/..", 0) && !stays_inside("../d/..", 1));
    }
}
