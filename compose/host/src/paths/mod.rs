//! Paths of a policy that its application could change, and directories that give away more than files.
//!
//! A policy names paths of this machine: directories that it mounts, what it bakes into memory, the file for standard
//! input, policies that it extends. Each run opens them again. An application that may write in one of the directories
//! can rename what is there and put a symbolic link in its place, and so decide what the next run finds under such a path.
//! [`Paths`] finds out where that is possible:
//!
//! - Each path is followed name by name, through its symbolic links, as the system does. It is exchangeable if one of its
//!   names is looked up in a directory that a mount lets the application write, or below one.
//! - A name is not exchangeable where the mount hides its first component: a hidden name is neither renamed nor made.
//! - An overlay and a read-only mount let nothing be written. Two mounts of one directory are fine: who can write in a
//!   directory cannot exchange the directory itself.
//! - A directory that receives saved files is one in which the application can write: it chooses their names and contents.
//! - Directories are compared by where they are in their filesystems, so that a bind mount is no way round.
//!
//! What other programs can write, also other applications under other policies, is not known here.
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

/// Directories through which a program reaches devices, facts of the host's kernel, or other processes.
const OF_THE_SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];

/// What a path is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The directory that the mount of this path shows.
    Mount(String),
    /// What is baked into the mount of this path.
    Baked(String),
    /// A single file that is baked into the mount of this path.
    BakedFile(String),
    /// The file for standard input.
    Stdin,
    /// A policy, or one that it extends.
    Policy,
    /// The graph that names the components and their policies.
    Graph,
    /// The component of this name.
    Component(String),
    /// Where compiled code is kept.
    Cache,
    /// A result that is written.
    Output,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount(path) => write!(f, "the directory of the mount `{path}`"),
            Self::Baked(path) => write!(f, "the directory that the mount `{path}` begins with"),
            Self::BakedFile(path) => write!(f, "a file that the mount `{path}` begins with"),
            Self::Stdin => f.write_str("the file for standard input"),
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
    /// What the path is for.
    pub purpose: Purpose,
    /// The path.
    pub path: PathBuf,
    /// Who can exchange it.
    pub writer: Writer,
    /// The directory in which the writer writes.
    pub directory: PathBuf,
    /// The name in that directory that would have to be hidden; `None` if hiding does not help.
    pub name: Option<String>,
}

impl Exchangeable {
    /// What to do about it.
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

/// A way by which an application can write on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A mount.
    Mount {
        /// The application, where there are several components.
        component: Option<String>,
        /// The mount's path.
        path: String,
    },
    /// What the application leaves in its filesystem under a path is saved.
    Saved {
        /// The path in the application's filesystem.
        from: String,
    },
}

impl Writer {
    /// The component, where there are several and it is known.
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

/// A mount through which an application sees more than files.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error(
    "{writer} shows {} of the host, which can give away variables, time, random numbers and devices whatever the policy says of them: {advice}",
    quoted(paths)
)]
#[diagnostic(code("paths::gives-away"))]
pub struct GivesAway {
    /// The mount.
    pub writer: Writer,
    /// Directories of the system that it shows.
    pub paths: Vec<PathBuf>,
    /// What to do about it.
    pub advice: String,
}

fn quoted(paths: &[PathBuf]) -> String {
    let quoted: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    quoted.join(", ")
}

/// The paths that policies name on this machine, and where their applications can write.
#[derive(Clone, Debug)]
pub struct Paths {
    table: MountTable,
    writable: Vec<Writable>,
    named: Vec<(Purpose, PathBuf)>,
    /// Each mount of the host: what messages call it, its directory, and what it hides.
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
    /// No policy's yet. What is mounted where is read from this machine.
    pub fn of_this_machine() -> Self {
        Self {
            table: MountTable::of_process(),
            writable: Vec::new(),
            named: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// Adds the paths of a policy for a component, which has a name where there are several. A mount of a preopen that is not
    /// offered shows the directory that the policy names, as [`Grant::of`](crate::Grant::of) has it.
    pub fn add(&mut self, component: Option<&str>, policy: &Policy, offer: &Offer) {
        let writer = |mount: &str| Writer::Mount {
            component: component.map(str::to_owned),
            path: mount.to_owned(),
        };
        let decisions = Decisions::of_any(policy);
        if let Given::Only(Stdin::File(path)) = &decisions.stdin {
            self.named.push((Purpose::Stdin, path.clone()));
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

    /// Adds a directory that receives files of the application when it ends, or after each request.
    pub fn add_saved(&mut self, save: &Save) {
        let writer = Writer::Saved {
            from: save.from.clone(),
        };
        self.add_writable(writer, &save.to, &[]);
    }

    /// Adds a mount of the host, which has a path.
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

    /// Refuses policies of which an application could exchange a path.
    ///
    /// # Errors
    /// [`Exchangeable`], the first that there is.
    pub fn check(&self) -> Result<(), Box<Exchangeable>> {
        let mut named = self.named.iter();
        let found = named.find_map(|(purpose, path)| self.exchangeable(purpose, path));
        found.map(Box::new).map_or(Ok(()), Err)
    }

    /// Whether an application could exchange another path. A component may exchange itself: it has its policy all the same.
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
                // Seen at several places, it is exchangeable if it is at one of them.
                for seen in self.table.within(directory, &writable.region) {
                    let seen = seen.join(name);
                    let first = seen.iter().next().and_then(|name| name.to_str());
                    if !first.is_some_and(|name| hides(&writable.hide, name)) {
                        return Some(found(writable, first.map(str::to_owned)));
                    }
                }
            }
            // What is below the cache is read like the cache itself.
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

    /// What a person should know of the directories that are mounted. Through `/proc`, `/sys` and `/dev` an
    /// application gets variables, time, random numbers and more even where the policy denies them.
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

/// The directory of this machine that a mount shows, and whether it is offered to be written.
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

/// Whether a path leads through a directory, or below one, or to what holds one.
pub(crate) fn touches(path: &Path, directory: &Path) -> bool {
    let table = MountTable::of_process();
    let (trail, end) = (Trail::of(path), Trail::of(directory).end);
    let region = table.region(&end);
    let steps = trail.steps.iter().map(|(directory, _)| directory);
    let mut ends = steps.chain([&trail.end]);
    ends.any(|place| table.within(place, &region).next().is_some())
        || (table.within(&end, &table.region(&trail.end)).next()).is_some()
}
