//! What the commands refuse, and warn of, because of the paths of a policy on this machine.

use std::path::{Path, PathBuf};

use interpose_policy::Policy;

use crate::options::PolicyOptions;
use crate::session::{Result, Session};
use interpose_host::paths::{Paths, Purpose};
use interpose_host::{Directory, Offer, Save};
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::graph::Graph;

/// What happens with a composition.
pub enum Use<'a> {
    /// It runs now, and what its application leaves is saved as these say, so that nothing that the next run reads may be the
    /// application's to exchange.
    Now(&'a [Save]),
    /// It is written to these files, or looked at. Nobody knows yet where it will run and with which directories, so the command
    /// only warns, as if they were those of this machine.
    Later(&'a [&'a Path]),
}

/// Paths that the command reads or writes because of a policy, beside those that the policy names.
struct Beside(Vec<(Purpose, PathBuf)>);

impl Beside {
    fn new(composition: &Use<'_>) -> Self {
        let mut paths = Self(Vec::new());
        // Another host has another cache. A run without the cache could still write in it, and the next run reads it.
        let cache = CompilationCache::directory_of_user();
        if let (Use::Now(_), Some(cache)) = (composition, cache) {
            paths.add(Purpose::Cache, &cache);
        }
        paths
    }

    fn add(&mut self, purpose: Purpose, path: &Path) {
        self.0.push((purpose, path.to_owned()));
    }

    fn add_files(&mut self, policy: &Policy) {
        for file in &policy.files {
            self.add(Purpose::Policy, file);
        }
    }
}

/// Refuses a policy of which the application could exchange a path, and warns of directories that give away more than files.
/// The warnings are printed, and returned for those who have another place for them too.
pub fn check(
    session: &Session,
    policy: &Policy,
    options: &PolicyOptions,
    composition: &Use<'_>,
) -> Result<Vec<String>> {
    let mut paths = paths(composition);
    paths.add(None, policy, &offer(options));
    let mut beside = Beside::new(composition);
    beside.add_files(policy);
    judge(session, &paths, beside, composition)
}

/// The same for several components.
pub fn check_graph(
    session: &Session,
    file: &Path,
    graph: &Graph,
    options: &PolicyOptions,
    composition: &Use<'_>,
) -> Result<Vec<String>> {
    let mut paths = paths(composition);
    let mut beside = Beside::new(composition);
    beside.add(Purpose::Graph, file);
    let offer = offer(options);
    for member in graph.members() {
        paths.add(Some(&member.name), &member.policy, &offer);
        beside.add_files(&member.policy);
        if let Some(source) = &member.source {
            beside.add(Purpose::Component(member.name.clone()), source);
        }
    }
    judge(session, &paths, beside, composition)
}

/// This machine's, with the directories that receive what is saved.
fn paths(composition: &Use<'_>) -> Paths {
    let mut paths = Paths::of_this_machine();
    if let Use::Now(saves) = composition {
        saves.iter().for_each(|save| paths.add_saved(save));
    }
    paths
}

fn judge(
    session: &Session,
    paths: &Paths,
    mut beside: Beside,
    composition: &Use<'_>,
) -> Result<Vec<String>> {
    paths.check().map_err(|found| *found)?;
    if let Use::Later(outputs) = composition {
        for output in *outputs {
            beside.add(Purpose::Output, output);
        }
    }
    let mut warnings = Vec::new();
    for (purpose, path) in &beside.0 {
        match (paths.exchangeable(purpose, path), composition) {
            (Some(found), Use::Now(_)) => return Err(found.into()),
            (Some(found), Use::Later(_)) => warnings.push(format!("{found}: {}", found.advice())),
            (None, _) => {}
        }
    }
    warnings.extend(paths.warnings());
    for warning in &warnings {
        session.reporter.warning(warning);
    }
    Ok(warnings)
}

fn offer(options: &PolicyOptions) -> Offer {
    let directories: Vec<Directory> = options.host_directories();
    Offer {
        directories,
        ..Offer::default()
    }
}
