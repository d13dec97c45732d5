//! Options of all commands that compose, each overriding the policy.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use interpose_policy::Policy;
use interpose_policy::model::{
    Access, Environment, Fallback, Filesystem, HostDirectory, Memory, Mount, NamePattern, Random,
    Source, Stdin,
};

use crate::failure::Failure;
use crate::help::OVERRIDING;
use crate::preview1::Preview1Options;
use crate::progress::Progress;
use crate::session::{Result, Session};
use interpose_host::Directory;
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composer;
use wasi_interpose::graph::Graph;
use wasi_interpose::preview1::{Preview1, Target};

/// The policy and what overrides it.
#[derive(Debug, Args)]
pub struct PolicyOptions {
    /// A policy file, or the name of a built-in policy (`interpose policy list`)
    #[arg(long, short, value_name = "POLICY", display_order = 1)]
    pub policy: Option<String>,
    /// Mount a memory filesystem at PATH that starts with what DIR holds
    #[arg(long = "mount", value_name = "PATH=DIR", help_heading = OVERRIDING)]
    mounts: Vec<PathAndDirectory>,
    /// Mount a directory of the host, read-write; with `:ro` read-only
    #[arg(long = "dir", value_name = "HOST[::GUEST][:ro]", help_heading = OVERRIDING)]
    directories: Vec<HostMount>,
    /// Set an environment variable, or pass the host's on
    #[arg(long = "env", value_name = "NAME[=VALUE]", help_heading = OVERRIDING)]
    variables: Vec<Variable>,
    /// The seed of random numbers
    #[arg(long, value_name = "N", help_heading = OVERRIDING)]
    seed: Option<u64>,
    /// Standard input is what FILE holds
    #[arg(long, value_name = "FILE", help_heading = OVERRIDING)]
    stdin: Option<PathBuf>,
    #[command(flatten)]
    pub preview1: Preview1Options,
    /// Compile anew instead of using the cache
    #[arg(long, display_order = 90)]
    no_cache: bool,
    /// Where compiled code is kept, once that was asked.
    #[arg(skip)]
    cache: OnceCell<CompilationCache>,
}

/// `PATH=DIR`: a place in the application's filesystem and a directory of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathAndDirectory {
    pub path: String,
    pub directory: PathBuf,
}

impl FromStr for PathAndDirectory {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (path, directory) = text
            .split_once('=')
            .ok_or("expected PATH=DIR, like `/data=./files`")?;
        if directory.is_empty() {
            return Err("the directory is missing: expected PATH=DIR".into());
        }
        Ok(Self {
            path: guest_path(path)?,
            directory: directory.into(),
        })
    }
}

/// `HOST[::GUEST][:ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HostMount {
    host: PathBuf,
    guest: String,
    read_only: bool,
}

impl FromStr for HostMount {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (paths, read_only) = match text.strip_suffix(":ro") {
            Some(paths) => (paths, true),
            None => (text, false),
        };
        let (host, guest) = paths.split_once("::").unwrap_or((paths, paths));
        if host.is_empty() {
            return Err("the host's directory is missing: expected HOST[::GUEST][:ro]".into());
        }
        // So `--dir .` and `--dir data` give the application its root and `/data`.
        let guest = match guest {
            "." => "/".to_owned(),
            guest if guest.starts_with('/') => guest.to_owned(),
            guest => format!("/{}", guest.trim_start_matches("./")),
        };
        Ok(Self {
            host: host.into(),
            guest: guest_path(&guest)?,
            read_only,
        })
    }
}

/// `NAME[=VALUE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: String,
    value: Option<String>,
}

impl FromStr for Variable {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() || name.contains('\0') {
            return Err("a variable has a name: expected NAME or NAME=VALUE".into());
        }
        Ok(Self {
            name: name.into(),
            value,
        })
    }
}

/// Checks an absolute path in the application's filesystem and returns it in the form that policies have.
fn guest_path(path: &str) -> std::result::Result<String, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!(
            "`{path}` is not absolute: paths of the application begin with `/`"
        ));
    };
    let names: Vec<&str> = rest.split('/').filter(|name| !name.is_empty()).collect();
    match names.iter().find(|name| matches!(**name, "." | "..")) {
        Some(name) => Err(format!(
            "`{path}` contains `{name}`: write the path without it"
        )),
        None => Ok(format!("/{}", names.join("/"))),
    }
}

