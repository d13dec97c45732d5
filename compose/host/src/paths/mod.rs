//! Finds paths of a policy that its application could change, and directories that give access to more than files.
//!
//! A policy names paths of this machine: directories that it mounts, directories and files that it bakes in, the file
//! for standard input, interposers, policies that it extends. Each run opens these paths anew. An application that may write in one
//! of the directories can rename an entry and put a symbolic link in its place, and so decide what the next run finds
//! under such a path. [`Paths`] finds out where that is possible:
//!
//! - Each path is followed name by name, through its symbolic links, as the system does. The path is exchangeable if
//!   one of its names is looked up in or below a directory that a mount lets the application write.
//! - A name is not exchangeable if the mount hides its first component: the application can neither rename nor create
//!   it.
//! - An overlay and a read-only mount permit no writing. Two mounts of the same directory are fine: write access to a
//!   directory does not suffice to exchange the directory itself.
//! - A directory that receives saved files counts as writable, because the application chooses the names and contents.
//! - Directories are compared by their positions in their filesystems, so a bind mount does not evade the check.
//!
//! This module does not know what other programs can write, including applications under other policies.
//!
//! ```
//! use interpose_host::Offer;
//! use interpose_host::paths::Paths;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::parse(
//!     "nested.toml",
//!     r#"
//!     version = 1
//!     [[filesystem.mounts]]
//!     path = "/"
//!     source = "host"
//!     host = "/srv"
//!     [[filesystem.mounts]]
//!     path = "/pub"
//!     source = "host"
//!     host = "/srv/pub"
//!     access = "read-only"
//!     "#,
//!     None,
//! )?;
//! let mut paths = Paths::of_this_machine();
//! paths.add(None, &policy, &Offer::default());
//! assert!(paths.check().is_err());
//! # Ok(())
//! # }
//! ```

mod mounts;
mod trail;

use std::fmt;
use std::path::{Path, PathBuf};

use interpose_policy::Policy;
use interpose_policy::model::{Access, Contents, Glob, HostDirectory, Source, Stdin};
use miette::Diagnostic;
use thiserror::Error;

use crate::grant::Offer;
use crate::save::model::Save;
use mounts::{MountTable, Region};
pub(crate) use trail::Trail;
use wasi_interpose::resolved::{Decisions, Given};

/// Directories through which a program reaches devices, the state of the system's kernel, or other processes.
const OF_THE_SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The purpose of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The directory that the mount of this path shows.
    Mount(String),
    /// The directory that is baked into the mount of this path.
    Baked(String),
    /// A single file that is baked into the mount of this path.
    BakedFile(String),
    /// The file for standard input.
    Stdin,
    /// The component of an interposer.
    Interposer,
    /// A policy, or one that it extends.
    Policy,
    /// The graph that names the components and their policies.
    Graph,
    /// The component of this name.
    Component(String),
    /// The directory of compiled code.
    Cache,
    /// An output file.
    Output,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount(path) => write!(f, "the directory of the mount `{path}`"),
            Self::Baked(path) => write!(f, "the directory that the mount `{path}` begins with"),
            Self::BakedFile(path) => write!(f, "a file that the mount `{path}` begins with"),
            Self::Stdin => f.write_str("the file for standard input"),
            Self::Interposer => f.write_str("an interposer of the policy"),
            Self::Policy => f.write_str("the policy"),
            Self::Graph => f.write_str("the graph"),
            Self::Component(name) => write!(f, "the component `{name}`"),
            Self::Cache => f.write_str("the cache of compiled code"),
            Self::Output => f.write_str("the result"),
        }
    }
}

/// A path that an application could exchange.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("{purpose}, `{}`, can be exchanged by {writer}, which may write in `{}`", path.display(), directory.display())]
#[diagnostic(code("paths::exchangeable"), help("{}", self.advice()))]
pub struct Exchangeable {
    /// The purpose of the path.
    pub purpose: Purpose,
    /// The path.
    pub path: PathBuf,
    /// The way in which an application can exchange the path.
    pub writer: Writer,
    /// The directory that the application can write.
    pub directory: PathBuf,
    /// The name in that directory that the mount should hide; `None` if hiding does not help.
    pub name: Option<String>,
}

impl Exchangeable {
    /// A sentence that says how to solve the problem.
    pub fn advice(&self) -> String {
        let Writer::Mount { path: mount, .. } = &self.writer else {
            return "save to a directory of its own".into();
        };
        let mut advice =
            format!("keep them apart, or make the mount `{mount}` read-only or an overlay");
        // A name with wildcards or braces in it would need another spelling.
        let name = self.name.as_deref().and_then(|name| Glob::parse(name).ok());
        if let Some(name) = name.filter(|name| !name.as_str().contains(['*', '?'])) {
            advice += &format!(", or hide it there with `hide = [\"{}\"]`", name.as_str());
        }
        advice
    }
}

/// A way in which an application can write on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A mount.
    Mount {
        /// The component of a graph; `None` for a single component.
        component: Option<String>,
        /// The mount's path.
        path: String,
    },
    /// The host saves the files that the application leaves under a path.
    Saved {
        /// The path in the application's filesystem.
        from: String,
    },
}

