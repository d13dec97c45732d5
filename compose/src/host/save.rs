//! Saving what a memory mount holds to a directory of this machine, after the component has ended.
//!
//! The composed component exposes its kernel's `wasi:filesystem`; the host walks it as any guest would. Names and
//! links in it are the component's, so nothing of them is trusted: everything is written through handles of the
//! target directory that cannot be left, each file under a temporary name that is renamed when it is complete.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_tempfile::TempFile;
use thiserror::Error;
use wasmtime::AsContextMut;
use wasmtime::component::ResourceAny;

use self::bindings::Exposed;
use self::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};
use super::State;

mod bindings {
    #![allow(missing_docs)]
    wasmtime::component::bindgen!({
        path: "../wit/p2",
        world: "wasi-interpose:adapters/exposed",
        exports: { default: async },
    });
}

/// Bytes read from a file at a time.
const CHUNK: u64 = 1 << 20;

/// Directories below one another that are followed: deeper ones are an error, not a stack overflow.
const MAX_DEPTH: usize = 200;

/// Bytes that are saved at the most for one request: all the memory that a kernel can have. A component whose files
/// are longer together has made them of holes, which cost it nothing and would fill this machine's disk.
const MAX_BYTES: u64 = 1 << 32;

/// A request to write out what the component's filesystem holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// A directory in the component's filesystem, absolute.
    pub from: String,
    /// The directory of this machine that receives what it holds; made if it does not exist.
    pub to: PathBuf,
}

/// What was written for a [`Save`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The directory that received the files.
    pub to: PathBuf,
    /// Files, links and directories written.
    pub entries: u64,
    /// Bytes of files written.
    pub bytes: u64,
    /// Paths in the component's filesystem that were left out, each with the reason.
    pub skipped: Vec<String>,
}

/// Why files could not be saved.
#[derive(Debug, Error)]
pub enum SaveError {
    /// The component has no memory filesystem that could be read.
    #[error("nothing can be saved: the composed component exposes no filesystem")]
    NotExposed,
    /// No preopen covers the path.
    #[error("nothing can be saved from `{path}`: no mount of the component covers it")]
    NoMount {
        /// The path asked for.
        path: String,
    },
    /// The component's filesystem gave an error.
    #[error("`{path}` in the component's filesystem cannot be read: {reason}")]
    Read {
        /// Where.
        path: String,
        /// The WASI error, or what the runtime said.
        reason: String,
    },
    /// Directories are nested too deeply.
    #[error(
        "`{path}` in the component's filesystem is nested more than {MAX_DEPTH} directories deep"
    )]
    Depth {
        /// Where.
        path: String,
    },
    /// Writing failed.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Does what the store's requests say, once.
pub(super) async fn save_all(mut store: impl AsContextMut<Data = State>) {
    let requests = std::mem::take(&mut store.as_context_mut().data_mut().saving);
    if requests.is_empty() {
        return;
    }
    let result = save_requests(&mut store, &requests).await;
    store.as_context_mut().data_mut().saved = Some(result);
}

async fn save_requests(
    mut store: impl AsContextMut<Data = State>,
    requests: &[Save],
) -> Result<Vec<Saved>, SaveError> {
    let instance = store
        .as_context_mut()
        .data()
        .instance
        .ok_or(SaveError::NotExposed)?;
    let exposed =
        Exposed::new(store.as_context_mut(), &instance).map_err(|_| SaveError::NotExposed)?;
    let mut walk = Walk {
        store,
        exposed,
        saved: Saved::default(),
    };
    let mut done = Vec::new();
    for request in requests {
        walk.saved = Saved {
            to: request.to.clone(),
            ..Saved::default()
        };
        walk.save(request).await?;
        done.push(std::mem::take(&mut walk.saved));
    }
    Ok(done)
}

struct Walk<S> {
    store: S,
    exposed: Exposed,
    saved: Saved,
}

impl<S: AsContextMut<Data = State>> Walk<S> {
    async fn save(&mut self, request: &Save) -> Result<(), SaveError> {
        let no_mount = || SaveError::NoMount {
            path: request.from.clone(),
        };
        let preopens = self.exposed.wasi_filesystem_preopens();
        let mounts = preopens
            .call_get_directories(&mut self.store)
            .await
            .map_err(|error| SaveError::Read {
                path: request.from.clone(),
                reason: format!("{error:#}"),
            })?;
        // The longest preopen that contains the path, as a guest's library would choose it.
        let (descriptor, rest) = mounts
            .iter()
            .filter_map(|(descriptor, mount)| {
                Some((*descriptor, mount.len(), below(mount, &request.from)?))
            })
            .max_by_key(|(_, length, _)| *length)
            .map(|(descriptor, _, rest)| (descriptor, rest))
            .ok_or_else(no_mount)?;
        let directory = if rest.is_empty() {
            descriptor
        } else {
            self.open(descriptor, rest, OpenFlags::DIRECTORY, &request.from)
                .await?
        };
        let written = |source| SaveError::Write {
            path: request.to.clone(),
            source,
        };
        std::fs::create_dir_all(&request.to).map_err(written)?;
        let target = Dir::open_ambient_dir(&request.to, ambient_authority()).map_err(written)?;
        let to = request.to.clone();
        self.directory(directory, &request.from, &target, &to, 0)
            .await
    }