impl PolicyOptions {
    /// The options that name a policy and override nothing.
    pub fn of(policy: &str) -> Self {
        Self::overriding_nothing(Some(policy.into()), Preview1Options::default())
    }

    /// The options that override nothing.
    pub fn overriding_nothing(policy: Option<String>, preview1: Preview1Options) -> Self {
        Self {
            policy,
            mounts: Vec::new(),
            directories: Vec::new(),
            variables: Vec::new(),
            seed: None,
            stdin: None,
            preview1,
            no_cache: false,
            cache: OnceCell::new(),
        }
    }

    /// The policy, overridden by the command line.
    pub fn policy(&self) -> Result<Policy> {
        let Some(name) = &self.policy else {
            return Err(
                Failure::bad("command-line::no-policy", "`--policy` is missing".into())
                    .hint("name a file or a built-in policy: `interpose policy list`"),
            );
        };
        let mut policy = Policy::load(name)?;
        self.change(&mut policy)?;
        Ok(policy)
    }

    /// Overrides the parts of the policy that the command line sets.
    pub fn change(&self, policy: &mut Policy) -> Result<()> {
        for mount in &self.mounts {
            add_memory_mount(policy, mount);
        }
        for directory in &self.directories {
            let source = Source::Host(HostDirectory {
                preopen: directory.guest.clone(),
                directory: directory.host.clone(),
                subtree: None,
                hide: Vec::new(),
            });
            let access = if directory.read_only {
                Access::ReadOnly
            } else {
                Access::ReadWrite
            };
            put_mount(
                policy,
                Mount {
                    path: directory.guest.clone(),
                    access,
                    source,
                },
            );
        }
        for variable in &self.variables {
            set_variable(policy, variable)?;
        }
        if let Some(seed) = self.seed {
            policy.random = Some(Random::Seeded(seed));
        }
        if let Some(file) = &self.stdin {
            policy.stdio.stdin = Some(Stdin::File(file.clone()));
        }
        Ok(())
    }

    /// The directories of `--dir`. Of several with the same name, the last comes first, because the policy mounts that
    /// one.
    pub fn host_directories(&self) -> Vec<Directory> {
        let directories = self.directories.iter().rev();
        directories
            .map(|directory| Directory {
                path: directory.host.clone(),
                name: directory.guest.clone(),
                // The mount of the option says whether it is read-only; other mounts may show the same directory.
                read_only: false,
            })
            .collect()
    }

    /// Where compiled code is kept: one cache for composing and for running, because each looks once through all that is
    /// kept.
    pub fn cache(&self) -> &CompilationCache {
        self.cache.get_or_init(|| match self.no_cache {
            true => CompilationCache::disabled(),
            false => CompilationCache::of_user(),
        })
    }

    /// A composer that uses this cache and shows its steps.
    pub fn composer(&self, progress: &Progress) -> Result<Composer> {
        let show = progress.steps();
        let composer = Composer::new(self.cache())?;
        Ok(composer.watched(move |step| show(step.to_string())))
    }
}

fn filesystem(policy: &mut Policy) -> &mut Filesystem {
    policy.filesystem.get_or_insert_default()
}

/// Replaces the mount at the same path, or adds one.
fn put_mount(policy: &mut Policy, mount: Mount) {
    let mounts = &mut filesystem(policy).mounts;
    match mounts.iter_mut().find(|other| other.path == mount.path) {
        Some(other) => *other = mount,
        None => mounts.push(mount),
    }
}

/// Bakes a directory into the memory mount at the same path, or into a new one.
fn add_memory_mount(policy: &mut Policy, mount: &PathAndDirectory) {
    let existing = filesystem(policy)
        .mounts
        .iter_mut()
        .find(|other| other.path == mount.path);
    if let Some(Mount {
        source: Source::Memory(memory),
        ..
    }) = existing
    {
        memory.from = Some(mount.directory.clone());
        return;
    }
    let memory = Memory {
        from: Some(mount.directory.clone()),
        ..Memory::default()
    };
    let source = Source::Memory(memory);
    put_mount(
        policy,
        Mount {
            path: mount.path.clone(),
            access: Access::ReadWrite,
            source,
        },
    );
}

