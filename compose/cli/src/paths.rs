//! Refuses policies, and warns of policies, because of their paths on this machine.

use std::path::{Path, PathBuf};

use interpose_policy::{NamedPath, PathUse, Policy, PolicyError, PolicyErrors};

use crate::message::Sentence;
use crate::options::PolicyOptions;
use crate::session::{Result, Session};
use interpose_host::paths::{Paths, Purpose};
use interpose_host::{Directory, Offer, Save};
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::graph::Graph;

/// The use of a composition.
pub enum Use<'a> {
    /// The composition runs now, and files of its application are saved as these requests say. The application must
    /// therefore not be able to exchange a path that the next run reads.
    Now(&'a [Save]),
    /// The composition is written to these files or inspected. The command does not know where it will run and with
    /// which directories, so it only warns, as if it ran on this machine.
    Later(&'a [&'a Path]),
}

/// Paths that the command itself reads or writes, beside those that the policy names.
struct Beside(Vec<(Purpose, PathBuf)>);

impl Beside {
    fn new(composition: &Use<'_>) -> Self {
        let mut paths = Self(Vec::new());
        // Only this host reads this cache. A run without the cache could still write in it, and the next run reads it.
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

/// Refuses a policy if the application could exchange one of its paths, and warns of directories that give access to
/// more than files. The warnings are printed, and also returned for callers that show them elsewhere.
pub fn check(
    session: &Session,
    policy: &Policy,
    options: &PolicyOptions,
    composition: &Use<'_>,
) -> Result<Vec<String>> {
    let mut paths = paths(composition);
    let offer = offer(options);
    refuse(problems(looked_at(policy, &offer, composition)))?;
    paths.add(None, policy, &offer);
    let mut beside = Beside::new(composition);
    beside.add_files(policy);
    judge(session, &paths, beside, composition)
}

/// A component of a graph: its name, its policy and its file.
pub type Member<'a> = (&'a str, &'a Policy, Option<&'a Path>);

/// Like [`check`], for the components of a graph.
pub fn check_graph<'a>(
    session: &Session,
    file: &Path,
    members: impl Iterator<Item = Member<'a>>,
    options: &PolicyOptions,
    composition: &Use<'_>,
) -> Result<Vec<String>> {
    let mut paths = paths(composition);
    let mut beside = Beside::new(composition);
    beside.add(Purpose::Graph, file);
    let offer = offer(options);
    let mut named = Vec::new();
    for (name, policy, source) in members {
        named.extend(looked_at(policy, &offer, composition));
        paths.add(Some(name), policy, &offer);
        beside.add_files(policy);
        if let Some(source) = source {
            beside.add(Purpose::Component(name.to_owned()), source);
        }
    }
    refuse(problems(named))?;
    judge(session, &paths, beside, composition)
}

/// The components of a graph as [`check_graph`] takes them.
pub fn members(graph: &Graph) -> impl Iterator<Item = Member<'_>> {
    let members = graph.members().iter();
    members.map(|member| {
        (
            member.name.as_str(),
            &member.policy,
            member.source.as_deref(),
        )
    })
}

/// The paths in a policy that must exist: those that composing reads, and, if the composition runs now, the directories
/// that the host opens for it.
fn looked_at<'a>(policy: &'a Policy, offer: &Offer, composition: &Use<'_>) -> Vec<&'a NamedPath> {
    let named = policy.used_paths();
    named
        .filter(|named| match (named.purpose, composition) {
            (PathUse::Host, Use::Later(_)) => false,
            (PathUse::Host, Use::Now(_)) => !is_offered(policy, offer, &named.path),
            _ => true,
        })
        .collect()
}

/// Whether the command line names another directory for every mount of a directory.
fn is_offered(policy: &Policy, offer: &Offer, directory: &Path) -> bool {
    let mounts = policy.filesystem.iter().flat_map(|table| &table.mounts);
    let hosts = mounts.filter_map(|mount| mount.source.host());
    let mut shown = hosts.filter(|host| host.directory == directory);
    shown.all(|host| (offer.directories.iter()).any(|offered| offered.name == host.preopen))
}

/// The problems of paths, each once.
pub fn problems<'a>(named: impl IntoIterator<Item = &'a NamedPath>) -> Vec<PolicyError> {
    let errors = named.into_iter().filter_map(|named| named.check().err());
    let mut problems: Vec<PolicyError> = Vec::new();
    for problem in errors.flat_map(|errors| errors.problems) {
        // Several components may share a policy, and a policy may name a path twice.
        if !problems.iter().any(|known| known.is_same(&problem)) {
            problems.push(problem);
        }
    }
    problems
}

/// Refuses policies with problems.
pub fn refuse(problems: Vec<PolicyError>) -> Result<()> {
    match problems.is_empty() {
        true => Ok(()),
        false => Err(PolicyErrors { problems }.into()),
    }
}

/// The paths of this machine, with the directories that receive saved files.
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
    let mut warnings: Vec<(Sentence, Option<String>)> = Vec::new();
    for (purpose, path) in &beside.0 {
        match (paths.exchangeable(purpose, path), composition) {
            (Some(found), Use::Now(_)) => return Err(found.into()),
            (Some(found), Use::Later(_)) => {
                let component = found.writer.component().map(str::to_owned);
                warnings.push((Sentence::of(&found).with_hint_inside(), component));
            }
            (None, _) => {}
        }
    }
    warnings.extend(paths.warnings().iter().map(|warning| {
        let component = warning.writer.component().map(str::to_owned);
        (Sentence::of(warning), component)
    }));
    for (warning, component) in &warnings {
        // The sentence names the component already.
        session.reporter.warning_of(warning, component.as_deref());
    }
    let sentences = warnings.iter().map(|(warning, _)| warning.to_string());
    Ok(sentences.collect())
}

fn offer(options: &PolicyOptions) -> Offer {
    let directories: Vec<Directory> = options.host_directories();
    Offer {
        directories,
        ..Offer::default()
    }
}