    /// Saves what a directory of the component holds into `target`.
    async fn directory(
        &mut self,
        directory: ResourceAny,
        from: &str,
        target: &Dir,
        to: &Path,
        depth: usize,
    ) -> Result<(), SaveError> {
        if depth > MAX_DEPTH {
            return Err(SaveError::Depth { path: from.into() });
        }
        for (name, kind) in self.list(directory, from).await? {
            let path = format!("{}/{name}", from.trim_end_matches('/'));
            let to = to.join(&name);
            let written = |source| SaveError::Write {
                path: to.clone(),
                source,
            };
            match kind {
                DescriptorType::Directory => {
                    let child = self
                        .open(directory, &name, OpenFlags::DIRECTORY, &path)
                        .await?;
                    let subdirectory = make_directory(target, &name).map_err(written)?;
                    Box::pin(self.directory(child, &path, &subdirectory, &to, depth + 1)).await?;
                    self.drop(child, &path).await?;
                }
                DescriptorType::RegularFile => {
                    let file = self
                        .open(directory, &name, OpenFlags::empty(), &path)
                        .await?;
                    let saved = self.file(file, &path, &name, target, &to).await?;
                    self.drop(file, &path).await?;
                    if !saved {
                        continue;
                    }
                }
                DescriptorType::SymbolicLink => {
                    let types = self.exposed.wasi_filesystem_types().descriptor();
                    let link = types
                        .call_readlink_at(&mut self.store, directory, &name)
                        .await;
                    let link = answer(link, &path)?;
                    // Depth counts the directories between the link and the root of what is saved.
                    if stays_inside(&link, depth) {
                        remove(target, &name)
                            .and_then(|()| target.symlink_contents(&link, &name))
                            .map_err(written)?;
                    } else {
                        self.saved
                            .skipped
                            .push(format!("{path} -> {link} (a link that leads outside)"));
                        continue;
                    }
                }
                // Devices are the mount's, not the component's data.
                _ => continue,
            }
            self.saved.entries += 1;
        }
        Ok(())
    }

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
        let mut entries = Vec::new();
        loop {
            let types = self.exposed.wasi_filesystem_types();
            let entry = types
                .directory_entry_stream()
                .call_read_directory_entry(&mut self.store, stream)
                .await;
            match answer(entry, path)? {
                Some(entry) => entries.push((entry.name, entry.type_)),
                None => break,
            }
        }
        self.drop(stream, path).await?;
        Ok(entries)
    }

    async fn file(
        &mut self,
        file: ResourceAny,
        path: &str,
        name: &str,
        target: &Dir,
        to: &Path,
    ) -> Result<bool, SaveError> {
        let written = |source| SaveError::Write {
            path: to.to_owned(),
            source,
        };
        let types = self.exposed.wasi_filesystem_types().descriptor();
        let size = answer(types.call_stat(&mut self.store, file).await, path)?.size;
        if size > MAX_BYTES.saturating_sub(self.saved.bytes) {
            self.saved.skipped.push(format!(
                "{path} ({size} bytes: with it, more than {MAX_BYTES} would be saved)"
            ));
            return Ok(false);
        }
        let mut output = TempFile::new(target).map_err(written)?;
        let mut offset = 0;
        loop {
            let types = self.exposed.wasi_filesystem_types().descriptor();
            let read = types.call_read(&mut self.store, file, CHUNK, offset).await;
            let (bytes, end) = answer(read, path)?;
            output.write_all(&bytes).map_err(written)?;
            offset += bytes.len() as u64;
            if end || bytes.is_empty() {
                break;
            }
        }
        make_way(target, name)
            .and_then(|()| output.replace(name))
            .map_err(written)?;
        self.saved.bytes += offset;
        Ok(true)
    }

    async fn open(
        &mut self,
        directory: ResourceAny,
        name: &str,
        flags: OpenFlags,
        path: &str,
    ) -> Result<ResourceAny, SaveError> {
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

/// An answer of the component's filesystem, or what went wrong at `path`.
fn answer<T>(result: wasmtime::Result<Result<T, ErrorCode>>, path: &str) -> Result<T, SaveError> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(code)) => Err(SaveError::Read {
            path: path.into(),
            reason: format!("{code}"),
        }),
        Err(error) => Err(SaveError::Read {
            path: path.into(),
            reason: format!("{error:#}"),
        }),
    }
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

/// Whether a link `depth` directories below the saved root leads to something in it, going by its text. `..` is only
/// known to lead to the directory above where no name is in front of it: the name may be another link.
fn stays_inside(link: &str, depth: usize) -> bool {
    let mut parts = link.split('/').filter(|part| !matches!(*part, "." | ""));
    let up = parts.by_ref().take_while(|part| *part == "..").count();
    !link.starts_with('/') && up <= depth && parts.all(|part| part != "..")
}

/// The directory `name` in `target`: what is there if it is one, otherwise a new one in its place.
fn make_directory(target: &Dir, name: &str) -> io::Result<Dir> {
    match target.symlink_metadata(name) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            target.remove_file(name)?;
            target.create_dir(name)?;
        }
        Err(_) => target.create_dir(name)?,
    }
    target.open_dir(name)
}

/// Removes a directory where a file is to be: a rename replaces anything else.
fn make_way(target: &Dir, name: &str) -> io::Result<()> {
    match target.symlink_metadata(name) {
        Ok(metadata) if metadata.is_dir() => target.remove_dir_all(name),
        _ => Ok(()),
    }
}

/// Removes whatever has this name, if anything has.
fn remove(target: &Dir, name: &str) -> io::Result<()> {
    make_way(target, name)?;
    match target.remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
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