impl Writer {
    /// The component; `None` for a single component, and if it is not known.
    pub fn component(&self) -> Option<&str> {
        match self {
            Self::Mount { component, .. } => component.as_deref(),
            Self::Saved { .. } => None,
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount {
                component: Some(component),
                path,
            } => write!(f, "the mount `{path}` of the component `{component}`"),
            Self::Mount { path, .. } => write!(f, "the mount `{path}`"),
            Self::Saved { from } => write!(f, "what is saved of the application's `{from}`"),
        }
    }
}

/// A mount that gives an application access to more than files.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error(
    "{writer} shows {} of the host, which can give away variables, time, random numbers and devices whatever the policy says of them: {advice}",
    quoted(paths)
)]
#[diagnostic(code("paths::gives-away"))]
pub struct GivesAway {
    /// The mount.
    pub writer: Writer,
    /// The directories of the system that the mount shows.
    pub paths: Vec<PathBuf>,
    /// A sentence that says how to solve the problem.
    pub advice: String,
}

fn quoted(paths: &[PathBuf]) -> String {
    let quoted: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    quoted.join(", ")
}

/// The paths that policies name on this machine, and the directories that their applications can write.
#[derive(Clone, Debug)]
pub struct Paths {
    table: MountTable,
    writable: Vec<Writable>,
    named: Vec<(Purpose, PathBuf)>,
    /// Each mount of a host directory: its name in messages, its directory, and its hidden paths.
    shown: Vec<(Writer, PathBuf, Vec<Glob>)>,
}

#[derive(Clone, Debug)]
struct Writable {
    writer: Writer,
    directory: PathBuf,
    region: Region,
    hide: Vec<Glob>,
}