fn set_variable(policy: &mut Policy, variable: &Variable) -> Result<()> {
    let inherits = policy.default == Fallback::Inherit;
    let environment = policy.environment.get_or_insert_with(|| Environment {
        inherit: if inherits {
            NamePattern::parse("*").into_iter().collect()
        } else {
            Vec::new()
        },
        ..Environment::default()
    });
    match &variable.value {
        Some(value) => {
            environment.set.retain(|(name, _)| *name != variable.name);
            environment.set.push((variable.name.clone(), value.clone()));
        }
        None => {
            let pattern = NamePattern::parse(&variable.name).map_err(|error| {
                let message = format!("`--env {}`: {error}", variable.name);
                Failure::bad("command-line::variable", message)
            })?;
            environment.except.retain(|other| *other != pattern);
            if let Some(other) = environment
                .except
                .iter()
                .find(|other| other.matches(&variable.name))
            {
                let message = format!("`--env {}`: the policy excepts `{other}`", variable.name);
                return Err(Failure::bad("command-line::excepted-variable", message)
                    .hint("give the variable a value: `--env NAME=VALUE`"));
            }
            environment.inherit.push(pattern);
        }
    }
    Ok(())
}

/// Reads the components of a graph. The options override the policy of the application.
pub fn read_graph(
    session: &Session,
    path: &std::path::Path,
    options: &PolicyOptions,
    target: Target,
) -> Result<Graph> {
    if options.policy.is_some() {
        return Err(Failure::bad(
            "command-line::policy-and-graph",
            "`--policy` cannot be used with `--graph`".into(),
        )
        .hint("the graph names a policy for each component"));
    }
    let mut graph = {
        let _progress = session.progress(format!("reading {}", path.display()));
        Graph::load_as(path, options.preview1.adapter(target))?
    };
    if let Some(policy) = graph.application_policy() {
        options.change(policy)?;
    }
    Ok(graph)
}

/// The program name that an application gets as its first argument.
pub fn name_of(application: &std::path::Path) -> String {
    let name = application.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// An argument for the application.
pub fn argument_text(argument: OsString) -> Result<String> {
    argument.into_string().map_err(|argument| {
        let message = format!("the argument `{}` is not Unicode", argument.display());
        Failure::bad("command-line::not-unicode", message)
            .hint("WASI passes texts alone to an application")
    })
}

/// There is no APP.
pub fn no_application() -> Failure {
    Failure::bad(
        "command-line::no-application",
        "the component is missing".into(),
    )
}

/// Reads the application of a command, as a component if it is a module for WASI preview 1.
pub fn application(
    session: &Session,
    path: Option<&std::path::Path>,
    preview1: Preview1,
) -> Result<Application> {
    let Some(path) = path else {
        return Err(no_application());
    };
    let _progress = session.progress(format!("reading {}", path.display()));
    Ok(Application::read_as(path, preview1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_makes_one_cache() {
        let options = PolicyOptions {
            no_cache: true,
            ..PolicyOptions::of("sandbox")
        };
        assert!(std::ptr::eq(options.cache(), options.cache()));
    }

    #[test]
    fn host_mounts_are_read() {
        let mount = |text: &str| text.parse::<HostMount>();
        let expected = |host: &str, guest: &str, read_only| HostMount {
            host: host.into(),
            guest: guest.into(),
            read_only,
        };
        assert_eq!(mount("."), Ok(expected(".", "/", false)));
        assert_eq!(mount("./data"), Ok(expected("./data", "/data", false)));
        assert_eq!(
            mount("/srv/x::/data/"),
            Ok(expected("/srv/x", "/data", false))
        );
        assert_eq!(mount("/srv::/:ro"), Ok(expected("/srv", "/", true)));
        assert!(mount("::/x").is_err() && mount("/a::/b/../c").is_err());
    }

    #[test]
    fn mounts_and_variables_are_read() {
        assert!("/a=./b".parse::<PathAndDirectory>().is_ok());
        for wrong in ["a=b", "/a", "/a=", "/a/../b=c"] {
            assert!(wrong.parse::<PathAndDirectory>().is_err(), "{wrong}");
        }
        assert_eq!(
            "A=b=c".parse(),
            Ok(Variable {
                name: "A".into(),
                value: Some("b=c".into())
            })
        );
        assert_eq!(
            "A".parse(),
            Ok(Variable {
                name: "A".into(),
                value: None
            })
        );
        assert!("=b".parse::<Variable>().is_err());
    }
}