impl Paths {
    /// An empty set of paths. The table of mounts is read from this machine.
    pub fn of_this_machine() -> Self {
        Self {
            table: MountTable::of_process(),
            writable: Vec::new(),
            named: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// Adds the paths of a policy. `component` is the name of a graph's component. A mount of a preopen that is not
    /// offered shows the directory that the policy names, as [`Grant::of`](crate::Grant::of) does.
    pub fn add(&mut self, component: Option<&str>, policy: &Policy, offer: &Offer) {
        let writer = |mount: &str| Writer::Mount {
            component: component.map(str::to_owned),
            path: mount.to_owned(),
        };
        let decisions = Decisions::of_any(policy);
        if let Given::Only(Stdin::File(path)) = &decisions.stdin {
            self.named.push((Purpose::Stdin, path.clone()));
        }
        for interposer in &policy.interposers {
            let path = interposer.component.clone();
            self.named.push((Purpose::Interposer, path));
        }
        let mounts = decisions.filesystem.rules();
        let mounts = mounts.map_or(&[][..], |filesystem| &filesystem.mounts);
        if decisions.inherits_preopens() {
            for directory in &offer.directories {
                let (name, writes) = (&directory.name, !directory.read_only);
                if !mounts.iter().any(|mount| mount.path == *name) {
                    self.show((writer(name), name), &directory.path, &[], writes);
                }
            }
        }
        for mount in mounts {
            let (memory, host) = match &mount.source {
                Source::Memory(memory) => (Some(memory), None),
                Source::Host(host) => (None, Some(host)),
                Source::Overlay(memory, host) => (Some(memory), Some(host)),
            };
            if let Some(from) = memory.and_then(|memory| memory.from.as_ref()) {
                self.named
                    .push((Purpose::Baked(mount.path.clone()), from.clone()));
            }
            for (_, contents) in memory.into_iter().flat_map(|memory| &memory.files) {
                if let Contents::File(file) = contents {
                    let purpose = Purpose::BakedFile(mount.path.clone());
                    self.named.push((purpose, file.clone()));
                }
            }
            if let Some(host) = host {
                let (directory, offered_to_write) = directory(host, offer);
                let writes = memory.is_none() && mount.access == Access::ReadWrite;
                let writes = writes && offered_to_write;
                let path = &mount.path;
                self.show((writer(path), path), &directory, &host.hide, writes);
            }
        }
    }

    /// Adds a directory that receives the application's files at its end or, with a server, after each request.
    pub fn add_saved(&mut self, save: &Save) {
        let writer = Writer::Saved {
            from: save.from.clone(),
        };
        self.add_writable(writer, &save.to, &[]);
    }

    /// Adds a mount of a host directory.
    fn show(
        &mut self,
        (writer, path): (Writer, &str),
        directory: &Path,
        hide: &[Glob],
        writes: bool,
    ) {
        let purpose = Purpose::Mount(path.to_owned());
        self.named.push((purpose, directory.to_owned()));
        if writes {
            self.add_writable(writer.clone(), directory, hide);
        }
        let end = Trail::of(directory).end;
        self.shown.push((writer, end, hide.to_vec()));
    }

    fn add_writable(&mut self, writer: Writer, directory: &Path, hide: &[Glob]) {
        self.writable.push(Writable {
            writer,
            directory: directory.to_owned(),
            region: self.table.region(&Trail::of(directory).end),
            hide: hide.to_vec(),
        });
    }

    /// Refuses policies that name a path which an application could exchange.
    ///
    /// # Errors
    /// [`Exchangeable`] for the first such path.
    pub fn check(&self) -> Result<(), Box<Exchangeable>> {
        let mut named = self.named.iter();
        let found = named.find_map(|(purpose, path)| self.exchangeable(purpose, path));
        found.map(Box::new).map_or(Ok(()), Err)
    }

    /// Tells how an application could exchange another path. A component may exchange itself, because its policy still
    /// holds for it.
    pub fn exchangeable(&self, purpose: &Purpose, path: &Path) -> Option<Exchangeable> {
        let trail = Trail::of(path);
        let itself = |writable: &Writable| match (purpose, writable.writer.component()) {
            (Purpose::Component(name), Some(writer)) => name == writer,
            _ => false,
        };
        let writable = self.writable.iter().filter(|writable| !itself(writable));
        let found = |writable: &Writable, name| Exchangeable {
            purpose: purpose.clone(),
            path: path.to_owned(),
            writer: writable.writer.clone(),
            directory: writable.directory.clone(),
            name,
        };
        for writable in writable {
            for (directory, name) in &trail.steps {
                // A directory that is seen at several places is exchangeable if one of them is.
                for seen in self.table.within(directory, &writable.region) {
                    let seen = seen.join(name);
                    let first = seen.iter().next().and_then(|name| name.to_str());
                    if !first.is_some_and(|name| hides(&writable.hide, name)) {
                        return Some(found(writable, first.map(str::to_owned)));
                    }
                }
            }
            // Files below the cache are read like the cache itself.
            let holds = || {
                let directory = Trail::of(&writable.directory).end;
                let region = self.table.region(&trail.end);
                self.table.within(&directory, &region).next().is_some()
            };
            if purpose == &Purpose::Cache && holds() {
                return Some(found(writable, None));
            }
        }
        None
    }

    /// Warnings about the directories that are mounted. Through `/proc`, `/sys` and `/dev` an application gets
    /// variables, time, random numbers and more even if the policy denies them.
    pub fn warnings(&self) -> Vec<GivesAway> {
        let mut of_the_system: Vec<&Path> = OF_THE_SYSTEM.iter().map(Path::new).collect();
        for point in self.table.of_the_system() {
            if !of_the_system.iter().any(|path| point.starts_with(path)) {
                of_the_system.push(point);
            }
        }
        let mut warnings = Vec::new();
        for (writer, directory, hide) in &self.shown {
            let shows = |path: &&&Path| match path.strip_prefix(directory) {
                Ok(below) if below.as_os_str().is_empty() => true,
                Ok(below) => !below.to_str().is_some_and(|below| hides(hide, below)),
                Err(_) => directory.starts_with(path),
            };
            let shown: Vec<&&Path> = of_the_system.iter().filter(shows).collect();
            if shown.is_empty() {
                continue;
            }
            let inside = shown.iter().all(|path| directory.starts_with(path));
            let advice = match inside {
                true => "mount something else".into(),
                false => {
                    let below = shown
                        .iter()
                        .filter_map(|path| path.strip_prefix(directory).ok());
                    let below: Vec<_> = below
                        .map(|path| format!("\"{}\"", path.display()))
                        .collect();
                    format!(
                        "hide it with `hide = [{}]`, or mount something narrower",
                        below.join(", ")
                    )
                }
            };
            warnings.push(GivesAway {
                writer: writer.clone(),
                paths: shown.iter().map(|path| path.to_path_buf()).collect(),
                advice,
            });
        }
        warnings
    }
}

/// Whether a mount hides a path below it.
fn hides(hide: &[Glob], path: &str) -> bool {
    hide.iter().any(|glob| glob.matches_or_contains(path))
}

/// The directory of this machine that a mount shows, and whether the offer permits writing in it.
fn directory(host: &HostDirectory, offer: &Offer) -> (PathBuf, bool) {
    let mut offered = offer.directories.iter();
    let offered = offered.find(|directory| directory.name == host.preopen);
    let mut directory = match offered {
        Some(offered) => offered.path.clone(),
        None => host.directory.clone(),
    };
    if let Some(subtree) = &host.subtree {
        directory.push(subtree);
    }
    (directory, offered.is_none_or(|offered| !offered.read_only))
}

/// Whether a path leads through a directory, lies in or below it, or ends at one of its ancestors.
pub(crate) fn touches(path: &Path, directory: &Path) -> bool {
    let table = MountTable::of_process();
    let (trail, end) = (Trail::of(path), Trail::of(directory).end);
    let region = table.region(&end);
    let steps = trail.steps.iter().map(|(directory, _)| directory);
    let mut ends = steps.chain([&trail.end]);
    ends.any(|place| table.within(place, &region).next().is_some())
        || (table.within(&end, &table.region(&trail.end)).next()).is_some()
}
